import { BatchGetItemCommand, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import type { Table } from "../../lib/store/table.ts";

/** A table that writes down what is asked of it: each command, and the `pk` of every key a batch reads. */
export function sentTo(table: Table) {
  const sent: { readonly name: string; readonly keys: readonly string[] }[] = [];
  const client = new Proxy(table.client, {
    get(target, name) {
      if (name !== "send") return Reflect.get(target, name);
      return (command: Parameters<typeof target.send>[0]) => {
        const asked =
          command instanceof BatchGetItemCommand ? Object.values(command.input.RequestItems ?? {}) : [];
        const keys = asked.flatMap(({ Keys = [] }) => Keys.map(({ pk }) => pk?.S ?? ""));
        sent.push({ name: command.constructor.name, keys });
        return target.send(command);
      };
    },
  });
  /** Ids of the buckets that were asked for. */
  const buckets = () =>
    sent.flatMap(({ keys }) => keys.flatMap((pk) => (pk.startsWith("BUCKET#") ? [pk.slice(7)] : [])));
  return { listened: { client, name: table.name }, sent, buckets };
}

/** An item as it lies there. */
export async function readItemOf(table: Table, pk: string, sk: string) {
  const { Item } = await table.client.send(
    new GetItemCommand({ TableName: table.name, Key: marshall({ pk, sk }), ConsistentRead: true }),
  );
  return Item === undefined ? undefined : unmarshall(Item);
}
