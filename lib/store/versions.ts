import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import * as v from "valibot";
import { isRefusal, Refusal } from "../core/errors.ts";
import { EMPTY_HEAD, type Head } from "../core/rule-set.ts";
import { newSecret } from "../core/secret.ts";
import type { Epoch } from "../core/time.ts";
import { batchGet } from "./chunks.ts";
import { NOT_NEWER, parseItem, putUnder, readItem, SCHEMA_NAMES, SCHEMA_VALUES, toItem } from "./item.ts";
import type { ManifestPages } from "./manifest.ts";
import { HEAD_KEY, readHeadItem, toHead } from "./rules.ts";
import { isConditionFailure, type Table } from "./table.ts";

/** Whoever claimed a version has this long to finish it before another may take its place. */
export const LEASE_SECONDS = 60;

/** One published, unfinished or aborted version, as told to administrators. */
export interface Version {
  readonly version: number;
  readonly state: "published" | "unfinished" | "aborted";
  readonly author: string;
  readonly at: Epoch;
  readonly message?: string;
  readonly hash: string;
  /** Objects by kind, and buckets written. */
  readonly counts: Readonly<Record<string, number>>;
}

const StoredVersion = v.object({
  schema: v.literal(1),
  version: v.number(),
  author: v.string(),
  at: v.number(),
  message: v.exactOptional(v.string()),
  hash: v.string(),
  counts: v.record(v.string(), v.number()),
  manifest: v.array(v.array(v.string())),
});
type StoredVersion = v.InferOutput<typeof StoredVersion>;

/** What HEAD holds besides what readers need: which version is being made, by whom, and until when. */
const Making = v.object({
  latest: v.number(),
  claim: v.exactOptional(v.object({ version: v.number(), token: v.string(), until: v.number() })),
});
type Making = v.InferOutput<typeof Making>;

/** The right to write one version and to make it the published one. */
export interface Claim {
  readonly version: number;
  readonly token: string;
  /** HEAD on which this version is built; publishing it succeeds only while that is still the published one. */
  readonly base: Head;
  /** Unfinished versions, the one before this included. */
  readonly aborted: readonly number[];
}

/** HEAD whole, in one read: what readers see of it and what is being made must belong together. */
async function readWhole(table: Table): Promise<{ head: Head; making: Making }> {
  const item = await readHeadItem(table);
  if (item === undefined) return { head: EMPTY_HEAD, making: { latest: 0 } };
  return { head: toHead(item), making: parseItem(Making, unmarshall(item), "HEAD") };
}

/**
 * Claims the next version. A version somebody began and did not finish within its lease is listed as aborted by the
 * same write, so whatever it left behind, or is still writing, is never seen.
 *
 * @param base The published HEAD the new version is built on.
 * @throws {Refusal} `publish_in_progress` while somebody else's lease runs; `configuration_moved` when HEAD is not `base`.
 */
export async function claimVersion(table: Table, base: Head, now: Epoch): Promise<Claim> {
  const { head: present, making } = await readWhole(table);
  if (present.version !== base.version) throw new Refusal("configuration_moved", { base: base.version });
  if (making.claim !== undefined && making.claim.until > now)
    throw new Refusal("publish_in_progress", { version: making.claim.version });
  const aborted = making.claim === undefined ? present.aborted : [...present.aborted, making.claim.version];
  const version = making.latest + 1;
  const claim = { version, token: newSecret(), until: now + LEASE_SECONDS };
  const claimed = { version, token: claim.token, base: present, aborted };
  try {
    await writeClaim(table, making, claim, aborted);
  } catch (thrown) {
    if (!isRefusal(thrown, "publish_in_progress")) await releaseClaim(table, claimed);
    throw thrown;
  }
  return claimed;
}

/**
 * Gives a version up that came to nothing, so that the next publisher need not wait for the lease to end. Listed as
 * aborted by the same write, it can never be published. What cannot be released ends with its lease.
 */
export async function releaseClaim(table: Table, { version, token, aborted }: Claim): Promise<void> {
  const release = new UpdateItemCommand({
    TableName: table.name,
    Key: marshall(HEAD_KEY),
    UpdateExpression: "SET aborted = :aborted REMOVE claim",
    ConditionExpression: `claim.#token = :token AND ${NOT_NEWER}`,
    ExpressionAttributeNames: { "#token": "token", ...SCHEMA_NAMES },
    ExpressionAttributeValues: marshall({
      ":aborted": [...aborted, version],
      ":token": token,
      ...SCHEMA_VALUES,
    }),
  });
  await table.client.send(release).catch(() => {});
}

async function writeClaim(
  table: Table,
  before: Making,
  claim: NonNullable<Making["claim"]>,
  aborted: readonly number[],
): Promise<void> {
  try {
    if (before.latest === 0) {
      const Item = toItem(HEAD_KEY.pk, HEAD_KEY.sk, {
        schema: 1,
        ...EMPTY_HEAD,
        latest: claim.version,
        claim,
      });
      await putUnder(table, Item);
      return;
    }
    await table.client.send(
      new UpdateItemCommand({
        TableName: table.name,
        Key: marshall(HEAD_KEY),
        UpdateExpression: "SET claim = :claim, latest = :latest, aborted = :aborted",
        // Every claim raises `latest`, so of two that read the same one only the first is written.
        // A claim of this token is this very call's, done by a try whose answer was lost.
        ConditionExpression: `(latest = :before OR claim.#token = :token) AND ${NOT_NEWER}`,
        ExpressionAttributeNames: { "#token": "token", ...SCHEMA_NAMES },
        ExpressionAttributeValues: marshall({
          ":claim": claim,
          ":latest": claim.version,
          ":aborted": aborted,
          ":before": before.latest,
          ":token": claim.token,
          ...SCHEMA_VALUES,
        }),
      }),
    );
  } catch (cause) {
    if (isConditionFailure(cause)) throw new Refusal("publish_in_progress", {}, { cause });
    throw cause;
  }
}

/** Writes down what a version is, before it is published. */
export async function writeVersion(
  table: Table,
  facts: Omit<StoredVersion, "schema" | "manifest"> & { readonly manifest: ManifestPages },
): Promise<void> {
  const Item = toItem(`VERSION#${facts.version}`, "VERSION", { schema: 1, ...facts });
  await putUnder(table, Item);
}

/** The manifest of a published version; empty before the first. */
export async function manifestPages(table: Table, version: number): Promise<ManifestPages> {
  if (version === 0) return [];
  const stored = await readItem(table, `VERSION#${version}`, "VERSION", StoredVersion);
  if (stored === undefined) throw new Refusal("rules_unavailable", { version });
  return stored.manifest;
}

/**
 * Makes a finished version the published one: one conditional write, and from then on every reader sees all of it.
 *
 * @throws {Refusal} `configuration_moved` when the claim was taken over or another version was published.
 */
export async function flipHead(
  table: Table,
  claim: Claim,
  head: Pick<Head, "hash" | "lengths" | "snapshot" | "source" | "publishedAt">,
): Promise<void> {
  try {
    await table.client.send(
      new UpdateItemCommand({
        TableName: table.name,
        Key: marshall(HEAD_KEY),
        UpdateExpression:
          "SET version = :version, #hash = :hash, lengths = :lengths, #snapshot = :snapshot, #source = :source, publishedAt = :at REMOVE claim",
        ConditionExpression: `version = :base AND claim.#token = :token AND ${NOT_NEWER}`,
        ExpressionAttributeNames: {
          "#hash": "hash",
          "#snapshot": "snapshot",
          "#source": "source",
          "#token": "token",
          ...SCHEMA_NAMES,
        },
        ExpressionAttributeValues: marshall({
          ":version": claim.version,
          ":hash": head.hash,
          ":lengths": head.lengths,
          ":snapshot": head.snapshot,
          ":source": head.source,
          ":at": head.publishedAt,
          ":base": claim.base.version,
          ":token": claim.token,
          ...SCHEMA_VALUES,
        }),
      }),
    );
  } catch (cause) {
    if (await isPublished(table, claim.version)) return;
    if (isConditionFailure(cause))
      throw new Refusal("configuration_moved", { version: claim.version }, { cause });
    throw cause;
  }
}

/**
 * Whether a version is in force or was, although the answer that said so was lost: its claimant alone could turn HEAD to
 * it, and whoever came after would have listed it as aborted.
 */
async function isPublished(table: Table, version: number): Promise<boolean> {
  const { head } = await readWhole(table);
  return stateOf(version, head) === "published";
}

/** The latest versions, newest first. What became of each is HEAD's word, so a crash cannot leave a wrong one. */
export async function listVersions(table: Table, most: number): Promise<Version[]> {
  const {
    head,
    making: { latest },
  } = await readWhole(table);
  const numbers = Array.from({ length: Math.min(most, latest) }, (_, back) => latest - back);
  const items = await batchGet(
    table,
    numbers.map((version) => ({ pk: `VERSION#${version}`, sk: "VERSION" })),
  );
  return numbers.flatMap((version) => {
    const item = items.get(`VERSION#${version}`);
    if (item === undefined) return [];
    const { schema: _, manifest: __, ...facts } = parseItem(StoredVersion, unmarshall(item), "VERSION");
    return [{ ...facts, state: stateOf(version, head) }];
  });
}

function stateOf(version: number, head: Head): Version["state"] {
  if (head.aborted.includes(version)) return "aborted";
  return version <= head.version ? "published" : "unfinished";
}
