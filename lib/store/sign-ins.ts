import { DeleteItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import { Refusal } from "../core/errors.ts";
import { SignIn } from "../core/sign-in.ts";
import type { Epoch } from "../core/time.ts";
import { parseItem, readItem, toItem } from "./item.ts";
import { isConditionFailure, type Table } from "./table.ts";

const pk = (id: string) => `SIGNIN#${id}`;
const SK = "SIGNIN";

/** Remembers a sign-in that is about to leave for its provider. */
export async function putSignIn(table: Table, signIn: SignIn): Promise<void> {
  const Item = toItem(pk(signIn.id), SK, signIn, signIn.expiresAt);
  await table.client.send(
    new PutItemCommand({ TableName: table.name, Item, ConditionExpression: "attribute_not_exists(pk)" }),
  );
}

/**
 * Takes a sign-in out of the table, so that a second answer to the same request finds nothing.
 *
 * @param browser Fingerprint of the browser's cookie; the answer must come by the browser that started.
 * @throws {Refusal} `signin_expired` when it was used, took too long or never was; `signin_other_browser`.
 */
export async function consumeSignIn(table: Table, id: string, browser: string, now: Epoch): Promise<SignIn> {
  const STILL_GOOD = "expiresAt > :now"; // TTL deletion may lag by days; the condition does not
  const SAME_BROWSER = "browser = :browser";
  try {
    const { Attributes } = await table.client.send(
      new DeleteItemCommand({
        TableName: table.name,
        Key: marshall({ pk: pk(id), sk: SK }),
        ReturnValues: "ALL_OLD",
        ConditionExpression: `${STILL_GOOD} AND ${SAME_BROWSER}`,
        ExpressionAttributeValues: marshall({ ":now": now, ":browser": browser }),
      }),
    );
    return parseItem(SignIn, unmarshall(Attributes ?? {}), pk(id));
  } catch (cause) {
    if (!isConditionFailure(cause)) throw cause;
    const left = await readItem(table, pk(id), SK, SignIn);
    const elsewhere = left !== undefined && left.expiresAt > now && left.browser !== browser;
    throw new Refusal(elsewhere ? "signin_other_browser" : "signin_expired", {}, { cause });
  }
}
