import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import type { Attributes } from "./chunks.ts";
import type { Table } from "./table.ts";

/** Items written at a time. */
const AT_ONCE = 16;

/** Writes items whose keys say what they hold, so that writing one again writes the same; the first failure ends it. */
export async function writeMany(table: Table, items: readonly Attributes[]): Promise<void> {
  const waiting = items.values();
  const work = async (): Promise<void> => {
    for (const Item of waiting) await table.client.send(new PutItemCommand({ TableName: table.name, Item }));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}
