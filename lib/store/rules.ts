import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import * as v from "valibot";
import { Refusal } from "../core/errors.ts";
import { type CompiledRule, EMPTY_HEAD, type Head } from "../core/rule-set.ts";
import type { Clock } from "../core/time.ts";
import type { World } from "../core/world.ts";
import { type Bucket, bucketId, bucketKey, generationAt, readBucket, unpack } from "./buckets.ts";
import { type Attributes, batchGet, readChunks } from "./chunks.ts";
import { editionCache } from "./editions.ts";
import { ASK_ALL, type Filter, pointedAt } from "./filter.ts";
import { parseItem } from "./item.ts";
import type { Table } from "./table.ts";

/** Reads what was published, with the caches of one container. */
export interface RulesReader {
  /** The published version, at most 5 s old unless the reader was opened otherwise. @throws {Refusal} `rules_unavailable`. */
  head(): Promise<Head>;
  /** The configuration besides rules, of this HEAD or the present one. @throws {Refusal} `rules_unavailable`. */
  world(head?: Head): Promise<World>;
  /**
   * The rules filed under these anchors, each once, in `ceil(keys / 100)` parallel reads at most. Where the version has
   * a filter it is read first, with `world`, and keys that nothing lies under are not asked for.
   *
   * @param how `evenly` asks for every key, so that how long it takes does not tell what is filed: for whoever names
   *   what they ask about themselves.
   * @throws {Refusal} `rules_unavailable` when any of them could not be read: it might have been a deny.
   */
  rules(keys: readonly string[], head: Head, how?: "sparing" | "evenly"): Promise<readonly CompiledRule[]>;
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
  filter: v.exactOptional(v.unknown()),
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
  const { schema: _, granting, filter: pointer, ...head } = parseItem(StoredHead, unmarshall(item), "HEAD");
  const filter = pointedAt(pointer, head.version);
  // Code that knew nothing of it left it as it was, and filed nothing.
  const pieces = granting?.version === head.version ? granting.pieces : undefined;
  return {
    ...head,
    ...(pieces === undefined ? {} : { granting: pieces }),
    ...(filter === undefined ? {} : { filter }),
  };
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
  const editions = editionCache(table);
  return {
    head,
    world: async (given) => editions(given ?? (await head())).world,
    rules: bucketCache(table, async (of, absent, asked) =>
      of.filter === undefined ? ASK_ALL : editions(of).filter(absent, asked),
    ),
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

type FilterOf = (head: Head, absent: number, asked: number) => Promise<Filter>;

function bucketCache(table: Table, filterOf: FilterOf): RulesReader["rules"] {
  let held = emptyShelf(-1);

  return async (keys, head, how = "sparing") => {
    if (head.version === 0) return [];
    if (head.version > held.version) held = emptyShelf(head.version);
    const isHeld = head.version === held.version;
    const shelf = isHeld ? held : emptyShelf(head.version);
    const known = keys.map((key) => take(shelf, key));
    const missing = keys.filter((_, index) => known[index] === undefined);
    // The filter of a version that others have left is not worth reading again.
    const isSparing = how === "sparing" && isHeld && missing.length > 0;
    const filter = isSparing ? await filterOf(head, shelf.absent, missing.length) : ASK_ALL;
    const fetched = await fetchBuckets(table, missing, head, filter);
    for (const [key, rules] of fetched) put(shelf, key, rules);
    shelf.absent += [...fetched.values()].filter(({ length }) => length === 0).length;
    return once(keys.map((key, index) => known[index] ?? fetched.get(key) ?? []));
  };
}

type Rules = readonly CompiledRule[];

/**
 * Buckets of one version, which never change. Recently used ones are young; when the young fill half the shelf, the
 * old are let go and the young become old. A hit among the young, the common case, moves nothing.
 */
interface Shelf {
  readonly version: number;
  /** How many keys were looked for under which there is nothing. */
  absent: number;
  young: Map<string, Rules>;
  old: Map<string, Rules>;
}

const emptyShelf = (version: number): Shelf => ({ version, absent: 0, young: new Map(), old: new Map() });

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
  filter: Filter,
): Promise<ReadonlyMap<string, readonly CompiledRule[]>> {
  const ids = anchors.map(bucketId);
  const items = await batchGet(table, ids.filter(filter).map(bucketKey));
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
