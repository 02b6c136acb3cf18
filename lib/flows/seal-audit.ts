import { createHash } from "node:crypto";
import { type Digest, digestHash, digestText, type SignedDigest, sealSlice } from "../core/seal.ts";
import { writeIndex } from "../store/audit-index.ts";
import { latestDigest, putDigest, writeLeaves } from "../store/seals.ts";
import type { Broker } from "./broker.ts";
import { findLate } from "./late-events.ts";
import { gather, gridded, hasTime, SEALING, type SealBounds } from "./next-slice.ts";

/** What sealing holds. */
export type Sealing = Pick<Broker, "clock" | "table" | "rules" | "sealer">;

/**
 * A slice is sealed when it has been over for this long. No function works on a request for more than 120 s, so whatever
 * began in the slice has been written or never will be, unless a clock is wrong or `admin`, invoked directly, published
 * for minutes; such an event is late, and the next round's look back finds it.
 */
const GRACE_SECONDS = 180;
/** The first slice of all begins so long ago. */
const BEGINS_SECONDS = 172_800;
/** Most slices of one round: what is left is the next round's. */
const MOST_SLICES = 50;

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
 * Seals every slice of time that is over, as far as one round goes. A slice that would hold too much ends sooner, so what is
 * held at once is bounded however much happened; each is sealed for good, and the next round goes on after the last one.
 *
 * Index entries and leaves are written first and the digest last, under a number that one writer alone can take. So a
 * round that ends anywhere leaves a whole chain, and the next one goes on from its end; what a worker wrote that came
 * second points to the same events and is never asked for.
 *
 * @throws {Refusal} `broker_unavailable`, `keys_missing`.
 */
export async function sealAudit(broker: Sealing, bounds: SealBounds = SEALING): Promise<Sealed> {
  const { clock, table } = broker;
  const now = clock.now();
  const until = gridded(now - GRACE_SECONDS);
  const digests: Digest[] = [];
  const damaged = new Set<number>();
  let previous = (await latestDigest(table))?.digest;
  let end = previous?.to ?? gridded(now - BEGINS_SECONDS);
  while (digests.length < MOST_SLICES && end < until && hasTime()) {
    const slice = await gather(table, end, until, bounds);
    const which = digests.length === 0 ? "of the last hour too" : "of the days before";
    const late = await findLate(table, previous, slice, which);
    for (const number of late.damaged) damaged.add(number);
    const sealed = await seal(broker, previous, { ...slice, late: late.events });
    if (sealed === undefined) break; // another worker sealed this slice, and goes on
    digests.push(sealed.digest);
    previous = sealed.digest;
    end = previous.to;
  }
  const behindSeconds = previous === undefined ? 0 : Math.max(0, Math.round(clock.now() - end));
  return { digests, damaged: [...damaged], behindSeconds };
}

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
  await writeIndex(table, [...slice.events, ...slice.late], expiresAt);
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
