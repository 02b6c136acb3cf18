import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { createTable, startDynamoDb } from "../../infra/local/dynamodb.ts";
import type { Table } from "../../lib/store/table.ts";

/** An embedded DynamoDB with the one table, on a free port. */
export async function startDynamo(): Promise<{ table: Table; endpoint: string; stop(): Promise<void> }> {
  const { endpoint, stop } = await startDynamoDb({ port: 0, host: "127.0.0.1" });
  const name = "sekisho";
  await createTable(endpoint, name);
  const client = new DynamoDBClient({
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
    maxAttempts: 1,
  });
  return {
    table: { client, name },
    endpoint,
    stop: async () => {
      client.destroy();
      await stop();
    },
  };
}
