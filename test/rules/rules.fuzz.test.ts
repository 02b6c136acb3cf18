import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import * as v from "valibot";
import type { Decision } from "../../lib/core/decision.ts";
import type { Identity } from "../../lib/core/identity.ts";
import { Rule } from "../../lib/core/rule.ts";
import { covers, parseAddress, parseRange } from "../../lib/rules/address.ts";
import { compileRule, compileRules } from "../../lib/rules/compile.ts";
import { globEnd, globStart, matchGlob } from "../../lib/rules/glob.ts";
import { askedKeys } from "../../lib/rules/index.ts";
import { byBytes, inOrder, placeOf } from "../../lib/rules/order.ts";
import { decide } from "../../lib/rules/resolve.ts";
import { connection, NOON, world } from "./things.ts";

const CONNECTIONS = [
  connection("okta"),
  connection("entra", { claims: { groups: "groups" } }),
  connection("bare", { claims: {} }),
  connection("ci", {
    protocol: "oidc",
    purpose: "workload",
    issuer: "https://ci.example.com",
    audiences: ["x"],
    trusted: [],
    claims: { groups: "groups", ref: "ref" },
  }),
];
const WORLD = world(CONNECTIONS);

const claim = fc.constantFrom(
  "groups",
  "costCenter",
  "email",
  "ref",
  "subject",
  "amr",
  "acr",
  "sourceIp",
  "kind",
);
const text = fc.constantFrom("a", "b", "ab", "abc", "a/b", "a:b", "aab", "person", "𝒂b", "\ud800", "");
const some = text.filter((one) => one !== "");
const glob = fc
  .array(fc.constantFrom("a", "b", "*", "?", "/", "𝒂"), { minLength: 1, maxLength: 5 })
  .map((one) => one.join(""));

const leaf = fc.oneof(
  { weight: 4, arbitrary: fc.record({ claim, equals: text }) },
  fc.record({ claim, in: fc.array(text, { minLength: 1, maxLength: 3 }) }),
  fc.record({ claim, startsWith: some }),
  fc.record({ claim, endsWith: some }),
  fc.record({ claim, glob }),
  fc.record({ claim, exists: fc.boolean() }),
  fc.record({ mfa: fc.boolean() }),
  fc.record({ authAgeSeconds: fc.constantFrom(10, 1000) }),
  fc.record({ cidr: fc.constant(["192.0.2.0/24"]) }),
);
const { condition } = fc.letrec((tie) => ({
  condition: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    { weight: 5, arbitrary: leaf },
    fc.record({ all: fc.array(tie("condition"), { minLength: 1, maxLength: 3 }) }),
    fc.record({ any: fc.array(tie("condition"), { minLength: 1, maxLength: 3 }) }),
    fc.record({ not: tie("condition") }),
  ),
}));

const ids = fc.constantFrom("okta", "entra", "bare", "ci");
const allow = fc.record({
  effect: fc.constant("allow"),
  connection: fc.oneof(ids, fc.uniqueArray(ids, { minLength: 1, maxLength: 3 })),
});
const deny = fc.record({
  effect: fc.constant("deny"),
  connection: fc.oneof(fc.constant("*"), ids, fc.uniqueArray(ids, { minLength: 1, maxLength: 3 })),
});
const grant = fc.oneof(
  fc.record({
    roles: fc.uniqueArray(fc.constantFrom("Admin", "ReadOnly"), { minLength: 1 }),
    accounts: fc.uniqueArray(fc.constantFrom("111111111111", "ou:/prod/**", "tag:env=prod", "ou:/**"), {
      minLength: 1,
    }),
    sessionSeconds: fc.constantFrom(900, 1800),
    tags: fc.constantFrom({}, { cc: "{claims.costCenter}" }, { fixed: "x" }),
  }),
  fc.constant({ broker: ["admin"] }),
);
const rules = fc.uniqueArray(
  fc
    .tuple(
      fc.nat(40),
      fc.oneof(allow, deny),
      fc.array(condition, { maxLength: 3 }),
      grant,
      fc.integer({ min: -2, max: 2 }),
    )
    .map(([id, head, when, given, priority]) =>
      v.parse(Rule, { kind: "Rule", id: `r${id}`, ...head, when, grant: given, priority }),
    ),
  { selector: ({ id }) => id, maxLength: 30 },
);

const values = fc.array(text, { maxLength: 4 });
const identity: fc.Arbitrary<Identity> = fc
  .record({
    connection: ids,
    subject: some,
    claims: fc.dictionary(fc.constantFrom("groups", "costCenter", "email", "ref", "other"), values),
    unknown: fc.uniqueArray(fc.constantFrom("groups", "costCenter", "email")),
    amr: values,
    mfa: fc.constantFrom("yes" as const, "no" as const, "unknown" as const),
    authenticatedAt: fc.constantFrom(NOON - 100, NOON - 5),
  })
  .map((one) => ({
    ...one,
    kind: one.connection === "ci" ? ("workload" as const) : ("person" as const),
    name: "n",
    notes: [],
  }));
const sourceIp = fc.constantFrom(undefined, "192.0.2.9", "a");

const outcome = ({ roles, denied, broker, reasons }: Decision) => ({
  roles,
  denied,
  broker,
  reasons: reasons.filter(
    ({ effect, truth }) => truth === "true" || (effect === "deny" && truth === "unknown"),
  ),
});
const moment = (ip: string | undefined) => (ip === undefined ? { now: NOON } : { now: NOON, sourceIp: ip });

test("rules found through anchors decide what all rules decide", () => {
  let granted = 0;
  fc.assert(
    fc.property(rules, identity, sourceIp, (all, who, ip) => {
      const { buckets, lengths } = compileRules(all, CONNECTIONS);
      const found = askedKeys(who, lengths, ip).flatMap((key) => buckets.get(key) ?? []);
      const naive = decide(who, all.map(compileRule), WORLD, moment(ip));
      granted += naive.roles.length + naive.denied.length;
      assert.deepEqual(outcome(decide(who, found, WORLD, moment(ip))), outcome(naive));
    }),
    { numRuns: 4000 },
  );
  assert.ok(granted > 1000, `only ${granted} roles were at stake`);
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
      assert.ok(blind.broker.every((right) => full.broker.includes(right)));
    }),
    { numRuns: 2000 },
  );
});

test("a glob means what the same regular expression means, and begins and ends as it says", () => {
  const literal = (one: string) => one.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  const value = fc
    .array(fc.constantFrom("a", "b", "/", ":", "x"), { maxLength: 8 })
    .map((one) => one.join(""));
  const pattern = fc
    .array(fc.constantFrom("a", "b", "*", "?", "/", ".", "*a"), { maxLength: 6 })
    .map((one) => one.join(""));
  fc.assert(
    fc.property(pattern, value, (wanted, found) => {
      const source = literal(wanted).replaceAll("*", "[^/:]*").replaceAll("?", "[^/:]");
      const matches = matchGlob(wanted, found);
      assert.equal(matches, new RegExp(`^${source}$`).test(found));
      if (matches) assert.ok(found.startsWith(globStart(wanted)) && found.endsWith(globEnd(wanted)));
    }),
    { numRuns: 20_000 },
  );
});

test("a glob of many stars over a long value ends", () =>
  assert.equal(matchGlob(`${"*a".repeat(500)}b`, "a".repeat(1024)), false));

test("an address lies in its own range, and no text makes the parser throw", () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (address) => {
      const parsed = parseAddress(address);
      const range = parseRange(address);
      assert.ok(parsed && range && covers(range, parsed), address);
    }),
  );
  fc.assert(fc.property(fc.string(), (noise) => void parseRange(noise)));
});

test("ids have one order, whether as numbers, as text, in short lists or in long ones", () => {
  const letter = fc.constantFrom("a", "b", "-", "0", "\u0000", "}", "~", "\u007f", "\u00e9", "\ud800");
  const ids = fc.array(fc.string({ unit: letter, maxLength: 10 }), { maxLength: 90 });
  fc.assert(
    fc.property(ids, (all) => {
      const list = all.map((id, at) => ({ id, at, place: placeOf(id) }));
      const expected = list.toSorted((a, b) => byBytes(a.id, b.id));
      assert.deepEqual(
        inOrder(list, (a, b) => byBytes(a.id, b.id)),
        expected,
      );
    }),
    { numRuns: 500 },
  );
});
