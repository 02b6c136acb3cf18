import { GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import * as v from "valibot";
import { Refusal } from "../core/errors.ts";
import { newSecret } from "../core/secret.ts";
import type { Epoch } from "../core/time.ts";
import { isConditionFailure, type Table } from "./table.ts";

/** Days after which TTL may sweep an item whose expiry the code has long refused. */
const SWEEP_AFTER_SECONDS = 86_400;

/** Attributes of one item under its key; `expiresAt`, where there is one, becomes the table's TTL with a day's grace. */
export function toItem(pk: string, sk: string, value: object, expiresAt?: Epoch) {
  const ttl = expiresAt === undefined ? {} : { ttl: expiresAt + SWEEP_AFTER_SECONDS };
  return marshall({ pk, sk, ...value, ...ttl }, { removeUndefinedValues: true });
}

type Item = ReturnType<typeof toItem>;

/**
 * Writes an item under a condition. The write carries a mark of this very call: where it was done and its answer lost, the
 * client's next try finds its own mark, and not somebody else's item.
 *
 * @param condition What must hold otherwise; that there is none yet, where absent.
 * @throws `ConditionalCheckFailedException` when it does not.
 */
export async function putUnder(
  table: Table,
  item: Item,
  condition = "attribute_not_exists(pk)",
  values: Readonly<Record<string, string | number>> = {},
): Promise<void> {
  const mark = newMark();
  await table.client.send(
    new PutItemCommand({
      TableName: table.name,
      Item: { ...item, writtenBy: { S: mark } },
      ConditionExpression: `(${condition}) OR writtenBy = :mark`,
      ExpressionAttributeValues: marshall({ ...values, ":mark": mark }),
    }),
  );
}

/** Tells one call of a verb from every other. */
export const newMark = (): string => newSecret().slice(0, 22);

/** As `putUnder`; answers false where the condition does not hold. */
export async function putIf(...given: Parameters<typeof putUnder>): Promise<boolean> {
  try {
    await putUnder(...given);
    return true;
  } catch (thrown) {
    if (isConditionFailure(thrown)) return false;
    throw thrown;
  }
}

/** Reads one item consistently and by its schema. An item of a shape we do not know is a fault, never a guess. */
export async function readItem<T>(
  table: Table,
  pk: string,
  sk: string,
  schema: v.GenericSchema<unknown, T>,
): Promise<T | undefined> {
  const { Item } = await table.client.send(
    new GetItemCommand({ TableName: table.name, Key: marshall({ pk, sk }), ConsistentRead: true }),
  );
  return Item === undefined ? undefined : parseItem(schema, unmarshall(Item), pk);
}

/** Gives an item its shape. @throws {Refusal} `broker_fault` naming the key's class, never its content. */
export function parseItem<T>(schema: v.GenericSchema<unknown, T>, value: unknown, pk: string): T {
  const parsed = v.safeParse(schema, value);
  if (parsed.success) return parsed.output;
  throw new Refusal("broker_fault", { item: pk.split("#")[0], path: v.getDotPath(parsed.issues[0]) });
}
