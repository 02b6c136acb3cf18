import { createHash } from "node:crypto";
import { timeOfReference } from "../core/reference.ts";
import {
  type Digest,
  digestHash,
  digestText,
  type SignedDigest,
  SLICE_SECONDS,
  type StoredEvent,
  sealSlice,
} from "../core/seal.ts";
import type { Epoch } from "../core/time.ts";
import { dayOf } from "../store/audit.ts";
import { readEvents } from "../store/audit-events.ts";
import { writeIndex } from "../store/audit-index.ts";
import { latestDigest, markOf, putDigest, readDigests, readLeaves, writeLeaves } from "../store/seals.ts";
import type { Table } from "../store/table.ts";
import type { Broker } from "./broker.ts";

/** What sealing holds. */
export type Sealing = Pick<Broker, "clock" | "table" | "rules" | "sealer">;

/**
 * A slice is sealed when it has been over for this long. No function runs for more than 120 s, so whatever began in the
 * slice has been written or never will be, unless a clock is wrong; that event is late.
 */
const GRACE_SECONDS = 180;
/** How far every round looks back for late events, and how far the first one of each day does. */
const LOOK_SECONDS = 3600;
const DEEP_LOOK_SECONDS = 172_800;
/** A slice that holds as many events ends at the next step. */
const ENOUGH = 20_000;
/** A stretch that holds fewer is quiet: the next one read is four times as long. */
const QUIET = 1000;
/** Most late events of one slice; the next one takes the others. */
const MOST_LATE = 2000;
/** Most slices of one round: what is left is the next round's. */
const MOST_SLICES = 50;

const gridded = (at: Epoch): Epoch => Math.floor(at / SLICE_SECONDS) * SLICE_SECONDS;

/** What one round came to. */
export interface Sealed {
  /** The digests it added to the chain, oldest first. */
  readonly digests: readonly Digest[];
  /** Slices whose list of leaves is not whole: late events among theirs cannot be told. */
  readonly damaged: readonly number[];
  /** How long ago the last sealed slice was over. */
  readonly behindSeconds: number;
}

/**
 * Seals every slice of time that is over, as far as one round goes.
 *
 * Index entries and leaves are written first and the digest last, under a number that one writer alone can take. So a
 * round that ends anywhere leaves a whole chain, and the next one goes on from its end; what a worker wrote that came
 * second points to the same events and is never asked for.
 *
 * @throws {Refusal} `broker_unavailable`, `keys_missing`.
 */
export async function sealAudit(broker: Sealing): Promise<Sealed> {
  const { clock, table } = broker;
  const until = gridded(clock.now() - GRACE_SECONDS);
  const digests: Digest[] = [];
  let damaged: readonly number[] = [];
  let previous = (await latestDigest(table))?.digest;
  while (digests.length < MOST_SLICES && (previous === undefined || previous.to < until)) {
    const slice = await nextSlice(broker, previous, until);
    // What came late is looked for once in a round.
    const late =
      previous === undefined || digests.length > 0 ? NONE_LATE : await findLate(table, previous, slice);
    damaged = [...damaged, ...late.damaged];
    const sealed = await seal(broker, previous, { ...slice, late: late.events });
    if (sealed === undefined) break; // another worker sealed this slice, and goes on
    digests.push(sealed.digest);
    previous = sealed.digest;
  }
  return {
    digests,
    damaged,
    behindSeconds: Math.max(0, Math.round(clock.now() - (previous?.to ?? clock.now()))),
  };
}

function nextSlice({ clock, table }: Sealing, previous: Digest | undefined, until: Epoch): Promise<Gathered> {
  if (previous !== undefined) return gather(table, previous.to, until, SLICE_SECONDS);
  const from = gridded(clock.now() - DEEP_LOOK_SECONDS);
  return gather(table, from, until, until - from);
}

interface Gathered {
  readonly from: Epoch;
  readonly to: Epoch;
  readonly events: readonly StoredEvent[];
}

/** The events of the next slice, and where it ends. After an outage one slice takes in as much as there is. */
async function gather(table: Table, from: Epoch, until: Epoch, firstStep: number): Promise<Gathered> {
  const events: StoredEvent[] = [];
  let to = from;
  for (let step = firstStep; to < until && events.length < ENOUGH; ) {
    const end = Math.min(until, to + step);
    const found = await readEvents(table, to, end);
    events.push(...found);
    to = end;
    if (found.length < QUIET) step *= 4;
  }
  return { from, to, events };
}

interface Late {
  readonly events: readonly StoredEvent[];
  readonly damaged: readonly number[];
}

const NONE_LATE: Late = { events: [], damaged: [] };

/** Events whose slice was sealed before they were there. */
async function findLate(table: Table, previous: Digest, next: Gathered): Promise<Late> {
  const look = dayOf(next.from) === dayOf(next.to) ? LOOK_SECONDS : DEEP_LOOK_SECONDS;
  const from = previous.to - look;
  const number = Math.max(1, previous.number - look / SLICE_SECONDS);
  const signed = await readDigests(table, number, previous.number - number + 1);
  const known = new Set<string>();
  const damaged: Digest[] = [];
  for (const one of signed.filter(({ digest }) => digest.to > from || digest.late.length > 0)) {
    const ids = [...(await readLeaves(table, one)).values()].flat().map(([id]) => id);
    for (const id of ids) known.add(id);
    if (ids.length !== one.digest.events) damaged.push(one.digest);
  }
  // Before the first digest nothing was sealed, so nothing there is late.
  const begin = Math.max(from, signed[0]?.digest.from ?? from);
  const isUnknown = ({ id }: StoredEvent) => !known.has(id) && !damaged.some((one) => holds(one, id));
  const events = (await readEvents(table, begin, previous.to)).filter(isUnknown);
  return { events: events.slice(0, MOST_LATE), damaged: damaged.map((one) => one.number) };
}

const holds = ({ from, to, late }: Digest, id: string): boolean => {
  const at = timeOfReference(id) ?? 0;
  return (from <= at && at < to) || late.includes(id);
};

async function seal(
  { clock, table, rules, sealer }: Sealing,
  previous: Digest | undefined,
  slice: Pick<Parameters<typeof sealSlice>[0], "from" | "to" | "events" | "late">,
): Promise<SignedDigest | undefined> {
  const [{ settings }, { publicKey, sign }] = await Promise.all([rules.world(), sealer()]);
  const keptSeconds = settings.auditRetentionDays * 86_400;
  const { digest, leaves } = sealSlice({
    ...slice,
    previous,
    sealedAt: clock.now(),
    keptUntil: slice.from + keptSeconds,
    key: publicKey,
  });
  const expiresAt = slice.to + keptSeconds;
  await writeIndex(table, [...slice.events, ...slice.late], markOf({ digest }), expiresAt);
  await writeLeaves(table, { digest }, leaves, expiresAt);
  const signature = await sign(createHash("sha256").update(digestText(digest)).digest());
  const signed = { digest, signature: Buffer.from(signature).toString("base64") };
  return (await putDigest(table, signed)) ? signed : undefined;
}

/** What a log or an anchor outside the account is told of a digest. */
export const announcement = (digest: Digest) => ({
  number: digest.number,
  from: digest.from,
  to: digest.to,
  events: digest.events,
  late: digest.late.length,
  digest: digestHash(digest),
});
