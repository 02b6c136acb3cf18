import { outcomeOf } from "../core/audit.ts";
import { referenceFrom, timeOfReference } from "../core/reference.ts";
import type { StoredEvent } from "../core/seal.ts";
import type { Epoch } from "../core/time.ts";
import { readEvents } from "../store/audit-events.ts";
import { FACETS, type Facet, facetsOf } from "../store/audit-index.ts";
import { latestDigest, readDigests } from "../store/seals.ts";
import type { Table } from "../store/table.ts";
import { type Step, walkIndex, walkShards } from "./audit-walk.ts";
import type { Broker } from "./broker.ts";

/** What an event must be; every one of them must hold. */
export interface AuditQuery {
  readonly facets: Readonly<Partial<Record<Facet, string>>>;
  /** Instants of the events, both inclusive. */
  readonly since?: Epoch;
  readonly until?: Epoch;
}

/** A page, newest first. */
export interface AuditPage {
  readonly events: readonly StoredEvent[];
  /** Where the next page goes on; absent at the end. A page may be short, or empty, and yet not the last. */
  readonly before?: string;
  /** Until when events were sealed, and are found by index; 0 before the first seal. */
  readonly sealedTo: Epoch;
}

/** An id may be older than its event by what a request takes. */
const REQUEST_SECONDS = 300;
/** What one page may cost: reads of the table, and events looked at. */
const MOST_READS = 160;
const MOST_EVENTS = 1000;

/**
 * Finds events. What is sealed is found by the most telling thing that is asked for; what is younger than the last seal
 * is read as it lies, so a walk sees an event from the moment it is written. Positions are ids: however many events come
 * in between, the next page begins where this one ended.
 *
 * @param before Position of the page before; from the newest where absent.
 */
export async function queryAudit(
  broker: Pick<Broker, "table" | "clock" | "rules">,
  query: AuditQuery,
  limit: number,
  before?: string,
): Promise<AuditPage> {
  const { table } = broker;
  const sealedTo = (await latestDigest(table))?.digest.to ?? 0;
  const budget = { reads: 0, events: 0 };
  const onRead = () => {
    budget.reads++;
  };
  const way = await wayOf(broker, query, before);
  const events: StoredEvent[] = [];
  for await (const { position, event } of steps(table, query, { ...way, sealedTo, onRead })) {
    budget.events += event === undefined ? 0 : 1;
    if (event !== undefined && matches(event, query)) events.push(event);
    const full = events.length === limit || budget.reads >= MOST_READS || budget.events >= MOST_EVENTS;
    if (full) return { events, before: position, sealedTo };
  }
  return { events, sealedTo };
}

async function wayOf(
  { clock, rules, table }: Pick<Broker, "clock" | "rules" | "table">,
  { since, until = Number.POSITIVE_INFINITY }: AuditQuery,
  before: string | undefined,
): Promise<{ readonly from: Epoch; readonly before: string }> {
  const now = clock.now();
  const [{ settings }, [first]] = await Promise.all([rules.world(), readDigests(table, 1, 1)]);
  // The first seal took in what two days before it held; older than that, and than what is kept, there is nothing.
  const kept = now - settings.auditRetentionDays * 86_400;
  const oldest = Math.max(kept, first?.digest.from ?? kept);
  const newest = referenceFrom(Math.min(until, now) + REQUEST_SECONDS);
  return { from: (since ?? oldest) - REQUEST_SECONDS, before: earlier(before ?? newest, newest) };
}

const earlier = (one: string, other: string): string => [one, other].toSorted()[0] ?? one;

/** The most telling facet; most events tell of a yes, so that is no help. */
function bestFacet({ facets }: AuditQuery): readonly [Facet, string] | undefined {
  for (const facet of FACETS) {
    const value = facets[facet];
    if (value !== undefined && value !== "done") return [facet, value];
  }
  return undefined;
}

async function* steps(
  table: Table,
  query: AuditQuery,
  { sealedTo, ...way }: Parameters<typeof walkShards>[1] & { readonly sealedTo: Epoch },
): AsyncGenerator<Step> {
  const facet = bestFacet(query);
  if (facet === undefined) {
    yield* walkShards(table, way);
    return;
  }
  const seal = referenceFrom(sealedTo);
  if (way.before > seal) yield* walkShards(table, { ...way, from: Math.max(way.from, sealedTo) });
  if (way.from < sealedTo) yield* walkIndex(table, facet, { ...way, before: earlier(way.before, seal) });
}

/** The events of one request: the one that has its reference, and those that tell of the same one. */
export async function findReference(
  { table }: Pick<Broker, "table">,
  reference: string,
): Promise<readonly StoredEvent[]> {
  const at = timeOfReference(reference);
  if (at === undefined) return [];
  const found = await readEvents(table, at, at + 0.001);
  return found.filter(({ id }) => id.startsWith(reference));
}

function matches(event: StoredEvent, { facets, since, until }: AuditQuery): boolean {
  if ((since !== undefined && event.at < since) || (until !== undefined && event.at > until)) return false;
  const { outcome, ...others } = facets;
  if (outcome !== undefined && outcomeOf(event.kind) !== outcome) return false;
  const has = facetsOf(event);
  return Object.entries(others).every(([facet, value]) =>
    has.some(([name, held]) => name === facet && held === value),
  );
}
