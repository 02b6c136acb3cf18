import * as v from "valibot";
import { Refusal } from "../core/errors.ts";
import { MOST_PARTS } from "../core/limits.ts";
import { pause } from "../core/pause.ts";
import { randomBelow } from "../core/secret.ts";
import type { Epoch } from "../core/time.ts";
import { batchGet } from "./chunks.ts";
import { newer, putIf, putOver, readItem, refuseNewer, toItem } from "./item.ts";
import type { Table } from "./table.ts";

/** A part that nobody sends again is refused after this long. */
export const DRAFT_SECONDS = 86_400;
const ATTEMPTS = 8;

/** Which parts of a configuration somebody sent. */
const List = v.object({
  schema: v.literal(1),
  /** Rises with every write, so that of two parts sent at once none is forgotten. */
  revision: v.number(),
  parts: v.record(
    v.string(),
    v.object({ expiresAt: v.number(), objects: v.number(), characters: v.number(), values: v.number() }),
  ),
});
type List = v.InferOutput<typeof List>;
export type DraftParts = List["parts"];

/** One piece of a configuration that is not published: compressed JSON, an object a line, under the hash of its text. */
export interface DraftPart {
  readonly hash: string;
  readonly bytes: Uint8Array;
  readonly objects: number;
  readonly characters: number;
  /** Of which its objects are made; what each takes of memory. */
  readonly values: number;
}

const listKey = (owner: string) => `DRAFT#${owner}`;
const partKey = (owner: string, hash: string) => ({ pk: `DRAFT#${owner}#${hash}`, sk: "PART" });

const readList = async (table: Table, owner: string): Promise<List> =>
  (await readItem(table, listKey(owner), "LIST", List)) ?? { schema: 1, revision: 0, parts: {} };

/** What of somebody's parts is there now. */
export async function readParts(table: Table, owner: string, now: Epoch): Promise<DraftParts> {
  return fresh(await readList(table, owner), now);
}

const fresh = ({ parts }: List, now: Epoch): DraftParts =>
  Object.fromEntries(Object.entries(parts).filter(([, { expiresAt }]) => expiresAt > now));

/**
 * Keeps a part for its author; sending one again keeps it longer. It counts as there only once its bytes are.
 *
 * @returns Until when.
 * @throws {Refusal} `draft_full`, `broker_updating`; `broker_unavailable` where too many of one author's come at once.
 */
export async function putPart(
  table: Table,
  owner: string,
  { hash, bytes, objects, characters, values }: DraftPart,
  now: Epoch,
): Promise<Epoch> {
  const expiresAt = now + DRAFT_SECONDS;
  let isWritten = false;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (attempt > 0) await pause(randomBelow(25 * 2 ** attempt));
    const list = await readList(table, owner);
    const parts = { ...fresh(list, now), [hash]: { expiresAt, objects, characters, values } };
    if (Object.keys(parts).length > MOST_PARTS) throw new Refusal("draft_full", { parts: MOST_PARTS });
    if (!isWritten) await putBytes(table, owner, hash, bytes, expiresAt);
    isWritten = true;
    const item = toItem(listKey(owner), "LIST", { schema: 1, revision: list.revision + 1, parts }, expiresAt);
    if (await putIf(table, item, ...unchanged(list))) return expiresAt;
  }
  throw new Refusal("broker_unavailable", { draft: "busy" });
}

const unchanged = ({ revision }: List): [condition?: string, values?: Record<string, number>] =>
  revision === 0 ? [] : ["revision = :before", { ":before": revision }];

async function putBytes(table: Table, owner: string, hash: string, bytes: Uint8Array, expiresAt: Epoch) {
  const { pk, sk } = partKey(owner, hash);
  if (!(await putOver(table, toItem(pk, sk, { schema: 1, bytes, expiresAt }, expiresAt)))) throw newer(pk);
}

/** Parts read at a time: some 5 MB of them. */
const AT_ONCE = 16;

/**
 * Compressed text of parts, in the order they are asked for.
 *
 * @throws {Refusal} `draft_incomplete` when one is missing or its time is over; `broker_updating`.
 */
export async function* readPartBytes(
  table: Table,
  owner: string,
  hashes: readonly string[],
  now: Epoch,
): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < hashes.length; at += AT_ONCE) {
    const keys = hashes.slice(at, at + AT_ONCE).map((hash) => partKey(owner, hash));
    const items = await batchGet(table, keys);
    for (const { pk } of keys) {
      const item = items.get(pk);
      refuseNewer({ schema: Number(item?.schema?.N) }, pk);
      const bytes = item?.bytes?.B;
      if (bytes === undefined || Number(item?.expiresAt?.N) <= now) throw new Refusal("draft_incomplete", {});
      yield bytes;
    }
  }
}
