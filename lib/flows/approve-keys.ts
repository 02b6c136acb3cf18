import { createHash } from "node:crypto";
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

/**
 * Lets keys be believed that waited for an administrator (decision 11). Keys are named one by one, so that a key
 * that came in the meantime is not let in with them.
 *
 * @param fingerprints SHA-256 of the certificates, hex, with or without colons.
 * @throws {Refusal} `connection_unknown` when nothing was learnt of the provider yet; `request_invalid` when none
 *   of these keys waits; `configuration_moved` when the provider was refreshed at the same moment.
 */
export async function approveKeys(
  broker: Pick<Broker, "table" | "clock" | "rules">,
  connection: string,
  fingerprints: readonly string[],
  by: { readonly author: Author; readonly reference: string },
): Promise<readonly ShownKey[]> {
  const before = await readConnectionState(broker.table, connection);
  if (before === undefined) throw new Refusal("connection_unknown", { connection });
  const named = new Set(fingerprints.map((one) => one.replaceAll(":", "").toLowerCase()));
  const isMeant = (key: ProviderKey) =>
    key.pending === true && named.has(certificateFingerprint(key.certificate));
  const approved = before.keys.filter(isMeant).length;
  if (approved !== named.size) {
    const hint = "Each fingerprint must be of a key that waits: see `GET /api/admin/connections`.";
    throw new Refusal("request_invalid", { approved, named: named.size }, { about: { hint } });
  }
  const keys = before.keys.map((key) => (isMeant(key) ? withoutPending(key) : key));
  // Every write moves `refreshedAt`, which is what a refresh under way compares: it must not put the key back.
  const refreshedAt = Math.max(broker.clock.now(), before.refreshedAt + 1);
  const after = { ...before, keys, refreshedAt };
  if (!(await writeConnectionState(broker.table, before, after)))
    throw new Refusal("configuration_moved", { connection });
  await recordApproval(broker, connection, approved, by);
  return shownKeys(after);
}

const withoutPending = ({ pending: _, ...key }: ProviderKey): ProviderKey => key;

async function recordApproval(
  { table, clock, rules }: Pick<Broker, "table" | "clock" | "rules">,
  connection: string,
  approved: number,
  { author, reference }: { readonly author: Author; readonly reference: string },
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
      detail: { approved },
    },
    settings.auditRetentionDays,
  );
}
