import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import * as v from "valibot";
import type { ConnectionState } from "../core/connection.ts";
import { readItem, toItem } from "./item.ts";
import { isConditionFailure, type Table } from "./table.ts";

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
  const unchanged =
    before === undefined
      ? { ConditionExpression: "attribute_not_exists(pk)" }
      : {
          ConditionExpression: "refreshedAt = :before",
          ExpressionAttributeValues: marshall({ ":before": before.refreshedAt }),
        };
  try {
    const Item = toItem(pk(after.connection), SK, { schema: 1, ...after });
    await table.client.send(new PutItemCommand({ TableName: table.name, Item, ...unchanged }));
    return true;
  } catch (thrown) {
    if (isConditionFailure(thrown)) return false;
    throw thrown;
  }
}
