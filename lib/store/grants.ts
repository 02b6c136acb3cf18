import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { Refusal } from "../core/errors.ts";
import { Grant } from "../core/session.ts";
import type { Clock, Epoch } from "../core/time.ts";
import {
  NOT_NEWER,
  newer,
  newMark,
  parseItem,
  putUnder,
  readItem,
  SCHEMA_NAMES,
  SCHEMA_VALUES,
  toItem,
} from "./item.ts";
import { isConditionFailure, type Table } from "./table.ts";

const pk = (id: string) => `GRANT#${id}`;
const SK = "GRANT";
const UNSPENT = "(attribute_not_exists(spentBy) OR spentBy = :mark)";

/** Remembers a ticket, code or token under the fingerprint of its secret. */
export async function putGrant(table: Table, grant: Grant): Promise<void> {
  const Item = toItem(pk(grant.id), SK, grant, grant.expiresAt);
  await putUnder(table, Item);
}

/**
 * Reads a token of ours.
 *
 * @param id Fingerprint of the token.
 * @param clock Asked when the answer is here.
 * @throws {Refusal} `token_invalid` when it ended, never was, or is no token but a ticket or code.
 */
export async function readGrant(table: Table, id: string, clock: Clock): Promise<Grant> {
  const grant = await readItem(table, pk(id), SK, Grant);
  if (grant === undefined || grant.kind !== "token" || grant.expiresAt <= clock.now())
    throw new Refusal("token_invalid");
  return grant;
}

/**
 * Spends a ticket or a code: whoever comes second finds none. Where it was spent and the answer lost, the client's next
 * try finds its own mark.
 *
 * @throws {Refusal} `token_invalid`; `broker_updating`, and then it is unspent.
 */
export async function spendGrant(
  table: Table,
  id: string,
  kind: "ticket" | "code",
  now: Epoch,
): Promise<Grant> {
  try {
    const { Attributes } = await table.client.send(
      new UpdateItemCommand({
        TableName: table.name,
        Key: marshall({ pk: pk(id), sk: SK }),
        ReturnValues: "ALL_NEW",
        UpdateExpression: "SET spentBy = :mark",
        ConditionExpression: `expiresAt > :now AND kind = :kind AND ${UNSPENT} AND ${NOT_NEWER}`,
        ExpressionAttributeNames: SCHEMA_NAMES,
        ExpressionAttributeValues: marshall({
          ":now": now,
          ":kind": kind,
          ":mark": newMark(),
          ...SCHEMA_VALUES,
        }),
      }),
    );
    return parseItem(Grant, unmarshall(Attributes ?? {}), pk(id));
  } catch (cause) {
    if (!isConditionFailure(cause)) throw cause;
    if (await isNewer(table, id)) throw newer(pk(id));
    throw new Refusal("token_invalid", { kind }, { cause });
  }
}

/** Whether newer code wrote it. Who spends may not read: a write that changes nothing says as much. */
async function isNewer(table: Table, id: string): Promise<boolean> {
  try {
    await table.client.send(
      new UpdateItemCommand({
        TableName: table.name,
        Key: marshall({ pk: pk(id), sk: SK }),
        UpdateExpression: "SET #schema = #schema",
        ConditionExpression: "#schema > :schema",
        ExpressionAttributeNames: SCHEMA_NAMES,
        ExpressionAttributeValues: marshall(SCHEMA_VALUES),
      }),
    );
    return true;
  } catch (thrown) {
    if (isConditionFailure(thrown)) return false;
    throw thrown;
  }
}
