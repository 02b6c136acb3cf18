import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { compileRules } from "../../lib/rules/compile.ts";
import { lint } from "../../lib/rules/lint.ts";
import { lintBuckets } from "../../lib/rules/lint-buckets.ts";
import { parseObjects } from "../../lib/rules/parse.ts";
import { rule } from "./things.ts";

type Written = Record<string, unknown>;
const OKTA = {
  kind: "Connection",
  id: "okta",
  protocol: "saml",
  metadata: { url: "https://okta.example.com/metadata" },
  claims: {
    groups: "groups",
    who: "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
    cost: "cost",
  },
  trusted: ["cost"],
};
const CI = {
  kind: "Connection",
  id: "ci",
  protocol: "oidc",
  purpose: "workload",
  issuer: "https://ci.example.com",
  audiences: ["broker"],
  claims: { ref: "ref" },
};
const PROD = { kind: "Account", id: "111111111111", name: "prod", path: "/prod", tags: { env: "prod" } };
const DEV = { kind: "Account", id: "222222222222", name: "dev", path: "/dev" };
const ADMIN = { kind: "Role", name: "Admin", accounts: ["ou:/prod/**"] };
const READ = { kind: "Role", name: "Read Only", roleName: "ReadOnly", accounts: ["ou:/**"] };
const SCOPE = {
  kind: "Scope",
  id: "s3",
  parameters: { bucket: "[a-z]+" },
  policy: {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::{bucket}/*" }],
  },
};
const SRE = {
  kind: "Rule",
  id: "sre",
  connection: "okta",
  effect: "allow",
  when: [{ claim: "groups", equals: "sre" }],
  grant: { roles: ["Admin"], accounts: ["111111111111"] },
};
const GOOD: readonly Written[] = [OKTA, CI, PROD, DEV, ADMIN, READ, SCOPE, SRE];

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

const shapes: readonly [what: string, object: unknown, says: RegExp][] = [
  ["no object", "kind: Rule", /not an object/],
  ["an unknown kind", { kind: "rule" }, /no kind `rule`.*Did you mean `Rule`/],
  ["an unknown field", { ...SRE, conections: [] }, /`conections` is not a field.*Did you mean `connection`/],
  ["a missing field", { ...SRE, effect: undefined }, /`effect` is missing/],
  ["a condition that is a text", { ...SRE, when: ["sre"] }, /not a condition/],
  ["no list of conditions", { ...SRE, when: { claim: "groups", equals: "x" } }, /`when` is not a list/],
  ["a word misspelt", { ...SRE, when: [{ claim: "groups", startWith: "x" }] }, /Did you mean `startsWith`/],
  ["two words in one", { ...SRE, when: [{ claim: "groups", equals: "x", glob: "y" }] }, /are two conditions/],
  ["a word without a claim", { ...SRE, when: [{ equals: "x" }] }, /does not say of which claim/],
  ["a claim where none belongs", { ...SRE, when: [{ claim: "groups", mfa: true }] }, /speaks of no claim/],
  ["a claim alone", { ...SRE, when: [{ claim: "groups" }] }, /asks nothing/],
  [
    "a number for a text",
    { ...SRE, when: [{ claim: "groups", equals: 7 }] },
    /in quotes if it looks like a number/,
  ],
  ["a nesting with company", { ...SRE, when: [{ any: [{ mfa: true }], mfa: true }] }, /stands alone/],
  ["a nesting of nothing", { ...SRE, when: [{ any: [] }] }, /not a list of 1 to 16/],
  ["conditions four deep", { ...SRE, when: [{ not: { not: { not: { mfa: true } } } }] }, /deeper than 3/],
  ["seventeen conditions", { ...SRE, when: Array(17).fill({ mfa: true }) }, /more than 16/],
  [
    "seventeen conditions, nested",
    { ...SRE, when: [{ any: Array(16).fill({ mfa: true }) }, { mfa: true }] },
    /more than 16/,
  ],
  [
    "a time of day that is none",
    { ...SRE, when: [{ timeWindow: { zone: "UTC", from: "9", until: "10:00" } }] },
    /as in `\{ zone/,
  ],
  [
    "a secret pasted in place of its reference",
    { ...CI, purpose: "people", audiences: undefined, clientId: "x", clientSecret: "hunter2" },
    /`clientSecret` is not what it should be/,
  ],
  [
    "what nests without end",
    {
      ...SRE,
      grant: Array(100)
        .fill(0)
        .reduce((inner) => [inner], 0),
    },
    /deeper than 32/,
  ],
];
for (const [what, object, says] of shapes)
  test(`${what} has no shape, and it is said why`, () => {
    const { problems } = parseObjects([object]);
    const text = problems.map(({ message, fix }) => `${message} ${fix}`).join("\n");
    assert.match(text, says);
    assert.doesNotMatch(text, /hunter2/);
  });

test("conditions as deep and as many as allowed pass", () => {
  const when = [{ any: [{ not: { mfa: false } }] }, ...Array(13).fill({ mfa: true })];
  assert.deepEqual(parseObjects([{ ...SRE, when }]).problems, []);
});

test("no object, however strange, makes the parser or the linter throw", () => {
  const strange = fc.oneof(
    fc.jsonValue(),
    fc
      .tuple(fc.constantFrom(...GOOD), fc.string(), fc.jsonValue())
      .map(([base, key, value]) => ({ ...base, [key]: value })),
    fc
      .tuple(fc.constantFrom(...GOOD), fc.jsonValue())
      .chain(([base, value]) =>
        fc.constantFrom(...Object.keys(base)).map((key) => ({ ...base, [key]: value })),
      ),
  );
  let shaped = 0;
  fc.assert(
    fc.property(fc.array(strange, { maxLength: 4 }), (objects) => {
      const { configuration, positions, problems } = parseObjects([...GOOD, ...objects]);
      shaped += problems.length === 0 ? 1 : 0;
      lint(configuration, positions);
    }),
    { numRuns: 1000 },
  );
  assert.ok(shaped > 0);
});

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
