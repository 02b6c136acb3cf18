import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { type AttributeValue, BatchGetItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { Refusal } from "../core/errors.ts";
import { pause } from "../core/pause.ts";
import { randomBelow } from "../core/secret.ts";
import type { Epoch } from "../core/time.ts";
import { NOT_NEWER, newer, putOver, refuseNewer, SCHEMA_NAMES, SCHEMA_VALUES, toItem } from "./item.ts";
import { isConditionFailure, type Table } from "./table.ts";

/** Whether a chunk may be read by whoever decides, or by `admin` alone. The prefix is the permission. */
export type ChunkClass = "SNAPSHOT" | "SOURCE";

/** DynamoDB holds 400 KB in an item; this leaves room for keys and attributes. */
const CHUNK_BYTES = 300_000;
/** A chunk that no version uses any more is kept this long. */
export const RETIRED_SECONDS = 30 * 86_400;
/** Most keys of one BatchGetItem. */
const BATCH = 100;
const ATTEMPTS = 5;
/** Chunks written at a time. */
const AT_ONCE = 8;

/** One piece of compressed text under the hash of its bytes. */
export interface Chunk {
  readonly hash: string;
  readonly bytes: Uint8Array;
}

const hashOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("base64url");

/** Bytes as they are, in one piece. */
export const toChunk = (bytes: Uint8Array): Chunk => ({ hash: hashOf(bytes), bytes });

/** Text as content-addressed pieces: the same text always makes the same pieces. */
export function toChunks(text: string): Chunk[] {
  const packed = gzipSync(text);
  const chunks: Chunk[] = [];
  for (let at = 0; at < packed.length; at += CHUNK_BYTES) {
    chunks.push(toChunk(packed.subarray(at, at + CHUNK_BYTES)));
  }
  return chunks;
}

/** Writes chunks for a version. Writing one that is there already takes its expiry away again. */
export async function putChunks(
  table: Table,
  kind: ChunkClass,
  chunks: readonly Chunk[],
  version: number,
): Promise<void> {
  const queue = chunks[Symbol.iterator]();
  const lane = async () => {
    for (const { hash, bytes } of queue) {
      const Item = toItem(`${kind}#${hash}`, kind, { schema: 1, version, bytes });
      if (!(await putOver(table, Item))) throw newer(kind);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

/**
 * Lets chunks expire that a version no longer uses.
 *
 * A chunk that this or a later version wrote again is left alone: the condition decides, not the order of arrival.
 */
export async function retireChunks(
  table: Table,
  kind: ChunkClass,
  hashes: readonly string[],
  version: number,
  now: Epoch,
): Promise<void> {
  for (const hash of hashes) {
    try {
      await table.client.send(
        new UpdateItemCommand({
          TableName: table.name,
          Key: marshall({ pk: `${kind}#${hash}`, sk: kind }),
          UpdateExpression: "SET #ttl = :ttl",
          ConditionExpression: `version < :version AND ${NOT_NEWER}`,
          ExpressionAttributeNames: { "#ttl": "ttl", ...SCHEMA_NAMES },
          ExpressionAttributeValues: marshall({
            ":ttl": now + RETIRED_SECONDS,
            ":version": version,
            ...SCHEMA_VALUES,
          }),
        }),
      );
    } catch (thrown) {
      if (!isConditionFailure(thrown)) throw thrown;
    }
  }
}

/**
 * The text that chunks hold.
 *
 * @throws {Refusal} `rules_unavailable` when a piece is missing or is not what its name says; `broker_updating`.
 */
export const readChunks = async (
  table: Table,
  kind: ChunkClass,
  hashes: readonly string[],
): Promise<string> => textOf(await fetchChunks(table, kind, hashes), kind, hashes);

/** Chunks by name, as they lie there: nothing was looked at yet. @throws {Refusal} as `batchGet`. */
export const fetchChunks = (
  table: Table,
  kind: ChunkClass,
  hashes: readonly string[],
): Promise<ReadonlyMap<string, Attributes>> =>
  batchGet(
    table,
    hashes.map((hash) => ({ pk: `${kind}#${hash}`, sk: kind })),
  );

/** The text that chunks hold, of those that were fetched. @throws {Refusal} as `readChunks`. */
export function textOf(
  items: ReadonlyMap<string, Attributes>,
  kind: ChunkClass,
  hashes: readonly string[],
): string {
  const pieces = hashes.map((hash) => bytesOf(items, kind, hash));
  return pieces.length === 0 ? "" : gunzipSync(Buffer.concat(pieces)).toString("utf8");
}

/** Pieces unfolded at a time. */
const GROUP = 64;

/**
 * What is made of the lines that chunks of several texts hold, each of which ends with the end of a line. Unfolded by and by,
 * and never as one text, which could be longer than a text may be.
 *
 * @throws {Refusal} as `readChunks`.
 */
export async function readLines<T>(
  table: Table,
  kind: ChunkClass,
  hashes: readonly string[],
  make: (line: string) => T,
): Promise<readonly T[]> {
  const items = await fetchChunks(table, kind, hashes);
  const pieces = hashes.map((hash) => bytesOf(items, kind, hash));
  const made: T[] = [];
  for (let at = 0; at < pieces.length; ) {
    let end = Math.min(at + GROUP, pieces.length);
    let text = unfold(pieces.slice(at, end));
    // Texts are whole gzip members, and members one after the other are one stream: this one goes on in the next piece.
    while (text === undefined && end < pieces.length) text = unfold(pieces.slice(at, ++end));
    if (text === undefined) throw new Refusal("rules_unavailable", { chunk: kind, cut: true });
    for (const line of text.split("\n")) if (line !== "") made.push(make(line));
    at = end;
  }
  return made;
}

function unfold(pieces: readonly Uint8Array[]): string | undefined {
  try {
    return gunzipSync(Buffer.concat(pieces)).toString("utf8");
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown && thrown.code === "Z_BUF_ERROR") return undefined;
    throw thrown;
  }
}

/** One chunk as it was written. @throws {Refusal} as `readChunks`. */
export function bytesOf(items: ReadonlyMap<string, Attributes>, kind: ChunkClass, hash: string): Uint8Array {
  const item = items.get(`${kind}#${hash}`);
  refuseNewer({ schema: Number(item?.schema?.N) }, kind);
  const bytes = item?.bytes?.B;
  if (bytes === undefined || hashOf(bytes) !== hash)
    throw new Refusal("rules_unavailable", { chunk: kind, missing: bytes === undefined });
  return bytes;
}

export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}
export type Attributes = Record<string, AttributeValue>;

/**
 * Reads many items consistently: `ceil(keys / 100)` calls at once.
 *
 * @param keys May name an item more than once.
 * @returns Those that are there, by `pk`.
 * @throws {Refusal} `rules_unavailable` when some are still unprocessed after five rounds, or DynamoDB fails: half
 *   an answer could leave out a deny.
 */
export async function batchGet(table: Table, keys: readonly ItemKey[]): Promise<Map<string, Attributes>> {
  const unique = [...new Map(keys.map((key) => [key.pk, key])).values()];
  const batches: ItemKey[][] = [];
  for (let at = 0; at < unique.length; at += BATCH) batches.push(unique.slice(at, at + BATCH));
  const found = new Map<string, Attributes>();
  await Promise.all(batches.map((batch) => readBatch(table, batch, found)));
  return found;
}

async function readBatch(table: Table, keys: readonly ItemKey[], found: Map<string, Attributes>) {
  let open: Attributes[] = keys.map(({ pk, sk }) => ({ pk: { S: pk }, sk: { S: sk } }));
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (attempt > 0) await pause(randomBelow(25 * 2 ** attempt));
    open = await readOnce(table, open, found);
    if (open.length === 0) return;
  }
  throw new Refusal("rules_unavailable", { unprocessed: open.length });
}

async function readOnce(table: Table, keys: Attributes[], found: Map<string, Attributes>) {
  const answer = await table.client
    .send(new BatchGetItemCommand({ RequestItems: { [table.name]: { Keys: keys, ConsistentRead: true } } }))
    .catch((cause: unknown) => {
      throw new Refusal("rules_unavailable", {}, { cause });
    });
  for (const item of answer.Responses?.[table.name] ?? []) found.set(item.pk?.S ?? "", item);
  return answer.UnprocessedKeys?.[table.name]?.Keys ?? [];
}
