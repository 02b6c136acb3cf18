import { timeOfReference } from "../core/reference.ts";
import {
  type Digest,
  type Leaf,
  SHARDS,
  type SignedDigest,
  type StoredEvent,
  shardOf,
} from "../core/seal.ts";
import type { ExportLine } from "../core/seal-lines.ts";
import type { Epoch } from "../core/time.ts";
import { readEvents, readReferred, refOf } from "../store/audit-events.ts";
import { latestDigest, readDigests, readLeaves } from "../store/seals.ts";
import type { Table } from "../store/table.ts";

/** How far an export has got, and what it has told so far. */
export interface ExportPosition {
  /** The next digest. */
  readonly number: number;
  /** The shard of it that is next, for a slice too large for one page. */
  readonly shard: number;
  readonly until: Epoch;
  readonly digests: number;
  readonly events: number;
}

export interface ExportPage {
  readonly lines: readonly ExportLine[];
  /** Absent where the export is whole. */
  readonly next?: ExportPosition;
}

/** Events of one page, as near as whole shards come to it, and digests looked at for it. */
const MOST_EVENTS = 2000;
const MOST_DIGESTS = 100;
/** Late events are sealed within two days: as many digests after the last one are told for their lists. */
const LATER_SECONDS = 172_800;
const LATER_DIGESTS = 600;
/** A request may write a little after its id was made. */
const WRITTEN_WITHIN_SECONDS = 300;

/** The beginning of an export of every slice that has a part in a span of time. */
export async function beginExport(
  table: Table,
  { since, until }: { readonly since: Epoch; readonly until: Epoch },
): Promise<ExportPage> {
  const number = await digestAt(table, since);
  const [before] = number > 1 ? await readDigests(table, number - 1, 1) : [];
  return {
    lines: [{ type: "audit", schema: 1, ...(before === undefined ? {} : { before }) }],
    next: { number, shard: 0, until, digests: 0, events: 0 },
  };
}

/** The number of the first digest that ends after an instant: numbers grow with time, so it is found by halving. */
async function digestAt(table: Table, at: Epoch): Promise<number> {
  const last = (await latestDigest(table))?.digest.number ?? 0;
  let [low, high] = [1, last + 1];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [found] = await readDigests(table, middle, 1);
    if (found !== undefined && found.digest.to > at) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Goes on with an export: as many whole slices as a page holds, or shards of one that is too large. */
export async function continueExport(table: Table, position: ExportPosition): Promise<ExportPage> {
  const { number, until } = position;
  const ahead = await readDigests(table, number, MOST_DIGESTS);
  const wanted = ahead.filter(({ digest }) => digest.from < until);
  const [first] = wanted;
  if (first === undefined) return finishExport(table, position);
  if (first.digest.events > MOST_EVENTS) return exportShards(table, first, position);
  return exportSlices(table, together(wanted), position);
}

/** The longest beginning that fits a page. */
function together(signed: readonly SignedDigest[]): readonly SignedDigest[] {
  let events = 0;
  const end = signed.findIndex(({ digest }, place) => {
    events += digest.events;
    return place > 0 && events > MOST_EVENTS;
  });
  return end < 0 ? signed : signed.slice(0, end);
}

/** Slices that lie side by side are read at once: most of them are nearly empty. */
async function exportSlices(
  table: Table,
  slices: readonly SignedDigest[],
  position: ExportPosition,
): Promise<ExportPage> {
  const [from, to] = [slices[0]?.digest.from ?? 0, slices.at(-1)?.digest.to ?? 0];
  const events = await readEvents(table, from, to);
  const lines: ExportLine[] = [];
  for (const signed of slices) {
    const own = events.filter(({ id }) => isIn(signed.digest, id));
    const late = await readLate(table, signed.digest.late);
    lines.push(...linesOf(signed.digest, [...SHARDS], own, late, await readLeaves(table, signed)));
    lines.push({ type: "digest", ...signed });
  }
  return { lines, next: moved(position, lines, { number: position.number + slices.length, shard: 0 }) };
}

async function exportShards(
  table: Table,
  signed: SignedDigest,
  position: ExportPosition,
): Promise<ExportPage> {
  const { digest } = signed;
  const [leaves, late] = await Promise.all([readLeaves(table, signed), readLate(table, digest.late)]);
  const lines: ExportLine[] = [];
  let { shard } = position;
  for (; shard < SHARDS.length && lines.length < MOST_EVENTS; shard++) {
    const names = SHARDS.slice(shard, shard + 1);
    const own = await readEvents(table, digest.from, digest.to, names);
    lines.push(...linesOf(digest, names, own, late, leaves));
  }
  if (shard < SHARDS.length) return { lines, next: moved(position, lines, { number: digest.number, shard }) };
  lines.push({ type: "digest", ...signed });
  return { lines, next: moved(position, lines, { number: digest.number + 1, shard: 0 }) };
}

const moved = (
  position: ExportPosition,
  lines: readonly ExportLine[],
  to: Pick<ExportPosition, "number" | "shard">,
): ExportPosition => ({
  ...position,
  ...to,
  digests: position.digests + lines.filter(({ type }) => type === "digest").length,
  events: position.events + lines.filter(({ type }) => type === "event").length,
});

const isIn = ({ from, to }: Digest, id: string): boolean => {
  const at = timeOfReference(id) ?? 0;
  return from <= at && at < to;
};

/** Events in the order of their chains, and what the chains were. */
function linesOf(
  { number: slice }: Digest,
  shards: readonly string[],
  own: readonly StoredEvent[],
  late: readonly StoredEvent[],
  leaves: ReadonlyMap<string, readonly Leaf[]>,
): readonly ExportLine[] {
  const byId = (one: StoredEvent, other: StoredEvent) => (one.id < other.id ? -1 : 1);
  const inOrder = [...own.toSorted(byId), ...late.toSorted(byId)];
  return shards.flatMap((shard): ExportLine[] => {
    const events = inOrder.filter(({ id }) => shardOf(id) === shard);
    const held = leaves.get(shard) ?? [];
    return [
      ...events.map((event): ExportLine => ({ type: "event", slice, event })),
      ...(held.length === 0
        ? []
        : [
            {
              type: "leaves" as const,
              slice,
              shard,
              leaves: held.map(([id, hash]): [string, string] => [id, hash]),
            },
          ]),
    ];
  });
}

/** Late events by their ids: each lies under the day of its id or, just after midnight, the next. */
const readLate = (table: Table, ids: readonly string[]): Promise<readonly StoredEvent[]> =>
  readReferred(table, [
    ...new Set(
      ids.flatMap((id) => {
        const at = timeOfReference(id) ?? 0;
        return [refOf({ id, at }), refOf({ id, at: at + WRITTEN_WITHIN_SECONDS })];
      }),
    ),
  ]);

/** The end: digests that may list late events of the slices before, and what the whole export holds. */
async function finishExport(table: Table, { number, digests, events }: ExportPosition): Promise<ExportPage> {
  const [last] = number > 1 ? await readDigests(table, number - 1, 1) : [];
  const after = await readDigests(table, number, LATER_DIGESTS);
  const latest = (last?.digest.to ?? 0) + LATER_SECONDS;
  const later = after.filter(({ digest }) => digest.from < latest);
  return {
    lines: [
      ...later.map((signed): ExportLine => ({ type: "later", ...signed })),
      { type: "end", digests, events },
    ],
  };
}
