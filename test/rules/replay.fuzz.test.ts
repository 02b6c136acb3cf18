import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import type { Identity } from "../../lib/core/identity.ts";
import type { Configuration } from "../../lib/core/objects.ts";
import type { Rule } from "../../lib/core/rule.ts";
import { DEFAULT_SETTINGS } from "../../lib/core/settings.ts";
import { compileRule } from "../../lib/rules/compile.ts";
import { diff, type Written } from "../../lib/rules/diff.ts";
import { replayer } from "../../lib/rules/replay.ts";
import { decide } from "../../lib/rules/resolve.ts";
import { sideOf } from "../../lib/rules/side.ts";
import { CONNECTIONS, identity, rules } from "./arbitrary.ts";
import { ACCOUNTS, account, connection, NOON, role, rule } from "./things.ts";

const ROLES = [role("Admin"), role("ReadOnly")];
const configured = (more: Partial<Configuration>): Configuration => ({
  connections: CONNECTIONS,
  accounts: ACCOUNTS,
  roles: ROLES,
  rules: [],
  scopes: [],
  tests: [],
  invariants: [],
  settings: { ...DEFAULT_SETTINGS, networks: { lab: ["192.0.2.0/25"] } },
  ...more,
});

const objectsOf = ({ connections, accounts, roles, rules: all, scopes, settings }: Configuration) =>
  [...connections, ...accounts, ...roles, ...all, ...scopes, settings] as readonly Written[];

/** Rules that the changes below mean something to. */
const AT_STAKE = [
  rule("z1", {
    connection: ["okta", "bare"],
    when: [],
    grant: { roles: ["ReadOnly"], accounts: ["ou:/prod/**"] },
  }),
  rule("z2", {
    connection: ["okta", "entra"],
    when: [{ not: { network: "lab" } }],
    grant: { roles: ["Admin"], accounts: ["tag:env=staging", "ou:/dev"] },
  }),
  rule("z3", {
    connection: "*",
    effect: "deny",
    when: [{ claim: "groups", equals: "b" }],
    grant: { roles: ["*"], accounts: ["ou:/prod"] },
  }),
];

/** One object otherwise: a rule gone, an account moved, a connection switched off... */
const CHANGES: Readonly<Record<string, (one: Configuration) => Configuration>> = {
  "a rule is gone": (one) => ({ ...one, rules: one.rules.slice(1) }),
  "a rule takes away instead": (one) => ({ ...one, rules: one.rules.map(turned) }),
  "an account moves": (one) => ({
    ...one,
    accounts: [account("111111111111", { path: "/dev" }), ...ACCOUNTS.slice(1)],
  }),
  "an account comes": (one) => ({
    ...one,
    accounts: [...ACCOUNTS, account("999999999999", { path: "/prod" })],
  }),
  "a role stands in fewer accounts": (one) => ({
    ...one,
    roles: [role("Admin", { accounts: ["ou:/prod/**"] }), ...ROLES.slice(1)],
  }),
  "a connection is switched off": (one) => ({
    ...one,
    connections: [connection("okta", { enabled: false }), ...CONNECTIONS.slice(1)],
  }),
  "a connection maps less": (one) => ({
    ...one,
    connections: [connection("okta", { claims: { email: "email" } }), ...CONNECTIONS.slice(1)],
  }),
  "a network is elsewhere": (one) => ({
    ...one,
    settings: { ...one.settings, networks: { lab: ["198.51.100.0/24"] } },
  }),
};
const turned = (rule: Rule, index: number): Rule =>
  index === 0 && rule.effect === "allow" ? { ...rule, effect: "deny" } : rule;

const rightsOf = (one: Configuration, who: Identity): string[] => {
  const at = who.sourceIp === undefined ? { now: NOON } : { now: NOON, sourceIp: who.sourceIp };
  const { roles, broker } = decide(who, one.rules.map(compileRule), sideOf(one).world, at);
  return [
    ...roles.map((each) => `${each.accountId}/${each.role}`),
    ...broker.map((right) => `broker/${right}`),
  ];
};

const someone: fc.Arbitrary<Identity> = fc
  .tuple(identity, fc.constantFrom(undefined, "192.0.2.9", "198.51.100.9"))
  .map(([who, ip]) => (ip === undefined ? who : { ...who, sourceIp: ip }));

for (const [what, change] of Object.entries(CHANGES))
  test(`what is replayed is what deciding everything anew would say: ${what}`, () => {
    let moved = 0;
    fc.assert(
      fc.property(rules, fc.array(someone, { minLength: 1, maxLength: 8 }), (all, people) => {
        const before = configured({ rules: [...all, ...AT_STAKE] });
        const after = change(before);
        const changes = diff(objectsOf(before), objectsOf(after));
        const replay = replayer(changes, sideOf(before), sideOf(after), decide, NOON);
        for (const who of people) {
          const [had, has] = [rightsOf(before, who), rightsOf(after, who)];
          const gained = has.filter((one) => !had.includes(one)).sort();
          const lost = had.filter((one) => !has.includes(one)).sort();
          const { move, administers } = replay({ personId: "P", identity: who, seenAt: NOON });
          moved += gained.length + lost.length;
          assert.deepEqual(move?.gained ?? [], gained);
          assert.deepEqual(move?.lost ?? [], lost);
          assert.equal(administers.before, had.includes("broker/admin"));
          assert.equal(administers.after, has.includes("broker/admin"));
        }
      }),
      { numRuns: 400 },
    );
    assert.ok(moved > 4, `only ${moved} rights were at stake`);
  });

test("somebody is replayed as long after authenticating as they came last", () => {
  const recent = (seconds: number) => ({ ...FRESH, when: [{ authAgeSeconds: seconds }] }) satisfies Rule;
  const before = configured({});
  const after = configured({ rules: [recent(100)] });
  const replay = replayer(
    diff(objectsOf(before), objectsOf(after)),
    sideOf(before),
    sideOf(after),
    decide,
    NOON,
  );
  const monthAgo = NOON - 30 * 86_400;
  const who = (age: number) => ({
    personId: "P",
    identity: { ...PERSON, authenticatedAt: monthAgo - age },
    seenAt: monthAgo,
  });
  assert.deepEqual(replay(who(60)).move?.gained, ["111111111111/Admin"]);
  assert.equal(replay(who(160)).move, undefined);
});

const FRESH: Rule = {
  kind: "Rule",
  id: "fresh",
  connection: "okta",
  effect: "allow",
  when: [],
  grant: { roles: ["Admin"], accounts: ["111111111111"] },
  priority: 0,
};
const PERSON: Identity = {
  connection: "okta",
  kind: "person",
  subject: "s",
  name: "n",
  claims: {},
  unknown: [],
  amr: [],
  mfa: "no",
  notes: [],
};
