import assert from "node:assert/strict";
import test from "node:test";
import type { Identity } from "../../lib/core/identity.ts";
import { compileRules } from "../../lib/rules/compile.ts";
import { askedKeys } from "../../lib/rules/index.ts";
import { decide } from "../../lib/rules/resolve.ts";
import { connection, NOON, person, rule, world } from "./things.ts";

const okta = connection("okta", { claims: { groups: "groups", contractor: "contractor" } });
const here = world([okta]);
const rules = [
  rule("allow"),
  rule("no-contractors", {
    connection: "*",
    effect: "deny",
    when: [{ claim: "contractor", equals: "yes" }],
    grant: { roles: ["*"], accounts: ["ou:/**"] },
  }),
  rule("contractors-only", {
    when: [{ claim: "contractor", equals: "yes" }],
    grant: { roles: ["ReadOnly"], accounts: ["111111111111"] },
  }),
];
const compiled = compileRules(rules, [okta]);

/** What a decision reads: the rules filed under this person's keys, and no others. */
const decideBy = (identity: Identity) => {
  const found = askedKeys(identity, compiled.lengths).flatMap((key) => compiled.buckets.get(key) ?? []);
  return decide(identity, found, here, { now: NOON });
};

test("a session that knew the claim, and had no value of it, is let in", () => {
  const { roles } = decideBy(person({ mapped: ["groups", "contractor"] }));
  assert.deepEqual(
    roles.map(({ role }) => role),
    ["Admin"],
  );
});

test("a session from before the claim was mapped does not know it: a deny on it fires, an allow does not", () => {
  const { roles, denied } = decideBy(person({ mapped: ["groups"] }));
  assert.deepEqual(roles, []);
  assert.deepEqual(
    denied.map(({ role, rules: by }) => [role, ...by]),
    [["Admin", "no-contractors"]],
  );
});

test("an identity that was proven just now knows every claim its connection maps", () =>
  assert.equal(decideBy(person()).roles.length, 1));
