import assert from "node:assert/strict";
import test from "node:test";
import { BatchGetItemCommand } from "@aws-sdk/client-dynamodb";
import { isRefusal } from "../../../lib/core/errors.ts";
import { openRules } from "../../../lib/store/rules.ts";
import type { Table } from "../../../lib/store/table.ts";
import { clockAt, freshTable, publish, START } from "../../store/published.ts";

/** Answers a batch of buckets in part: of its keys so many at most, and never those that `out` names while it lasts. */
function answeringInPart(table: Table, most: number, out: (pk: string, round: number) => boolean) {
  const asked: number[] = [];
  const client = new Proxy(table.client, {
    get(target, name) {
      if (name !== "send") return Reflect.get(target, name);
      return async (command: Parameters<typeof target.send>[0]) => {
        if (!readsBuckets(command)) return target.send(command);
        const { Keys = [], ...rest } = command.input.RequestItems?.[table.name] ?? {};
        asked.push(Keys.length);
        const left = Keys.filter(({ pk }) => out(pk?.S ?? "", asked.length));
        const done = Keys.filter((one) => !left.includes(one)).slice(0, most);
        const open = Keys.filter((one) => !done.includes(one));
        const answer =
          done.length === 0
            ? { Responses: {} }
            : await target.send(
                new BatchGetItemCommand({ RequestItems: { [table.name]: { ...rest, Keys: done } } }),
              );
        const UnprocessedKeys = open.length === 0 ? {} : { [table.name]: { ...rest, Keys: open } };
        return { ...answer, UnprocessedKeys };
      };
    },
  });
  return { table: { client, name: table.name } satisfies Table, asked };
}

const readsBuckets = (command: object): command is BatchGetItemCommand =>
  command instanceof BatchGetItemCommand && JSON.stringify(command.input).includes('"BUCKET#');

const LETTERS = [..."abcdef"];
const published = async () => {
  const table = await freshTable();
  await publish(table, START, ...LETTERS.map((letter) => `${letter}1`));
  return table;
};
const read = async (table: Table) => {
  const reader = openRules(table, clockAt(START));
  const rules = await reader.rules(LETTERS, await reader.head());
  return rules.map(({ id }) => id).sort();
};
const ALL = LETTERS.map((letter) => `${letter}1`);

test("a batch that is answered two keys at a time is asked for the rest until it has all", async () => {
  const { table, asked } = answeringInPart(await published(), 2, () => false);
  assert.deepEqual(await read(table), ALL);
  assert.deepEqual(asked, [6, 4, 2]);
});

test("a key that is left out again and again is asked for alone, and found in the last round", async () => {
  let first = "";
  const late = (pk: string, round: number) => {
    first ||= pk;
    return pk === first && round < 5;
  };
  const { table, asked } = answeringInPart(await published(), 100, late);
  assert.deepEqual(await read(table), ALL);
  assert.deepEqual(asked, [6, 1, 1, 1, 1]);
});

test("a key that never comes refuses the decision: it might have been a deny", async () => {
  let first = "";
  const never = (pk: string) => {
    first ||= pk;
    return pk === first;
  };
  const { table, asked } = answeringInPart(await published(), 100, never);
  await assert.rejects(read(table), (thrown) => isRefusal(thrown, "rules_unavailable"));
  assert.equal(asked.length, 5);
});
