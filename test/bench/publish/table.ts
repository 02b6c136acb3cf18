import { deserialize, serialize } from "node:v8";
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { Table } from "../../../lib/store/table.ts";

type Item = Record<string, AttributeValue>;

/** A table that counts and answers at once: what is measured is our own work, and how often a table would be asked. */
export function countingTable(): {
  readonly table: Table;
  readonly counted: { reads: number; writes: number };
  /** Everything that lies there. */
  readonly items: () => readonly Item[];
} {
  const held = new Map<string, Buffer>();
  const counted = { reads: 0, writes: 0 };
  const at = ({ pk, sk }: Item): string => `${pk?.S}\n${sk?.S}`;
  const read = (key: Item): Item | undefined => {
    const bytes = held.get(at(key));
    return bytes === undefined ? undefined : deserialize(bytes);
  };
  // As a table has it, in bytes of its own: an item that was sent would hold everything that its values were cut from.
  const write = (item: Item) => held.set(at(item), Buffer.from(serialize(item)));
  const answers: Readonly<Record<string, (input: Input) => object>> = {
    GetItemCommand: ({ Key = {} }) => {
      counted.reads++;
      const Item = read(Key);
      return Item === undefined ? {} : { Item };
    },
    BatchGetItemCommand: ({ RequestItems = {} }) => {
      const [[name, { Keys }] = ["", { Keys: [] }]] = Object.entries(RequestItems);
      counted.reads += Keys.length;
      return { Responses: { [name]: Keys.map(read).filter(Boolean) } };
    },
    PutItemCommand: ({ Item = {} }) => {
      counted.writes++;
      write(Item);
      return {};
    },
    UpdateItemCommand: (input) => {
      counted.writes++;
      write(changed(read(input.Key ?? {}) ?? { ...input.Key }, input));
      return {};
    },
  };
  const send = async (command: { readonly constructor: { readonly name: string }; readonly input: Input }) =>
    answers[command.constructor.name]?.(command.input);
  return {
    table: { name: "t", client: { send } as unknown as Table["client"] },
    counted,
    items: () => [...held.values()].map((bytes): Item => deserialize(bytes)),
  };
}

interface Input {
  readonly Key?: Item;
  readonly Item?: Item;
  readonly RequestItems?: Readonly<Record<string, { readonly Keys: readonly Item[] }>>;
  readonly UpdateExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Item;
}

/** `SET a = :a, b = :b REMOVE c`, as far as the store writes it; `claim.until` is not looked at by anybody here. */
function changed(
  before: Item,
  { UpdateExpression = "", ExpressionAttributeNames = {}, ...asked }: Input,
): Item {
  const after = { ...before };
  const name = (text: string): string => ExpressionAttributeNames[text] ?? text;
  for (const [, path = "", value = ""] of UpdateExpression.matchAll(/([#\w]+) = (:\w+)/g)) {
    const given = asked.ExpressionAttributeValues?.[value];
    if (given !== undefined && !path.includes(".")) after[name(path)] = given;
  }
  const removed = /REMOVE (\w+)/.exec(UpdateExpression)?.[1];
  if (removed !== undefined) delete after[removed];
  return after;
}
