import { createHash } from "node:crypto";
import { ENDED } from "../connectors/saml-rollover.ts";
import type { AuditEvent } from "../core/audit.ts";
import type { ConnectionState, ProviderKey } from "../core/connection.ts";
import { Refusal } from "../core/errors.ts";
import { record } from "../store/audit.ts";
import { readConnectionState, writeConnectionState } from "../store/connections.ts";
import type { Broker } from "./broker.ts";
import type { Author } from "./plan.ts";

/** SHA-256 of a certificate, as providers show it: lower-case hex of its DER. */
export function certificateFingerprint(certificate: string): string {
  const body = certificate.replace(/-----(?:BEGIN|END) CERTIFICATE-----|\s/g, "");
  return createHash("sha256").update(Buffer.from(body, "base64")).digest("hex");
}

/** A provider's key as administrators see it. */
export interface ShownKey extends Omit<ProviderKey, "certificate"> {
  readonly fingerprint: string;
}

export const shownKeys = (state: ConnectionState): ShownKey[] =>
  state.keys.map(({ certificate, ...key }) => ({ ...key, fingerprint: certificateFingerprint(certificate) }));

/** Who says it, and in which request. */
interface By {
  readonly author: Author;
  readonly reference: string;
}

type Judging = Pick<Broker, "table" | "clock" | "rules">;

/**
 * Lets keys be believed that waited for an administrator (decision 11). Keys are named one by one, so that a key
 * that came in the meantime is not let in with them.
 *
 * @param fingerprints SHA-256 of the certificates, hex, with or without colons.
 * @throws {Refusal} `connection_unknown` when nothing was learnt of the provider yet; `request_invalid` when one
 *   of these keys does not wait; `configuration_moved` when the provider was refreshed at the same moment.
 */
export const approveKeys = (
  broker: Judging,
  connection: string,
  fingerprints: readonly string[],
  by: By,
): Promise<readonly ShownKey[]> =>
  judgeKeys(broker, connection, fingerprints, by, {
    word: "approved",
    concerns: ({ pending, endsAt }) => pending === true && endsAt === undefined,
    judged: ({ pending: _, ...key }) => key,
    hint: "Each fingerprint must be of a key that waits: see `GET /api/admin/connections`.",
  });

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
    word: "ended",
    concerns: ({ endsAt }) => endsAt === undefined || endsAt > now,
    judged: (key) => ({ ...key, endsAt: ENDED }),
    hint: "Each fingerprint must be of a key that has not ended: see `GET /api/admin/connections`.",
  });
};

/** What becomes of keys that were named. */
interface Judgement {
  readonly word: "approved" | "ended";
  readonly concerns: (key: ProviderKey) => boolean;
  readonly judged: (key: ProviderKey) => ProviderKey;
  readonly hint: string;
}

async function judgeKeys(
  broker: Judging,
  connection: string,
  fingerprints: readonly string[],
  by: By,
  { word, concerns, judged, hint }: Judgement,
): Promise<readonly ShownKey[]> {
  const before = await readConnectionState(broker.table, connection);
  if (before === undefined) throw new Refusal("connection_unknown", { connection });
  const named = new Set(fingerprints.map((one) => one.replaceAll(":", "").toLowerCase()));
  const isMeant = (key: ProviderKey) => concerns(key) && named.has(certificateFingerprint(key.certificate));
  const meant = before.keys.filter(isMeant).length;
  if (meant !== named.size)
    throw new Refusal("request_invalid", { meant, named: named.size }, { about: { hint } });
  const keys = before.keys.map((key) => (isMeant(key) ? judged(key) : key));
  // Every write moves `refreshedAt`, which is what a refresh under way compares: it must not put the key back.
  const refreshedAt = Math.max(broker.clock.now(), before.refreshedAt + 1);
  const after = { ...before, keys, refreshedAt };
  if (!(await writeConnectionState(broker.table, before, after)))
    throw new Refusal("configuration_moved", { connection });
  await recordJudgement(broker, connection, { [word]: meant }, by);
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
