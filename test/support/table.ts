import { DeleteItemCommand, DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import type { AuditEvent } from "../../lib/core/audit.ts";

type Item = Readonly<Record<string, unknown>>;

interface Urls {
  readonly dynamodb: string;
}

const open = (urls: Urls): DynamoDBClient =>
  new DynamoDBClient({
    endpoint: urls.dynamodb,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });

/** Every item of a local stack's table; no function of the product may scan it, a test may. */
async function itemsOf(urls: Urls): Promise<readonly Item[]> {
  const client = open(urls);
  const items: Item[] = [];
  let from: ScanCommand["input"]["ExclusiveStartKey"];
  do {
    const page = await client.send(
      new ScanCommand({
        TableName: "sekisho",
        ConsistentRead: true,
        ...(from ? { ExclusiveStartKey: from } : {}),
      }),
    );
    items.push(...(page.Items ?? []).map((item) => unmarshall(item)));
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
  client.destroy();
  return items;
}

/** Takes an item away, as if it had never been written. */
export async function forgetItem(urls: Urls, pk: string, sk: string): Promise<void> {
  const client = open(urls);
  await client.send(new DeleteItemCommand({ TableName: "sekisho", Key: { pk: { S: pk }, sk: { S: sk } } }));
  client.destroy();
}

/** Items whose key begins so. */
export const itemsUnder = async (urls: Urls, prefix: string): Promise<readonly Item[]> =>
  (await itemsOf(urls)).filter(({ pk }) => String(pk).startsWith(prefix));

/** The audit trail, oldest first. */
export async function trailOf(urls: Urls): Promise<readonly AuditEvent[]> {
  const events = (await itemsUnder(urls, "AUDIT#")) as unknown as readonly AuditEvent[];
  return events.toSorted((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
}
