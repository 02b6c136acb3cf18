import type { AuditEvent } from "../core/audit.ts";
import { shardOf } from "../core/seal.ts";
import { type Epoch, toInstant } from "../core/time.ts";
import { putUnder, toItem } from "./item.ts";
import type { Table } from "./table.ts";

export const dayOf = (at: Epoch): string => toInstant(Math.floor(at)).slice(0, 10);

export const partitionOf = (day: string, shard: string): string => `AUDIT#${day}#${shard}`;

/** Sixteen partitions a day keep a busy morning under one partition's write limit. */
export const auditPartition = ({ id, at }: Pick<AuditEvent, "id" | "at">): string =>
  partitionOf(dayOf(at), shardOf(id));

/**
 * Writes one event, before the answer leaves. A write that fails fails the answer.
 *
 * @param retentionDays How long it is kept; a setting.
 */
export async function record(table: Table, event: AuditEvent, retentionDays: number): Promise<void> {
  const Item = toItem(auditPartition(event), event.id, event, event.at + retentionDays * 86_400);
  await putUnder(table, Item);
}
