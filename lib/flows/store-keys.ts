import type { AuditEvent } from "../core/audit.ts";
import { Refusal } from "../core/errors.ts";
import { KEY_PURPOSES, type KeyRecord } from "../core/signer.ts";
import { record } from "../store/audit.ts";
import { dropKey, putKey, readKeys } from "../store/keys.ts";
import type { Broker } from "./broker.ts";

type Keeping = Pick<Broker, "table" | "clock" | "rules">;

/** Every key of every purpose, straight from the table. */
export async function listKeys({ table }: Keeping): Promise<readonly KeyRecord[]> {
  return (await Promise.all(KEY_PURPOSES.map((purpose) => readKeys(table, purpose)))).flat();
}

/** Stores the certificates an operator made over the broker's keys (`sekisho keys init`), and writes that down. */
export async function storeKeys(
  broker: Keeping,
  keys: readonly KeyRecord[],
  reference: string,
): Promise<void> {
  for (const key of keys) await putKey(broker.table, key);
  await recordChange(broker, { stored: keys.length, purposes: purposesOf(keys) }, reference);
}

/** Forgets keys. @throws {Refusal} `request_invalid` when one of them is in use. */
export async function dropKeys(
  broker: Keeping,
  keys: readonly Pick<KeyRecord, "purpose" | "keyId">[],
  reference: string,
): Promise<void> {
  const dropped = await Promise.all(keys.map((key) => dropKey(broker.table, key)));
  await recordChange(
    broker,
    { dropped: dropped.filter(Boolean).length, purposes: purposesOf(keys) },
    reference,
  );
  if (dropped.includes(false)) {
    const hint = "A key that is in use cannot be forgotten: activate another one first.";
    throw new Refusal("request_invalid", { kept: dropped.filter((one) => !one).length }, { about: { hint } });
  }
}

const purposesOf = (keys: readonly Pick<KeyRecord, "purpose">[]): string =>
  [...new Set(keys.map(({ purpose }) => purpose))].join(", ");

async function recordChange(
  { table, clock, rules }: Keeping,
  detail: NonNullable<AuditEvent["detail"]>,
  reference: string,
): Promise<void> {
  const { settings } = await rules.world();
  const event: AuditEvent = {
    schema: 1,
    id: reference,
    at: clock.now(),
    kind: "keys.changed",
    actor: "operator",
    detail,
  };
  await record(table, event, settings.auditRetentionDays);
}
