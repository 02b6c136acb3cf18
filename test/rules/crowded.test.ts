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

/** One value is everybody's, nothing else is a whole value, and one text is each rule's own. */
const beginnings = (lengthOf: (i: number) => number) =>
  Array.from({ length: MANY }, (_, i) => {
    const own = `u${String(i).padStart(5, "0")}`.padEnd(lengthOf(i), "-");
    return rule(`r${i}`, { when: [everybody, { claim: "site", startsWith: own }] });
  });

for (const [what, rules, most] of [
  ["one length", beginnings(() => 6), 1],
  ["eight lengths", beginnings((i) => 6 + (i % 8)), 8],
  // Cut to those eight that most rules want; what is longer is cut to one of them.
  ["forty lengths", beginnings((i) => 6 + (i % 40)), 8],
] as const)
  test(`where everybody has the one value, a rarer beginning of ${what} is what rules are filed by`, () => {
    const { buckets, lengths } = compileRules(rules, [okta]);
    const largest = Math.max(...[...buckets.values()].map(({ length }) => length));
    assert.ok(largest <= 64, `${largest} rules in one bucket`);
    assert.ok((lengths.okta?.site?.starts ?? []).length <= most);
    const one = person({ claims: { groups: ["all-employees"], site: ["u00007-------------------x"] } });
    const keys = askedKeys(one, lengths);
    assert.ok(keys.length <= 5 + 2 * most, `${keys.length} keys`);
    const found = new Set(keys.flatMap((key) => buckets.get(key) ?? []));
    const { roles } = decide(one, [...found], world([okta]), { now: NOON });
    assert.deepEqual(
      roles.flatMap((given) => given.rules),
      ["r7"],
    );
  });

test("beginnings that were asked for before stay as long as they were, however many would be besides", () => {
  const before = [3, 5, 9, 12].map((length, at) =>
    rule(`b${at}`, { when: [{ claim: "site", startsWith: "x".repeat(length) }] }),
  );
  const alone = compileRules(before, [okta]);
  const { buckets, lengths } = compileRules([...before, ...beginnings((i) => 20 + (i % 40))], [okta]);
  for (const length of alone.lengths.okta?.site?.starts ?? assert.fail())
    assert.ok(lengths.okta?.site?.starts.includes(length), `${length}`);
  for (const key of alone.buckets.keys()) assert.ok(buckets.has(key), key);
});

test("a beginning that is no rarer than the value moves nothing, and where the value is rare the beginning is not asked for", () => {
  const same = rules.slice(0, 600).map((one) => ({
    ...one,
    when: [everybody, { claim: "site", startsWith: "s" }],
  }));
  assert.deepEqual(compileRules(same, [okta]).lengths.okta?.site, undefined);
  const rare = beginnings(() => 6).slice(0, 100);
  assert.deepEqual(compileRules(rare, [okta]).lengths.okta?.site, undefined);
});
