import * as v from "valibot";
import type { ConnectionState } from "../core/connection.ts";
import { putIf, readItem, toItem } from "./item.ts";
import type { Table } from "./table.ts";

const State: v.GenericSchema<unknown, ConnectionState> = v.object({
  connection: v.string(),
  source: v.exactOptional(v.string()),
  entityId: v.exactOptional(v.string()),
  ssoUrls: v.exactOptional(v.array(v.object({ binding: v.picklist(["redirect", "post"]), url: v.string() }))),
  wantsSignedRequests: v.exactOptional(v.boolean()),
  keys: v.array(
    v.object({
      certificate: v.string(),
      seenAt: v.number(),
      endsAt: v.exactOptional(v.number()),
      pending: v.exactOptional(v.boolean()),
      agreed: v.exactOptional(
        v.object({
          actor: v.picklist(["person", "workload"]),
          connection: v.string(),
          marks: v.array(v.string()),
          at: v.number(),
        }),
      ),
    }),
  ),
  jwks: v.exactOptional(v.string()),
  validUntil: v.exactOptional(v.number()),
  refreshedAt: v.number(),
  failedWith: v.exactOptional(v.string()),
});

const pk = (id: string) => `CONNECTION#${id}`;
const SK = "STATE";

/** What was learnt of a provider, or undefined before its first refresh. */
export const readConnectionState = (table: Table, id: string): Promise<ConnectionState | undefined> =>
  readItem(table, pk(id), SK, State);

/**
 * Replaces what is known of a provider, unless somebody else did since it was read.
 *
 * @param before What was read, or undefined when nothing was there.
 * @returns false when somebody was quicker; read again and decide again.
 */
export async function writeConnectionState(
  table: Table,
  before: ConnectionState | undefined,
  after: ConnectionState,
): Promise<boolean> {
  const unchanged: [condition?: string, values?: Record<string, number>] =
    before === undefined ? [] : ["refreshedAt = :before", { ":before": before.refreshedAt }];
  return putIf(table, toItem(pk(after.connection), SK, { schema: 1, ...after }), ...unchanged);
}
