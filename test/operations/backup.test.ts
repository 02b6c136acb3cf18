import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { DeleteItemCommand, DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { newPerson } from "../support/person.ts";
import { assertConsole, openConsole } from "./person.ts";
import { openWalk, type Walk } from "./walk.ts";

const PROD = "111111111111";
let walk: Walk;
before(async () => {
  walk = await openWalk("backup");
  await walk.prepare("Make the keys");
  await walk.prepare("Let the accounts trust the broker");
  await walk.prepare("Write the configuration");
});
after(() => walk.end());

const opens = async () => assertConsole(walk.stack, await openConsole(walk.stack, newPerson(), PROD), PROD);

test("a broken rule is gone with the files of before", async () => {
  await opens();
  walk.writeConfiguration((text) => text.replace(/---\nkind: Rule\nid: platform-reads-prod[\s\S]*$/, ""));
  await walk.prepare("Write the configuration");
  walk.later(6);
  const refused = await openConsole(walk.stack, newPerson(), PROD);
  assert.match(refused.text, /role_not_granted/);
  walk.writeConfiguration();
  await walk.follow("Rules went wrong");
  walk.later(6);
  await opens();
});

test("an empty table is filled by two commands, and no account has to hear of it", async () => {
  await emptyTable();
  walk.later(60);
  const keys = await walk.terminal.run('sekisho keys list --function "$ADMIN_FUNCTION"');
  assert.match(keys.out, /no keys yet/);
  await walk.follow("The table is empty, and its past is not needed");
  walk.later(60);
  await opens();
});

async function emptyTable(): Promise<void> {
  const client = new DynamoDBClient({
    endpoint: walk.stack.urls.dynamodb,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  const { Items = [], LastEvaluatedKey } = await client.send(
    new ScanCommand({ TableName: "sekisho", ConsistentRead: true, ProjectionExpression: "pk, sk" }),
  );
  assert.equal(LastEvaluatedKey, undefined);
  assert.ok(Items.length > 0);
  for (const { pk, sk } of Items)
    if (pk && sk) await client.send(new DeleteItemCommand({ TableName: "sekisho", Key: { pk, sk } }));
  client.destroy();
}
