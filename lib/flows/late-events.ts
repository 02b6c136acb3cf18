import { timeOfReference } from "../core/reference.ts";
import type { Digest, SignedDigest, StoredEvent } from "../core/seal.ts";
import type { Epoch } from "../core/time.ts";
import { walkIds } from "../store/audit-events.ts";
import { digestAt, readLeaves, walkDigests } from "../store/seals.ts";
import type { Table } from "../store/table.ts";
import { readLate } from "./told-slice.ts";

/** How far the first slice of every round looks back for late events. */
const LOOK_SECONDS = 3600;
/**
 * Every slice besides looks at the stretch of its own length that was so long ago: slices follow each other without a gap,
 * so all of time is looked at again when it is a day old and when it is two.
 */
const AGAIN_SECONDS = [172_800, 86_400] as const;
/** Most late events of one slice. */
const MOST_LATE = 2000;
/** Slices are held against what lies there as many at a time as have so many events together. */
const TOGETHER = 5000;

interface Late {
  readonly events: readonly StoredEvent[];
  /** Slices whose list of leaves is not whole: late events among theirs cannot be told. */
  readonly damaged: readonly number[];
}

interface Span {
  readonly from: Epoch;
  readonly to: Epoch;
}

/** Events whose slice was sealed before they were there. The oldest first: what one slice cannot take of them may wait. */
export async function findLate(
  table: Table,
  previous: Digest | undefined,
  slice: Span,
  which: "of the last hour too" | "of the days before",
): Promise<Late> {
  if (previous === undefined) return { events: [], damaged: [] };
  const damaged = new Set<number>();
  const late: string[] = [];
  const sealedLate = remembered(table, previous);
  for (const span of spansOf(previous, slice, which)) {
    for await (const ids of unsealedIn(table, span, previous, sealedLate, damaged))
      late.push(...ids.slice(0, MOST_LATE - late.length));
  }
  return { events: await readLate(table, late), damaged: [...damaged] };
}

/** Ids in a span of time that no digest holds. */
async function* unsealedIn(
  table: Table,
  span: Span,
  previous: Digest,
  sealedLate: ReturnType<typeof remembered>,
  damaged: Set<number>,
): AsyncGenerator<readonly string[]> {
  for await (const slices of slicesIn(table, span, previous)) {
    const known = await knownIn(table, slices);
    for (const number of known.damaged) damaged.add(number);
    for await (const ids of walkIds(table, clipped(span, slices))) {
      const unknown = ids.filter((id) => !known.has(id));
      const sealed = unknown.length === 0 ? undefined : await sealedLate(slices[0]?.digest.number ?? 1);
      yield unknown.filter((id) => !sealed?.has(id));
    }
  }
}

/** What is looked at, oldest first and no stretch twice. */
function spansOf(
  previous: Digest,
  { from, to }: Span,
  which: Parameters<typeof findLate>[3],
): readonly Span[] {
  const again = AGAIN_SECONDS.map((ago) => ({ from: from - ago, to: Math.min(previous.to, to - ago) }));
  const hour =
    which === "of the last hour too" ? [{ from: previous.to - LOOK_SECONDS, to: previous.to }] : [];
  const spans: Span[] = [];
  for (const span of [...again, ...hour]) {
    const begin = Math.max(span.from, spans.at(-1)?.to ?? span.from);
    if (begin < span.to) spans.push({ from: begin, to: span.to });
  }
  return spans;
}

/** Digests of the slices in a span of time, as many together as are held against what lies there at once. */
async function* slicesIn(
  table: Table,
  { from, to }: Span,
  previous: Digest,
): AsyncGenerator<readonly SignedDigest[]> {
  let some: SignedDigest[] = [];
  let events = 0;
  for await (const signed of walkDigests(table, await digestAt(table, from), previous.number)) {
    if (signed.digest.from >= to) break;
    if (some.length > 0 && events + signed.digest.events > TOGETHER) {
      yield some;
      [some, events] = [[], 0];
    }
    some.push(signed);
    events += signed.digest.events;
  }
  if (some.length > 0) yield some;
}

/** Before the first digest nothing was sealed, so nothing there is late. */
const clipped = ({ from, to }: Span, slices: readonly SignedDigest[]): Span => ({
  from: Math.max(from, slices[0]?.digest.from ?? from),
  to: Math.min(to, slices.at(-1)?.digest.to ?? to),
});

/** Which events of some slices were sealed in them. */
async function knownIn(table: Table, slices: readonly SignedDigest[]) {
  const known = new Set<string>();
  const damaged: Digest[] = [];
  for (const signed of slices) {
    const ids = [...(await readLeaves(table, signed)).values()].flat();
    for (const [id] of ids) known.add(id);
    if (ids.length !== signed.digest.events) damaged.push(signed.digest);
  }
  return {
    damaged: damaged.map(({ number }) => number),
    has: (id: string): boolean => known.has(id) || damaged.some((one) => isOf(one, id)),
  };
}

const isOf = ({ from, to }: Digest, id: string): boolean => {
  const at = timeOfReference(id) ?? 0;
  return from <= at && at < to;
};

/** What digests list as late, from one number on: read when it is asked for, and once. */
function remembered(table: Table, previous: Digest) {
  let read: Promise<ReadonlySet<string>> | undefined;
  const readFrom = async (number: number): Promise<ReadonlySet<string>> => {
    const ids = new Set<string>();
    for await (const { digest } of walkDigests(table, number, previous.number))
      for (const id of digest.late) ids.add(id);
    return ids;
  };
  // Spans are looked at from the oldest on, so what is asked for first reaches back furthest.
  return (number: number): Promise<ReadonlySet<string>> => {
    read ??= readFrom(number);
    return read;
  };
}
