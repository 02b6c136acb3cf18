import { referenceFrom, timeOfReference } from "../core/reference.ts";
import type { StoredEvent } from "../core/seal.ts";
import type { Epoch } from "../core/time.ts";
import { idOfRef, isInPlace, partitionsOf, readReferred, toEvent } from "../store/audit-events.ts";
import { type Facet, readIndex } from "../store/audit-index.ts";
import type { Attributes } from "../store/chunks.ts";
import { queryPage } from "../store/query.ts";
import type { Table } from "../store/table.ts";

/** One step back in time: everything whose id is not below `position` has been seen. */
export interface Step {
  readonly position: string;
  readonly event?: StoredEvent;
}

/** Where a walk goes: from `before`, exclusive, back to `from`, inclusive. */
export interface Way {
  readonly from: Epoch;
  readonly before: string;
  /** Told of every read of the table. */
  readonly onRead: () => void;
}

/** Events that one read of one shard asks for. */
const FEW = 20;
/** Events that are fetched at a time. */
const BATCH = 100;

/** Every event, newest first, straight from the shards, a day at a time. */
export async function* walkShards(table: Table, { from, before, onRead }: Way): AsyncGenerator<Step> {
  let upper = before;
  while (upper > referenceFrom(from)) {
    const end = endOf(upper);
    const start = Math.max(from, Math.floor((end - 0.0005) / 86_400) * 86_400);
    const lower = referenceFrom(start);
    const streams = partitionsOf(start, end).map((pk) => openShard(table, { pk, lower, upper, onRead }));
    yield* merge(streams);
    yield { position: lower };
    upper = lower;
  }
}

/** The instant before which every id below a position was made: positions are ids, or instants without the rest of one. */
function endOf(position: string): Epoch {
  const at = timeOfReference(position.padEnd(26, "0")) ?? 0;
  return position.length < 26 ? at : at + 0.001;
}

interface Shard {
  /** The newest event that was not taken yet. */
  head(): StoredEvent | undefined;
  take(): Promise<void>;
  fill(): Promise<void>;
}

function openShard(
  table: Table,
  { pk, lower, upper, onRead }: Pick<Way, "onRead"> & Readonly<Record<"pk" | "lower" | "upper", string>>,
): Shard {
  let held: StoredEvent[] = [];
  let next: Attributes | undefined;
  let read = false;
  const fill = async (): Promise<void> => {
    while (held.length === 0 && !(read && next === undefined)) {
      const range = { pk, from: lower, to: upper, order: "newest first", limit: FEW } as const;
      const page = await queryPage(table, range, next);
      onRead();
      read = true;
      next = page.next;
      held = page.items
        .filter(isInPlace)
        .map(toEvent)
        .filter(({ id }) => id < upper);
    }
  };
  return {
    head: () => held[0],
    take: async () => {
      held.shift();
      await fill();
    },
    fill,
  };
}

async function* merge(shards: readonly Shard[]): AsyncGenerator<Step> {
  await Promise.all(shards.map((shard) => shard.fill()));
  for (;;) {
    const newest = shards.reduce<Shard | undefined>((best, shard) => {
      const [one, other] = [shard.head()?.id ?? "", best?.head()?.id ?? ""];
      return one > other ? shard : best;
    }, undefined);
    const event = newest?.head();
    if (newest === undefined || event === undefined) return;
    yield { position: event.id, event };
    await newest.take();
  }
}

/** Events of one facet that were sealed, newest first, by the index. */
export async function* walkIndex(
  table: Table,
  facet: readonly [Facet, string],
  { from, before, onRead }: Way,
): AsyncGenerator<Step> {
  const lower = referenceFrom(from);
  const to = endOf(before);
  // Of a walk that is already behind its end nothing is left, and DynamoDB refuses to be asked for that.
  if (to < from) return;
  for await (const { start, refs } of readIndex(table, facet, { from, to }, onRead)) {
    const wanted = refs
      .filter((ref) => idOfRef(ref) < before && idOfRef(ref) >= lower)
      .toSorted((one, other) => (idOfRef(one) < idOfRef(other) ? 1 : -1));
    for (let at = 0; at < wanted.length; at += BATCH) {
      const events = await readReferred(table, wanted.slice(at, at + BATCH));
      onRead();
      for (const event of events.toSorted((one, other) => (one.id < other.id ? 1 : -1)))
        yield { position: event.id, event };
    }
    yield { position: referenceFrom(start) };
  }
}
