import { createHash } from "node:crypto";
import { ENDED } from "../connectors/saml-rollover.ts";
import type { AuditEvent } from "../core/audit.ts";
import type { ConnectionState, ProviderKey } from "../core/connection.ts";
import { Refusal } from "../core/errors.ts";
import { record } from "../store/audit.ts";
import { readConnectionState, writeConnectionState } from "../store/connections.ts";
import { openRules } from "../store/rules.ts";
import type { Broker } from "./broker.ts";
import type { Author } from "./plan.ts";
import { comesRight, marksOf } from "./propose.ts";

/** SHA-256 of a certificate, as providers show it: lower-case hex of its DER. */
export function certificateFingerprint(certificate: string): string {
  const body = certificate.replace(/-----(?:BEGIN|END) CERTIFICATE-----|\s/g, "");
  return createHash("sha256").update(Buffer.from(body, "base64")).digest("hex");
}

/** A provider's key as administrators see it. */
export interface ShownKey extends Omit<ProviderKey, "certificate" | "agreed"> {
  readonly fingerprint: string;
  /** When the first of two people let it be believed. */
  readonly agreedAt?: number;
}

export const shownKeys = (state: ConnectionState): ShownKey[] =>
  state.keys.map(({ certificate, agreed, ...key }) => ({
    ...key,
    fingerprint: certificateFingerprint(certificate),
    ...(agreed === undefined || key.pending !== true ? {} : { agreedAt: agreed.at }),
  }));

/** Who says it, and in which request. */
interface By {
  readonly author: Author;
  readonly reference: string;
}

type Judging = Pick<Broker, "table" | "clock" | "rules" | "pepper">;

/**
 * Lets keys be believed that waited for an administrator (decision 11). Keys are named one by one, so that a key
 * that came in the meantime is not let in with them. Where changes of connections take two people this does too: whose key
 * is believed signs anybody in. The first word is remembered with the key, and another person's lets it be believed.
 *
 * @param fingerprints SHA-256 of the certificates, hex, with or without colons.
 * @throws {Refusal} `connection_unknown` when nothing was learnt of the provider yet; `request_invalid` when one
 *   of these keys does not wait; `approval_not_yours` where the second must be somebody else; `configuration_moved` when the
 *   provider was refreshed at the same moment.
 */
export async function approveKeys(
  broker: Judging,
  connection: string,
  fingerprints: readonly string[],
  by: By,
): Promise<readonly ShownKey[]> {
  const second = await secondOf(broker, by.author);
  return judgeKeys(broker, connection, fingerprints, by, {
    concerns: ({ pending, endsAt }) => pending === true && endsAt === undefined,
    judged: second,
    hint: "Each fingerprint must be of a key that waits: see `GET /api/admin/connections`.",
  });
}

/** What somebody's word makes of a key that waits: of the second person's a believed one, of the first's one that waits on. */
async function secondOf(broker: Judging, author: Author): Promise<Judgement["judged"]> {
  const { settings } = await openRules(broker.table, broker.clock, 0).world();
  const { twoPerson } = settings;
  const believed = ({ pending: _, agreed: __, ...key }: ProviderKey) => ({ word: "approved", key }) as const;
  if (author.actor === "operator" || !twoPerson?.kinds.includes("Connection")) return believed;
  const marks = await marksOf(broker, author);
  const { connection } = author.identity;
  const at = broker.clock.now();
  return (key) => {
    const first = key.agreed;
    if (first === undefined || first.at + twoPerson.expiresSeconds <= at)
      return { word: "agreed", key: { ...key, agreed: { actor: author.actor, connection, marks, at } } };
    const isSame = marks.some((one) => first.marks.includes(one));
    if (author.actor !== "person" || isSame || !comesRight(twoPerson, first, connection))
      throw new Refusal("approval_not_yours", { connection });
    return believed(key);
  };
}

/**
 * Ends keys at once, whatever their provider publishes (decision 11): one that was stolen must not be believed for the
 * day that a withdrawn key has. A key that waits is refused thereby. It stays ended, also when it is withdrawn and comes back.
 *
 * @param fingerprints As for `approveKeys`.
 * @throws {Refusal} as `approveKeys`; `request_invalid` when one of these keys is not believed and does not wait.
 */
export const endKeys = (
  broker: Judging,
  connection: string,
  fingerprints: readonly string[],
  by: By,
): Promise<readonly ShownKey[]> => {
  const now = broker.clock.now();
  return judgeKeys(broker, connection, fingerprints, by, {
    concerns: ({ endsAt }) => endsAt === undefined || endsAt > now,
    judged: ({ agreed: _, ...key }) => ({ word: "ended", key: { ...key, endsAt: ENDED } }),
    hint: "Each fingerprint must be of a key that has not ended: see `GET /api/admin/connections`.",
  });
};

/** What becomes of keys that were named. */
interface Judgement {
  readonly concerns: (key: ProviderKey) => boolean;
  /** The key as it is then, and the word that the trail has for it. */
  readonly judged: (key: ProviderKey) => {
    readonly word: "approved" | "agreed" | "ended";
    readonly key: ProviderKey;
  };
  readonly hint: string;
}

async function judgeKeys(
  broker: Judging,
  connection: string,
  fingerprints: readonly string[],
  by: By,
  { concerns, judged, hint }: Judgement,
): Promise<readonly ShownKey[]> {
  const before = await readConnectionState(broker.table, connection);
  if (before === undefined) throw new Refusal("connection_unknown", { connection });
  const named = new Set(fingerprints.map((one) => one.replaceAll(":", "").toLowerCase()));
  const isMeant = (key: ProviderKey) => concerns(key) && named.has(certificateFingerprint(key.certificate));
  const meant = before.keys.filter(isMeant).length;
  if (meant !== named.size)
    throw new Refusal("request_invalid", { meant, named: named.size }, { about: { hint } });
  const detail: Record<string, number> = {};
  const keys = before.keys.map((one) => {
    if (!isMeant(one)) return one;
    const { word, key } = judged(one);
    detail[word] = (detail[word] ?? 0) + 1;
    return key;
  });
  // Every write moves `refreshedAt`, which is what a refresh under way compares: it must not put the key back.
  const refreshedAt = Math.max(broker.clock.now(), before.refreshedAt + 1);
  const after = { ...before, keys, refreshedAt };
  if (!(await writeConnectionState(broker.table, before, after)))
    throw new Refusal("configuration_moved", { connection });
  await recordJudgement(broker, connection, detail, by);
  return shownKeys(after);
}

async function recordJudgement(
  { table, clock, rules }: Judging,
  connection: string,
  detail: NonNullable<AuditEvent["detail"]>,
  { author, reference }: By,
): Promise<void> {
  const { settings } = await rules.world();
  await record(
    table,
    {
      schema: 1,
      id: reference,
      at: clock.now(),
      kind: "keys.changed",
      actor: author.actor,
      connection,
      ...(author.actor === "operator" ? {} : { personId: author.personId }),
      detail,
    },
    settings.auditRetentionDays,
  );
}
