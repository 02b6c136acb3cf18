import type { AuditEvent } from "../core/audit.ts";
import { toInstant } from "../core/time.ts";
import { putUnder, toItem } from "./item.ts";
import type { Table } from "./table.ts";

/** Sixteen partitions a day keep a busy morning under one partition's write limit. */
export const auditPartition = (event: Pick<AuditEvent, "id" | "at">): string => {
  const day = toInstant(event.at).slice(0, 10);
  const shard = (event.id.charCodeAt(event.id.length - 1) % 16).toString(16);
  return `AUDIT#${day}#${shard}`;
};

/**
 * Writes one event, before the answer leaves. A write that fails fails the answer.
 *
 * @param retentionDays How long it is kept; a setting.
 */
export async function record(table: Table, event: AuditEvent, retentionDays: number): Promise<void> {
  const Item = toItem(auditPartition(event), event.id, event, event.at + retentionDays * 86_400);
  await putUnder(table, Item);
}
