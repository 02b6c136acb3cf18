import { createHash } from "node:crypto";
import { QueryCommand } from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import * as v from "valibot";
import { Identity } from "../core/identity.ts";
import { personId as personIdOf } from "../core/secret.ts";
import type { Epoch } from "../core/time.ts";
import { parseItem, putOver, toItem } from "./item.ts";
import { readPepper } from "./people.ts";
import type { Table } from "./table.ts";

/** What was proven of a person when they last signed in. Personal data: whoever erases a name erases this with it. */
const Seen = v.object({
  schema: v.literal(1),
  personId: v.string(),
  identity: Identity,
  seenAt: v.number(),
  expiresAt: v.number(),
});
export type Seen = Readonly<v.InferOutput<typeof Seen>>;

/** People lie spread over these, so that all of them can be listed without a Scan and no list has all the traffic. */
export const SEEN_SHARDS: readonly string[] = Array.from({ length: 256 }, (_, at) =>
  at.toString(16).padStart(2, "0"),
);

const shardOf = (personId: string): string => createHash("sha256").update(personId).digest("hex").slice(0, 2);
const pk = (shard: string) => `SEEN#${shard}`;

/** Remembers who came, until `expiresAt`. The latest sign-in wins, but for a record of newer code. */
export async function putSeen(table: Table, seen: Omit<Seen, "schema">): Promise<void> {
  await putOver(
    table,
    toItem(pk(shardOf(seen.personId)), seen.personId, { schema: 1, ...seen }, seen.expiresAt),
  );
}

/** Where a list of one shard goes on. */
export interface SeenPage {
  readonly seen: readonly Seen[];
  /** Hand it in again for what follows; absent at the end. */
  readonly next?: string;
}

/**
 * People of one shard, by id.
 *
 * @param after `next` of the page before.
 * @returns At most `most` of them, and fewer where the time of some is over.
 */
export async function listSeen(
  table: Table,
  shard: string,
  { now, most, after }: { readonly now: Epoch; readonly most: number; readonly after?: string },
): Promise<SeenPage> {
  const { Items = [], LastEvaluatedKey } = await table.client.send(
    new QueryCommand({
      TableName: table.name,
      Limit: most,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: marshall({ ":pk": pk(shard) }),
      ...(after === undefined ? {} : { ExclusiveStartKey: marshall({ pk: pk(shard), sk: after }) }),
    }),
  );
  const next = LastEvaluatedKey?.sk?.S;
  return { seen: readItems(Items, now), ...(next === undefined ? {} : { next }) };
}

/** Whom to look for: by opaque id, or as their provider knows them. */
export type Sought = string | { readonly connection: string; readonly subject: string };

/** What was last proven of one person; undefined where they did not come, or not lately enough. */
export async function findSeen(table: Table, sought: Sought, now: Epoch): Promise<Seen | undefined> {
  const personId =
    typeof sought === "string"
      ? sought
      : personIdOf(await readPepper(table), sought.connection, sought.subject);
  // A Query and not a Get: who may list people needs no second right to find one.
  const { Items = [] } = await table.client.send(
    new QueryCommand({
      TableName: table.name,
      ConsistentRead: true,
      KeyConditionExpression: "pk = :pk AND sk = :sk",
      ExpressionAttributeValues: marshall({ ":pk": pk(shardOf(personId)), ":sk": personId }),
    }),
  );
  return readItems(Items, now)[0];
}

const readItems = (items: readonly Parameters<typeof unmarshall>[0][], now: Epoch): Seen[] =>
  items.map((item) => parseItem(Seen, unmarshall(item), "SEEN")).filter(({ expiresAt }) => expiresAt > now);
