import assert from "node:assert/strict";
import test from "node:test";
import { fixedClock } from "../../lib/core/time.ts";
import { compare } from "../../lib/flows/compare.ts";
import { type Planning, prepare } from "../../lib/flows/plan.ts";
import { publishRules } from "../../lib/flows/publish-rules.ts";
import { canonical, diff } from "../../lib/rules/diff.ts";
import { toGeneration } from "../../lib/store/buckets.ts";
import { readHead } from "../../lib/store/rules.ts";
import { countingTable } from "../bench/publish/table.ts";
import { compiled } from "../store/published.ts";
import { changedAtRandom, diceOf, randomConfiguration } from "./random-configuration.ts";

const brokerWith = (table: Planning["table"]): Planning => ({
  table,
  clock: fixedClock(1_795_000_000),
  pepper: async () => "pepper",
  config: { envSecrets: "refused" } as unknown as Planning["config"],
});
const author = { actor: "operator", name: "tester" } as const;

test("what stays of a configuration is held once, and what changes is told field by field", async () => {
  const { table } = countingTable();
  const broker = brokerWith(table);
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

/** So many that most lie on pages that a change leaves as they were. */
const many = (from: number) =>
  Array.from({ length: 1500 }, (_, at) => ({
    kind: "Rule",
    id: `many-${from + at}`,
    connection: "okta",
    effect: "allow",
    when: [{ claim: "groups", equals: `g${from + at}` }],
    grant: { roles: ["Admin"], accounts: ["222222222222"] },
  }));

test("what is told of a change is what comparing every object tells, on whichever page it lies", async () => {
  let told = 0;
  for (let seed = 1; seed <= 4; seed++) {
    const dice = diceOf(seed);
    const { table } = countingTable();
    const broker = brokerWith(table);
    const [first, rules] = [randomConfiguration(dice), many(dice(1000))];
    await publishRules(broker, { objects: [...first, ...rules], author, reference: "R1" });
    const role = { kind: "Role", name: "Read Only", path: "/x/", accounts: ["111111111111"] };
    const after = [
      ...changedAtRandom(dice, first),
      ...rules.slice(dice(4)),
      ...(seed % 2 === 0 ? [role] : []),
    ];
    const head = await readHead(table);
    const { changes } = await prepare(broker, head, { objects: after, author });
    const { current, apart } = await compare(table, head, after);
    assert.ok(apart.after.length < after.length - 200, `${apart.after.length} of ${after.length}`);
    const before = [...first, ...rules];
    assert.deepEqual(changes, diff(before, after));
    assert.deepEqual(current.map(canonical).sort(), before.map(canonical).sort());
    told += changes.length;
  }
  assert.ok(told > 20, `only ${told}`);
});

test("a role on a page that stays is told apart from one of its name that comes", async () => {
  const { table } = countingTable();
  const broker = brokerWith(table);
  const account = (id: string) => ({ kind: "Account", id, name: id });
  const role = (name: string, id: string) => ({ kind: "Role", name, accounts: [id] });
  const fill = Array.from({ length: 1500 }, (_, at) => role(`Fill${at}`, "222222222222"));
  const before = [
    ...["111111111111", "222222222222", "333333333333"].map(account),
    ...fill,
    role("Two", "111111111111"),
  ];
  await publishRules(broker, { objects: before, author, reference: "R1" });
  const after = [...before, role("Two", "333333333333")];
  const { changes } = await prepare(broker, await readHead(table), { objects: after, author });
  assert.equal(changes.length, 3);
  assert.deepEqual(changes, diff(before, after));
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
