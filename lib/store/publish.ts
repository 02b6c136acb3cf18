import { Refusal } from "../core/errors.ts";
import type { CompiledRule, Head, Lengths } from "../core/rule-set.ts";
import { type Clock, type Epoch, fixedClock } from "../core/time.ts";
import {
  type Bucket,
  bucketKey,
  GENERATION_SECONDS,
  keptGenerations,
  readBucket,
  toGeneration,
} from "./buckets.ts";
import { batchGet, putChunks, retireChunks, toChunks } from "./chunks.ts";
import { toFilter } from "./filter.ts";
import { putIf, toItem } from "./item.ts";
import {
  type BucketsById,
  byId,
  changedBuckets,
  type Manifest,
  type ManifestPages,
  manifestOf,
  readManifest,
  writeManifest,
} from "./manifest.ts";
import type { Snapshot } from "./snapshot.ts";
import { type Page, writeSource } from "./source.ts";
import type { Table } from "./table.ts";
import { type EditionFacts, manifestPages, writeVersion } from "./version-records.ts";
import { type Claim, claimVersion, flipHead, LEASE_SECONDS, releaseClaim, renewClaim } from "./versions.ts";

/** A whole configuration, compiled and ready to become a version. */
export interface Edition {
  readonly buckets: ReadonlyMap<string, readonly CompiledRule[]>;
  readonly lengths: Lengths;
  /** Where rules are filed by what they give too: `Head.granting`. */
  readonly granting?: NonNullable<Head["granting"]>;
  readonly snapshot: Omit<Snapshot, "schema">;
  /** The configuration as written: JSON of each object, in one order. */
  readonly source: readonly string[];
  /** The pages that the source makes, where that is known already. */
  readonly pages?: readonly Page[];
  readonly hash: string;
  readonly facts: EditionFacts;
  /** Under what the files it was applied from are remembered. */
  readonly mark?: string;
}

/** Buckets written at a time. */
const AT_ONCE = 16;
const BATCH = 100;
const ATTEMPTS = 5;

/**
 * Publishes an edition on top of `base` (decision 7). Until the last write nobody sees any of it; with the last
 * write everybody sees all of it. Whatever happens before leaves readers where they were.
 *
 * @param announce Done when everything is written and nobody sees it yet; where it fails nobody ever does.
 * @param clock Says when the claim must be renewed, while much is written.
 * @returns The new version.
 * @throws {Refusal} `publish_in_progress`, `configuration_moved`.
 */
export async function publishEdition(
  table: Table,
  base: Head,
  edition: Edition,
  now: Epoch,
  announce: (version: number) => Promise<void> = async () => {},
  clock: Clock = fixedClock(now),
): Promise<number> {
  // What takes time and nothing of the table comes before the claim, which others wait for.
  const buckets = byId(edition.buckets);
  const manifest = manifestOf(buckets);
  const claim = await claimVersion(table, base, clock.now());
  try {
    return await publishClaimed(table, claim, { ...edition, buckets, manifest }, { now, announce, clock });
  } catch (thrown) {
    await releaseClaim(table, claim);
    throw thrown;
  }
}

interface Prepared extends Edition {
  readonly buckets: BucketsById;
  readonly manifest: Manifest;
}

interface Writing {
  readonly now: Epoch;
  readonly announce: (version: number) => Promise<void>;
  readonly clock: Clock;
}

async function publishClaimed(
  table: Table,
  claim: Claim,
  edition: Prepared,
  { now, announce, clock }: Writing,
): Promise<number> {
  const { buckets, manifest } = edition;
  const pagesBefore = await manifestPages(table, claim.base.version);
  const changed = changedBuckets(await readManifest(table, pagesBefore), manifest, buckets);
  await writeBuckets(table, claim, changed, { now, clock });
  const known = new Set(pagesBefore.flat());
  const pages = await writeManifest(table, manifest, claim.version, known);
  const snapshot = await writeText(
    table,
    "SNAPSHOT",
    JSON.stringify({ schema: 1, ...edition.snapshot }),
    claim,
  );
  const filter = await writeFilter(table, buckets.keys(), claim);
  const source = await writeSource(table, edition.source, claim.base.source, claim.version, edition.pages);
  const { hash, facts, lengths, granting, mark } = edition;
  await writeVersion(table, {
    ...facts,
    version: claim.version,
    base: claim.base.version,
    at: now,
    hash,
    counts: { ...facts.counts, bucketsWritten: changed.size },
    source,
    manifest: pages,
  });
  await announce(claim.version);
  const filed = granting === undefined ? {} : { granting };
  const sieved = filter === undefined ? {} : { filter };
  const head = { hash, lengths, ...filed, ...sieved, snapshot, source, publishedAt: now };
  await flipHead(table, claim, head, mark);
  // The version is out: a sweep that fails leaves a few chunks too many and must not make this look undone.
  const kept = { snapshot: filter === undefined ? snapshot : [...snapshot, filter.hash], manifest: pages };
  await retire(table, claim, kept, pagesBefore, now).catch(() => {});
  return claim.version;
}

async function writeText(table: Table, kind: "SNAPSHOT", text: string, claim: Claim) {
  const chunks = toChunks(text);
  await putChunks(table, kind, chunks, claim.version);
  return chunks.map(({ hash }) => hash);
}

/** Beside the configuration, under the name of its content. Where it is more than it is worth, readers do without. */
async function writeFilter(table: Table, ids: Iterable<string>, { version }: Claim): Promise<Head["filter"]> {
  const chunk = toFilter(ids);
  if (chunk === undefined) return undefined;
  await putChunks(table, "SNAPSHOT", [chunk], version);
  return { hash: chunk.hash, bytes: chunk.bytes.length };
}

/** What only the versions before needed. Their sources stay: whoever asks what was published, or goes back to it, finds it. */
async function retire(
  table: Table,
  { base, filters, version }: Claim,
  kept: { readonly snapshot: readonly string[]; readonly manifest: ManifestPages },
  pagesBefore: ManifestPages,
  now: Epoch,
): Promise<void> {
  const goneFrom = (before: readonly string[], after: readonly string[]) =>
    before.filter((hash) => !after.includes(hash));
  const compiled = goneFrom([...base.snapshot, ...filters], kept.snapshot);
  await retireChunks(table, "SNAPSHOT", compiled, version, now);
  await retireChunks(table, "SOURCE", goneFrom(pagesBefore.flat(), kept.manifest.flat()), version, now);
}

async function writeBuckets(
  table: Table,
  claim: Claim,
  changed: BucketsById,
  { now, clock }: Pick<Writing, "now" | "clock">,
): Promise<void> {
  const ids = [...changed.keys()];
  let renewedAt = clock.now();
  for (let at = 0; at < ids.length; at += BATCH) {
    if (clock.now() - renewedAt >= LEASE_SECONDS / 4) {
      renewedAt = clock.now();
      await renewClaim(table, claim, renewedAt);
    }
    const batch = ids.slice(at, at + BATCH);
    const found = await readBuckets(table, batch);
    await inParallel(batch, (id) => writeBucket(table, claim, id, changed.get(id) ?? [], found.get(id), now));
  }
}

async function readBuckets(table: Table, ids: readonly string[]): Promise<Map<string, Bucket>> {
  const items = await batchGet(table, ids.map(bucketKey));
  const found = new Map<string, Bucket>();
  for (const id of ids) {
    const item = items.get(bucketKey(id).pk);
    if (item !== undefined) found.set(id, readBucket(item));
  }
  return found;
}

async function inParallel<T>(things: readonly T[], work: (thing: T) => Promise<void>): Promise<void> {
  const queue = things[Symbol.iterator]();
  const worker = async () => {
    for (const thing of queue) await work(thing);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** Adds a generation to a bucket, on top of exactly the one that was read. */
async function writeBucket(
  table: Table,
  claim: Claim,
  id: string,
  rules: readonly CompiledRule[],
  found: Bucket | undefined,
  now: Epoch,
): Promise<void> {
  const { generation, chunks } = toGeneration(rules, claim.version, now);
  await putChunks(table, "SNAPSHOT", chunks, claim.version);
  let before = found;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const generations = [...(before?.generations ?? []), generation];
    const kept = keptGenerations(generations, claim.aborted, now);
    const after = { schema: 1, revision: (before?.revision ?? 0) + 1, generations: kept } as const;
    // An emptied bucket is as good as none once no reader can hold an earlier version.
    const until = rules.length === 0 ? now + GENERATION_SECONDS : undefined;
    if (await putBucket(table, id, before, after, until)) return;
    before = (await readBuckets(table, [id])).get(id);
  }
  throw new Refusal("publish_in_progress", { version: claim.version });
}

async function putBucket(
  table: Table,
  id: string,
  before: Bucket | undefined,
  after: Bucket,
  until: Epoch | undefined,
): Promise<boolean> {
  const { pk, sk } = bucketKey(id);
  const same: [condition?: string, values?: Record<string, number>] =
    before === undefined ? [] : ["revision = :before", { ":before": before.revision }];
  return putIf(table, toItem(pk, sk, after, until), ...same);
}
