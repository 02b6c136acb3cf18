import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { Table } from "../../../lib/store/table.ts";

type Item = Record<string, AttributeValue>;

/** A table that counts and answers at once: what is measured is our own work, and how often a table would be asked. */
export function countingTable(): {
  readonly table: Table;
  readonly counted: { reads: number; writes: number };
} {
  const held = new Map<string, Item>();
  const counted = { reads: 0, writes: 0 };
  const at = ({ pk, sk }: Item): string => `${pk?.S}\n${sk?.S}`;
  const answers: Readonly<Record<string, (input: Input) => object>> = {
    GetItemCommand: ({ Key = {} }) => {
      counted.reads++;
      const Item = held.get(at(Key));
      return Item === undefined ? {} : { Item };
    },
    BatchGetItemCommand: ({ RequestItems = {} }) => {
      const [[name, { Keys }] = ["", { Keys: [] }]] = Object.entries(RequestItems);
      counted.reads += Keys.length;
      return { Responses: { [name]: Keys.map((key) => held.get(at(key))).filter(Boolean) } };
    },
    PutItemCommand: ({ Item = {} }) => {
      counted.writes++;
      held.set(at(Item), Item);
      return {};
    },
    UpdateItemCommand: (input) => {
      counted.writes++;
      held.set(at(input.Key ?? {}), changed(held.get(at(input.Key ?? {})) ?? { ...input.Key }, input));
      return {};
    },
  };
  const send = async (command: { readonly constructor: { readonly name: string }; readonly input: Input }) =>
    answers[command.constructor.name]?.(command.input);
  return { table: { name: "t", client: { send } as unknown as Table["client"] }, counted };
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
