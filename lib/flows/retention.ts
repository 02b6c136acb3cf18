import { DEFAULT_SETTINGS } from "../core/settings.ts";
import { readHead } from "../store/rules.ts";
import type { Table } from "../store/table.ts";
import { currentObjects } from "./plan.ts";

/** How long events are kept by what is published, in days; for whoever holds no compiled configuration. */
export async function retentionDays(table: Table): Promise<number> {
  const objects = await currentObjects(table, await readHead(table));
  const settings = objects.find(({ kind }) => kind === "Settings");
  const { auditRetentionDays } = settings ?? {};
  return typeof auditRetentionDays === "number" ? auditRetentionDays : DEFAULT_SETTINGS.auditRetentionDays;
}
