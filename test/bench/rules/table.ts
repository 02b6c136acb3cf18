/** A table in memory that holds one published version, answers as late as a network does, and counts what that would cost. */

import { setTimeout as pause } from "node:timers/promises";
import { type BatchGetItemCommand, GetItemCommand } from "@aws-sdk/client-dynamodb";
import type { CompiledRule, Lengths } from "../../../lib/core/rule-set.ts";
import { DEFAULT_SETTINGS } from "../../../lib/core/settings.ts";
import { bucketId, bucketKey, toGeneration } from "../../../lib/store/buckets.ts";
import { type Attributes, toChunks } from "../../../lib/store/chunks.ts";
import { toFilter, toPointer } from "../../../lib/store/filter.ts";
import { toItem } from "../../../lib/store/item.ts";
import { HEAD_KEY } from "../../../lib/store/rules.ts";
import type { Table } from "../../../lib/store/table.ts";
import { okta } from "./rules.ts";

/** As long as an answer of DynamoDB takes over a network. */
export const ROUND_MILLISECONDS = 4;
const UNIT_BYTES = 4096;

/** What was asked of the table, and what it would be billed for. */
export interface Counted {
  calls: number;
  keys: number;
  found: number;
  units: number;
}

export interface Stored extends Table {
  readonly counted: Counted;
}

/**
 * @param buckets Every bucket of the version; its item is made when it is first asked for, so ask once before timing.
 * @param isFiltered Whether the version has a filter where one is made for it.
 */
export function storedTable(
  buckets: ReadonlyMap<string, readonly CompiledRule[]>,
  lengths: Lengths,
  isFiltered: boolean,
): Stored {
  const byId = new Map([...buckets].map(([key, rules]) => [bucketId(key), rules]));
  const items = new Map<string, Attributes>();
  const chunk = (bytes: Uint8Array, hash: string) =>
    items.set(`SNAPSHOT#${hash}`, toItem(`SNAPSHOT#${hash}`, "SNAPSHOT", { schema: 1, version: 1, bytes }));
  const text = JSON.stringify({
    schema: 1,
    settings: DEFAULT_SETTINGS,
    connections: [okta],
    scopes: [],
    accounts: [],
    roles: [],
  });
  const snapshot = toChunks(text);
  for (const { bytes, hash } of snapshot) chunk(bytes, hash);
  const filter = isFiltered ? toFilter(byId.keys()) : undefined;
  if (filter !== undefined) chunk(filter.bytes, filter.hash);
  const head = {
    schema: 1,
    version: 1,
    hash: "",
    lengths,
    filter: toPointer(
      1,
      filter === undefined ? undefined : { hash: filter.hash, bytes: filter.bytes.length },
    ),
    snapshot: snapshot.map(({ hash }) => hash),
    source: [],
    aborted: [],
    publishedAt: 1,
  };
  items.set("HEAD", toItem(HEAD_KEY.pk, HEAD_KEY.sk, head));
  const make = (pk: string): Attributes | undefined => {
    const rules = pk.startsWith("BUCKET#") ? byId.get(pk.slice(7)) : undefined;
    if (rules === undefined) return undefined;
    const { generation } = toGeneration(rules, 1, 1);
    const key = bucketKey(pk.slice(7));
    const item = toItem(key.pk, key.sk, { schema: 1, revision: 1, generations: [generation] });
    items.set(pk, item);
    return item;
  };
  return answering((pk) => items.get(pk) ?? make(pk));
}

/** Any items, read as `GetItem` and `BatchGetItem` read. */
export function answering(itemOf: (pk: string) => Attributes | undefined): Stored {
  const counted: Counted = { calls: 0, keys: 0, found: 0, units: 0 };
  const read = (pk: string): Attributes[] => {
    const item = itemOf(pk);
    counted.keys++;
    counted.found += item === undefined ? 0 : 1;
    counted.units += item === undefined ? 1 : Math.ceil(sizeOf(item) / UNIT_BYTES);
    return item === undefined ? [] : [item];
  };
  const send = async (command: GetItemCommand | BatchGetItemCommand) => {
    counted.calls++;
    await pause(ROUND_MILLISECONDS);
    if (command instanceof GetItemCommand) {
      const [Item] = read(command.input.Key?.pk?.S ?? "");
      return { Item };
    }
    const [{ Keys = [] } = {}] = Object.values(command.input.RequestItems ?? {});
    return { Responses: { memory: Keys.flatMap(({ pk }) => read(pk?.S ?? "")) } };
  };
  return { name: "memory", client: { send } as unknown as Table["client"], counted };
}

/** About what DynamoDB counts: names and values. */
function sizeOf(value: unknown): number {
  if (value instanceof Uint8Array || typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return 1;
  return Object.entries(value).reduce((sum, [name, one]) => sum + name.length + sizeOf(one), 0);
}
