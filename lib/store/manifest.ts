import { hash } from "node:crypto";
import type { CompiledRule } from "../core/rule-set.ts";
import { bucketId } from "./buckets.ts";
import { type Chunk, putChunks, readChunks, toChunks } from "./chunks.ts";
import type { Table } from "./table.ts";

/** Every bucket of a version by id, with its rules. */
export type BucketsById = ReadonlyMap<string, readonly CompiledRule[]>;

/** Every bucket of a version by id, with a hash of what is in it. Says what a publish must write, and nothing else does. */
export type Manifest = ReadonlyMap<string, string>;

/** Hashes of the chunks of each shard. */
export type ManifestPages = readonly (readonly string[])[];

/** Above this many buckets the manifest is cut in 64, so that a small change writes a small piece of it. */
const SHARDED_FROM = 4096;

/** Buckets under the ids they are stored by. Anchors that share an id share a bucket. */
export function byId(buckets: ReadonlyMap<string, readonly CompiledRule[]>): BucketsById {
  const found = new Map<string, readonly CompiledRule[]>();
  for (const [anchor, rules] of buckets) {
    const id = bucketId(anchor);
    const other = found.get(id);
    found.set(id, other === undefined ? rules : merge(other, rules));
  }
  return found;
}

const merge = (some: readonly CompiledRule[], more: readonly CompiledRule[]): CompiledRule[] =>
  [...new Map([...some, ...more].map((rule) => [rule.id, rule])).values()].sort((a, b) =>
    a.id < b.id ? -1 : 1,
  );

const contentHash = (rules: readonly CompiledRule[]): string =>
  hash("sha256", JSON.stringify(rules), "buffer").subarray(0, 16).toString("base64url");

export const manifestOf = (buckets: BucketsById): Manifest =>
  new Map([...buckets].map(([id, rules]) => [id, contentHash(rules)]));

/** Buckets to write: new ones, changed ones, and with no rules those that are gone. */
export function changedBuckets(before: Manifest, after: Manifest, buckets: BucketsById): BucketsById {
  const changed = new Map<string, readonly CompiledRule[]>();
  for (const [id, hash] of after) if (before.get(id) !== hash) changed.set(id, buckets.get(id) ?? []);
  for (const id of before.keys()) if (!after.has(id)) changed.set(id, []);
  return changed;
}

/** Writes a manifest; pieces that an earlier version wrote and still uses are not written again. */
export async function writeManifest(
  table: Table,
  manifest: Manifest,
  version: number,
  known: ReadonlySet<string>,
): Promise<ManifestPages> {
  const shards = shardsOf(manifest).map((lines) => toChunks(lines.join("\n")));
  const fresh: Chunk[] = shards.flat().filter(({ hash }) => !known.has(hash));
  await putChunks(table, "SOURCE", fresh, version);
  return shards.map((chunks) => chunks.map(({ hash }) => hash));
}

function shardsOf(manifest: Manifest): string[][] {
  const lines = [...manifest].map(([id, hash]) => `${id} ${hash}`).sort();
  if (lines.length <= SHARDED_FROM) return lines.length === 0 ? [] : [lines];
  const shards = new Map<string, string[]>();
  for (const line of lines) {
    const first = line.slice(0, 1);
    const shard = shards.get(first);
    if (shard === undefined) shards.set(first, [line]);
    else shard.push(line);
  }
  return [...shards.values()];
}

export async function readManifest(table: Table, pages: ManifestPages): Promise<Manifest> {
  const shards = await Promise.all(pages.map((hashes) => readChunks(table, "SOURCE", hashes)));
  const lines = shards.flatMap((text) => text.split("\n"));
  return new Map(lines.map((line): [string, string] => [line.slice(0, 22), line.slice(23)]));
}
