import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { Refusal } from "../core/errors.ts";
import { Grant } from "../core/session.ts";
import type { Epoch } from "../core/time.ts";
import { newMark, parseItem, putUnder, readItem, toItem } from "./item.ts";
import { isConditionFailure, type Table } from "./table.ts";

const pk = (id: string) => `GRANT#${id}`;
const SK = "GRANT";

/** Remembers a ticket, code or token under the fingerprint of its secret. */
export async function putGrant(table: Table, grant: Grant): Promise<void> {
  const Item = toItem(pk(grant.id), SK, grant, grant.expiresAt);
  await putUnder(table, Item);
}

/**
 * Reads a token of ours.
 *
 * @param id Fingerprint of the token.
 * @throws {Refusal} `token_invalid` when it ended, never was, or is no token but a ticket or code.
 */
export async function readGrant(table: Table, id: string, now: Epoch): Promise<Grant> {
  const grant = await readItem(table, pk(id), SK, Grant);
  if (grant === undefined || grant.kind !== "token" || grant.expiresAt <= now)
    throw new Refusal("token_invalid");
  return grant;
}

/**
 * Spends a ticket or a code: whoever comes second finds none. Where it was spent and the answer lost, the client's next
 * try finds its own mark.
 *
 * @throws {Refusal} `token_invalid`.
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
        ConditionExpression:
          "expiresAt > :now AND kind = :kind AND (attribute_not_exists(spentBy) OR spentBy = :mark)",
        ExpressionAttributeValues: marshall({ ":now": now, ":kind": kind, ":mark": newMark() }),
      }),
    );
    return parseItem(Grant, unmarshall(Attributes ?? {}), pk(id));
  } catch (cause) {
    if (isConditionFailure(cause)) throw new Refusal("token_invalid", { kind }, { cause });
    throw cause;
  }
}
