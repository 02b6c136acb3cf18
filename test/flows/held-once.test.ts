import assert from "node:assert/strict";
import test from "node:test";
import { fixedClock } from "../../lib/core/time.ts";
import { type Planning, prepare } from "../../lib/flows/plan.ts";
import { publishRules } from "../../lib/flows/publish-rules.ts";
import { toGeneration } from "../../lib/store/buckets.ts";
import { readHead } from "../../lib/store/rules.ts";
import { countingTable } from "../bench/publish/table.ts";
import { compiled } from "../store/published.ts";
import { diceOf, randomConfiguration } from "./random-configuration.ts";

const author = { actor: "operator", name: "tester" } as const;

test("what stays of a configuration is held once, and what changes is told field by field", async () => {
  const { table } = countingTable();
  const broker: Planning = {
    table,
    clock: fixedClock(1_795_000_000),
    pepper: async () => "pepper",
    config: { envSecrets: "refused" } as unknown as Planning["config"],
  };
  const objects = randomConfiguration(diceOf(3));
  const done = await publishRules(broker, { objects, author, reference: "R1" });
  assert.equal(done.outcome, "published");

  const at = objects.findIndex(({ kind }) => kind === "Rule");
  const id = objects[at]?.id;
  const wished = objects.map((one, index) => ({ ...one, ...(index === at ? { priority: 77 } : {}) }));
  const { current, changes } = await prepare(broker, await readHead(table), { objects: wished, author });

  const others = new Set<unknown>(wished);
  const own = current.filter((one) => !others.has(one));
  assert.deepEqual(
    own.map((one) => one.id),
    [id],
  );
  assert.equal(current.length, wished.length);
  const before = own[0]?.priority;
  assert.deepEqual(changes, [
    {
      what: "changed",
      kind: "Rule",
      id,
      fields: [{ path: "priority", ...(before === undefined ? {} : { before }), after: 77 }],
    },
  ]);
});

test("compressed buckets hold no room that they do not use", () => {
  const buckets = Array.from({ length: 200 }, (_, at) =>
    toGeneration([compiled(`rule-${at}`)], 1, 1_795_000_000),
  );
  const buffers = buckets.flatMap(({ generation: { content } }) =>
    "bytes" in content ? [content.bytes.buffer] : [],
  );
  const held = [...new Set(buffers)].reduce((sum, { byteLength }) => sum + byteLength, 0);
  assert.equal(buffers.length, buckets.length);
  assert.ok(held <= 200 * 1024, `${held} bytes for ${buckets.length} rules`);
});
