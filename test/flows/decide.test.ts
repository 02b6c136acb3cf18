import assert from "node:assert/strict";
import test from "node:test";
import { decideIn } from "../../lib/flows/decide.ts";
import { compileRule } from "../../lib/rules/compile.ts";
import { connection, NOON, person, rule, world } from "../rules/things.ts";

const rules = [rule("allow", { when: [{ claim: "groups", equals: "sre" }] })].map(compileRule);
const workload = connection("okta", {
  protocol: "oidc",
  purpose: "workload",
  issuer: "https://ci.example",
  audiences: ["https://broker.example"],
  trusted: [],
  claims: { groups: "groups" },
});
const rolesOf = (here: ReturnType<typeof world>, kind: "person" | "workload") =>
  decideIn(person({ kind }), rules, here, { now: NOON }, undefined).roles.length;

test("a person of a connection of people has what its rules give", () =>
  assert.equal(rolesOf(world(), "person"), 1));

test("a session of people has nothing once their connection's id became a workload's", () =>
  assert.equal(rolesOf(world([workload]), "person"), 0));

test("a workload has nothing of a connection of people", () => assert.equal(rolesOf(world(), "workload"), 0));

test("a workload of a workload connection has what its rules give", () =>
  assert.equal(rolesOf(world([workload]), "workload"), 1));
