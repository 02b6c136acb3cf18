import { QueryCommand } from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import type { Attributes } from "./chunks.ts";
import type { Table } from "./table.ts";

/** Items under one key, between two sort keys, both inclusive. */
export interface Range {
  readonly pk: string;
  readonly from: string;
  readonly to: string;
  readonly order: "oldest first" | "newest first";
  /** Most items of one read. */
  readonly limit?: number;
  /** Of each item its two keys alone: as dear to read, and far less to hold. */
  readonly only?: "keys";
}

export type Item = Readonly<Record<string, unknown>>;

/** A number that is none of JavaScript's stays its text: one row that no code of ours wrote must not keep the others from being read. */
const wrapNumbers = (text: string): number | string => {
  const number = Number(text);
  return Math.abs(number) <= Number.MAX_SAFE_INTEGER ? number : text;
};

/** An item as JavaScript has it, whoever wrote it. */
export const toItemRead = (item: Attributes): Item => unmarshall(item, { wrapNumbers });

/** One read of a range, consistent, and where the next one goes on. */
export async function queryPage(
  table: Table,
  { pk, from, to, order, limit, only }: Range,
  start?: Attributes,
): Promise<{ readonly items: readonly Item[]; readonly next: Attributes | undefined }> {
  const answer = await table.client.send(
    new QueryCommand({
      TableName: table.name,
      ConsistentRead: true,
      KeyConditionExpression: "pk = :pk AND sk BETWEEN :from AND :to",
      ExpressionAttributeValues: marshall({ ":pk": pk, ":from": from, ":to": to }),
      ScanIndexForward: order === "oldest first",
      ...(limit === undefined ? {} : { Limit: limit }),
      ...(only === undefined ? {} : { ProjectionExpression: "pk, sk" }),
      ...(start === undefined ? {} : { ExclusiveStartKey: start }),
    }),
  );
  return { items: (answer.Items ?? []).map(toItemRead), next: answer.LastEvaluatedKey };
}

/** A whole range, in as many reads as it takes. */
export async function queryAll(table: Table, range: Range): Promise<readonly Item[]> {
  const found: Item[] = [];
  let next: Attributes | undefined;
  do {
    const page = await queryPage(table, range, next);
    found.push(...page.items);
    next = page.next;
  } while (next !== undefined);
  return found;
}

/** A range read by read, each as it is asked for. */
export async function* walkPages(table: Table, range: Range): AsyncGenerator<readonly Item[], undefined> {
  let next: Attributes | undefined;
  do {
    const page = await queryPage(table, range, next);
    yield page.items;
    next = page.next;
  } while (next !== undefined);
  return undefined;
}

/** A range item by item, read as it is asked for. */
export async function* walkRange(table: Table, range: Range): AsyncGenerator<Item> {
  for await (const items of walkPages(table, range)) yield* items;
}
