import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import * as v from "valibot";
import { Refusal } from "../core/errors.ts";
import { SignIn } from "../core/sign-in.ts";
import type { Epoch } from "../core/time.ts";
import {
  NOT_NEWER,
  newMark,
  parseItem,
  putUnder,
  readItem,
  SCHEMA_NAMES,
  SCHEMA_VALUES,
  toItem,
} from "./item.ts";
import { isConditionFailure, type Table } from "./table.ts";

const pk = (id: string) => `SIGNIN#${id}`;
const SK = "SIGNIN";

/** Remembers a sign-in that is about to leave for its provider. */
export async function putSignIn(table: Table, signIn: SignIn): Promise<void> {
  const Item = toItem(pk(signIn.id), SK, signIn, signIn.expiresAt);
  await putUnder(table, Item);
}

/** As stored: spent ones stay until their time is over, with the mark of the call that spent them. */
const Stored = v.object({ ...SignIn.entries, spentBy: v.exactOptional(v.string()) });

/**
 * Spends a sign-in, so that a second answer to the same request finds none. Where it was spent and the answer lost, the
 * client's next try finds its own mark.
 *
 * @param browser Fingerprint of the browser's cookie; the answer must come by the browser that started.
 * @throws {Refusal} `signin_expired` when it was used, took too long or never was; `signin_other_browser`;
 *   `broker_updating`, and then it is unspent.
 */
export async function consumeSignIn(table: Table, id: string, browser: string, now: Epoch): Promise<SignIn> {
  const STILL_GOOD = "expiresAt > :now"; // TTL deletion may lag by days; the condition does not
  const SAME_BROWSER = "browser = :browser";
  const UNSPENT = "(attribute_not_exists(spentBy) OR spentBy = :mark)";
  try {
    const { Attributes } = await table.client.send(
      new UpdateItemCommand({
        TableName: table.name,
        Key: marshall({ pk: pk(id), sk: SK }),
        ReturnValues: "ALL_NEW",
        UpdateExpression: "SET spentBy = :mark",
        ConditionExpression: `${STILL_GOOD} AND ${SAME_BROWSER} AND ${UNSPENT} AND ${NOT_NEWER}`,
        ExpressionAttributeNames: SCHEMA_NAMES,
        ExpressionAttributeValues: marshall({
          ":now": now,
          ":browser": browser,
          ":mark": newMark(),
          ...SCHEMA_VALUES,
        }),
      }),
    );
    return parseItem(SignIn, unmarshall(Attributes ?? {}), pk(id));
  } catch (cause) {
    if (!isConditionFailure(cause)) throw cause;
    const left = await readItem(table, pk(id), SK, Stored);
    const good = left !== undefined && left.expiresAt > now && left.spentBy === undefined;
    const elsewhere = good && left.browser !== browser;
    throw new Refusal(elsewhere ? "signin_other_browser" : "signin_expired", {}, { cause });
  }
}
