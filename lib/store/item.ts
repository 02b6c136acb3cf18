import { GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import * as v from "valibot";
import { Refusal } from "../core/errors.ts";
import { newSecret } from "../core/secret.ts";
import type { Epoch } from "../core/time.ts";
import { isConditionFailure, type Table } from "./table.ts";

/** The number that items of a class carry by now, and how one of each older number becomes one of the next. */
export interface Ages {
  readonly now: number;
  readonly older: Readonly<Record<number, (item: Readonly<Record<string, unknown>>) => object>>;
}

/** Most classes never had a second shape; one that has hands its own ages to whatever reads it. */
const FIRST: Ages = { now: 1, older: {} };

/** Part of a condition: what stands there, if anything does, is no item of newer code, which this code must not touch. */
export const NOT_NEWER = "(attribute_not_exists(#schema) OR #schema <= :schema)";
export const SCHEMA_NAMES = { "#schema": "schema" } as const;
export const SCHEMA_VALUES = { ":schema": FIRST.now } as const;

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
 * client's next try finds its own mark, and not somebody else's item. An item of newer code is never written over: one whose
 * number is higher than that of what is written.
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
      ConditionExpression: `((${condition}) AND ${NOT_NEWER}) OR writtenBy = :mark`,
      ExpressionAttributeNames: SCHEMA_NAMES,
      ExpressionAttributeValues: {
        ...marshall({ ...values, ...SCHEMA_VALUES, ":mark": mark }),
        ...(item.schema === undefined ? {} : { ":schema": item.schema }),
      },
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

/**
 * Writes an item whatever stands there, unless that is an item of newer code.
 *
 * @returns false when it is, and nothing was written.
 */
export async function putOver(table: Table, item: Item): Promise<boolean> {
  try {
    await table.client.send(
      new PutItemCommand({
        TableName: table.name,
        Item: item,
        ConditionExpression: NOT_NEWER,
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

/**
 * Reads one item consistently and by its schema, as `parseItem`.
 *
 * @throws {Refusal} as `parseItem`.
 */
export async function readItem<T>(
  table: Table,
  pk: string,
  sk: string,
  schema: v.GenericSchema<unknown, T>,
  ages: Ages = FIRST,
): Promise<T | undefined> {
  const { Item } = await table.client.send(
    new GetItemCommand({ TableName: table.name, Key: marshall({ pk, sk }), ConsistentRead: true }),
  );
  return Item === undefined ? undefined : parseItem(schema, unmarshall(Item), pk, ages);
}

/**
 * Gives an item its shape, an older one after it was made one of now. A shape that nobody knows is a fault and never a guess.
 *
 * @throws {Refusal} `broker_updating` of an item that newer code wrote, `broker_fault` of one that no code did; both name
 *   the key's class, never its content.
 */
export function parseItem<T>(
  schema: v.GenericSchema<unknown, T>,
  value: unknown,
  pk: string,
  ages: Ages = FIRST,
): T {
  const item = toPresent(value, pk, ages);
  const parsed = v.safeParse(schema, item);
  const known = (item as { readonly schema?: unknown }).schema === ages.now;
  if (known && parsed.success) return parsed.output;
  const path = known && parsed.issues ? v.getDotPath(parsed.issues[0]) : "schema";
  throw new Refusal("broker_fault", { item: classOf(pk), path });
}

function toPresent(value: unknown, pk: string, { now, older }: Ages): unknown {
  refuseNewer(value, pk, now);
  let item = value as Record<string, unknown>;
  for (let from = Number(item.schema); from < now; from++) {
    const upgrade = older[from];
    if (upgrade === undefined) return item;
    item = { ...upgrade(item), schema: from + 1 };
  }
  return item;
}

/** For what is read without a shape, or has one of its own. @throws {Refusal} `broker_updating`. */
export function refuseNewer(value: unknown, pk: string, now = FIRST.now): void {
  const { schema } = (value ?? {}) as { readonly schema?: unknown };
  if (typeof schema === "number" && schema > now) throw newer(pk, schema);
}

/** Two versions of the code run at once while one takes the other's place: the older leaves alone what the newer wrote. */
export const newer = (pk: string, schema?: number): Refusal =>
  new Refusal("broker_updating", { item: classOf(pk), ...(schema === undefined ? {} : { schema }) });

const classOf = (pk: string): string => pk.split("#")[0] ?? "";
