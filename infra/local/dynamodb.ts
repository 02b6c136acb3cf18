import { once } from "node:events";
import { mkdirSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ResourceInUseException,
} from "@aws-sdk/client-dynamodb";
import dynalite from "dynalite";

/** Credentials of the broker's own account; dynalite wants some and checks none. */
const CREDENTIALS = { accessKeyId: "AKIALOCAL999999999999", secretAccessKey: "local-secret-999999999999" };

/** How long a new table may take to become active, in milliseconds, and how often to look. */
const TABLE_DEADLINE = 5000;
const TABLE_POLL = 10;

/**
 * Serves the DynamoDB wire without making any table.
 *
 * @param dataDir Folder that keeps the tables between runs; in memory where absent.
 * @throws when the port is taken (`code: "EADDRINUSE"`).
 */
export async function startDynamoDb(options: {
  readonly port: number;
  readonly host: string;
  readonly dataDir?: string;
}): Promise<{ readonly endpoint: string; stop(): Promise<void> }> {
  if (options.dataDir !== undefined) mkdirSync(options.dataDir, { recursive: true });
  const server = dynalite({
    createTableMs: 0,
    deleteTableMs: 0,
    updateTableMs: 0,
    ...(options.dataDir === undefined ? {} : { path: options.dataDir }),
  });
  server.listen(options.port, options.host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://${options.host}:${port}`,
    stop: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

/**
 * Makes the one table of `docs/storage.md` and waits until it can be used; does nothing where it exists.
 * Time to live stays off: the emulator has none, and expiry is checked in code in any case.
 */
export async function createTable(endpoint: string, name: string): Promise<void> {
  const client = new DynamoDBClient({ endpoint, region: "us-east-1", credentials: CREDENTIALS });
  try {
    await client.send(
      new CreateTableCommand({
        TableName: name,
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [
          { AttributeName: "pk", AttributeType: "S" },
          { AttributeName: "sk", AttributeType: "S" },
        ],
        KeySchema: [
          { AttributeName: "pk", KeyType: "HASH" },
          { AttributeName: "sk", KeyType: "RANGE" },
        ],
      }),
    );
  } catch (cause) {
    if (!(cause instanceof ResourceInUseException)) throw cause;
  }
  try {
    for (let waited = 0; waited < TABLE_DEADLINE; waited += TABLE_POLL) {
      const { Table } = await client.send(new DescribeTableCommand({ TableName: name }));
      if (Table?.TableStatus === "ACTIVE") return;
      await pause(TABLE_POLL);
    }
    throw new Error(`The table ${name} did not become active within ${TABLE_DEADLINE} ms.`);
  } finally {
    client.destroy();
  }
}
