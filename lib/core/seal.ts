import { createHash } from "node:crypto";
import * as v from "valibot";
import { canonicalJson } from "./canonical.ts";
import type { Epoch } from "./time.ts";

/** An event as it was stored, whole: whatever it holds is sealed with it. */
export interface StoredEvent {
  readonly id: string;
  readonly at: Epoch;
  readonly kind: string;
  readonly [field: string]: unknown;
}

/** Sixteen chains, so that sixteen partitions can be read side by side. */
export const SHARDS = [..."0123456789abcdef"] as const;

/** Where an event lies and which chain it is in. */
export const shardOf = (id: string): string => (id.charCodeAt(id.length - 1) % 16).toString(16);

/** Slices end on this grid of time, but for one that is full; an outage makes a long one, and nothing makes a gap. */
export const SLICE_SECONDS = 300;

const Hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const Count = v.pipe(v.number(), v.integer(), v.minValue(0));

/** One shard of one slice: its events, and the chain's last hash after them. */
const Shard = v.strictObject({
  count: Count,
  first: v.exactOptional(v.string()),
  last: v.exactOptional(v.string()),
  head: Hash,
});

/** What one slice of time was sealed as. */
export const Digest = v.strictObject({
  schema: v.literal(1),
  number: v.pipe(v.number(), v.integer(), v.minValue(1)),
  /** Events whose reference was made from here, inclusive, to there, exclusive; epoch seconds. */
  from: v.number(),
  to: v.number(),
  sealedAt: v.number(),
  /** Until when its events were to be kept; what is missing later has expired. */
  keptUntil: v.number(),
  events: Count,
  shards: v.record(v.string(), Shard),
  /** Ids of events that arrived when their own slice was sealed already, and are sealed here instead. */
  late: v.array(v.string()),
  /** Hash of the digest before, or zeros. */
  previous: Hash,
  /** The public key it is signed with: SubjectPublicKeyInfo, base 64 of its DER. */
  key: v.string(),
});
export type Digest = v.InferOutput<typeof Digest>;

export const SignedDigest = v.strictObject({ digest: Digest, signature: v.string() });
export type SignedDigest = v.InferOutput<typeof SignedDigest>;

export const NO_HASH = "0".repeat(64);

/** The next hash of a chain: SHA-256 over the one before, as bytes, and the event's canonical JSON. */
export const chain = (head: string, event: object): string =>
  createHash("sha256").update(Buffer.from(head, "hex")).update(canonicalJson(event)).digest("hex");

/** The hash of one event by itself; of one that JSON cannot say, a hash of none. */
export function eventHash(event: object): string {
  try {
    return chain(NO_HASH, event);
  } catch {
    return "";
  }
}

/** What is signed: the canonical JSON of a digest. KMS is given its SHA-256, in 32 bytes. */
export const digestText = (digest: Digest): string => canonicalJson(digest);

/** The hash by which the next digest names this one, and an anchor outside the account. Hex. */
export const digestHash = (digest: Digest): string =>
  createHash("sha256").update(digestText(digest)).digest("hex");

/** One sealed event: its id, and the hash of its chain just after it. */
export type Leaf = readonly [id: string, hash: string];

export interface Slice {
  readonly previous: Digest | undefined;
  readonly from: Epoch;
  readonly to: Epoch;
  readonly sealedAt: Epoch;
  readonly keptUntil: Epoch;
  readonly key: string;
  /** Of this slice's own time, in any order. */
  readonly events: readonly StoredEvent[];
  /** Of earlier time, in no digest yet. */
  readonly late: readonly StoredEvent[];
}

const byId = (one: StoredEvent, other: StoredEvent) => (one.id < other.id ? -1 : 1);

/** Continues every chain with one slice: in each shard its own events by id, then the late ones by id. */
export function sealSlice(slice: Slice): {
  readonly digest: Digest;
  readonly leaves: ReadonlyMap<string, Leaf[]>;
} {
  const { previous, from, to, sealedAt, keptUntil, key, late } = slice;
  const inOrder = [...slice.events.toSorted(byId), ...late.toSorted(byId)];
  const leaves = new Map<string, Leaf[]>(SHARDS.map((shard) => [shard, []]));
  const heads = new Map(SHARDS.map((shard) => [shard as string, headBefore(previous, shard)]));
  for (const event of inOrder) {
    const shard = shardOf(event.id);
    const head = chain(heads.get(shard) ?? NO_HASH, event);
    heads.set(shard, head);
    leaves.get(shard)?.push([event.id, head]);
  }
  const shards = SHARDS.map((shard) => {
    const sealed = leaves.get(shard) ?? [];
    const [first, last] = [sealed[0]?.[0], sealed.at(-1)?.[0]];
    const ends = first === undefined || last === undefined ? {} : { first, last };
    return [shard, { count: sealed.length, ...ends, head: heads.get(shard) ?? NO_HASH }] as const;
  });
  const digest: Digest = {
    schema: 1,
    number: (previous?.number ?? 0) + 1,
    from,
    to,
    sealedAt,
    keptUntil,
    events: inOrder.length,
    shards: Object.fromEntries(shards),
    late: late.map(({ id }) => id).toSorted(),
    previous: previous === undefined ? NO_HASH : digestHash(previous),
    key,
  };
  return { digest, leaves };
}

/** The hash a shard's chain had before a slice; zeros before the first. */
export const headBefore = (previous: Digest | undefined, shard: string): string =>
  previous?.shards[shard]?.head ?? NO_HASH;
