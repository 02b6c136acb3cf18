import assert from "node:assert/strict";
import test from "node:test";
import { compileRules } from "../../lib/rules/compile.ts";
import { askedKeys } from "../../lib/rules/index.ts";
import { lintBuckets } from "../../lib/rules/lint-buckets.ts";
import { decide } from "../../lib/rules/resolve.ts";
import { connection, NOON, person, rule, world } from "./things.ts";

const MANY = 5000;
const okta = connection("okta", { claims: { groups: "groups", costCenter: "cc", site: "site" } });
/** Everybody is in this group, and every rule says so first; no other value of a rule is rare either. */
const everybody = { claim: "groups", equals: "all-employees" };
const rules = Array.from({ length: MANY }, (_, i) =>
  rule(`r${i}`, {
    when: [everybody, { claim: "costCenter", equals: `c${i % 20}` }, { claim: "site", equals: `s${i % 25}` }],
  }),
);
const who = person({
  claims: { groups: ["dev", "all-employees"], costCenter: ["c7"], site: ["s7"] },
});

test("what everybody has does not make everybody look at every rule", () => {
  const { buckets, lengths } = compileRules(rules, [okta]);
  const keys = askedKeys(who, lengths);
  const found = new Set(keys.flatMap((key) => buckets.get(key) ?? []));
  const decided = decide(who, [...found], world([okta]), { now: NOON });
  const given = decided.roles.flatMap((one) => one.rules);
  assert.ok(given.length > 10);
  assert.equal(decided.reasons.filter(({ truth }) => truth === "true").length, given.length);
  assert.ok(found.size <= 60, `${found.size} of ${MANY} rules were looked at`);
  assert.ok(keys.length <= 30, `${keys.length} keys were asked for`);
  assert.deepEqual(
    lintBuckets({ buckets, lengths, residual: [] }).filter(({ severity }) => severity === "error"),
    [],
  );
});

test("a deny stays where a claim that is not known finds it", () => {
  const deny = rule("deny", {
    effect: "deny",
    when: [everybody, { claim: "costCenter", equals: "c7" }],
    grant: { roles: ["*"], accounts: ["ou:/**"] },
  });
  const { buckets, lengths } = compileRules([...rules, deny], [okta]);
  for (const claim of ["groups", "costCenter"]) {
    const blind = { ...who, claims: { ...who.claims, [claim]: [] }, unknown: [claim] };
    const found = askedKeys(blind, lengths).flatMap((key) => buckets.get(key) ?? []);
    const { reasons } = decide(blind, found, world([okta]), { now: NOON });
    assert.ok(reasons.some(({ rule: id, truth }) => id === "deny" && truth === "unknown"));
  }
});

test("a value that a record could not keep is never half of a pair", () => {
  const odd = rules.map((one) => ({
    ...one,
    when: [{ claim: "groups", equals: "constructor" }, ...one.when.slice(1)],
  }));
  const { lengths } = compileRules(odd, [okta]);
  assert.ok(!JSON.stringify(lengths).includes('"constructor":'));
});

test("the same rules always make the same pairs", () => {
  const straight = compileRules(rules, [okta]);
  const turned = compileRules([...rules].reverse(), [okta]);
  assert.deepEqual([...straight.buckets].sort(), [...turned.buckets].sort());
  assert.deepEqual(straight.lengths, turned.lengths);
});
