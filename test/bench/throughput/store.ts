import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { Item } from "./wire.ts";

interface Asked {
  readonly Key?: Item;
  readonly RequestItems?: Readonly<Record<string, { readonly Keys?: readonly Item[] }>>;
  readonly ReturnValues?: string;
}

/** A table that answers from what it was filled with and keeps nothing: every sign-in can be answered again. */
export function openStore(
  items: readonly Item[],
): (operation: string, input: Asked) => Readonly<Record<string, unknown>> {
  const keyOf = (item: Item): string => `${text(item.pk)}\n${text(item.sk)}`;
  const held = new Map(items.map((item) => [keyOf(item), item]));
  const ConsumedCapacity = { TableName: "sekisho", CapacityUnits: 1 };
  return (operation, { Key, RequestItems = {}, ReturnValues }) => {
    const found = Key === undefined ? undefined : held.get(keyOf(Key));
    if (operation === "GetItem") return { ...(found === undefined ? {} : { Item: found }), ConsumedCapacity };
    if (operation === "BatchGetItem") {
      const all = Object.entries(RequestItems).map(([table, { Keys = [] }]): [string, Item[]] => [
        table,
        Keys.map((key) => held.get(keyOf(key))).filter((item) => item !== undefined),
      ]);
      return {
        Responses: Object.fromEntries(all),
        UnprocessedKeys: {},
        ConsumedCapacity: [ConsumedCapacity],
      };
    }
    const old = ReturnValues?.startsWith("ALL_") && found !== undefined ? { Attributes: found } : {};
    return { ...old, ConsumedCapacity };
  };
}

const text = (value: AttributeValue | undefined): string => value?.S ?? "";
