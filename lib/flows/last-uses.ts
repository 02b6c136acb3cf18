import { type AccessRow, BROKER_PLACE } from "../core/access.ts";
import { referenceFrom, timeOfReference } from "../core/reference.ts";
import type { StoredEvent } from "../core/seal.ts";
import type { Epoch } from "../core/time.ts";
import { holdingKey } from "../rules/holdings.ts";
import { readEvents } from "../store/audit-events.ts";
import { latestDigest, readDigests } from "../store/seals.ts";
import type { Table } from "../store/table.ts";
import { walkIndex } from "./audit-walk.ts";
import type { Broker } from "./broker.ts";

/** Finds when roles were last used, for rows of one page. A row that there was no time for comes back as it was. */
export type LastUses = (rows: readonly AccessRow[]) => Promise<readonly AccessRow[]>;

/** Whether the trail would tell of a use: rights on the broker leave other events, and what must be asked for leaves none. */
export const isUsable = ({ accountId, how }: AccessRow): boolean =>
  how === "given" && accountId !== BROKER_PLACE;

interface Looking {
  /** Uses are looked for from here to there. */
  readonly from: Epoch;
  readonly to: Epoch;
  readonly hasTime: () => boolean;
}

/** What events tell of a use. */
const USES: readonly string[] = ["credentials.issued", "console.opened"];
/** An id may be older than its event by what a request takes. */
const REQUEST_SECONDS = 300;
/** People whose trails are read side by side. */
const AT_ONCE = 8;
/** Reads of one person's trail: whoever does very much is not followed for long. */
const MOST_READS = 40;
/** Events younger than the last seal that are looked at, and how far back: sealing takes minutes unless it stands still. */
const MOST_YOUNG = 50_000;
const YOUNG_SECONDS = 2 * 86_400;
const HOUR = 3600;

/** Instants of the last uses of one person, by `holdingKey`. */
type Uses = Map<string, Epoch>;

/**
 * Looks uses up in the audit trail: what is sealed by the index of people, what is younger as it lies, once for all rows.
 * What is not in the trail any more, or never was in its index, is not said to be unused.
 */
export function lastUses(broker: Pick<Broker, "table" | "clock" | "rules">, looking: Looking): LastUses {
  let opened: Promise<Trail> | undefined;
  return async (rows) => {
    if (rows.length === 0) return rows;
    opened ??= openTrail(broker, looking);
    const trail = await opened;
    const people = Map.groupBy(rows.filter(isUsable), ({ personId }) => personId);
    const told = new Map<AccessRow, AccessRow>();
    const waiting = [...people];
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        if (!looking.hasTime()) return;
        for (const [row, after] of await tellPerson(broker.table, trail, looking, next)) told.set(row, after);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return rows.map((row) => told.get(row) ?? row);
  };
}

/** What is known of the trail before anybody's is read. */
interface Trail {
  /** Until when events are found by index. */
  readonly sealedTo: Epoch;
  /** Since when all of them are. */
  readonly knownFrom: Epoch;
  /** Uses since the last seal, by person. */
  readonly young: ReadonlyMap<string, Uses>;
}

async function openTrail(
  { table, clock, rules }: Parameters<typeof lastUses>[0],
  { from, to, hasTime }: Looking,
): Promise<Trail> {
  const [{ settings }, latest, [first]] = await Promise.all([
    rules.world(),
    latestDigest(table),
    readDigests(table, 1, 1),
  ]);
  const sealedTo = latest?.digest.to ?? 0;
  const kept = Math.max(from, clock.now() - settings.auditRetentionDays * 86_400);
  const young = new Map<string, Uses>();
  const least = Math.max(kept, sealedTo, to - YOUNG_SECONDS);
  let reached = Math.max(least, to);
  let looked = 0;
  // The last hour, and then the rest: in a day of very many events the hour is enough to read.
  for (const since of [Math.max(least, to - HOUR), least]) {
    if (since >= reached || looked > MOST_YOUNG || (reached < to && !hasTime())) continue;
    const events = await readEvents(table, since, reached === to ? to + REQUEST_SECONDS : reached);
    for (const event of events) note(young, event, to);
    reached = since;
    looked += events.length;
  }
  if (reached > Math.max(kept, sealedTo) || first === undefined)
    return { sealedTo: 0, knownFrom: reached, young };
  return { sealedTo, knownFrom: Math.max(kept, first.digest.from), young };
}

function note(uses: Map<string, Uses>, event: StoredEvent, to: Epoch): void {
  const used = useIn(event, to);
  if (used === undefined) return;
  const theirs = uses.get(used.personId) ?? new Map();
  uses.set(used.personId, theirs);
  theirs.set(used.key, Math.max(used.at, theirs.get(used.key) ?? 0));
}

function useIn(event: StoredEvent | undefined, to: Epoch) {
  if (event === undefined) return undefined;
  const { kind, at, personId, accountId, role } = event;
  if (!USES.includes(kind) || at > to) return undefined;
  if (typeof personId !== "string" || typeof accountId !== "string" || typeof role !== "string")
    return undefined;
  return { personId, key: holdingKey({ accountId, role }), at };
}

/** One person's rows, with what is known of their use. */
async function tellPerson(
  table: Table,
  trail: Trail,
  looking: Looking,
  [personId, rows]: readonly [string, readonly AccessRow[]],
): Promise<readonly (readonly [AccessRow, AccessRow])[]> {
  const uses: Uses = new Map(trail.young.get(personId));
  const missing = new Set(rows.map(holdingKey).filter((key) => !uses.has(key)));
  const reached = await findSealed(table, personId, { missing, uses, trail, looking });
  return rows.map((row) => {
    const lastUsedAt = uses.get(holdingKey(row));
    return [row, lastUsedAt === undefined ? { ...row, unusedSince: reached } : { ...row, lastUsedAt }];
  });
}

interface Finding {
  readonly missing: Set<string>;
  readonly uses: Uses;
  readonly trail: Trail;
  readonly looking: Looking;
}

/** Finds what is missing among sealed events. @returns Since when what is missing still has no use. */
async function findSealed(
  table: Table,
  personId: string,
  { missing, uses, trail: { sealedTo, knownFrom }, looking: { from, to } }: Finding,
): Promise<Epoch> {
  if (missing.size === 0 || sealedTo <= from) return knownFrom;
  let reads = 0;
  const before = referenceFrom(Math.min(sealedTo, to + REQUEST_SECONDS));
  const way = { from: from - REQUEST_SECONDS, before, onRead: () => reads++ };
  for await (const { position, event } of walkIndex(table, ["person", personId], way)) {
    const used = useIn(event, to);
    if (used !== undefined && used.at >= from && missing.delete(used.key)) uses.set(used.key, used.at);
    if (missing.size === 0) break;
    if (reads >= MOST_READS) return Math.max(knownFrom, timeOfReference(position.padEnd(26, "0")) ?? to);
  }
  return knownFrom;
}
