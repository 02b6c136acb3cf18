import { BatchWriteItemCommand, type WriteRequest } from "@aws-sdk/client-dynamodb";
import { Refusal } from "../core/errors.ts";
import { pause } from "../core/pause.ts";
import { randomBelow } from "../core/secret.ts";
import type { Attributes } from "./chunks.ts";
import type { Table } from "./table.ts";

/** Most items of one BatchWriteItem. */
const BATCH = 25;
/** Batches written at a time. */
const AT_ONCE = 4;
const ATTEMPTS = 8;

/**
 * Writes items whose keys nobody else makes, each holding a mark of this very call (`newMark`). So nothing of anybody's can
 * stand there, no condition is needed, and sent again they are the same: they go by the batch, which knows no conditions and
 * takes a fifteenth of the time that as many puts do. One is made when it is written; the first failure ends it.
 *
 * @throws {Refusal} `broker_unavailable` where the table finds no time for some of them.
 */
export async function writeNew(table: Table, items: Iterable<Attributes>): Promise<void> {
  const waiting = items[Symbol.iterator]();
  const work = async (): Promise<void> => {
    for (let batch = take(waiting); batch.length > 0; batch = take(waiting)) await writeBatch(table, batch);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

function take(waiting: Iterator<Attributes>): WriteRequest[] {
  const batch: WriteRequest[] = [];
  while (batch.length < BATCH) {
    const next = waiting.next();
    if (next.done) break;
    batch.push({ PutRequest: { Item: next.value } });
  }
  return batch;
}

async function writeBatch(table: Table, batch: WriteRequest[]): Promise<void> {
  let open = batch;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (attempt > 0) await pause(randomBelow(25 * 2 ** attempt));
    const RequestItems = { [table.name]: open };
    const answer = await table.client.send(new BatchWriteItemCommand({ RequestItems }));
    open = answer.UnprocessedItems?.[table.name] ?? [];
    if (open.length === 0) return;
  }
  throw new Refusal("broker_unavailable", { unprocessed: open.length });
}
