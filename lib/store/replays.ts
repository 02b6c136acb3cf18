import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { Refusal } from "../core/errors.ts";
import type { Epoch } from "../core/time.ts";
import { toItem } from "./item.ts";
import { isConditionFailure, type Table } from "./table.ts";

/**
 * Marks an answer as used, once for all.
 *
 * @param once What the connector named: a fingerprint and the last instant at which the answer could be accepted.
 * @throws {Refusal} `signin_replayed` when it was used before.
 */
export async function claimOnce(
  table: Table,
  once: { readonly key: string; readonly until: Epoch },
  now: Epoch,
): Promise<void> {
  const NEVER_SEEN = "attribute_not_exists(pk)";
  const LONG_OVER = "expiresAt < :now"; // TTL has not swept it yet; its answer is refused for its age anyway
  try {
    await table.client.send(
      new PutItemCommand({
        TableName: table.name,
        Item: toItem(`REPLAY#${once.key}`, "REPLAY", { schema: 1, expiresAt: once.until }, once.until),
        ConditionExpression: `${NEVER_SEEN} OR ${LONG_OVER}`,
        ExpressionAttributeValues: marshall({ ":now": now }),
      }),
    );
  } catch (cause) {
    if (isConditionFailure(cause)) throw new Refusal("signin_replayed", {}, { cause });
    throw cause;
  }
}
