import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import * as v from "valibot";
import type { CompiledRule, Head } from "../core/rule-set.ts";
import type { Epoch } from "../core/time.ts";
import { type Attributes, type Chunk, toChunks } from "./chunks.ts";
import { parseItem } from "./item.ts";

/** Rules of one bucket as of a version. Small ones lie in the item; big ones in chunks of the SNAPSHOT class. */
const Generation = v.object({
  from: v.number(),
  writtenAt: v.number(),
  content: v.union([v.object({ bytes: v.instance(Uint8Array) }), v.object({ pages: v.array(v.string()) })]),
});
export type Generation = v.InferOutput<typeof Generation>;

/** `revision` rises with every write: whoever writes names the one it read, so that nobody's write is lost. */
const Bucket = v.object({ schema: v.literal(1), revision: v.number(), generations: v.array(Generation) });
export type Bucket = v.InferOutput<typeof Bucket>;

/** Compressed rules above this many bytes are paged out, so that an item holds several generations. */
const INLINE_BYTES = 60_000;
/**
 * A generation is kept this long after the next one was begun. A reader holds a HEAD for 5 s and answers within
 * 30 s; a publisher flips within the 900 s that Lambda gives it. The rest is grace.
 */
export const GENERATION_SECONDS = 1800;

/** Where the rules under an anchor lie: 128 bits of its hash, so that the table does not list claim values. */
export const bucketId = (anchor: string): string =>
  createHash("sha256").update(anchor).digest().subarray(0, 16).toString("base64url");
export const bucketKey = (id: string) => ({ pk: `BUCKET#${id}`, sk: "BUCKET" });

export const readBucket = (item: Attributes): Bucket => parseItem(Bucket, unmarshall(item), "BUCKET");

/** A generation, and the chunks that must be written before it. */
export function toGeneration(
  rules: readonly CompiledRule[],
  from: number,
  writtenAt: Epoch,
): { generation: Generation; chunks: Chunk[] } {
  const text = JSON.stringify(rules);
  // Of room for 16 kB, as it is otherwise, a few hundred bytes would be used, and a million buckets written.
  const bytes = gzipSync(text, { chunkSize: Math.min(16_384, Math.max(256, text.length)) });
  if (bytes.length <= INLINE_BYTES)
    return { generation: { from, writtenAt, content: { bytes } }, chunks: [] };
  const chunks = toChunks(text);
  const pages = chunks.map(({ hash }) => hash);
  return { generation: { from, writtenAt, content: { pages } }, chunks };
}

/** The generation a reader of this version sees: the greatest `from` up to it that was not aborted. */
export function generationAt(
  bucket: Bucket,
  head: Pick<Head, "version" | "aborted">,
): Generation | undefined {
  let best: Generation | undefined;
  for (const generation of bucket.generations) {
    const seen = generation.from <= head.version && !head.aborted.includes(generation.from);
    if (seen && (best === undefined || generation.from > best.from)) best = generation;
  }
  return best;
}

/** Inline rules as written. Their shape was checked when they were published. */
export const unpack = (bytes: Uint8Array): CompiledRule[] => JSON.parse(gunzipSync(bytes).toString("utf8"));

/**
 * The generations to keep when another is written: none that was aborted, and none that was replaced long enough
 * ago that no reader can still hold its version.
 */
export function keptGenerations(
  before: readonly Generation[],
  aborted: readonly number[],
  now: Epoch,
): Generation[] {
  const valid = before.filter(({ from }) => !aborted.includes(from)).sort((a, b) => a.from - b.from);
  return valid.filter((_, index) => {
    const next = valid[index + 1];
    return next === undefined || next.writtenAt > now - GENERATION_SECONDS;
  });
}
