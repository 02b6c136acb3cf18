import assert from "node:assert/strict";
import test from "node:test";
import { compileRules } from "../../lib/rules/compile.ts";
import { lint } from "../../lib/rules/lint.ts";
import { lintBuckets } from "../../lib/rules/lint-buckets.ts";
import { parseObjects } from "../../lib/rules/parse.ts";
import { ADMIN, GOOD, OKTA, PROD, SCOPE, SRE, type Written } from "./configuration.ts";
import { rule } from "./things.ts";

/** What is said of the good configuration with one object changed, or one more. */
function said(change: Written, base?: Written): string[] {
  const objects =
    base === undefined ? [...GOOD, change] : GOOD.map((one) => (one === base ? { ...one, ...change } : one));
  const parsed = parseObjects(objects);
  const problems =
    parsed.problems.length > 0 ? parsed.problems : lint(parsed.configuration, parsed.positions);
  return problems.map(
    ({ severity, path, message, fix }) => `${severity} ${path.join(".")} ${message} ${fix}`,
  );
}
const rules = (more: Written) => ({ ...SRE, id: "other", ...more });
const deny = (more: Written = {}) =>
  rules({ effect: "deny", grant: { roles: ["*"], accounts: ["ou:/**"] }, ...more });
const grant = (more: Written) => rules({ grant: { ...SRE.grant, ...more } });

test("a good configuration has no problems", () => {
  assert.deepEqual(said({ kind: "Settings" }), []);
  assert.deepEqual(said(deny()), []);
});

const rows: readonly [what: string, change: Written, base: Written | undefined, says: RegExp][] = [
  [
    "an allow for every connection",
    rules({ connection: "*" }),
    undefined,
    /error connection .*names its connections/,
  ],
  [
    "a connection that is not there",
    rules({ connection: ["okta", "oktb"] }),
    undefined,
    /error connection\.1 .*Did you mean `okta`/,
  ],
  ["every role in an allow", grant({ roles: ["*"] }), undefined, /error grant\.roles\.0 .*deny alone/],
  [
    "a role that is not there",
    grant({ roles: ["Admim"] }),
    undefined,
    /error grant\.roles\.0 .*Did you mean `Admin`/,
  ],
  [
    "an account that is not there",
    grant({ accounts: ["333333333333"] }),
    undefined,
    /error grant\.accounts\.0 .*means no account/,
  ],
  [
    "a unit without accounts",
    grant({ accounts: ["ou:/staging/**"] }),
    undefined,
    /error grant\.accounts\.0 .*means no account/,
  ],
  [
    "a tag nobody has",
    grant({ accounts: ["tag:env=x"] }),
    undefined,
    /error grant\.accounts\.0 .*means no account/,
  ],
  [
    "a role that stands elsewhere",
    grant({ accounts: ["222222222222"] }),
    undefined,
    /warning grant\.roles\.0 .*stands in none/,
  ],
  ["a scope that is not there", grant({ scopes: ["s4"] }), undefined, /error grant\.scopes\.0 .*no scope/],
  [
    "roles without accounts",
    rules({ grant: { roles: ["Admin"] } }),
    undefined,
    /error grant .*means nowhere/,
  ],
  [
    "accounts without roles",
    rules({ grant: { accounts: ["111111111111"] } }),
    undefined,
    /error grant .*means nothing/,
  ],
  ["a grant of nothing", rules({ grant: {} }), undefined, /error grant .*no effect/],
  [
    "a deny that narrows",
    deny({ grant: { roles: ["*"], accounts: ["ou:/**"], sessionSeconds: 900 } }),
    undefined,
    /error grant\.sessionSeconds .*only takes away/,
  ],
  [
    "a deny by e-mail under another name",
    deny({ when: [{ claim: "who", equals: "a@example.com" }] }),
    undefined,
    /error when\.0\.claim .*People can change/,
  ],
  [
    "a deny by e-mail deep inside",
    deny({ when: [{ any: [{ all: [{ claim: "who", glob: "*@x" }] }] }] }),
    undefined,
    /error when\.0\.any\.0\.all\.0\.claim .*People can change/,
  ],
  [
    "an allow for everybody but an e-mail",
    rules({ when: [{ not: { claim: "who", equals: "a" } }] }),
    undefined,
    /warning when\.0\.not\.claim .*People can change/,
  ],
  [
    "an allow on a claim that is not mapped",
    rules({ when: [{ claim: "team", equals: "a" }] }),
    undefined,
    /warning when\.0\.claim .*never true/,
  ],
  [
    "a deny on a claim that is not mapped",
    deny({ when: [{ claim: "team", equals: "a" }] }),
    undefined,
    /warning when\.0\.claim .*fires for everybody/,
  ],
  [
    "a claim of the broker's own that is not there",
    rules({ when: [{ claim: "sekisho:x", exists: true }] }),
    undefined,
    /error when\.0\.claim .*Nothing is known/,
  ],
  [
    "an unknown zone",
    rules({ when: [{ timeWindow: { zone: "Asia/Tokio", from: "09:00", until: "18:00" } }] }),
    undefined,
    /error when\.0\.timeWindow\.zone .*not a time zone/,
  ],
  [
    "a bad range",
    rules({ when: [{ cidr: ["10.0.0.0/8", "10.0.0.1/8"] }] }),
    undefined,
    /error when\.0\.cidr\.1 .*not an address range/,
  ],
  [
    "a tag from an untrusted claim",
    grant({ tags: { t: "{claims.groups}" } }),
    undefined,
    /error grant\.tags\.t .*not mark `groups` as trusted/,
  ],
  [
    "a tag with a brace too many",
    grant({ tags: { t: "{claims.cost}}" } }),
    undefined,
    /error grant\.tags\.t .*does not take this tag value/,
  ],
  [
    "a tag AWS keeps to itself",
    grant({ tags: { "aws:x": "1" } }),
    undefined,
    /error grant\.tags\.aws:x .*does not take the tag key/,
  ],
  [
    "a policy too long",
    grant({ policy: { Version: "2012-10-17", Statement: [{ Sid: "x".repeat(2048) }] } }),
    undefined,
    /error grant\.policy .*AWS takes 2048/,
  ],
  [
    "an ARN that is none",
    grant({ policyArns: ["ReadOnlyAccess"] }),
    undefined,
    /error grant\.policyArns\.0 .*not the ARN/,
  ],
  ["a second rule of one id", { ...SRE }, undefined, /error id There is a second Rule sre/],
  ["a second account of one id", { ...PROD }, undefined, /error id There is a second Account/],
  [
    "a role placed twice",
    { ...ADMIN, accounts: ["tag:env=prod"] },
    undefined,
    /error accounts There is a second role Admin in 111111111111/,
  ],
  [
    "an IAM role under two names",
    { ...ADMIN, name: "Boss", roleName: "Admin" },
    undefined,
    /warning roleName .*also called Admin/,
  ],
  [
    "a role IAM has no such name for",
    { kind: "Role", name: "Look Only", accounts: ["ou:/**"] },
    undefined,
    /error name IAM does not take/,
  ],
  [
    "a role that stands nowhere",
    { kind: "Role", name: "X", accounts: ["ou:/y"] },
    undefined,
    /error accounts\.0 .*means no account/,
  ],
  [
    "a SAML provider nobody vouches for",
    { metadata: undefined },
    OKTA,
    /error {2}It is not said whom to trust/,
  ],
  ["metadata and values by hand", { issuer: "x" }, OKTA, /error metadata .*only one can be right/],
  [
    "a file the broker cannot read",
    { metadata: { file: "x" } },
    OKTA,
    /error metadata\.file .*cannot read your files/,
  ],
  [
    "a claim connectors alone set",
    { claims: { subject: "x" }, trusted: [] },
    OKTA,
    /error claims\.subject .*set by the broker alone/,
  ],
  ["trust in a claim that is not mapped", { trusted: ["x"] }, OKTA, /error trusted\.0 .*not in `claims`/],
  ["a place that is no parameter", { parameters: {} }, SCOPE, /error policy `\{bucket\}` is not a parameter/],
  [
    "a parameter used nowhere",
    { parameters: { bucket: "a", key: "b" } },
    SCOPE,
    /warning parameters\.key .*used nowhere/,
  ],
  [
    "a scope that says nothing",
    { policy: undefined, parameters: {} },
    SCOPE,
    /error {2}This scope says nothing/,
  ],
];
for (const [what, change, base, says] of rows)
  test(`${what} is told`, () => assert.match(said(change, base).join("\n"), says));

test("too many rules under one anchor are warned of, then refused; so are too many under none", () => {
  const severities = (count: number, when: unknown[]) => {
    const many = Array.from({ length: count }, (_, i) => rule(`r${i}`, { when }));
    return lintBuckets(compileRules(many, [])).map(({ severity }) => severity);
  };
  const employees = [{ claim: "groups", equals: "all-employees" }];
  assert.deepEqual(severities(256, employees), []);
  assert.deepEqual(severities(257, employees), ["warning"]);
  assert.deepEqual(severities(1025, employees), ["error"]);
  assert.deepEqual(severities(64, []), []);
  assert.deepEqual(severities(65, [{ mfa: true }]), ["error"]);
});

test("a rule is filed under what is rare about it", () => {
  const rules = Array.from({ length: 300 }, (_, i) =>
    rule(`r${i}`, {
      when: [
        { claim: "groups", equals: "all-employees" },
        { claim: "groups", equals: `team-${i}` },
      ],
    }),
  );
  const { buckets } = compileRules(rules, []);
  assert.equal(Math.max(...[...buckets.values()].map(({ length }) => length)), 1);
});

test("many lengths of beginnings become few", () => {
  const rules = Array.from({ length: 60 }, (_, i) =>
    rule(`r${i}`, { when: [{ claim: "groups", startsWith: "x".repeat(i + 1) }] }),
  );
  const { lengths } = compileRules(rules, []);
  assert.deepEqual(lengths.okta?.groups?.starts, [1, 2, 4, 8, 16, 32]);
});
