import type { KeyRecord } from "../core/signer.ts";
import { record } from "../store/audit.ts";
import { putKey } from "../store/keys.ts";
import type { Broker } from "./broker.ts";

/** Stores the certificates an operator made over the broker's keys (`sekisho keys init`), and writes that down. */
export async function storeKeys(
  { table, clock, rules }: Pick<Broker, "table" | "clock" | "rules">,
  keys: readonly KeyRecord[],
  reference: string,
): Promise<void> {
  for (const key of keys) await putKey(table, key);
  const { settings } = await rules.world();
  await record(
    table,
    {
      schema: 1,
      id: reference,
      at: clock.now(),
      kind: "keys.changed",
      actor: "operator",
      detail: { stored: keys.length, purposes: [...new Set(keys.map(({ purpose }) => purpose))].join(", ") },
    },
    settings.auditRetentionDays,
  );
}
