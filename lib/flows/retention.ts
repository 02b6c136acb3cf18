import { openRules } from "../store/rules.ts";
import type { Broker } from "./broker.ts";

/**
 * How long events are kept by what is published, in days; for whoever holds no compiled configuration.
 *
 * @throws {Refusal} `rules_unavailable`.
 */
export async function retentionDays({ table, clock }: Pick<Broker, "table" | "clock">): Promise<number> {
  const { settings } = await openRules(table, clock, 0).world();
  return settings.auditRetentionDays;
}
