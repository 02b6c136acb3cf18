import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import type { Identity } from "../../lib/core/identity.ts";
import type { Rule } from "../../lib/core/rule.ts";
import { compileRule } from "../../lib/rules/compile.ts";
import { fileGrants, grantKeys } from "../../lib/rules/granting.ts";
import type { Missing } from "../../lib/rules/missing.ts";
import { decide } from "../../lib/rules/resolve.ts";
import { type Trace, traceOf } from "../../lib/rules/trace.ts";
import * as arbitrary from "./arbitrary.ts";
import { NOON, rule } from "./things.ts";

const { WORLD } = arbitrary;
const PLACES = [...WORLD.roles.values()].map(({ accountId, name }) => ({ accountId, role: name }));
const place = fc.constantFrom(...PLACES);
type Place = (typeof PLACES)[number];
type At = { readonly now: number; readonly sourceIp?: string };
const at = arbitrary.sourceIp.map(
  (sourceIp): At => ({ now: NOON, ...(sourceIp === undefined ? {} : { sourceIp }) }),
);

/** As the broker asks: the rules that are filed under the role, and no others. */
function ask(rules: readonly Rule[], identity: Identity, when: At, where: Place): Trace {
  const account = WORLD.accounts.get(where.accountId);
  assert.ok(account);
  const { buckets, pieces } = fileGrants(rules);
  const filed = grantKeys(account, where.role, pieces).flatMap((key) => buckets.get(key) ?? []);
  const found = [...new Map(filed.map((one) => [one.id, one])).values()];
  return traceOf(decide(identity, found, WORLD, when), identity, found, WORLD, when, where);
}

const isAt = (where: Place) => (one: Place) => one.accountId === where.accountId && one.role === where.role;
const decided = (rules: readonly Rule[], identity: Identity, when: At) =>
  decide(identity, rules.map(compileRule), WORLD, when);

test("a trace says of a role what the decision says of it, by all rules", () => {
  fc.assert(
    fc.property(arbitrary.rules, arbitrary.identity, at, place, (rules, identity, when, where) => {
      const trace = ask(rules, identity, when, where);
      const { roles, denied, eligible } = decided(rules, identity, when);
      const doing = (does: string) => trace.rules.filter((one) => one.does === does).map((one) => one.rule);
      const told = {
        granted: roles.filter(isAt(where)).map((one) => [one.rules, one.sessionSeconds]),
        denied: denied.filter(isAt(where)).map((one) => one.rules),
        eligible: eligible.filter(isAt(where)).map((one) => one.rules),
      };
      const { outcome } = trace;
      assert.deepEqual(told, {
        granted: outcome === "granted" ? [[doing("gives").sort(), trace.granted?.sessionSeconds]] : [],
        denied: outcome === "denied" ? [doing("takes").sort()] : [],
        eligible: outcome === "eligible" ? [doing("lets_ask").sort()] : [],
      });
    }),
    { numRuns: 1000 },
  );
});

test("a rule gives when every term of it holds, and misses exactly where something is missing", () => {
  fc.assert(
    fc.property(arbitrary.rules, arbitrary.identity, at, place, (rules, identity, when, where) => {
      for (const one of ask(rules, identity, when, where).rules) {
        if (one.effect === "deny") continue;
        const holds = one.terms.every(({ truth }) => truth === "true");
        assert.equal(one.does !== "nothing", holds, JSON.stringify(one));
        assert.equal(one.missing.length === 0, holds, JSON.stringify(one));
      }
    }),
    { numRuns: 1000 },
  );
});

/** Somebody of whom what was missing is true; undefined where it takes more than a value of a claim or a second factor. */
function granted(identity: Identity, missing: readonly Missing[]): Identity | undefined {
  let found: Identity | undefined = identity;
  for (const one of missing) found = found && withMissing(found, one);
  return found;
}

function withMissing(identity: Identity, { condition, negated }: Missing): Identity | undefined {
  if (condition === undefined || negated) return undefined;
  if ("mfa" in condition && condition.mfa) return { ...identity, mfa: "yes" };
  if (!("claim" in condition) || !MAPPED.includes(condition.claim)) return undefined;
  const { claim } = condition;
  const value = "equals" in condition ? condition.equals : "in" in condition ? condition.in[0] : undefined;
  if (value === undefined) return undefined;
  return { ...identity, claims: { ...identity.claims, [claim]: [...(identity.claims[claim] ?? []), value] } };
}
const MAPPED = ["groups", "costCenter"];

const text = fc.constantFrom("a", "b", "c", "d");
const claim = fc.constantFrom(...MAPPED);
const leaf = fc.oneof(
  fc.record({ claim, equals: text }),
  fc.record({ claim, in: fc.array(text, { minLength: 1, maxLength: 2 }) }),
  fc.constant({ mfa: true }),
);
const several = fc.array(leaf, { minLength: 1, maxLength: 3 });
const condition = fc.oneof(leaf, fc.record({ any: several }), fc.record({ all: several }));
/** Rules that more never takes anything away from. */
const positive = fc.array(
  fc.record({
    when: fc.array(condition, { minLength: 1, maxLength: 3 }),
    grant: fc.constantFrom(
      { roles: ["Admin"], accounts: ["111111111111"] },
      { roles: ["Admin", "ReadOnly"], accounts: ["ou:/prod/**"] },
    ),
  }),
  { minLength: 1, maxLength: 6 },
);
const okta = arbitrary.identity.map((one) => ({ ...one, connection: "okta", kind: "person" as const }));

test("whoever comes to have what the nearest miss lacks has the role", () => {
  let tried = 0;
  const where = { accountId: "111111111111", role: "Admin" };
  fc.assert(
    fc.property(positive, okta, at, (bodies, identity, when) => {
      const rules = bodies.map((body, index) => rule(`r${index}`, body));
      const trace = ask(rules, identity, when, where);
      const [nearest] = trace.rules;
      if (trace.outcome === "granted") return;
      assert.ok(nearest !== undefined && nearest.missing.length > 0);
      const then = granted(identity, nearest.missing);
      assert.ok(then, JSON.stringify(nearest));
      tried++;
      assert.ok(decided(rules, then, when).roles.some(isAt(where)), JSON.stringify(nearest));
    }),
    { numRuns: 1000 },
  );
  assert.ok(tried > 300, `${tried}`);
});

test("no other miss lacks less than the nearest one", () => {
  fc.assert(
    fc.property(arbitrary.rules, arbitrary.identity, at, place, (rules, identity, when, where) => {
      const misses = ask(rules, identity, when, where).rules.filter(
        ({ does, effect }) => does === "nothing" && effect !== "deny",
      );
      const counts = misses
        .filter(({ missing }) => missing.every(({ remedy }) => remedy !== "administrator"))
        .map(({ missing }) => missing.length);
      assert.deepEqual(
        counts,
        counts.toSorted((a, b) => a - b),
      );
    }),
    { numRuns: 500 },
  );
});
