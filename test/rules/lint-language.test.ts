import assert from "node:assert/strict";
import test from "node:test";
import { lint } from "../../lib/rules/lint.ts";
import { parseObjects } from "../../lib/rules/parse.ts";
import { GOOD, OKTA, SRE, type Written } from "./configuration.ts";
import { NOON } from "./things.ts";

const SETTINGS = { kind: "Settings", networks: { office: ["192.0.2.0/24"] } };
const CONNECTION = { ...OKTA, contexts: ["urn:low", "urn:high"] };
const BASE = [...GOOD.filter(({ id }) => id !== "okta" && id !== "sre"), CONNECTION, SETTINGS];

/** What is said of one rule in a configuration which nothing else is wrong with. */
function said(change: Written): string[] {
  const parsed = parseObjects([...BASE, { ...SRE, ...change }]);
  const problems =
    parsed.problems.length > 0 ? parsed.problems : lint(parsed.configuration, parsed.positions, NOON);
  return problems.map(
    ({ severity, path, message, fix }) => `${severity} ${path.join(".")} ${message} ${fix}`,
  );
}
const when = (condition: object) => ({ when: [SRE.when[0], condition] });
const template = (text: string) => when({ claim: "groups", template: text });
const regex = (pattern: string) => when({ claim: "groups", regex: pattern });
const number = (bounds: object) => when({ claim: "level", number: bounds });
const grant = (more: object) => ({ grant: { ...SRE.grant, ...more } });
const AWS = { claim: "groups", template: "aws_{account:digits}_{role:name}" };
const CAPTURED = { roles: ["{role}"], accounts: ["{account}"] };

const right: readonly [what: string, change: Written][] = [
  ["a network that is there", when({ network: "office" })],
  ["a level that is listed", when({ acr: { atLeast: "urn:high" } })],
  ["a template", template("aws_{account:digits}_{role:name}")],
  ["roles and accounts from a template", { when: [AWS], grant: CAPTURED }],
  [
    "a role from a template, in accounts by name",
    { when: [AWS], grant: { ...CAPTURED, accounts: ["ou:/**"] } },
  ],
  ["a regular expression", regex("aws-(?:prod|dev)-[a-z0-9-]{1,20}")],
  ["a SourceIdentity around the id", grant({ sourceIdentity: "aws.{person}.{claims.cost}" })],
  ["a role to ask for", { effect: "eligible" }],
  ["a rule with an end", { from: "2026-01-01", until: "2026-12-31T18:00:00+09:00" }],
  ["a text in kanji", when({ claim: "groups", equals: "基盤チーム" })],
  ["a text in Cyrillic alone", when({ claim: "groups", equals: "админ" })],
  ["an owner", { owner: "platform team" }],
];
for (const [what, change] of right)
  test(`${what} has no problems`, () =>
    assert.deepEqual(
      said(change).filter((one) => !one.includes("does not map")),
      [],
    ));

const wrong: readonly [what: string, change: Written, says: RegExp][] = [
  [
    "a network that is not there",
    when({ network: "ofice" }),
    /error when\.1\.network .*Did you mean `office`/,
  ],
  [
    "a level that is not listed",
    when({ acr: { atLeast: "urn:hihg" } }),
    /error when\.1\.acr\.atLeast .*Did you mean `urn:high`/,
  ],
  ["a level by itself", when({ acr: "urn:high" }), /error when\.1\.acr .*\{ atLeast/],
  [
    "a template that begins with a field",
    template("{account:digits}_x"),
    /error when\.1\.template .*begin with a text/,
  ],
  ["a template without fields", template("aws"), /no field/],
  ["a field of no known kind", template("a_{x:number}"), /No field holds `number`.*digits, word, slug, name/],
  ["a field without a kind", template("a_{x}"), /`\{x\}` is not a field/],
  ["a field named twice", template("a_{x:digits}_{x:digits}"), /stands there twice/],
  ["two fields that touch", template("a_{x:digits}{y:word}"), /Nobody could say where `\{x:digits\}` ends/],
  [
    "a field that can hold what follows it",
    template("a_{role:name}_{x:digits}"),
    /Nobody could say where `\{role:name\}` ends/,
  ],
  ["a brace that stands alone", template("a_{x:digits"), /brace stands alone/],
  ["a template of many fields", template(`a${"{x:digits}.".repeat(9)}`), /at most 8 fields/],
  ["a regular expression with anchors", regex("^aws-.*$"), /error when\.1\.regex .*Leave `\^` and `\$` out/],
  ["a look-ahead", regex("a(?=b)"), /do not run in one pass/],
  ["a back-reference", regex("(a)\\1"), /do not run in one pass/],
  ["an open class", regex("[a"), /cannot be read/],
  ["a machine that would explode", regex("(a|b)*a(a|b){12}"), /more than 1024 places/],
  ["counts that multiply", regex("((a{200}){200}){200}"), /too large/],
  ["a regular expression too long", regex("a".repeat(257)), /error when\.1\.regex .*at most 256/],
  [
    "bounds nothing lies within",
    number({ atLeast: 5, below: 5 }),
    /error when\.1\.number No number lies within/,
  ],
  ["bounds that cross", number({ above: 5, atMost: 3 }), /No number lies within/],
  ["a number in quotes", number({ atLeast: "3" }), /error when\.1\.number .*without quotes/],
  ["no bound", number({}), /error when\.1\.number .*an upper one/],
  ["two lower bounds", number({ atLeast: 1, above: 2 }), /error when\.1\.number/],
  ["a number of no claim", when({ number: { atLeast: 1 } }), /does not say of which claim/],
  ["a network of a claim", when({ claim: "groups", network: "office" }), /speaks of no claim/],
  [
    "captures without a template",
    { grant: CAPTURED },
    /error grant\.roles\.0 Nothing says what `\{role\}` is/,
  ],
  [
    "captures of a template that may not hold",
    { when: [{ any: [AWS] }], grant: CAPTURED },
    /Nothing says what/,
  ],
  [
    "captures no one template has",
    { when: [AWS], grant: { roles: ["{name}"], accounts: ["{account}"] } },
    /error grant\.roles\.0 No one template has `\{name\}` and `\{account\}`.*\{account\}, \{role\}/,
  ],
  [
    "captures in a deny",
    { effect: "deny", when: [AWS], grant: CAPTURED },
    /A deny names its roles and accounts/,
  ],
  [
    "a SourceIdentity without the id",
    grant({ sourceIdentity: "{claims.cost}" }),
    /error grant\.sourceIdentity .*exactly once/,
  ],
  ["a SourceIdentity with the id twice", grant({ sourceIdentity: "{person}.{person}" }), /exactly once/],
  ["an id that touches a claim", grant({ sourceIdentity: "{claims.cost}{person}" }), /does not stand apart/],
  ["an id that touches a letter", grant({ sourceIdentity: "x-{person}" }), /does not stand apart/],
  [
    "a SourceIdentity of a strange field",
    grant({ sourceIdentity: "{name}.{person}" }),
    /`\{name\}` has no meaning/,
  ],
  ["a SourceIdentity AWS refuses", grant({ sourceIdentity: "a b.{person}" }), /AWS does not take/],
  [
    "a SourceIdentity that grows too long",
    grant({ sourceIdentity: "{claims.cost}.{person}.{claims.cost}.abcdef" }),
    /can be 67 characters/,
  ],
  ["a part as long as an id", grant({ sourceIdentity: `${"a".repeat(26)}.{person}` }), /as long as an id/],
  [
    "a SourceIdentity from what people can set",
    grant({ sourceIdentity: "{claims.who}.{person}" }),
    /does not mark `who` as trusted/,
  ],
  [
    "a deny with a SourceIdentity",
    { effect: "deny", ...grant({ sourceIdentity: "{person}" }) },
    /only takes away/,
  ],
  [
    "asking to administer the broker",
    { effect: "eligible", grant: { broker: ["admin"] } },
    /error grant\.broker Nobody can ask/,
  ],
  ["asking on every connection", { effect: "eligible", connection: "*" }, /error connection .*deny alone/],
  [
    "a rule that ends before it begins",
    { from: "2027-01-02", until: "2027-01-01" },
    /error until .*ends before it begins/,
  ],
  ["a rule that has ended", { until: "2026-11-21" }, /warning until This rule ended/],
  [
    "a deny about to end",
    { effect: "deny", until: "2026-12-01", grant: SRE.grant },
    /warning until .*given again/,
  ],
  ["an end without a zone", { until: "2026-12-31T18:00:00" }, /error until .*with its zone/],
  ["an end no calendar has", { until: "2026-02-30" }, /error until/],
  [
    "a zero-width space",
    when({ claim: "groups", equals: "sre\u200b" }),
    /warning when\.1\.equals .*cannot be seen: `sre\\u\{200b\}`/,
  ],
  ["a right-to-left override", when({ claim: "groups", equals: "\u202eers" }), /cannot be seen/],
  [
    "a no-break space",
    when({ claim: "groups", in: ["a", "b\u00a0c"] }),
    /warning when\.1\.in\.1 .*cannot be seen/,
  ],
  ["a decomposed accent", when({ claim: "groups", equals: "e\u0301quipe" }), /\(NFC\)/],
  [
    "a Cyrillic letter among Latin ones",
    when({ claim: "groups", equals: "\u0441loud-admin" }),
    /two scripts that look alike/,
  ],
  [
    "a claim's name with a Greek letter",
    when({ claim: "gr\u03bfups", exists: true }),
    /warning when\.1\.claim .*two scripts/,
  ],
  ["full-width letters", when({ claim: "groups", equals: "\uff53re" }), /dressed/],
  ["a space at the end", when({ claim: "groups", equals: "sre " }), /begins or ends with a space/],
  ["a confusable id", { id: "sr\u0435" }, /error id .*lower-case letters/],
];
for (const [what, change, says] of wrong)
  test(`${what} is told, with what to write instead`, () => assert.match(said(change).join("\n"), says));

test("no more work goes into regular expressions than a few seconds, however many there are", () => {
  const rules = Array.from({ length: 300 }, (_, i) => ({ ...SRE, id: `r${i}`, ...regex(`.*x${i}.{0,90}`) }));
  const { configuration, positions } = parseObjects([...BASE, ...rules]);
  const told = lint(configuration, positions).map(({ message }) => message);
  assert.equal(told.filter((one) => /1024 places/.test(one)).length > 0, true);
  assert.match(told.join("\n"), /too large together/);
});
