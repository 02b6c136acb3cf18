import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { compileRule } from "../../lib/rules/compile.ts";
import { decide } from "../../lib/rules/resolve.ts";
import { identity, rules, sourceIp, WORLD } from "./arbitrary.ts";
import { NOON, person, rule, world } from "./things.ts";

const ADMIN = { accountId: "111111111111", role: "Admin" };
const decided = (...all: ReturnType<typeof rule>[]) =>
  decide(person(), all.map(compileRule), world(), { now: NOON });

test("an allow in shadow gives nothing, and is told as what it would have given", () => {
  const { roles, shadow, reasons } = decided(rule("a", { shadow: true }));
  assert.deepEqual(roles, []);
  assert.deepEqual(shadow, { gives: [{ ...ADMIN, rules: ["a"] }], takes: [] });
  assert.equal(reasons[0]?.shadow, true);
});

test("a deny in shadow takes nothing away, and is told as what it would have taken", () => {
  const { roles, shadow } = decided(rule("a"), rule("d", { effect: "deny", shadow: true }));
  assert.equal(roles.length, 1);
  assert.deepEqual(shadow, { gives: [], takes: [{ ...ADMIN, rules: ["d"] }] });
});

test("what is given already or denied anyway is not told as what shadow would give", () => {
  assert.equal(decided(rule("a"), rule("b", { shadow: true })).shadow, undefined);
  assert.equal(decided(rule("b", { shadow: true }), rule("d", { effect: "deny" })).shadow, undefined);
});

test("rules in shadow change nothing of a decision but what is told of them", () => {
  let told = 0;
  fc.assert(
    fc.property(
      rules,
      identity,
      sourceIp,
      fc.array(fc.boolean(), { minLength: 30 }),
      (all, who, ip, hidden) => {
        const at = ip === undefined ? { now: NOON } : { now: NOON, sourceIp: ip };
        const mixed = all.map((one, index) => (hidden[index] ? { ...one, shadow: true } : one));
        const visible = all.filter((_, index) => !hidden[index]);
        const { shadow, reasons, ...rest } = decide(who, mixed.map(compileRule), WORLD, at);
        const { reasons: plain, ...expected } = decide(who, visible.map(compileRule), WORLD, at);
        if (shadow !== undefined) told++;
        assert.deepEqual(rest, expected);
        assert.deepEqual(
          reasons.filter((one) => one.shadow === undefined),
          plain,
        );
      },
    ),
    { numRuns: 1500 },
  );
  assert.ok(told > 2, `only ${told} had a shadow`);
});
