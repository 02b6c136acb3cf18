import assert from "node:assert/strict";
import test from "node:test";
import type { Identity } from "../../lib/core/identity.ts";
import type { Rule } from "../../lib/core/rule.ts";
import { compileRule } from "../../lib/rules/compile.ts";
import { decide } from "../../lib/rules/resolve.ts";
import { connection, NOON, person, rule, world } from "./things.ts";

const at = { now: NOON, sourceIp: "192.0.2.7" };
const decideBy = (rules: readonly Rule[], identity: Identity = person(), where = world()) =>
  decide(identity, rules.map(compileRule), where, at);
const places = (rules: readonly Rule[], identity?: Identity, where = world()) =>
  decideBy(rules, identity, where).roles.map(({ accountId, role }) => `${accountId[0]}/${role}`);

test("no rule gives nothing", () => assert.deepEqual(decideBy([]).roles, []));

test("an allow gives its roles in its accounts, and says which rule did", () => {
  const decision = decideBy([rule("a")]);
  assert.deepEqual(decision.roles, [
    { accountId: "111111111111", role: "Admin", rules: ["a"], sessionSeconds: 3600, tags: {} },
  ]);
  assert.deepEqual(decision.reasons, [
    {
      rule: "a",
      effect: "allow",
      truth: "true",
      conditions: [{ condition: "groups equals sre", truth: "true" }],
    },
  ]);
});

const selectors: readonly [selector: string, accounts: string][] = [
  ["111111111111", "1"],
  ["ou:/prod", "4"],
  ["ou:/prod/**", "14"],
  ["ou:/", "3"],
  ["ou:/**", "12345"],
  ["tag:env=prod", "14"],
  ["tag:team=a=b", "3"],
  ["tag:team=a", ""],
  ["tag:toString=", ""],
];
for (const [selector, accounts] of selectors)
  test(`${selector} means accounts ${accounts || "none"}`, () => {
    const given = places([rule("a", { grant: { roles: ["Admin"], accounts: [selector] } })]);
    assert.equal(given.map((place) => place[0]).join(""), accounts);
  });

const everywhere = { roles: ["Admin", "ReadOnly"], accounts: ["ou:/prod/**"] };
const denies: readonly [what: string, deny: object, left: string[]][] = [
  [
    "one role in one account",
    { grant: { roles: ["Admin"], accounts: ["111111111111"] } },
    ["1/ReadOnly", "4/Admin", "4/ReadOnly"],
  ],
  ["every role", { grant: { roles: ["*"], accounts: ["ou:/prod"] } }, ["1/Admin", "1/ReadOnly"]],
  ["for every connection", { connection: "*", grant: { roles: ["*"], accounts: ["ou:/**"] } }, []],
  [
    "for another connection",
    { connection: "entra", grant: { roles: ["*"], accounts: ["ou:/**"] } },
    ["1/Admin", "1/ReadOnly", "4/Admin", "4/ReadOnly"],
  ],
  [
    "that does not apply",
    { when: [{ claim: "groups", equals: "none" }], grant: { roles: ["*"], accounts: ["ou:/**"] } },
    ["1/Admin", "1/ReadOnly", "4/Admin", "4/ReadOnly"],
  ],
  [
    "on a claim nobody maps",
    { when: [{ claim: "shoeSize", equals: "44" }], grant: { roles: ["*"], accounts: ["ou:/**"] } },
    [],
  ],
];
for (const [what, deny, left] of denies)
  test(`a deny of ${what} overrides exactly there`, () => {
    const rules = [
      rule("allow", { grant: everywhere, priority: 1000 }),
      rule("deny", { effect: "deny", ...deny }),
    ];
    assert.deepEqual(places(rules), left);
  });

test("a denied role names the rules that took it away", () => {
  const deny = rule("deny", { effect: "deny", when: [], grant: { roles: ["*"], accounts: ["ou:/**"] } });
  assert.deepEqual(decideBy([rule("a"), deny]).denied, [
    { accountId: "111111111111", role: "Admin", rules: ["deny"] },
  ]);
});

test("a deny of `*` never concerns workloads, a deny of their connection does", () => {
  const job = person({ kind: "workload" });
  const grant = { roles: ["*"], accounts: ["ou:/**"] };
  const deny = (more: object) => rule("deny", { effect: "deny", when: [], grant, ...more });
  assert.deepEqual(places([rule("a"), deny({ connection: "*" })], job), ["1/Admin"]);
  assert.deepEqual(places([rule("a"), deny({ connection: ["okta"] })], job), []);
});

test("an allow that says `*` gives nothing, however it came to be stored", () =>
  assert.deepEqual(places([rule("a", { connection: "*" })]), []));

test("a group of the same name at another connection gives nothing", () =>
  assert.deepEqual(places([rule("a")], person({ connection: "entra" })), []));

test("unknown groups: an allow does not give, a deny fires", () => {
  const blind = person({ claims: {}, unknown: ["groups"] });
  assert.deepEqual(places([rule("a")], blind), []);
  const all = rule("all", { when: [] });
  const deny = rule("deny", { effect: "deny", when: [{ claim: "groups", equals: "contractor" }] });
  assert.deepEqual(places([all, deny]), ["1/Admin"]);
  assert.deepEqual(places([all, deny], blind), []);
});

test("not unknown is unknown", () => {
  const blind = person({ claims: {}, unknown: ["groups"] });
  const when = [{ not: { claim: "groups", equals: "contractor" } }];
  assert.deepEqual(places([rule("a", { when })], blind), []);
  assert.deepEqual(places([rule("a", { when })]), ["1/Admin"]);
});

test("nobody of a connection that is gone or switched off may do anything", () => {
  assert.deepEqual(places([rule("a")], person(), world([connection("entra")])), []);
  assert.deepEqual(places([rule("a")], person(), world([connection("okta", { enabled: false })])), []);
});

test("scalars come from the highest priority, ties from the first id, and stay under the role's maximum", () => {
  const given = (id: string, sessionSeconds: number, priority: number) =>
    rule(id, { grant: { roles: ["ReadOnly"], accounts: ["111111111111"], sessionSeconds }, priority });
  const seconds = (...rules: Rule[]) => decideBy(rules).roles[0]?.sessionSeconds;
  assert.equal(seconds(given("a", 900, 0), given("b", 1800, 5)), 1800);
  assert.equal(seconds(given("b", 1800, 5), given("a", 900, 5)), 900);
  const long = rule("a", { grant: { roles: ["Admin"], accounts: ["111111111111"], sessionSeconds: 43_200 } });
  assert.equal(seconds(long), 3600);
});

const tagged = (text: string) =>
  rule("a", { grant: { roles: ["Admin"], accounts: ["111111111111"], tags: { costCenter: text } } });
const cost = (...values: string[]) =>
  person({ claims: { groups: ["sre"], costCenter: values, email: ["a@b"] } });

test("a tag takes its value from a trusted claim", () =>
  assert.deepEqual(decideBy([tagged("cc-{claims.costCenter}")], cost("42")).roles[0]?.tags, {
    costCenter: "cc-42",
  }));

const tags: readonly [what: string, text: string, identity: Identity][] = [
  ["is not trusted", "{claims.email}", cost("42")],
  ["is missing", "{claims.costCenter}", cost()],
  ["has two values", "{claims.costCenter}", cost("1", "2")],
  ["is unknown", "{claims.costCenter}", { ...cost("1"), unknown: ["costCenter"] }],
  ["has characters STS refuses", "{claims.costCenter}", cost("a*")],
  ["is too long", "{claims.costCenter}", cost("a".repeat(257))],
];
for (const [what, text, identity] of tags)
  test(`a rule whose tag's claim ${what} does not grant, and says so`, () => {
    const decision = decideBy([tagged(text)], identity);
    assert.deepEqual(decision.roles, []);
    assert.deepEqual(decision.reasons[0]?.conditions.at(-1), {
      condition: `tag costCenter from ${text}`,
      truth: "unknown",
    });
  });

test("broker rights: an allow gives them, a deny takes them away", () => {
  const allow = rule("a", { grant: { broker: ["admin"] } });
  assert.deepEqual(decideBy([allow]).broker, ["admin"]);
  assert.deepEqual(decideBy([allow, rule("b", { effect: "deny", grant: { broker: ["admin"] } })]).broker, []);
  assert.deepEqual(decideBy([rule("c")]).broker, []);
});
