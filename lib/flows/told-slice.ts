import { timeOfReference } from "../core/reference.ts";
import { type Leaf, SHARDS, type SignedDigest, type StoredEvent, shardOf } from "../core/seal.ts";
import type { ExportLine } from "../core/seal-lines.ts";
import { readReferred, refOf, walkEvents } from "../store/audit-events.ts";
import { readLeaves } from "../store/seals.ts";
import type { Table } from "../store/table.ts";

/** How far the lines of one slice were told. */
export interface Place {
  /** The shard that is told, by its place among them. */
  readonly shard: number;
  /** What of it was told last; nothing yet, where empty. Compares as text: events by id, then late ones, then leaves. */
  readonly after: string;
}

export const BEGINNING: Place = { shard: 0, after: "" };

/** How much one page holds. An answer of Lambda's ends at 6 MB. */
export interface Bounds {
  readonly lines: number;
  readonly bytes: number;
}
export const PAGE: Bounds = { lines: 2000, bytes: 4_000_000 };

/**
 * Whose events are told: whatever lies in the slice's time, so that what somebody slipped in is seen; or what was sealed
 * in it and no more, so that telling it again tells the same.
 */
export type Told = "whatever is there" | "what was sealed";

/** Leaves in one line, as in one item of the table. */
const LEAVES = 2000;
/** A request may write a little after its id was made. */
const WRITTEN_WITHIN_SECONDS = 300;

interface Step {
  readonly line: ExportLine;
  readonly place: Place;
}

export interface SlicePage {
  readonly lines: readonly ExportLine[];
  /** Where the next page goes on; absent where this is the last one. */
  readonly next?: Place;
}

/** Lines of one slice, its digest apart, from a place on: as many as a page holds, however large the slice is. */
export async function pageOfSlice(
  table: Table,
  signed: SignedDigest,
  from: Place,
  bounds: Bounds,
  told: Told,
): Promise<SlicePage> {
  const lines: ExportLine[] = [];
  let bytes = 0;
  let last = from;
  for await (const { line, place } of stepsOf(table, signed, from, told)) {
    const size = sizeOf(line);
    if (lines.length > 0 && (lines.length >= bounds.lines || bytes + size > bounds.bytes))
      return { lines, next: last };
    lines.push(line);
    bytes += size;
    last = place;
  }
  return { lines };
}

/** Bytes of a line as it is written, its end among them. */
export const sizeOf = (line: ExportLine): number => Buffer.byteLength(JSON.stringify(line)) + 1;

async function* stepsOf(table: Table, signed: SignedDigest, from: Place, told: Told): AsyncGenerator<Step> {
  const late = await readLate(table, signed.digest.late);
  for (let shard = from.shard; shard < SHARDS.length; shard++) {
    const name = SHARDS[shard] ?? "";
    const isSealed = (signed.digest.shards[name]?.count ?? 0) > 0;
    if (told === "what was sealed" && !isSealed) continue;
    const after = shard === from.shard ? from.after : "";
    const own = late.filter(({ id }) => shardOf(id) === name);
    for await (const { key, line } of shardSteps(table, signed, { name, after, late: own, told }))
      yield { line, place: { shard, after: key } };
  }
}

interface Shard {
  readonly name: string;
  readonly after: string;
  readonly late: readonly StoredEvent[];
  readonly told: Told;
}

interface Keyed {
  readonly key: string;
  readonly line: ExportLine;
}

/** Lines of one shard, each with the text by which it is found again. */
async function* shardSteps(
  table: Table,
  signed: SignedDigest,
  { name, after, late, told }: Shard,
): AsyncGenerator<Keyed> {
  const { digest } = signed;
  const slice = digest.number;
  const leaves = (await readLeaves(table, signed, name)).get(name) ?? [];
  const isTold = choice(told, leaves, digest.shards[name]?.count);
  if (after < LATE)
    for await (const event of walkEvents(table, digest, { shards: [name], after }))
      if (isTold(event)) yield { key: event.id, line: { type: "event", slice, event } };
  yield* tailOf(slice, name, late, leaves).filter(({ key }) => key > after);
}

/** What follows a shard's own events: those that came late, and the leaves. */
const tailOf = (slice: number, shard: string, late: readonly StoredEvent[], leaves: readonly Leaf[]) => [
  ...late
    .toSorted(byId)
    .map((event): Keyed => ({ key: LATE + event.id, line: { type: "event", slice, event } })),
  ...partsOf(leaves).map((some, part): Keyed => {
    const key = LEAF + String(part).padStart(4, "0");
    return { key, line: { type: "leaves", slice, shard, leaves: some } };
  }),
];

/** Which events are told. A list of leaves that is not whole cannot say what was sealed: then all of them are. */
function choice(told: Told, leaves: readonly Leaf[], count: number | undefined) {
  const sealed = new Set(leaves.map(([id]) => id));
  const isAll = told === "whatever is there" || leaves.length !== count;
  return ({ id }: StoredEvent): boolean => isAll || sealed.has(id);
}

/** Stand after every id. */
const LATE = "~";
const LEAF = "~~";

const byId = (one: StoredEvent, other: StoredEvent) => (one.id < other.id ? -1 : 1);

const partsOf = (leaves: readonly Leaf[]): [id: string, hash: string][][] =>
  Array.from({ length: Math.ceil(leaves.length / LEAVES) }, (_, part) =>
    leaves.slice(part * LEAVES, (part + 1) * LEAVES).map(([id, hash]): [string, string] => [id, hash]),
  );

/** Late events by their ids: each lies under the day of its id or, just after midnight, the next. */
export const readLate = (table: Table, ids: readonly string[]): Promise<readonly StoredEvent[]> =>
  readReferred(table, [
    ...new Set(
      ids.flatMap((id) => {
        const at = timeOfReference(id) ?? 0;
        return [refOf({ id, at }), refOf({ id, at: at + WRITTEN_WITHIN_SECONDS })];
      }),
    ),
  ]);

/** Lines of one shard that was read whole: its events in the order of the chain, and what the chain was. */
export function linesOfShard(
  slice: number,
  shard: string,
  own: readonly StoredEvent[],
  late: readonly StoredEvent[],
  leaves: readonly Leaf[],
): readonly ExportLine[] {
  const events = [...own.toSorted(byId), ...late.toSorted(byId)].filter(({ id }) => shardOf(id) === shard);
  return [
    ...events.map((event): ExportLine => ({ type: "event", slice, event })),
    ...partsOf(leaves).map((some): ExportLine => ({ type: "leaves", slice, shard, leaves: some })),
  ];
}
