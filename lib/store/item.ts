import { GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import * as v from "valibot";
import { Refusal } from "../core/errors.ts";
import type { Epoch } from "../core/time.ts";
import type { Table } from "./table.ts";

/** Days after which TTL may sweep an item whose expiry the code has long refused. */
const SWEEP_AFTER_SECONDS = 86_400;

/** Attributes of one item under its key; `expiresAt`, where there is one, becomes the table's TTL with a day's grace. */
export function toItem(pk: string, sk: string, value: object, expiresAt?: Epoch) {
  const ttl = expiresAt === undefined ? {} : { ttl: expiresAt + SWEEP_AFTER_SECONDS };
  return marshall({ pk, sk, ...value, ...ttl }, { removeUndefinedValues: true });
}

/** Writes a new item; answers false when one is there already. */
export async function putNew(table: Table, item: ReturnType<typeof toItem>): Promise<boolean> {
  try {
    await table.client.send(
      new PutItemCommand({
        TableName: table.name,
        Item: item,
        ConditionExpression: "attribute_not_exists(pk)",
      }),
    );
    return true;
  } catch (thrown) {
    if (thrown instanceof Error && thrown.name === "ConditionalCheckFailedException") return false;
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
