import { DeleteItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import * as v from "valibot";
import { Refusal } from "../core/errors.ts";
import { KEY_PURPOSES, type KeyPurpose, type KeyRecord } from "../core/signer.ts";
import { NOT_NEWER, newer, parseItem, putOver, SCHEMA_NAMES, SCHEMA_VALUES, toItem } from "./item.ts";
import { isConditionFailure, type Table } from "./table.ts";

/** One key as stored; also checks what `put-keys` hands in. */
export const StoredKey: v.GenericSchema<unknown, KeyRecord> = v.object({
  purpose: v.picklist(KEY_PURPOSES),
  keyId: v.pipe(v.string(), v.minLength(1), v.maxLength(2048)),
  certificate: v.pipe(v.string(), v.includes("BEGIN CERTIFICATE"), v.maxLength(16_384)),
  state: v.picklist(["active", "next", "retired"]),
  createdAt: v.number(),
});

/** Every key of a purpose, oldest first. @throws {Refusal} `broker_updating`. */
export async function readKeys(table: Table, purpose: KeyPurpose): Promise<readonly KeyRecord[]> {
  const { Items = [] } = await table.client.send(
    new QueryCommand({
      TableName: table.name,
      ConsistentRead: true,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: marshall({ ":pk": `KEY#${purpose}` }),
    }),
  );
  return Items.map((item) => parseItem(StoredKey, unmarshall(item), "KEY")).sort(
    (a, b) => a.createdAt - b.createdAt,
  );
}

/** Writes or replaces one key's record. @throws {Refusal} `broker_updating`. */
export async function putKey(table: Table, key: KeyRecord): Promise<void> {
  const Item = toItem(`KEY#${key.purpose}`, key.keyId, { schema: 1, ...key });
  if (!(await putOver(table, Item))) throw newer("KEY");
}

/** Forgets a key. One that is in use stays: answers false. @throws {Refusal} `broker_updating`. */
export async function dropKey(
  table: Table,
  { purpose, keyId }: Pick<KeyRecord, "purpose" | "keyId">,
): Promise<boolean> {
  try {
    await table.client.send(
      new DeleteItemCommand({
        TableName: table.name,
        Key: marshall({ pk: `KEY#${purpose}`, sk: keyId }),
        ConditionExpression: `#state <> :active AND ${NOT_NEWER}`,
        ExpressionAttributeNames: { "#state": "state", ...SCHEMA_NAMES },
        ExpressionAttributeValues: marshall({ ":active": "active", ...SCHEMA_VALUES }),
      }),
    );
    return true;
  } catch (thrown) {
    if (!isConditionFailure(thrown)) throw thrown;
    await readKeys(table, purpose); // which refuses a record of newer code
    return false;
  }
}

/**
 * The key that signs or decrypts now.
 *
 * @throws {Refusal} `keys_missing` before `sekisho keys init`.
 */
export function activeKey(keys: readonly KeyRecord[], purpose: KeyPurpose): KeyRecord {
  const active = keys.findLast((key) => key.state === "active");
  if (active === undefined) {
    throw new Refusal(
      "keys_missing",
      { purpose },
      { about: { hint: `Run \`sekisho keys init\` to make the ${purpose} key.` } },
    );
  }
  return active;
}
