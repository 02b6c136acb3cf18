import { BatchGetItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import * as v from "valibot";
import { Refusal } from "../core/errors.ts";
import { referenceFrom, timeOfReference } from "../core/reference.ts";
import { eventHash, SHARDS, type StoredEvent, shardOf } from "../core/seal.ts";
import type { Epoch } from "../core/time.ts";
import { dayOf, partitionOf } from "./audit.ts";
import type { Attributes } from "./chunks.ts";
import { type Item, queryAll, type Range, toItemRead, walkPages, walkRange } from "./query.ts";
import type { Table } from "./table.ts";

/**
 * An event lies under the day it was written, its id says when its request began. A request that began before midnight
 * may write this many seconds later; no function runs as long.
 */
const WRITTEN_WITHIN_SECONDS = 300;
/** Most keys of one BatchGetItem. */
const BATCH = 100;
const ATTEMPTS = 5;

const Stored = v.looseObject({ id: v.string(), at: v.number(), kind: v.string() });

/**
 * An item as the event that was recorded: whatever the storage added is taken away, and nothing else. One of newer code
 * is told as it is, and one that no code wrote under its key: it must neither stop the seal nor go unseen.
 */
export function toEvent(item: Item): StoredEvent {
  const { pk: _, sk, ttl: __, writtenBy: ___, ...event } = item;
  const parsed = v.safeParse(Stored, event);
  const unreadable = { id: String(sk), at: 0, kind: "unreadable" };
  // What canonical JSON cannot say no chain could hold; its text it can.
  if (eventHash(event) === "") return { ...unreadable, text: JSON.stringify(event) };
  return parsed.success && parsed.output.id === sk ? parsed.output : { ...event, ...unreadable };
}

/**
 * Whether an item lies where an event of its id is written. What lies elsewhere no code wrote, and whoever looks for an
 * event by its id would not find it: it is no event, neither for the seal nor for anybody who asks.
 */
export function isInPlace({ pk, sk }: Item): boolean {
  const id = String(sk);
  const at = timeOfReference(id);
  if (at === undefined || !id.isWellFormed()) return false;
  return [at, at + WRITTEN_WITHIN_SECONDS].some((written) => pk === partitionOf(dayOf(written), shardOf(id)));
}

/** Partitions in which events may lie whose requests began in a span of time, oldest first. */
export function partitionsOf(from: Epoch, to: Epoch, shards: readonly string[] = SHARDS): readonly string[] {
  const days = new Set([dayOf(from)]);
  for (let at = from; at < to; at += 86_400) days.add(dayOf(at));
  days.add(dayOf(Math.max(from, to - 0.001) + WRITTEN_WITHIN_SECONDS));
  return [...days].sort().flatMap((day) => shards.map((shard) => partitionOf(day, shard)));
}

/** Every event whose request began in a span of time; the end is exclusive. */
export async function readEvents(
  table: Table,
  from: Epoch,
  to: Epoch,
  shards: readonly string[] = SHARDS,
): Promise<readonly StoredEvent[]> {
  const range = { from: referenceFrom(from), to: referenceFrom(to), order: "oldest first" } as const;
  const found = await Promise.all(
    partitionsOf(from, to, shards).map((pk) => queryAll(table, { pk, ...range })),
  );
  return found.flat().filter(isInPlace).map(toEvent);
}

/** A span of time; the end is exclusive. */
interface Span {
  readonly from: Epoch;
  readonly to: Epoch;
}

/**
 * Events of a span of time, in the order of their ids and read as they are asked for. A request that began before midnight
 * lies now on one side and now on the other, so days are walked side by side, and so are shards.
 *
 * @param after Of which id the walk goes on; it is left out itself.
 * @param limit Most items of one read: of each partition as many are held.
 */
export async function* walkEvents(
  table: Table,
  { from, to }: Span,
  { shards, after = "", limit }: Pick<Range, "limit"> & { shards: readonly string[]; after?: string },
): AsyncGenerator<StoredEvent> {
  const begin = referenceFrom(from);
  const range = {
    from: after > begin ? after : begin,
    to: referenceFrom(to),
    order: "oldest first",
    ...(limit === undefined ? {} : { limit }),
  } as const;
  const walks = partitionsOf(from, to, shards).map((pk) => eventsIn(walkRange(table, { pk, ...range })));
  const heads = await Promise.all(walks.map((walk) => walk.next()));
  for (;;) {
    const place = earliest(heads.map(({ value }) => value));
    const first = heads[place]?.value;
    if (first === undefined) return;
    heads[place] = (await walks[place]?.next()) ?? { value: undefined, done: true };
    if (first.id !== after) yield first;
  }
}

/** The place of the event with the smallest id, or -1 where there is none. */
function earliest(events: readonly (StoredEvent | undefined)[]): number {
  let place = -1;
  for (const [at, event] of events.entries()) {
    const best = events[place];
    if (event !== undefined && (best === undefined || event.id < best.id)) place = at;
  }
  return place;
}

async function* eventsIn(items: AsyncIterable<Item>): AsyncGenerator<StoredEvent, undefined> {
  for await (const item of items) if (isInPlace(item)) yield toEvent(item);
  return undefined;
}

/** Ids of a span of time's events, in no order: a read of each of sixteen partitions at a time. */
export async function* walkIds(table: Table, { from, to }: Span): AsyncGenerator<readonly string[]> {
  const range = {
    from: referenceFrom(from),
    to: referenceFrom(to),
    order: "oldest first",
    only: "keys",
  } as const;
  const partitions = partitionsOf(from, to);
  for (let at = 0; at < partitions.length; at += SHARDS.length) {
    let walks = partitions.slice(at, at + SHARDS.length).map((pk) => walkPages(table, { pk, ...range }));
    while (walks.length > 0) {
      const reads = await Promise.all(walks.map((walk) => walk.next()));
      const items = reads.flatMap(({ value, done }) => (done ? [] : value));
      yield items.filter(isInPlace).map(({ sk }) => String(sk));
      walks = walks.filter((_, place) => !reads[place]?.done);
    }
  }
}

/** Where an event lies: its day and its id. */
export const refOf = ({ id, at }: Pick<StoredEvent, "id" | "at">): string => `${dayOf(at)}#${id}`;

export const idOfRef = (ref: string): string => ref.slice(ref.indexOf("#") + 1);

const keyOf = (ref: string): Attributes => {
  const id = idOfRef(ref);
  return marshall({ pk: partitionOf(ref.slice(0, ref.indexOf("#")), shardOf(id)), sk: id });
};

/** Events by where they lie; one that is gone is left out. */
export async function readReferred(table: Table, refs: readonly string[]): Promise<readonly StoredEvent[]> {
  const found: StoredEvent[] = [];
  for (let at = 0; at < refs.length; at += BATCH) {
    let open = refs.slice(at, at + BATCH).map(keyOf);
    for (let attempt = 0; open.length > 0; attempt++) {
      if (attempt === ATTEMPTS) throw new Refusal("broker_unavailable", { unprocessed: open.length });
      const RequestItems = { [table.name]: { Keys: open, ConsistentRead: true } };
      const answer = await table.client.send(new BatchGetItemCommand({ RequestItems }));
      found.push(...(answer.Responses?.[table.name] ?? []).map((item) => toEvent(toItemRead(item))));
      open = answer.UnprocessedKeys?.[table.name]?.Keys ?? [];
    }
  }
  return found;
}
