import fc from "fast-check";
import * as v from "valibot";
import type { Identity } from "../../lib/core/identity.ts";
import { Rule } from "../../lib/core/rule.ts";
import { DEFAULT_SETTINGS } from "../../lib/core/settings.ts";
import { connection, NOON, world } from "./things.ts";

export const CONNECTIONS = [
  connection("okta", { contexts: ["a", "b", "ab"] }),
  connection("entra", { claims: { groups: "groups" }, contexts: ["b", "a"] }),
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
export const WORLD = {
  ...world(CONNECTIONS),
  settings: { ...DEFAULT_SETTINGS, networks: { lab: ["192.0.2.0/25"] } },
};

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
const CAPTURED = [
  "a_111111111111_Admin",
  "a_111111111111_ReadOnly",
  "a_999999999999_Admin",
  "a_222222222222_Nobody",
];
const text = fc.constantFrom(
  ...["a", "b", "ab", "abc", "a/b", "a:b", "aab", "person", "𝒂b", "\ud800", "", "1", "2.5", "-3", "01"],
  ...CAPTURED,
);
const some = text.filter((one) => one !== "");
const glob = fc
  .array(fc.constantFrom("a", "b", "*", "?", "/", "𝒂"), { minLength: 1, maxLength: 5 })
  .map((one) => one.join(""));

const TEMPLATES = ["a_{account:digits}_{role:name}", "a{rest:slug}", "ab{x:word}", "broken{"];
const template = fc.record({ claim, template: fc.constantFrom(...TEMPLATES) });
export const regex = fc
  .array(fc.constantFrom("a", "b", "[ab]", ".", "a+", "b?", "(a|b)", "(ab|abc)", "a{2}", "_.*", "[^b]*"), {
    minLength: 1,
    maxLength: 4,
  })
  .map((one) => one.join(""));
const number = fc.constantFrom(
  { atLeast: 1 },
  { above: -4, below: 2 },
  { atMost: 2.5 },
  { above: 1, atMost: 3 },
);

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
  fc.record({ network: fc.constantFrom("lab", "nowhere") }),
  fc.record({ acr: fc.constantFrom({ atLeast: "a" }, { atLeast: "ab" }) }),
  fc.record({ claim, number }),
  fc.record({ claim, regex }),
  template,
);
export const { condition } = fc.letrec((tie) => ({
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
  effect: fc.constantFrom("allow", "allow", "eligible"),
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
    tags: fc.constantFrom({}, { cc: "{claims.costCenter}" }, { fixed: "x" }, undefined),
    sourceIdentity: fc.constantFrom(undefined, undefined, "{claims.costCenter}.{person}"),
  }),
  fc.constant({ broker: ["admin"] }),
);
const span = fc.constantFrom(
  ...[{}, {}, {}, { until: "2026-11-21" }, { until: "2026-11-22" }, { from: "2026-11-22T12:00:01Z" }],
  { from: "2026-11-22T21:00:00+09:00", until: "2026-11-22T12:00:01Z" },
);
const free = fc
  .tuple(fc.oneof(allow, deny), fc.array(condition, { maxLength: 3 }), grant)
  .map(([head, when, given]) => ({ ...head, when, grant: given }));
const few = fc.constantFrom("a", "b");
/** Rules that many share their values with. */
const alike = fc
  .tuple(fc.oneof(allow, deny), few, few, fc.array(condition, { maxLength: 1 }), grant)
  .map(([head, group, other, more, given]) => ({
    ...head,
    when: [{ claim: "groups", equals: group }, { claim: "costCenter", in: [other, "ab"] }, ...more],
    grant: given,
  }));
/** Rules that take what they give from a template. */
const capturing = fc
  .tuple(
    allow,
    fc.array(condition, { maxLength: 2 }),
    fc.constantFrom("groups", "ref", "subject"),
    fc.constantFrom(
      { roles: ["{role}"], accounts: ["{account}", "ou:/prod"] },
      { roles: ["{role}"], accounts: ["ou:/**"] },
    ),
  )
  .map(([head, when, from, given]) => ({
    ...head,
    when: [...when, { claim: from, template: "a_{account:digits}_{role:name}" }],
    grant: given,
  }));
export const rules = fc.uniqueArray(
  fc
    .tuple(
      fc.nat(40),
      fc.oneof({ weight: 6, arbitrary: free }, { weight: 6, arbitrary: alike }, capturing),
      fc.integer({ min: -2, max: 2 }),
      span,
    )
    .map(([id, body, priority, when]) =>
      v.parse(Rule, { kind: "Rule", id: `r${id}`, priority, ...when, ...body }),
    ),
  { selector: ({ id }) => id, maxLength: 30 },
);

export const values = fc.array(text, { maxLength: 4 });
export const identity: fc.Arbitrary<Identity> = fc
  .record({
    connection: ids,
    subject: some,
    claims: fc.oneof(
      {
        weight: 3,
        arbitrary: fc.dictionary(fc.constantFrom("groups", "costCenter", "email", "ref", "other"), values),
      },
      few.map((one): Record<string, string[]> => ({ groups: ["a", "b"], costCenter: [one] })),
    ),
    unknown: fc.uniqueArray(fc.constantFrom("groups", "costCenter", "email")),
    amr: values,
    acr: fc.constantFrom(undefined, "a", "b", "abc"),
    mfa: fc.constantFrom("yes" as const, "no" as const, "unknown" as const),
    authenticatedAt: fc.constantFrom(NOON - 100, NOON - 5),
  })
  .map((one) => ({
    ...one,
    kind: one.connection === "ci" ? ("workload" as const) : ("person" as const),
    name: "n",
    notes: [],
  }));
export const sourceIp = fc.constantFrom(undefined, "192.0.2.9", "a");
