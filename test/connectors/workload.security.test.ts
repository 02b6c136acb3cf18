import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import test from "node:test";
import { exportJWK, generateKeyPair } from "jose";
import { proveWorkload } from "../../lib/connectors/workload.ts";
import { Refusal, type RefusalCode } from "../../lib/core/errors.ts";
import { type Json, NOW, signWith } from "../oidc/tiny-provider.ts";
import { jobClaims, startWorkloadIssuer, type WorkloadIssuer, workloadTo } from "./workload-issuer.ts";

test("a genuine token says who the program is, with mapped claims alone", async (t) => {
  const { mint, prove } = await startWorkloadIssuer(t);
  assert.deepEqual(await prove(await mint()), {
    connection: "ci",
    kind: "workload",
    subject: "repo:acme/shop:environment:prod",
    name: "repo:acme/shop:environment:prod",
    claims: { repository: ["42"], attempt: ["1"] },
    unknown: [],
    amr: [],
    mfa: "unknown",
    notes: [],
  });
});

const changes: readonly [what: string, change: Json, code: RefusalCode][] = [
  ["of another issuer", { iss: "https://other.example" }, "workload_issuer_unknown"],
  ["whose issuer has a slash more", { iss: "SLASH" }, "workload_issuer_unknown"],
  ["without an issuer", { iss: undefined }, "workload_issuer_unknown"],
  ["for another audience", { aud: "sts.amazonaws.com" }, "workload_audience_mismatch"],
  [
    "for an audience that begins like ours",
    { aud: "https://broker.example.com.evil.example" },
    "workload_audience_mismatch",
  ],
  [
    "for us and somebody else, who could hand it on",
    { aud: ["https://broker.example.com", "other"] },
    "workload_audience_mismatch",
  ],
  ["for nobody", { aud: [] }, "workload_audience_mismatch"],
  ["without an audience", { aud: undefined }, "workload_audience_mismatch"],
  ["that has expired", { iat: NOW - 500, exp: NOW - 61 }, "workload_expired"],
  ["without an end", { exp: undefined }, "workload_expired"],
  ["that is not valid yet", { nbf: NOW + 61 }, "workload_not_yet_valid"],
  ["from the future", { iat: NOW + 61 }, "workload_issued_in_future"],
  ["without an issue date", { iat: undefined }, "workload_issued_at_missing"],
  ["that lives longer than allowed", { exp: NOW + 86_400 }, "workload_lifetime_too_long"],
  ["that ends before it begins", { iat: NOW + 30, exp: NOW + 20 }, "workload_lifetime_too_long"],
  ["of another repository", { repository_id: "43" }, "workload_claim_not_pinned"],
  ["of no repository", { repository_id: undefined }, "workload_claim_not_pinned"],
  ["of several repositories", { repository_id: ["42", "43"] }, "workload_claim_not_pinned"],
  ["whose repository is an object", { repository_id: { 42: true } }, "workload_claim_not_pinned"],
  ["of another environment", { environment: "dev" }, "workload_claim_not_pinned"],
  ["of an environment in other letters", { environment: "Prod" }, "workload_claim_not_pinned"],
  ["without a subject", { sub: undefined }, "workload_subject_missing"],
  ["with an empty subject", { sub: "" }, "workload_subject_missing"],
  ["that is a security event", { events: {} }, "workload_type_not_allowed"],
];
for (const [what, change, code] of changes)
  test(`a token ${what} is refused`, async (t) => {
    const { mint, prove, issuer } = await startWorkloadIssuer(t);
    const settled = change.iss === "SLASH" ? { iss: `${issuer}/` } : change;
    await assert.rejects(prove(await mint(settled)), { code });
  });

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const handMade = (issuer: string, header: Json, mac: (input: string) => string): string => {
  const input = `${encoded(header)}.${encoded(jobClaims(issuer))}`;
  return `${input}.${mac(input)}`;
};

const forgeries: readonly [
  what: string,
  forge: (issuer: WorkloadIssuer) => Promise<string> | string,
  code: RefusalCode,
][] = [
  [
    "signed with another key",
    ({ provider, issuer }) => signWith(jobClaims(issuer), provider.keys.otherKey),
    "workload_signature_invalid",
  ],
  [
    "signed with a key nobody published",
    ({ provider, issuer }) => signWith(jobClaims(issuer), provider.keys.otherKey, { kid: "k9" }),
    "workload_key_unknown",
  ],
  [
    "that brings its own key",
    async ({ issuer }) => {
      const { privateKey, publicKey } = await generateKeyPair("RS256", { extractable: true });
      return signWith(jobClaims(issuer), privateKey, { jwk: await exportJWK(publicKey) });
    },
    "workload_signature_invalid",
  ],
  [
    "that names where its key lies",
    ({ provider, issuer }) => signWith(jobClaims(issuer), provider.keys.otherKey, { jku: `${issuer}/mine` }),
    "workload_signature_invalid",
  ],
  [
    "with alg none",
    ({ issuer }) => handMade(issuer, { alg: "none" }, () => ""),
    "workload_algorithm_not_allowed",
  ],
  [
    "with HS256 over the public key",
    ({ issuer, provider }) =>
      handMade(issuer, { alg: "HS256", kid: "k1" }, (input) =>
        createHmac("sha256", provider.keys.publicJwk.n ?? "")
          .update(input)
          .digest("base64url"),
      ),
    "workload_algorithm_not_allowed",
  ],
  [
    "with an algorithm the connection does not list",
    async ({ issuer }) =>
      signWith(jobClaims(issuer), (await generateKeyPair("ES384")).privateKey, { alg: "ES384" }),
    "workload_algorithm_not_allowed",
  ],
  [
    "without a signature",
    ({ issuer }) => handMade(issuer, { alg: "RS256", kid: "k1" }, () => ""),
    "workload_signature_invalid",
  ],
  [
    "with an extension that must be understood",
    ({ issuer }) => handMade(issuer, { alg: "RS256", kid: "k1", crit: ["exp"] }, () => "AA"),
    "workload_token_malformed",
  ],
  [
    "whose body was changed",
    async ({ mint, issuer }) => {
      const [head, , tail] = (await mint()).split(".");
      return `${head}.${encoded({ ...jobClaims(issuer), sub: "repo:evil" })}.${tail}`;
    },
    "workload_signature_invalid",
  ],
  ["that is a logout token", ({ mint }) => mint({}, { typ: "logout+jwt" }), "workload_type_not_allowed"],
  [
    "that is somebody's client assertion",
    ({ mint }) => mint({}, { typ: "oauth-authz-req+jwt" }),
    "workload_type_not_allowed",
  ],
  ["whose type is no text", ({ mint }) => mint({}, { typ: 7 }), "workload_type_not_allowed"],
  ["that is encrypted", () => "a.b.c.d.e", "workload_token_malformed"],
  ["that is empty", () => "", "workload_token_malformed"],
  ["that is a cookie", () => "3q2-7w", "workload_token_malformed"],
  ["that is huge", () => `${"a".repeat(70_000)}.b.c`, "workload_token_malformed"],
];
for (const [what, forge, code] of forgeries)
  test(`a token ${what} is refused`, async (t) => {
    const around = await startWorkloadIssuer(t);
    await assert.rejects(around.prove(await forge(around)), { code });
  });

for (const [what, header] of [
  ["JWT", { typ: "JWT" }],
  ["an access token's", { typ: "at+jwt" }],
  ["none", {}],
] as const)
  test(`a token whose type is ${what} is accepted`, async (t) => {
    const { mint, prove } = await startWorkloadIssuer(t);
    assert.equal((await prove(await mint({}, header))).kind, "workload");
  });

test("a connection that is switched off refuses its tokens without a call", async (t) => {
  const { mint, prove, provider } = await startWorkloadIssuer(t);
  await assert.rejects(prove(await mint(), { enabled: false }), { code: "connection_disabled" });
  assert.deepEqual(provider.asked, []);
});

test("of several connections of one issuer the audience and the pins choose, and two that fit refuse", async (t) => {
  const { mint, issuer, around } = await startWorkloadIssuer(t);
  const prod = workloadTo(issuer, { id: "prod", pinned: { environment: "prod" } });
  const dev = workloadTo(issuer, { id: "dev", pinned: { environment: "dev" } });
  const other = workloadTo(issuer, { id: "other", audiences: ["other"], pinned: {} });
  const everything = workloadTo(issuer, { id: "everything", pinned: {} });
  const token = await mint();
  assert.equal((await proveWorkload(token, [dev, other, prod], around)).connection, "prod");
  const off = { ...everything, enabled: false };
  assert.equal((await proveWorkload(token, [off, dev, prod], around)).connection, "prod");
  await assert.rejects(proveWorkload(token, [prod, everything], around), {
    code: "workload_connection_ambiguous",
  });
  await assert.rejects(proveWorkload(token, [dev, other], around), { code: "workload_claim_not_pinned" });
  await assert.rejects(proveWorkload(token, [], around), { code: "workload_issuer_unknown" });
});

test("an issuer that everybody shares is refused while its pins are missing, without a call", async (t) => {
  const { around, provider } = await startWorkloadIssuer(t);
  const github = workloadTo("https://token.actions.githubusercontent.com", {
    pinned: { repository_id: "42" },
  });
  const token = await signWith(jobClaims(github.issuer), provider.keys.privateKey);
  await assert.rejects(proveWorkload(token, [github], around), { code: "workload_not_pinned" });
});

test("a refusal names the connection, and neither token nor claim", async (t) => {
  const { mint, prove } = await startWorkloadIssuer(t);
  for (const change of [{ aud: "other" }, { exp: NOW - 100, iat: NOW - 200 }, { repository_id: "43" }])
    await assert.rejects(prove(await mint(change)), (thrown) => {
      assert.ok(thrown instanceof Refusal);
      assert.equal(thrown.detail.connection, "ci");
      assert.equal(thrown.status, 401);
      assert.doesNotMatch(JSON.stringify([thrown.detail, thrown.about]), /eyJ|acme|43/);
      assert.equal(thrown.cause, undefined);
      return true;
    });
});
