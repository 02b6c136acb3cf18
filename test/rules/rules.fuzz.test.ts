import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import type { Decision } from "../../lib/core/decision.ts";
import { compileRule, compileRules } from "../../lib/rules/compile.ts";
import { askedKeys } from "../../lib/rules/index.ts";
import { decide } from "../../lib/rules/resolve.ts";
import { CONNECTIONS, identity, rules, sourceIp, values, WORLD } from "./arbitrary.ts";
import { connection, NOON, person, rule } from "./things.ts";

const outcome = ({ roles, denied, eligible, broker, reasons }: Decision) => ({
  roles,
  denied,
  eligible,
  broker,
  reasons: reasons.filter(
    ({ effect, truth }) => truth === "true" || (effect === "deny" && truth === "unknown"),
  ),
});
const moment = (ip: string | undefined) => (ip === undefined ? { now: NOON } : { now: NOON, sourceIp: ip });

for (const [what, crowdedAbove] of [
  ["anchors", undefined],
  ["pairs of anchors wherever two rules share one", 1],
] as const)
  test(`rules found through ${what} decide what all rules decide`, () => {
    let granted = 0;
    let asked = 0;
    let pairs = 0;
    fc.assert(
      fc.property(rules, identity, sourceIp, (all, who, ip) => {
        const { buckets, lengths } = compileRules(all, CONNECTIONS, crowdedAbove);
        const keys = askedKeys(who, lengths, ip);
        const found = keys.flatMap((key) => buckets.get(key) ?? []);
        const naive = decide(who, all.map(compileRule), WORLD, moment(ip));
        granted += naive.roles.length + naive.denied.length;
        asked += naive.eligible.length;
        pairs += keys.filter((key) => key.split("\n")[1] === "both" && buckets.has(key)).length;
        assert.deepEqual(outcome(decide(who, found, WORLD, moment(ip))), outcome(naive));
      }),
      { numRuns: 4000 },
    );
    assert.ok(granted > 400 && asked > 100, `only ${granted} roles and ${asked} to ask for were at stake`);
    assert.equal(pairs > 5, crowdedAbove !== undefined, `${pairs} pairs were found`);
  });

test("rules found through beginnings and ends where everybody has the one value decide what all rules decide", () => {
  const okta = connection("okta", { claims: { groups: "groups", site: "site", team: "team" } });
  const unit = fc.constantFrom("a", "b", "-");
  // Of any length as often as of any other, so that there are more lengths than are asked for.
  const text = fc
    .constantFrom(...Array.from({ length: 14 }, (_, at) => at + 1))
    .chain((length) => fc.string({ unit, minLength: length, maxLength: length }));
  const claim = fc.constantFrom("site", "team");
  const own = fc.record({
    claim,
    text,
    by: fc.constantFrom("startsWith", "endsWith", "glob"),
    isAny: fc.boolean(),
  });
  const conditionOf = ({
    claim,
    text,
    by,
    isAny,
  }: {
    claim: string;
    text: string;
    by: string;
    isAny: boolean;
  }) => {
    const one = { claim, [by]: by === "glob" ? `${text}*${text.slice(0, 2)}` : text };
    return isAny ? { any: [one, { claim: "groups", startsWith: text.slice(0, 3) }] } : one;
  };
  let moved = 0;
  let granted = 0;
  const given = fc.array(own, { minLength: 2, maxLength: 60, size: "max" });
  fc.assert(
    fc.property(
      given,
      fc.array(text, { maxLength: 3 }),
      fc.array(text, { maxLength: 3 }),
      (all, site, team) => {
        const some = all.map((one, at) =>
          rule(`r${at}`, { when: [{ claim: "groups", equals: "all" }, conditionOf(one) as never] }),
        );
        const { buckets, lengths } = compileRules(some, [okta], 1);
        for (const { starts, ends } of Object.values(lengths.okta ?? {}))
          assert.ok(starts.length <= 8 && ends.length <= 8);
        const who = person({ claims: { groups: ["all"], site, team } });
        const keys = askedKeys(who, lengths);
        const found = new Set(keys.flatMap((key) => buckets.get(key) ?? []));
        const naive = decide(who, some.map(compileRule), WORLD, moment(undefined));
        moved += [...buckets.keys()].filter((key) => key.includes("starts") || key.includes("ends")).length;
        granted += naive.roles.length;
        assert.deepEqual(outcome(decide(who, [...found], WORLD, moment(undefined))), outcome(naive));
      },
    ),
    { numRuns: 1500 },
  );
  assert.ok(moved > 3000, `${moved} rules were filed by a text`);
  assert.ok(granted > 200, `only ${granted} roles were at stake`);
});

test("neither the order of rules nor their number of times changes a decision", () => {
  fc.assert(
    fc.property(
      rules.chain((all) =>
        fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 })),
      ),
      identity,
      ([all, shuffled], who) => {
        const straight = decide(who, all.map(compileRule), WORLD, { now: NOON });
        assert.deepEqual(decide(who, shuffled.map(compileRule), WORLD, { now: NOON }), straight);
      },
    ),
    { numRuns: 500 },
  );
});

test("what was decided for one person says nothing of the next", () => {
  fc.assert(
    fc.property(rules, identity, fc.array(values, { minLength: 2, maxLength: 6 }), (all, one, centers) => {
      const held = all.map(compileRule);
      for (const costCenter of [["a"], ["b"], ...centers]) {
        const who = { ...one, unknown: [], claims: { ...one.claims, costCenter } };
        const fresh = decide(who, all.map(compileRule), WORLD, { now: NOON });
        assert.deepEqual(decide(who, held, WORLD, { now: NOON }), fresh);
      }
    }),
    { numRuns: 500 },
  );
});

test("losing knowledge of a claim never gives a role that knowing it did not", () => {
  fc.assert(
    fc.property(rules, identity, fc.constantFrom("groups", "costCenter", "email"), (all, who, lost) => {
      const compiled = all.map(compileRule);
      const { [lost]: _, ...rest } = who.claims;
      const known = { ...who, unknown: who.unknown.filter((one) => one !== lost) };
      const full = decide(
        { ...known, claims: { ...rest, [lost]: who.claims[lost] ?? [] } },
        compiled,
        WORLD,
        { now: NOON },
      );
      const blind = decide({ ...known, claims: rest, unknown: [...known.unknown, lost] }, compiled, WORLD, {
        now: NOON,
      });
      const places = new Set(full.roles.map(({ accountId, role }) => `${accountId}/${role}`));
      for (const { accountId, role } of blind.roles) assert.ok(places.has(`${accountId}/${role}`));
      for (const { accountId, role } of full.eligible) places.add(`${accountId}/${role}`);
      for (const { accountId, role } of blind.eligible) assert.ok(places.has(`${accountId}/${role}`));
      assert.ok(blind.broker.every((right) => full.broker.includes(right)));
    }),
    { numRuns: 2000 },
  );
});
