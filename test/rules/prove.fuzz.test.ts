import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import * as v from "valibot";
import type { Identity } from "../../lib/core/identity.ts";
import { Invariant } from "../../lib/core/promise.ts";
import type { Condition } from "../../lib/core/rule.ts";
import { mapsClaim, viewOf } from "../../lib/rules/claims.ts";
import { compileRule } from "../../lib/rules/compile.ts";
import { prepare } from "../../lib/rules/match.ts";
import { prove } from "../../lib/rules/prove/prove.ts";
import { askingOf } from "../../lib/rules/prove/who.ts";
import { decide } from "../../lib/rules/resolve.ts";
import { condition, identity, rules, sourceIp, WORLD } from "./arbitrary.ts";
import { NOON, person, rule } from "./things.ts";

const places = fc.record({
  accounts: fc.constantFrom(["111111111111"], ["ou:/prod/**"], ["ou:/**"]),
  roles: fc.constantFrom(["Admin"], ["ReadOnly"], ["*"]),
});
const invariant: fc.Arbitrary<Invariant> = fc
  .tuple(
    places,
    fc.constantFrom({}, { connection: "okta" }, { connection: ["entra", "bare"] }),
    fc.array(condition, { minLength: 1, maxLength: 2 }),
    fc.constantFrom("never", "never-when", "whenever"),
  )
  .map(([where, from, conditions, how]) => ({
    kind: "Invariant",
    id: "i",
    // biome-ignore lint/suspicious/noThenProperty: as invariants are written
    ...(how === "whenever" ? { whenever: { ...where, ...from }, then: conditions } : {}),
    ...(how === "never" ? { never: { ...where, ...from } } : {}),
    ...(how === "never-when" ? { never: { ...where, ...from, when: conditions } } : {}),
  }))
  .map((one) => v.parse(Invariant, one));

/** What the invariant forbids of somebody, said once more, by nothing but the decision. */
function broken(
  { never, whenever, then = [] }: Invariant,
  who: Identity,
  all: Rules,
  ip?: string,
  now = NOON,
): boolean {
  const connection = WORLD.connections.get(who.connection);
  const selector = never ?? whenever;
  if (connection === undefined || selector === undefined) return false;
  if (selector.connection !== undefined && ![selector.connection].flat().includes(who.connection))
    return false;
  const at = ip === undefined ? { now } : { now, sourceIp: ip };
  const paths: Record<string, (id: string) => boolean> = {
    "111111111111": (id) => id === "111111111111",
    "ou:/prod/**": (id) =>
      WORLD.accounts.get(id)?.path.startsWith("/prod/") || WORLD.accounts.get(id)?.path === "/prod",
    "ou:/**": () => true,
  };
  const { roles } = decide(who, all.map(compileRule), WORLD, at);
  const has = roles.some(
    ({ accountId, role }) =>
      selector.accounts.some((one) => paths[one]?.(accountId)) &&
      (selector.roles.includes("*") || selector.roles.includes(role)),
  );
  const view = viewOf(who, connection, at, WORLD.settings.networks);
  const truths = (never === undefined ? then : (never.when ?? [])).map((one) => prepare(one).judge(view));
  return (
    has &&
    (never === undefined ? truths.some((one) => one !== "true") : truths.every((one) => one === "true"))
  );
}
type Rules = Parameters<typeof compileRule>[0][];

/** Somebody whom their connection could send: it maps every claim they come with. */
const sendable = (who: Identity): Identity => {
  const connection = WORLD.connections.get(who.connection);
  const maps = (claim: string) => connection !== undefined && mapsClaim(connection, claim);
  return {
    ...who,
    claims: Object.fromEntries(Object.entries(who.claims).filter(([claim]) => maps(claim))),
    unknown: who.unknown.filter(maps),
  };
};

test("what is proven of everybody is so of anybody, and who is found to break it does", () => {
  const answers = { none: 0, undecided: 0, found: 0 };
  fc.assert(
    fc.property(
      rules,
      invariant,
      fc.array(fc.tuple(identity.map(sendable), sourceIp), { minLength: 20, maxLength: 40 }),
      (all, one, people) => {
        const answer = prove(one, { rules: all.map(compileRule), world: WORLD, now: NOON });
        answers[typeof answer === "string" ? answer : "found"]++;
        const [who] = people.filter(([each, ip]) => broken(one, each, all, ip));
        if (answer === "none") assert.equal(who, undefined, JSON.stringify(who));
        if (typeof answer === "string") return;
        const connection = WORLD.connections.get(answer.found.who.connection);
        assert.ok(connection);
        const { identity: made, at } = askingOf(answer.found.who, connection, NOON);
        assert.deepEqual(sendable(made), made);
        assert.ok(broken(one, made, all, at.sourceIp, at.now), JSON.stringify(answer));
      },
    ),
    { numRuns: 1500 },
  );
  assert.ok(answers.none > 150 && answers.found > 100, JSON.stringify(answers));
  assert.ok(answers.undecided < 50, JSON.stringify(answers));
});

const small = fc.letrec<{ one: Condition }>((tie) => ({
  one: fc.oneof(
    { depthSize: "small", maxDepth: 2 },
    {
      weight: 6,
      arbitrary: fc.constantFrom<Condition>(
        { claim: "groups", equals: "a" },
        { claim: "groups", in: ["b", "ab"] },
        { claim: "groups", startsWith: "a" },
        { claim: "groups", glob: "?b" },
        { claim: "groups", regex: "[ab]+" },
        { claim: "groups", exists: true },
        { claim: "groups", exists: false },
        { claim: "ref", equals: "a" },
        { mfa: true },
        { mfa: false },
      ),
    },
    fc.record({ any: fc.array(tie("one"), { minLength: 1, maxLength: 2 }) }),
    fc.record({ all: fc.array(tie("one"), { minLength: 1, maxLength: 2 }) }),
    fc.record({ not: tie("one") }),
  ),
})).one;

/** One value of every kind that these conditions can tell apart, and all ways to have up to three of them. */
const VALUES = ["a", "b", "ab", "aa", "az", "bb", "zb", "zz"];
const SETS = VALUES.flatMap((one, at) => [
  [one],
  ...VALUES.slice(at + 1).flatMap((two, next) => [
    [one, two],
    ...VALUES.slice(at + next + 2).map((three) => [one, two, three]),
  ]),
]);
const EVERYBODY: readonly Identity[] = (["yes", "no", "unknown"] as const).flatMap((mfa) =>
  [[], ["groups"]].flatMap((unknown) =>
    [[], ...SETS].map((groups) => person({ mfa, unknown, claims: groups.length === 0 ? {} : { groups } })),
  ),
);

test("over a world small enough to try everybody, the proof finds somebody wherever the trial does", () => {
  const answers = { none: 0, found: 0 };
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom("allow", "allow", "deny"), fc.array(small, { maxLength: 2 })), {
        minLength: 1,
        maxLength: 4,
      }),
      fc.array(small, { minLength: 1, maxLength: 2 }),
      fc.constantFrom("never", "whenever"),
      (written, conditions, how) => {
        const all = written.map(([effect, when], at) => rule(`r${at}`, { effect, when }));
        const where = { accounts: ["111111111111"], roles: ["Admin"], connection: "okta" };
        const one = v.parse(Invariant, {
          kind: "Invariant",
          id: "i",
          ...(how === "never" ? { never: { ...where, when: conditions } } : { whenever: where }),
          // biome-ignore lint/suspicious/noThenProperty: as invariants are written
          ...(how === "never" ? {} : { then: conditions }),
        });
        const answer = prove(one, { rules: all.map(compileRule), world: WORLD, now: NOON });
        const tried = EVERYBODY.some((who) => broken(one, who, all));
        answers[tried ? "found" : "none"]++;
        assert.notEqual(answer, "undecided");
        if (tried) assert.notEqual(answer, "none");
        if (typeof answer === "string") return;
        const { identity: made, at } = askingOf(answer.found.who, { purpose: "people" }, NOON);
        assert.ok(broken(one, made, all, at.sourceIp, at.now), JSON.stringify(answer));
      },
    ),
    { numRuns: 500 },
  );
  assert.ok(answers.none > 50 && answers.found > 50, JSON.stringify(answers));
});
