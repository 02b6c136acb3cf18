import assert from "node:assert/strict";
import test from "node:test";
import { lint } from "../../lib/rules/lint.ts";
import { parseObjects } from "../../lib/rules/parse.ts";
import { GOOD, OKTA, SRE } from "./configuration.ts";
import { NOON } from "./things.ts";

const BASE = [
  ...GOOD.filter(({ id }) => id !== "okta"),
  { ...OKTA, contexts: ["urn:low", "urn:high"] },
  { kind: "Settings", networks: { office: ["192.0.2.0/24"] } },
];
const FORBIDS = { kind: "Invariant", id: "asked" };
const PLACES = { connection: "okta", accounts: ["ou:/prod/**"], roles: ["Admin"] };

function told(...objects: readonly object[]): string[] {
  const parsed = parseObjects([...BASE, ...objects]);
  const problems =
    parsed.problems.length > 0 ? parsed.problems : lint(parsed.configuration, parsed.positions, NOON);
  return problems.map(
    ({ severity, path, message, fix }) => `${severity} ${path.join(".")} ${message} ${fix}`,
  );
}
const inNever = (...when: readonly object[]) => ({ ...FORBIDS, never: { ...PLACES, when } });
const inThen = (...then: readonly object[]) => ({ ...FORBIDS, whenever: PLACES, then });
const inRule = (...when: readonly object[]) => ({ ...SRE, id: "asked", when });

const deep = { not: { all: [{ any: [{ mfa: true }] }] } };
const wrong: readonly (readonly [what: string, condition: object])[] = [
  ["a regular expression that does not run in one pass", { claim: "groups", regex: "(?=a)b" }],
  ["an anchor", { claim: "groups", regex: "^sre$" }],
  ["a machine of too many places", { claim: "groups", regex: "(a{200}){200}" }],
  ["a template that is none", { claim: "groups", template: "{a:digits}" }],
  ["fields that run into each other", { claim: "groups", template: "x{a:name}{b:name}" }],
  ["bounds that no number is within", { claim: "cost", number: { above: 3, below: 2 } }],
  ["a network that is not", { network: "offices" }],
  ["a range that is none", { cidr: ["192.0.2.1/24"] }],
  ["a context that is not listed", { acr: { atLeast: "urn:hihg" } }],
  ["a zone that is none", { timeWindow: { zone: "Asia/Tokio", from: "22:00", until: "06:00" } }],
  ["a name under which nothing is known", { claim: "sekisho:x", equals: "y" }],
  ["a text that is not what it looks like", { claim: "groups", equals: "sr\u0435" }],
  ["a word that is none", { claim: "groups", equal: "sre" }],
  ["two conditions in one", { claim: "groups", equals: "sre", startsWith: "s" }],
  ["a value of another shape", { claim: "groups", regex: 3 }],
  ["a condition of no claim", { equals: "sre" }],
  ["too deep a nesting", deep],
  ["what is wrong within others", { any: [{ not: { claim: "groups", regex: "(" } }, { mfa: true }] }],
];

for (const [what, condition] of wrong)
  test(`${what} is told of an invariant in the words of a rule`, () => {
    const asRule = told(inRule(condition));
    assert.equal(asRule.length, 1, asRule.join());
    for (const [invariant, place] of [
      [inNever(condition), "never.when"],
      [inThen(condition), "then"],
    ] as const)
      assert.deepEqual(
        told(invariant),
        asRule.map((one) => one.replace(/ when\.0/, ` ${place}.0`)),
      );
  });

test("an invariant has as many conditions as a rule at most", () => {
  const many = Array.from({ length: 9 }, () => ({ not: { mfa: true } }));
  for (const one of [inNever(...many), inThen(...many)])
    assert.match(
      told(one).join(),
      /^error [a-z.]+ These are more than 16 conditions. Split the invariant in two.$/,
    );
});

test("what no connection that is meant can say is told, and what one can is not", () => {
  const unmapped = { claim: "team", equals: "x" };
  assert.match(
    told(inThen(unmapped)).join(),
    /^warning then.0.claim None of these connections maps `team`, so this is never true./,
  );
  assert.deepEqual(told(inThen({ claim: "subject", exists: true }, { claim: "groups", equals: "sre" })), []);
  const everybody = { ...PLACES, connection: undefined };
  const ofAll = (condition: object) => ({ ...FORBIDS, never: { ...everybody, when: [condition] } });
  // Only `ci` maps the one, and only `okta` lists the other.
  assert.deepEqual(told(ofAll({ claim: "ref", equals: "x" })), []);
  assert.deepEqual(told(ofAll({ acr: { atLeast: "urn:high" } })), []);
  assert.match(told(ofAll({ acr: { atLeast: "urn:top" } })).join(), /^error never.when.0.acr.atLeast /);
});

test("an invariant that is right is told nothing of", () => {
  const good = [
    { claim: "groups", regex: "aws-(?:prod|dev)" },
    { claim: "groups", template: "aws_{account:digits}_{role:name}" },
    { claim: "cost", number: { atLeast: 3, below: 5 } },
    { network: "office" },
    { not: { cidr: ["10.0.0.0/8"] } },
    { acr: { atLeast: "urn:high" } },
  ];
  assert.deepEqual(told(inNever(...good)), []);
  assert.deepEqual(told(inThen(...good)), []);
});
