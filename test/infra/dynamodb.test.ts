import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import {
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import { createTable, startDynamoDb } from "../../infra/local/dynamodb.ts";

const credentials = { accessKeyId: "AKIALOCAL999999999999", secretAccessKey: "local-secret-999999999999" };
const clientOf = (endpoint: string) => new DynamoDBClient({ endpoint, region: "us-east-1", credentials });
const place = { port: 0, host: "127.0.0.1" };
const Key = { pk: { S: "a" }, sk: { S: "b" } };

test("the server starts empty, and createTable makes the one table, once", async (t) => {
  const database = await startDynamoDb(place);
  t.after(() => database.stop());
  const client = clientOf(database.endpoint);
  assert.deepEqual((await client.send(new ListTablesCommand({}))).TableNames, []);
  await createTable(database.endpoint, "sekisho");
  await createTable(database.endpoint, "sekisho");
  const { Table } = await client.send(new DescribeTableCommand({ TableName: "sekisho" }));
  assert.equal(Table?.TableStatus, "ACTIVE");
  assert.equal(Table?.BillingModeSummary?.BillingMode, "PAY_PER_REQUEST");
  assert.deepEqual(
    Table?.KeySchema?.map(({ AttributeName, KeyType }) => `${AttributeName} ${KeyType}`),
    ["pk HASH", "sk RANGE"],
  );
  await client.send(new PutItemCommand({ TableName: "sekisho", Item: Key }));
  const second = new PutItemCommand({
    TableName: "sekisho",
    Item: Key,
    ConditionExpression: "attribute_not_exists(pk)",
  });
  await assert.rejects(client.send(second), { name: "ConditionalCheckFailedException" });
});

test("a folder keeps the items between runs", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "sekisho-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const dataDir = join(folder, "dynamodb");
  const first = await startDynamoDb({ ...place, dataDir });
  await createTable(first.endpoint, "sekisho");
  await clientOf(first.endpoint).send(new PutItemCommand({ TableName: "sekisho", Item: Key }));
  await first.stop();
  const second = await startDynamoDb({ ...place, dataDir });
  t.after(() => second.stop());
  await createTable(second.endpoint, "sekisho");
  const { Item } = await clientOf(second.endpoint).send(new GetItemCommand({ TableName: "sekisho", Key }));
  assert.deepEqual(Item, Key);
});

test("a busy port is an error that can be told", async (t) => {
  const database = await startDynamoDb(place);
  t.after(() => database.stop());
  const port = Number(new URL(database.endpoint).port);
  await assert.rejects(startDynamoDb({ ...place, port }), { code: "EADDRINUSE" });
});
