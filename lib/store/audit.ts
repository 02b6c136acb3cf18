import type { AuditEvent } from "../core/audit.ts";
import { asRefusal, Refusal } from "../core/errors.ts";
import { shardOf } from "../core/seal.ts";
import { type Epoch, toInstant } from "../core/time.ts";
import { putUnder, toItem } from "./item.ts";
import { isConditionFailure, type Table } from "./table.ts";

export const dayOf = (at: Epoch): string => toInstant(Math.floor(at)).slice(0, 10);

export const partitionOf = (day: string, shard: string): string => `AUDIT#${day}#${shard}`;

/** Sixteen partitions a day keep a busy morning under one partition's write limit. */
export const auditPartition = ({ id, at }: Pick<AuditEvent, "id" | "at">): string =>
  partitionOf(dayOf(at), shardOf(id));

/**
 * Writes one event, before the answer leaves. A write that fails fails the answer, and the log says that it was this one.
 *
 * @param retentionDays How long it is kept; a setting.
 * @throws {Refusal} `broker_unavailable` or `broker_fault` with `unwritten` in its detail.
 */
export async function record(table: Table, event: AuditEvent, retentionDays: number): Promise<void> {
  const Item = toItem(auditPartition(event), event.id, event, event.at + retentionDays * 86_400);
  try {
    await putUnder(table, Item);
  } catch (thrown) {
    if (isConditionFailure(thrown)) throw thrown;
    const { code, detail, about, cause } = asRefusal(thrown);
    throw new Refusal(code, { ...detail, unwritten: "event", event: event.kind }, { about, cause });
  }
}
