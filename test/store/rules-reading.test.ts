import assert from "node:assert/strict";
import test, { describe } from "node:test";
import { BatchGetItemCommand } from "@aws-sdk/client-dynamodb";
import { openRules } from "../../lib/store/rules.ts";
import type { Table } from "../../lib/store/table.ts";
import { clockAt, counting, freshTable, publish, START } from "./published.ts";

describe("reading", () => {
  test("HEAD is read at most every five seconds, and what is held costs no read", async () => {
    const table = await freshTable();
    await publish(table, START, "a1", "b1");
    const watched = counting(table);
    let now = START;
    const reader = openRules(watched.table, { now: () => now });
    const decideOnce = async () => reader.rules(["a", "b", "z"], await reader.head());
    await decideOnce();
    assert.deepEqual(watched.sent, ["GetItemCommand", "BatchGetItemCommand", "BatchGetItemCommand"]);
    now = START + 4;
    await decideOnce();
    assert.equal(watched.sent.length, 3);
    now = START + 5;
    await decideOnce();
    assert.deepEqual(watched.sent.slice(3), ["GetItemCommand"]);
    await publish(table, now, "a2");
    now = START + 10;
    assert.deepEqual(
      (await decideOnce()).map(({ id }) => id),
      ["a2"],
    );
  });

  test("keys are asked a hundred at a time", async () => {
    const table = await freshTable();
    await publish(table, START, "a1");
    const watched = counting(table);
    const reader = openRules(watched.table, clockAt(START));
    await reader.rules(
      Array.from({ length: 201 }, (_, i) => `k${i}`),
      await reader.head(),
      "evenly",
    );
    assert.equal(watched.sent.filter((one) => one === "BatchGetItemCommand").length, 3);
  });

  test("keys DynamoDB leaves out are asked again, and refuse the decision when they stay out", async () => {
    const table = await freshTable();
    await publish(table, START, "a1", "b1");
    const leavingOut = (times: number): Table => {
      let left = times;
      const client = new Proxy(table.client, {
        get(target, name) {
          if (name !== "send") return Reflect.get(target, name);
          return async (command: Parameters<typeof target.send>[0]) => {
            if (!(command instanceof BatchGetItemCommand) || left-- <= 0) return target.send(command);
            return { Responses: {}, UnprocessedKeys: command.input.RequestItems };
          };
        },
      });
      return { client, name: table.name };
    };
    const rules = async (times: number) => {
      const reader = openRules(leavingOut(times), clockAt(START));
      return reader.rules(["a", "b"], await reader.head());
    };
    assert.equal((await rules(3)).length, 2);
    await assert.rejects(rules(99), { code: "rules_unavailable" });
  });

  test("a store that fails refuses, and is asked again next time", async () => {
    const table = await freshTable();
    await publish(table, START, "a1");
    let broken = true;
    const client = new Proxy(table.client, {
      get(target, name) {
        if (name !== "send") return Reflect.get(target, name);
        return async (command: Parameters<typeof target.send>[0]) => {
          if (broken) throw new Error("no network");
          return target.send(command);
        };
      },
    });
    const reader = openRules({ client, name: table.name }, clockAt(START));
    await assert.rejects(reader.head(), { code: "rules_unavailable" });
    broken = false;
    const head = await reader.head();
    broken = true;
    await assert.rejects(reader.world(head), { code: "rules_unavailable" });
    await assert.rejects(reader.rules(["a"], head), { code: "rules_unavailable" });
    broken = false;
    assert.equal((await reader.rules(["a"], head)).length, 1);
    assert.equal((await reader.world(head)).version, 1);
  });

  test("a decision that began before a version changed keeps the rules of its version", async () => {
    const table = await freshTable();
    await publish(table, START, "a1", "b1");
    let now = START;
    const reader = openRules(table, { now: () => now });
    const old = await reader.head();
    await reader.rules(["a"], old);
    await publish(table, START + 1, "a2");
    now = START + 10;
    const fresh = await reader.head();
    const [before, present] = await Promise.all([
      reader.rules(["a", "b"], old),
      reader.rules(["a", "b"], fresh),
    ]);
    assert.deepEqual(
      before.map(({ id }) => id),
      ["a1", "b1"],
    );
    assert.deepEqual(
      present.map(({ id }) => id),
      ["a2"],
    );
  });
});
