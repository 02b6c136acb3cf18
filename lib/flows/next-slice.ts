import { deadline } from "../core/deadline.ts";
import { timeOfReference } from "../core/reference.ts";
import { SHARDS, SLICE_SECONDS, type StoredEvent } from "../core/seal.ts";
import type { Epoch } from "../core/time.ts";
import { walkEvents } from "../store/audit-events.ts";
import type { Table } from "../store/table.ts";

/** How much sealing holds at once, however much there is to be sealed. */
export interface SealBounds {
  /** Events of one slice. */
  readonly events: number;
  /** Items of one read of one of the sixteen or 32 partitions of the slice. */
  readonly read: number;
}
export const SEALING: SealBounds = { events: 5000, read: 250 };

/** What time must be left for reading on, or for another slice: what remains is the next round's. */
const LEFT_MILLISECONDS = 45_000;
/** A stretch that holds fewer is quiet: the next one read is four times as long, up to a day. */
const QUIET = 1000;
const LONGEST_STEP_SECONDS = 86_400;

/** A slice of time that is sealed next, and its own events. */
export interface Gathered {
  readonly from: Epoch;
  readonly to: Epoch;
  readonly events: readonly StoredEvent[];
}

export const gridded = (at: Epoch): Epoch => Math.floor(at / SLICE_SECONDS) * SLICE_SECONDS;

export const hasTime = (): boolean => (deadline()?.left() ?? Number.POSITIVE_INFINITY) > LEFT_MILLISECONDS;

/**
 * The events of the next slice, and where it ends: on the grid, later where little happened since, and sooner where so much
 * did that one slice would hold more than `bounds` says.
 */
export async function gather(table: Table, from: Epoch, until: Epoch, bounds: SealBounds): Promise<Gathered> {
  const events: StoredEvent[] = [];
  let to = from;
  for (let step = SLICE_SECONDS; to < until && events.length < bounds.events && hasTime(); ) {
    const end = Math.min(until, gridded(to) + step);
    const before = events.length;
    for await (const event of walkEvents(
      table,
      { from: to, to: end },
      { shards: SHARDS, limit: bounds.read },
    )) {
      const cut = events.length < bounds.events ? undefined : endBefore(event, events);
      if (cut !== undefined) return { from, to: cut, events: events.filter(({ id }) => timeOf(id) < cut) };
      events.push(event);
    }
    to = end;
    if (events.length - before < QUIET) step = Math.min(step * 4, LONGEST_STEP_SECONDS);
  }
  return { from, to, events };
}

const timeOf = (id: string): Epoch => timeOfReference(id) ?? 0;

/**
 * Where a slice ends that is full: with the second of the first event it does not hold, or with its millisecond where all of
 * them are of one second. Undefined where all of them are of one millisecond, which no end can divide.
 */
function endBefore({ id }: StoredEvent, [first]: readonly StoredEvent[]): Epoch | undefined {
  const begin = timeOf(first?.id ?? id);
  return [Math.floor(timeOf(id)), timeOf(id)].find((end) => end > begin);
}
