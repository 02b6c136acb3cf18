import assert from "node:assert/strict";
import test from "node:test";
import { compileRule } from "../../lib/rules/compile.ts";
import { decide } from "../../lib/rules/resolve.ts";
import { ALL_TOLD, type Trace, traceOf } from "../../lib/rules/trace.ts";
import { traceText } from "../../lib/rules/trace-text.ts";
import { toldToOneself } from "../../lib/rules/trace-told.ts";
import { NOON, person, rule, world } from "./things.ts";

const OTHERS = { when: [{ claim: "groups", equals: "others" }] };
const DENY = { effect: "deny" };
const SHADOW = { shadow: true };
/** How many rules of each kind there are; twenty of each are told. */
const MANY: readonly (readonly [count: number, what: object])[] = [
  [22, {}],
  [23, OTHERS],
  [25, { ...OTHERS, ...DENY }],
  [28, { ...OTHERS, ...SHADOW }],
  [30, { ...DENY, ...SHADOW }],
];

const place = { accountId: "111111111111", role: "Admin" };

function traced(kinds: typeof MANY): Trace {
  const rules = kinds.flatMap(([count, what], kind) =>
    Array.from({ length: count }, (_, index) => compileRule(rule(`r${kind}-${index}`, what))),
  );
  const [who, where, at] = [person(), world(), { now: NOON }];
  return traceOf(decide(who, rules, where, at), who, rules, where, at, place);
}

const titles = (trace: Trace, language: "en" | "ja"): string[] =>
  traceText(trace, language, "the desk")
    .rules.map(({ title }) => title)
    .slice(trace.rules.length);

test("rules that are not told are counted by what they do", () => {
  const trace = traced(MANY);
  assert.equal(trace.outcome, "granted");
  assert.deepEqual(trace.more, { doing: 2, nothing: 3, denies: 5, inShadow: 38 });
  assert.equal(trace.rules.length, 22 + 23 + 25 + 28 + 30 - 2 - 3 - 5 - 38);
  assert.deepEqual(titles(trace, "en"), [
    "2 more rules that apply",
    "8 more rules that do not apply",
    "38 more rules in shadow",
  ]);
  assert.deepEqual(titles(trace, "ja"), [
    "ほかに当てはまるルールが 2 件",
    "ほかに当てはまらないルールが 8 件",
    "ほかに試行中(効力なし)のルールが 38 件",
  ]);
});

test("where all are told none is counted, and one is one", () => {
  const few = MANY.map(([, what]) => [4, what] as const);
  assert.deepEqual(traced(few).more, ALL_TOLD);
  assert.deepEqual(titles(traced(few), "en"), []);
  const one = traced([
    [21, {}],
    [21, OTHERS],
    [21, SHADOW],
  ]);
  assert.deepEqual(titles(one, "en"), [
    "1 more rule that applies",
    "1 more rule that does not apply",
    "1 more rule in shadow",
  ]);
});

test("what people are not told of their own role is not counted for them either", () => {
  const trace = traced(MANY);
  const told = (explain: Parameters<typeof toldToOneself>[2]) => toldToOneself(trace, "prod", explain);
  for (const explain of ["terms", "named"] as const)
    assert.deepEqual(told(explain).more, { doing: 2, nothing: 3, denies: 0, inShadow: 0 });
  assert.deepEqual(told("off").more, { doing: 2, nothing: 0, denies: 0, inShadow: 0 });
  const planned = toldToOneself(traced([[40, { ...OTHERS, ...SHADOW }]]), "prod", "terms");
  assert.deepEqual([planned.more, planned.rules], [ALL_TOLD, []]);
});
