import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import * as v from "valibot";
import { isRefusal, Refusal } from "../core/errors.ts";
import { EMPTY_HEAD, type Head } from "../core/rule-set.ts";
import { newSecret } from "../core/secret.ts";
import type { Epoch } from "../core/time.ts";
import { leftBehind, toPointer } from "./filter.ts";
import { NOT_NEWER, parseItem, putUnder, SCHEMA_NAMES, SCHEMA_VALUES, toItem } from "./item.ts";
import { HEAD_KEY, readHeadItem, toHead } from "./rules.ts";
import { isConditionFailure, type Table } from "./table.ts";

/** Whoever claimed a version has this long to finish it before another may take its place. */
export const LEASE_SECONDS = 60;

/** What HEAD holds besides what readers need: which version is being made, by whom, and until when. */
const Making = v.object({
  latest: v.number(),
  /** The version that was last applied from files of each name, by its mark. */
  applied: v.optional(v.record(v.string(), v.number()), {}),
  claim: v.exactOptional(v.object({ version: v.number(), token: v.string(), until: v.number() })),
  /** As it stands: code that knows nothing of filters leaves that of an earlier version. */
  filter: v.exactOptional(v.unknown()),
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
  /** Hashes of the filters that HEAD names before the flip. */
  readonly filters: readonly string[];
}

/** HEAD whole, in one read: what readers see of it and what is being made must belong together. */
export async function readWhole(table: Table): Promise<{ head: Head; making: Making }> {
  const item = await readHeadItem(table);
  if (item === undefined) return { head: EMPTY_HEAD, making: { latest: 0, applied: {} } };
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
  const filters = leftBehind(making.filter);
  const claimed = { version, token: claim.token, base: present, aborted, filters };
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

/**
 * Keeps a claim for another lease, for a publisher that writes a lot.
 *
 * @throws {Refusal} `configuration_moved` when somebody took its place.
 */
export async function renewClaim(table: Table, { version, token }: Claim, now: Epoch): Promise<void> {
  const renewal = new UpdateItemCommand({
    TableName: table.name,
    Key: marshall(HEAD_KEY),
    UpdateExpression: "SET claim.#until = :until",
    ConditionExpression: `claim.#token = :token AND ${NOT_NEWER}`,
    ExpressionAttributeNames: { "#token": "token", "#until": "until", ...SCHEMA_NAMES },
    ExpressionAttributeValues: marshall({
      ":until": now + LEASE_SECONDS,
      ":token": token,
      ...SCHEMA_VALUES,
    }),
  });
  try {
    await table.client.send(renewal);
  } catch (cause) {
    if (isConditionFailure(cause)) throw new Refusal("configuration_moved", { version }, { cause });
    throw cause;
  }
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
        applied: {},
      });
      await putUnder(table, Item);
      return;
    }
    await table.client.send(
      new UpdateItemCommand({
        TableName: table.name,
        Key: marshall(HEAD_KEY),
        UpdateExpression:
          "SET claim = :claim, latest = :latest, aborted = :aborted, applied = if_not_exists(applied, :none)",
        // Every claim raises `latest`, so of two that read the same one only the first is written.
        // A claim of this token is this very call's, done by a try whose answer was lost.
        ConditionExpression: `(latest = :before OR claim.#token = :token) AND ${NOT_NEWER}`,
        ExpressionAttributeNames: { "#token": "token", ...SCHEMA_NAMES },
        ExpressionAttributeValues: marshall({
          ":claim": claim,
          ":latest": claim.version,
          ":aborted": aborted,
          ":before": before.latest,
          ":none": {},
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

/**
 * Makes a finished version the published one: one conditional write, and from then on every reader sees all of it.
 *
 * @param mark Of the files it was applied from; that they were is known from the same moment.
 * @throws {Refusal} `configuration_moved` when the claim was taken over or another version was published.
 */
export async function flipHead(
  table: Table,
  claim: Claim,
  head: Pick<Head, "hash" | "lengths" | "granting" | "filter" | "snapshot" | "source" | "publishedAt">,
  mark?: string,
): Promise<void> {
  const applied = mark === undefined ? "" : ", applied.#origin = :version";
  const { granting: pieces = {} } = head;
  try {
    await table.client.send(
      new UpdateItemCommand({
        TableName: table.name,
        Key: marshall(HEAD_KEY),
        UpdateExpression: `SET version = :version, #hash = :hash, lengths = :lengths, #snapshot = :snapshot, #source = :source, granting = :granting, #filter = :filter, publishedAt = :at${applied} REMOVE claim`,
        ConditionExpression: `version = :base AND claim.#token = :token AND ${NOT_NEWER}`,
        ExpressionAttributeNames: {
          "#filter": "filter",
          "#hash": "hash",
          "#snapshot": "snapshot",
          "#source": "source",
          "#token": "token",
          ...SCHEMA_NAMES,
          ...(mark === undefined ? {} : { "#origin": mark }),
        },
        ExpressionAttributeValues: marshall({
          ":version": claim.version,
          ":hash": head.hash,
          ":lengths": head.lengths,
          ":snapshot": head.snapshot,
          ":source": head.source,
          ":at": head.publishedAt,
          ":filter": toPointer(claim.version, head.filter),
          ":granting": { version: head.granting === undefined ? 0 : claim.version, pieces },
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

/** What became of a version, in HEAD's word. */
export function stateOf(version: number, head: Head): "published" | "unfinished" | "aborted" {
  if (head.aborted.includes(version)) return "aborted";
  return version <= head.version ? "published" : "unfinished";
}
