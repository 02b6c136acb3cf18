import { timeOfReference } from "../core/reference.ts";
import { type Digest, SHARDS, type SignedDigest, type StoredEvent } from "../core/seal.ts";
import type { ExportLine } from "../core/seal-lines.ts";
import type { Epoch } from "../core/time.ts";
import { readEvents } from "../store/audit-events.ts";
import { digestAt, latestDigest, readDigests, readLeaves, walkDigests } from "../store/seals.ts";
import type { Table } from "../store/table.ts";
import {
  BEGINNING,
  type Bounds,
  linesOfShard,
  PAGE,
  type Place,
  pageOfSlice,
  readLate,
  sizeOf,
} from "./told-slice.ts";

/** How far an export has got, and what it has told so far. */
export interface ExportPosition {
  /** The next digest. */
  readonly number: number;
  /** Where in it, for a slice too large for one page. */
  readonly shard: number;
  readonly after?: string;
  readonly until: Epoch;
  readonly digests: number;
  readonly events: number;
}

export interface ExportPage {
  readonly lines: readonly ExportLine[];
  /** Absent where the export is whole. */
  readonly next?: ExportPosition;
}

/** Digests looked at for one page. */
const MOST_DIGESTS = 100;
/** Late events are sealed within two days: the digests of that time after the last one are told for their lists. */
const LATER_SECONDS = 172_800;

/** The beginning of an export of every slice that has a part in a span of time. */
export async function beginExport(
  table: Table,
  { since, until }: { readonly since: Epoch; readonly until: Epoch },
): Promise<ExportPage> {
  const number = await digestAt(table, since);
  const [before] = number > 1 ? await readDigests(table, number - 1, 1) : [];
  return {
    lines: [{ type: "audit", schema: 1, ...(before === undefined ? {} : { before }) }],
    next: { number, ...BEGINNING, until, digests: 0, events: 0 },
  };
}

/** Goes on with an export: as many whole slices as a page holds, or a part of one that is too large. */
export async function continueExport(
  table: Table,
  position: ExportPosition,
  bounds: Bounds = PAGE,
): Promise<ExportPage> {
  const { number, until } = position;
  const ahead = await readDigests(table, number, MOST_DIGESTS);
  const wanted = ahead.filter(({ digest }) => digest.from < until);
  const [first] = wanted;
  if (first === undefined) return finishExport(table, position, bounds);
  const isBegun = position.shard > 0 || (position.after ?? "") !== "";
  if (isBegun || first.digest.events > bounds.lines) return exportParts(table, first, position, bounds);
  return exportSlices(table, together(wanted, bounds), position, bounds);
}

/** The longest beginning that fits a page. */
function together(signed: readonly SignedDigest[], bounds: Bounds): readonly SignedDigest[] {
  let events = 0;
  const end = signed.findIndex(({ digest }, place) => {
    events += digest.events;
    return place > 0 && events > bounds.lines;
  });
  return end < 0 ? signed : signed.slice(0, end);
}

/** Slices that lie side by side are read at once: most of them are nearly empty. */
async function exportSlices(
  table: Table,
  slices: readonly SignedDigest[],
  position: ExportPosition,
  bounds: Bounds,
): Promise<ExportPage> {
  const [from, to] = [slices[0]?.digest.from ?? 0, slices.at(-1)?.digest.to ?? 0];
  const events = await readEvents(table, from, to);
  const lines: ExportLine[] = [];
  let bytes = 0;
  let { number } = position;
  for (const signed of slices) {
    const told = await linesOf(table, signed, events);
    bytes += told.reduce((sum, line) => sum + sizeOf(line), 0);
    if (bytes > bounds.bytes && lines.length === 0) return exportParts(table, signed, position, bounds);
    if (bytes > bounds.bytes) break;
    lines.push(...told);
    number = signed.digest.number + 1;
  }
  return { lines, next: moved(position, lines, { number, ...BEGINNING }) };
}

async function linesOf(
  table: Table,
  signed: SignedDigest,
  events: readonly StoredEvent[],
): Promise<readonly ExportLine[]> {
  const { digest } = signed;
  const own = events.filter(({ id }) => isIn(digest, id));
  const [late, leaves] = await Promise.all([readLate(table, digest.late), readLeaves(table, signed)]);
  return [
    ...SHARDS.flatMap((shard) => linesOfShard(digest.number, shard, own, late, leaves.get(shard) ?? [])),
    { type: "digest", ...signed },
  ];
}

/** One slice, part by part. */
async function exportParts(
  table: Table,
  signed: SignedDigest,
  position: ExportPosition,
  bounds: Bounds,
): Promise<ExportPage> {
  const { number } = signed.digest;
  const from = { shard: position.shard, after: position.after ?? "" };
  const { lines, next } = await pageOfSlice(table, signed, from, bounds, "whatever is there");
  if (next !== undefined) return { lines, next: moved(position, lines, { number, ...next }) };
  const whole: readonly ExportLine[] = [...lines, { type: "digest", ...signed }];
  return { lines: whole, next: moved(position, whole, { number: number + 1, ...BEGINNING }) };
}

const moved = (
  position: ExportPosition,
  lines: readonly ExportLine[],
  to: Pick<ExportPosition, "number"> & Place,
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

/** The end: digests that may list late events of the slices before, page by page, and what the whole export holds. */
async function finishExport(table: Table, position: ExportPosition, bounds: Bounds): Promise<ExportPage> {
  const { number, digests, events } = position;
  const latest = (await endAt(table, position.until)) + LATER_SECONDS;
  const last = (await latestDigest(table))?.digest.number ?? 0;
  const lines: ExportLine[] = [];
  let bytes = 0;
  for await (const signed of walkDigests(table, number, last)) {
    if (signed.digest.from >= latest) break;
    const line: ExportLine = { type: "later", ...signed };
    bytes += sizeOf(line);
    if (lines.length > 0 && (lines.length >= bounds.lines || bytes > bounds.bytes))
      return { lines, next: { ...position, number: signed.digest.number } };
    lines.push(line);
  }
  return { lines: [...lines, { type: "end", digests, events }] };
}

/** When the last slice of an export is over: slices follow each other without a gap. */
async function endAt(table: Table, until: Epoch): Promise<Epoch> {
  const [found] = await readDigests(table, await digestAt(table, until), 1);
  if (found === undefined) return until;
  return found.digest.from < until ? found.digest.to : found.digest.from;
}
