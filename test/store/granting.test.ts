import assert from "node:assert/strict";
import test from "node:test";
import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { publishEdition } from "../../lib/store/publish.ts";
import { HEAD_KEY, readHead } from "../../lib/store/rules.ts";
import { edition, freshTable, publish, START } from "./published.ts";

const filed = async () => {
  const table = await freshTable();
  await publishEdition(
    table,
    await readHead(table),
    { ...edition("a"), granting: { "ou:/**\nAdmin": 2 } },
    START,
  );
  return table;
};

test("HEAD says how rules are filed by what they give", async () => {
  assert.deepEqual((await readHead(await filed())).granting, { "ou:/**\nAdmin": 2 });
});

test("a version that was published without filing them says so", async () => {
  const table = await filed();
  await publish(table, START + 1, "a", "b");
  assert.equal((await readHead(table)).granting, undefined);
});

test("what an earlier version said of it is not believed of one that older code published over it", async () => {
  const table = await filed();
  await table.client.send(
    new UpdateItemCommand({
      TableName: table.name,
      Key: marshall(HEAD_KEY),
      UpdateExpression: "SET version = :next",
      ExpressionAttributeValues: marshall({ ":next": 2 }),
    }),
  );
  assert.equal((await readHead(table)).granting, undefined);
});
