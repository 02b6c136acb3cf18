import assert from "node:assert/strict";
import test from "node:test";
import { identityOf } from "../../lib/connectors/oidc-identity.ts";
import type { Identity } from "../../lib/core/identity.ts";
import { connectionTo, surroundings } from "../oidc/surroundings.ts";

const prove = (claims: object, more: object = {}): Promise<Identity> =>
  identityOf(connectionTo("https://op.example", more), { sub: "s1", ...claims }, surroundings([]), {});

const shapes: readonly [what: string, value: unknown, expected: string[] | undefined][] = [
  ["a string", "sre", ["sre"]],
  ["a list of strings", ["a", "b", "a"], ["a", "b", "a"]],
  ["a number", 42, ["42"]],
  ["a boolean", false, ["false"]],
  ["a list of everything", ["a", 1, true, null, { b: 1 }, ["c"]], ["a", "1", "true"]],
  ["an object", { admin: true }, undefined],
  ["nothing", null, undefined],
  ["an empty string", "", undefined],
  ["an empty list", [], undefined],
  ["a text too long to compare", "x".repeat(2049), undefined],
];
for (const [what, value, expected] of shapes)
  test(`a claim that is ${what} becomes ${expected ? "strings" : "no entry"}`, async () => {
    const { claims } = await prove({ theirs: value }, { claims: { ours: "theirs" } });
    assert.deepEqual(claims.ours, expected);
  });

test("what is not mapped is dropped, and nothing maps onto a name that connectors set", async () => {
  const map = { team: "department", mfa: "x", subject: "x", "sekisho:admin": "x", kind: "x" };
  const { claims } = await prove({ department: "it", x: "yes", groups: ["admin"] }, { claims: map });
  assert.deepEqual(claims, { team: ["it"] });
});

test("a name that every object has is no claim of the token", async () => {
  const { claims } = await prove({}, { claims: { a: "constructor", b: "__proto__", c: "toString" } });
  assert.deepEqual(claims, {});
});

const factors: readonly [what: string, claims: object, more: object, mfa: Identity["mfa"]][] = [
  ["amr names one", { amr: ["pwd", "mfa"] }, {}, "yes"],
  ["amr names none", { amr: ["pwd"] }, {}, "no"],
  ["amr is empty", { amr: [] }, {}, "unknown"],
  ["neither amr nor acr is sent", {}, {}, "unknown"],
  ["acr is one", { acr: "urn:okta:loa:2fa:any" }, {}, "yes"],
  [
    "acr is one, though amr names a password alone",
    { acr: "https://refeds.org/profile/mfa", amr: ["pwd"] },
    {},
    "yes",
  ],
  ["acr is a single factor", { acr: "urn:okta:loa:1fa:any" }, {}, "unknown"],
  [
    "acr is a key that resists phishing, and nothing is said of another factor",
    { acr: "phr" },
    {},
    "unknown",
  ],
  ["amr names a one-time password alone", { amr: ["otp"] }, {}, "no"],
  ["amr names a software key alone", { amr: ["swk"] }, {}, "no"],
  ["amr names a hardware key alone", { amr: ["hwk", "user"] }, {}, "no"],
  ["amr names a text message alone", { amr: ["sms"] }, {}, "no"],
  ["amr names a face alone", { amr: ["face"] }, {}, "no"],
  ["amr names two things one knows", { amr: ["pwd", "pin"] }, {}, "no"],
  ["amr names two things one has", { amr: ["otp", "swk", "fido"] }, {}, "no"],
  ["amr names a password and questions", { amr: ["pwd", "kba"] }, {}, "no"],
  ["amr names a password, a place and a score", { amr: ["pwd", "geo", "rba", "wia", "mca"] }, {}, "no"],
  ["amr names a password twice", { amr: ["pwd", "pwd"] }, {}, "no"],
  ["amr names a password and a one-time password", { amr: ["pwd", "otp"] }, {}, "yes"],
  ["amr names a key and its PIN", { amr: ["hwk", "pin"] }, {}, "yes"],
  ["amr names a key and a fingerprint", { amr: ["swk", "fpt"] }, {}, "yes"],
  ["the connection counts one method by itself", { amr: ["otp"] }, { mfaValues: ["otp"] }, "yes"],
  ["the connection's list is the whole list", { amr: ["pwd", "otp", "mfa"] }, { mfaValues: ["c1"] }, "no"],
  ["the connection counts nothing", { amr: ["mfa"] }, { mfaValues: [] }, "no"],
  ["acr is another and amr is not sent", { acr: "0" }, {}, "unknown"],
  [
    "acr is one that the connection asks for",
    { acr: "urn:x" },
    { secondFactor: { acrValues: ["urn:x"] } },
    "yes",
  ],
  ["the connection counts other values", { amr: ["mfa"] }, { mfaValues: ["phr"] }, "no"],
  ["acrs holds the context that is asked for", { acrs: ["c1"] }, { mfaValues: ["c1"] }, "yes"],
  ["acrs holds another context", { acrs: ["c2"] }, { mfaValues: ["c1"] }, "unknown"],
  ["amr is a text", { amr: "mfa" }, {}, "yes"],
];
for (const [what, claims, more, mfa] of factors)
  test(`where ${what}, a second factor is ${mfa}`, async () => {
    assert.equal((await prove(claims, more)).mfa, mfa);
  });

for (const verified of [false, "false"])
  test(`an address of which the provider says that it is not verified (${typeof verified}) is no claim`, async () => {
    const identity = await prove({ email: "root@example.com", email_verified: verified });
    assert.equal(identity.claims.email, undefined);
    const proven = await prove({ email: "root@example.com", email_verified: true });
    assert.deepEqual(proven.claims.email, ["root@example.com"]);
  });

const names: readonly [what: string, claims: object, more: object, name: string][] = [
  ["the name claim", { name: "Akira" }, {}, "Akira"],
  [
    "the claim the connection names",
    { preferred_username: "akira" },
    { name: "preferred_username" },
    "akira",
  ],
  ["the subject where there is none", {}, {}, "s1"],
  ["the name without what could deceive", { name: "\u202eAki\nra\u0000 " }, {}, "Akira"],
  ["the name, cut", { name: "x".repeat(500) }, {}, "x".repeat(128)],
  ["the subject where the name is no text", { name: { given: "A" } }, {}, "s1"],
];
for (const [what, claims, more, name] of names)
  test(`people are shown ${what}`, async () => assert.equal((await prove(claims, more)).name, name));

for (const [what, claims] of [
  ["_claim_names", { _claim_names: { groups: "src1" } }],
  ["hasgroups", { hasgroups: true }],
  ["hasgroups as text", { hasgroups: "true" }],
  ["_claim_names and some groups", { _claim_names: { groups: "src1" }, groups: ["one"] }],
] as const)
  test(`an overage told by ${what} leaves groups unknown, and says so`, async () => {
    const identity = await prove(claims);
    assert.deepEqual(
      { unknown: identity.unknown, notes: identity.notes, groups: identity.claims.groups },
      { unknown: ["groups"], notes: ["groups_overage"], groups: undefined },
    );
  });

test("a pointer to another claim is no overage of groups", async () => {
  const identity = await prove({ _claim_names: { roles: "src1" }, groups: ["one"] });
  assert.deepEqual([identity.unknown, identity.claims.groups], [[], ["one"]]);
});

test("an overage under a renamed claim leaves that name unknown", async () => {
  const identity = await prove({ hasgroups: true }, { claims: { teams: "groups", squads: "groups" } });
  assert.deepEqual(identity.unknown, ["teams", "squads"]);
});

test("a person of tenant and object id is both, and never the pairwise subject or an address", async () => {
  const claims = { tid: "t1", oid: "o1", sub: "pairwise", email: "a@example.com" };
  assert.equal((await prove(claims, { subject: "oid" })).subject, "t1/o1");
  for (const missing of ["tid", "oid"])
    await assert.rejects(prove({ ...claims, [missing]: undefined }, { subject: "oid" }), {
      code: "oidc_subject_missing",
    });
});

const vendors: readonly [what: string, issuer: string, more: object, subject: string][] = [
  ["Entra", "https://login.microsoftonline.com/5e715400-0000-4000-8000-0000000e47a0/v2.0", {}, "t1/o1"],
  ["Entra for the government", "https://login.microsoftonline.us/t1/v2.0", {}, "t1/o1"],
  ["whoever has tenants", "https://op.example", { tenants: ["t1"] }, "t1/o1"],
  ["Okta", "https://acme.okta.com", {}, "pairwise"],
  ["an address that only sounds like Entra", "https://login.microsoftonline.com.example", {}, "pairwise"],
  ["Entra, where the connection says so", "https://sts.windows.net/t1/", { subject: "sub" }, "pairwise"],
];
for (const [what, issuer, more, subject] of vendors)
  test(`without a word of the connection, a person of ${what} is known by what lasts there`, async () => {
    const claims = { tid: "t1", oid: "o1", sub: "pairwise", email: "a@example.com" };
    const identity = await identityOf(connectionTo(issuer, more), claims, surroundings([]), {});
    assert.equal(identity.subject, subject);
  });
