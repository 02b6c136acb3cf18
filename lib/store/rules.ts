import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import * as v from "valibot";
import { isRefusal, Refusal } from "../core/errors.ts";
import { type CompiledRule, EMPTY_HEAD, type Head } from "../core/rule-set.ts";
import type { Clock } from "../core/time.ts";
import type { World } from "../core/world.ts";
import { type Bucket, bucketId, bucketKey, generationAt, readBucket, unpack } from "./buckets.ts";
import { type Attributes, batchGet, readChunks } from "./chunks.ts";
import { parseItem } from "./item.ts";
import { EMPTY_WORLD, readSnapshot } from "./snapshot.ts";
import type { Table } from "./table.ts";

/** Reads what was published, with the caches of one container. */
export interface RulesReader {
  /** The published version, at most 5 s old unless the reader was opened otherwise. @throws {Refusal} `rules_unavailable`. */
  head(): Promise<Head>;
  /** The configuration besides rules, of this HEAD or the present one. @throws {Refusal} `rules_unavailable`. */
  world(head?: Head): Promise<World>;
  /**
   * The rules filed under these anchors, each once, in `ceil(keys / 100)` parallel reads at most.
   *
   * @throws {Refusal} `rules_unavailable` when any of them could not be read: it might have been a deny.
   */
  rules(keys: readonly string[], head: Head): Promise<readonly CompiledRule[]>;
}

/** A rule that was taken away at noon stops working this many seconds after noon at the latest. */
const HEAD_SECONDS = 5;
/** Buckets of one version are immutable; this many are kept. */
const MOST_BUCKETS = 5000;

const Size = v.array(v.number());
const Asked = v.object({
  starts: Size,
  ends: Size,
  both: v.exactOptional(v.record(v.string(), v.array(v.string()))),
});
const StoredHead = v.object({
  schema: v.literal(1),
  version: v.number(),
  hash: v.string(),
  lengths: v.record(v.string(), v.record(v.string(), Asked)),
  granting: v.exactOptional(v.object({ version: v.number(), pieces: v.record(v.string(), v.number()) })),
  snapshot: v.array(v.string()),
  source: v.array(v.string()),
  aborted: Size,
  publishedAt: v.number(),
});

export const HEAD_KEY = { pk: "HEAD", sk: "HEAD" };

/** HEAD as it is now. @throws {Refusal} `rules_unavailable`. */
export async function readHead(table: Table): Promise<Head> {
  const item = await readHeadItem(table);
  return item === undefined ? EMPTY_HEAD : toHead(item);
}

/** What readers see of the HEAD item. */
export function toHead(item: Attributes): Head {
  const { schema: _, granting, ...head } = parseItem(StoredHead, unmarshall(item), "HEAD");
  // Code that knew nothing of it left it as it was, and filed nothing.
  return granting?.version === head.version ? { ...head, granting: granting.pieces } : head;
}

export async function readHeadItem(table: Table): Promise<Attributes | undefined> {
  try {
    const { Item } = await table.client.send(
      new GetItemCommand({ TableName: table.name, Key: marshall(HEAD_KEY), ConsistentRead: true }),
    );
    return Item;
  } catch (cause) {
    throw new Refusal("rules_unavailable", { item: "HEAD" }, { cause });
  }
}

/**
 * Opens the reader; nothing is read yet.
 *
 * @param believedSeconds How long a HEAD is believed. Whoever publishes believes none, or would not see what they did.
 */
export function openRules(table: Table, clock: Clock, believedSeconds = HEAD_SECONDS): RulesReader {
  const head = headCache(table, clock, believedSeconds);
  const buckets = bucketCache(table);
  const world = worldCache(table);
  return {
    head,
    world: async (given) => world(given ?? (await head())),
    rules: buckets,
  };
}

function headCache(table: Table, clock: Clock, believedSeconds: number): RulesReader["head"] {
  let held: { readonly at: number; readonly head: Promise<Head> } | undefined;
  return () => {
    const now = clock.now();
    if (held !== undefined && now - held.at < believedSeconds && now >= held.at) return held.head;
    const reading = { at: now, head: readHead(table) };
    held = reading;
    reading.head.catch(() => {
      if (held === reading) held = undefined;
    });
    return reading.head;
  };
}

function worldCache(table: Table): (head: Head) => Promise<World> {
  let held: { readonly version: number; readonly world: Promise<World> } | undefined;
  return (head) => {
    if (head.version === 0) return Promise.resolve(EMPTY_WORLD);
    if (held?.version === head.version) return held.world;
    const reading = { version: head.version, world: readWorld(table, head) };
    held = reading;
    reading.world.catch(() => {
      if (held === reading) held = undefined;
    });
    return reading.world;
  };
}

async function readWorld(table: Table, head: Head): Promise<World> {
  try {
    return readSnapshot(await readChunks(table, "SNAPSHOT", head.snapshot), head.version);
  } catch (cause) {
    if (isRefusal(cause)) throw cause;
    throw new Refusal("rules_unavailable", { snapshot: head.version }, { cause });
  }
}

function bucketCache(table: Table): RulesReader["rules"] {
  let held = emptyShelf(-1);

  return async (keys, head) => {
    if (head.version === 0) return [];
    if (head.version > held.version) held = emptyShelf(head.version);
    const shelf = head.version === held.version ? held : emptyShelf(head.version);
    const known = keys.map((key) => take(shelf, key));
    const missing = keys.filter((_, index) => known[index] === undefined);
    const fetched = missing.length === 0 ? NONE : await fetchBuckets(table, missing, head);
    for (const [key, rules] of fetched) put(shelf, key, rules);
    return once(keys.map((key, index) => known[index] ?? fetched.get(key) ?? []));
  };
}

const NONE: ReadonlyMap<string, readonly CompiledRule[]> = new Map();

type Rules = readonly CompiledRule[];

/**
 * Buckets of one version, which never change. Recently used ones are young; when the young fill half the shelf, the
 * old are let go and the young become old. A hit among the young, the common case, moves nothing.
 */
interface Shelf {
  readonly version: number;
  young: Map<string, Rules>;
  old: Map<string, Rules>;
}

const emptyShelf = (version: number): Shelf => ({ version, young: new Map(), old: new Map() });

function take(shelf: Shelf, key: string): Rules | undefined {
  const young = shelf.young.get(key);
  if (young !== undefined) return young;
  const old = shelf.old.get(key);
  if (old !== undefined) put(shelf, key, old);
  return old;
}

function put(shelf: Shelf, key: string, rules: Rules): void {
  if (shelf.young.size >= MOST_BUCKETS / 2) {
    shelf.old = shelf.young;
    shelf.young = new Map();
  }
  shelf.young.set(key, rules);
}

function once(buckets: readonly Rules[]): Rules {
  const byId = new Map<string, CompiledRule>();
  for (const bucket of buckets) for (const rule of bucket) byId.set(rule.id, rule);
  return [...byId.values()];
}

async function fetchBuckets(
  table: Table,
  anchors: readonly string[],
  head: Head,
): Promise<ReadonlyMap<string, readonly CompiledRule[]>> {
  const ids = anchors.map(bucketId);
  const items = await batchGet(table, ids.map(bucketKey));
  const contents = ids.map((id) => {
    const item = items.get(bucketKey(id).pk);
    return item === undefined ? [] : rulesAt(table, readBucket(item), head);
  });
  const rules = await Promise.all(contents);
  return new Map(anchors.map((anchor, index) => [anchor, rules[index] ?? []]));
}

function rulesAt(
  table: Table,
  bucket: Bucket,
  head: Head,
): readonly CompiledRule[] | Promise<readonly CompiledRule[]> {
  const generation = generationAt(bucket, head);
  if (generation === undefined) return [];
  const { content } = generation;
  if ("bytes" in content) return unpack(content.bytes);
  return readChunks(table, "SNAPSHOT", content.pages).then((text): CompiledRule[] => JSON.parse(text));
}
