import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import test from "node:test";
import { exportJWK, generateKeyPair, type JWK } from "jose";
import { Refusal, type RefusalCode } from "../../lib/core/errors.ts";
import { type Claims, changed, signIn, without } from "./sign-in.ts";
import { type Conduct, type Json, NOW, signWith } from "./tiny-provider.ts";

test("a genuine sign-in passes, and says who it speaks of", async (t) => {
  const { proof, provider } = await signIn(t, {});
  assert.deepEqual(proof.identity, {
    connection: "op",
    kind: "person",
    subject: "person-1",
    name: "Akira Sato",
    claims: { groups: ["sre", "dev"], email: ["akira@example.com"] },
    unknown: [],
    amr: ["pwd"],
    mfa: "no",
    authenticatedAt: NOW - 20,
    sourceIp: "192.0.2.7",
    notes: [],
  });
  assert.ok(proof.once && proof.once.until > NOW);
  assert.deepEqual(
    provider.asked,
    ["/.well-known/openid-configuration", "/token", "/jwks"],
    "one discovery, one exchange, one key set, and no userinfo",
  );
});

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A token whose third part is made by hand. */
const handMade =
  (header: Json, mac: (input: string, key: JWK) => string): NonNullable<Conduct["sign"]> =>
  async (claims, { publicJwk }) => {
    const input = `${encoded(header)}.${encoded(claims)}`;
    return `${input}.${mac(input, publicJwk)}`;
  };

async function foreignKey() {
  const { privateKey, publicKey } = await generateKeyPair("RS256", { extractable: true });
  return { privateKey, jwk: await exportJWK(publicKey) };
}

const attacks: readonly [what: string, conduct: Conduct, code: RefusalCode][] = [
  [
    "whose signature is another token's",
    {
      sign: async (claims, { privateKey }) => {
        const [head, , tail] = (await signWith({ ...claims, sub: "x" }, privateKey)).split(".");
        return `${head}.${encoded(claims)}.${tail}`;
      },
    },
    "oidc_signature_invalid",
  ],
  [
    "signed with another key under the known name",
    { sign: (claims, { otherKey }) => signWith(claims, otherKey) },
    "oidc_signature_invalid",
  ],
  [
    "signed with a key nobody published",
    { sign: (claims, { otherKey }) => signWith(claims, otherKey, { kid: "k9" }) },
    "oidc_key_unknown",
  ],
  [
    "without a signature",
    { sign: handMade({ alg: "RS256", kid: "k1" }, () => "") },
    "oidc_signature_invalid",
  ],
  ["with alg none", { sign: handMade({ alg: "none" }, () => "") }, "oidc_algorithm_not_allowed"],
  ["with alg None", { sign: handMade({ alg: "None" }, () => "") }, "oidc_algorithm_not_allowed"],
  [
    "with HS256 over the client secret",
    {
      sign: handMade({ alg: "HS256" }, (input) =>
        createHmac("sha256", "secret of OP").update(input).digest("base64url"),
      ),
    },
    "oidc_algorithm_not_allowed",
  ],
  [
    "with HS256 over the public key",
    {
      sign: handMade({ alg: "HS256", kid: "k1" }, (input, key) =>
        createHmac("sha256", key.n ?? "")
          .update(input)
          .digest("base64url"),
      ),
    },
    "oidc_algorithm_not_allowed",
  ],
  [
    "with an algorithm the provider does not offer",
    {
      sign: async (claims) => {
        const { privateKey } = await generateKeyPair("ES256");
        return signWith(claims, privateKey, { alg: "ES256" });
      },
    },
    "oidc_algorithm_not_allowed",
  ],
  [
    "that brings its own key",
    {
      sign: async (claims) => {
        const { privateKey, jwk } = await foreignKey();
        return signWith(claims, privateKey, { jwk });
      },
    },
    "oidc_signature_invalid",
  ],
  [
    "that names where its key lies",
    {
      sign: (claims, { otherKey }) =>
        signWith(claims, otherKey, {
          jku: "https://attacker.example/jwks",
          x5u: "https://attacker.example/x5u",
        }),
    },
    "oidc_signature_invalid",
  ],
  [
    "with an extension that must be understood",
    { sign: handMade({ alg: "RS256", kid: "k1", crit: ["b64"], b64: false }, () => "AA") },
    "oidc_token_malformed",
  ],
  ["of another issuer", { claims: changed({ iss: "https://other.example" }) }, "oidc_issuer_mismatch"],
  [
    "whose issuer has a slash more",
    { claims: (claims) => ({ ...claims, iss: `${claims.iss}/` }) },
    "oidc_issuer_mismatch",
  ],
  ["for another client", { claims: changed({ aud: "client-2" }) }, "oidc_audience_mismatch"],
  [
    "for several audiences and no authorized party",
    { claims: changed({ aud: ["client-1", "client-2"] }) },
    "oidc_audience_mismatch",
  ],
  [
    "for several audiences and another party",
    { claims: changed({ aud: ["client-1", "client-2"], azp: "client-2" }) },
    "oidc_azp_mismatch",
  ],
  ["for us but authorized to another party", { claims: changed({ azp: "client-2" }) }, "oidc_azp_mismatch"],
  ["with another nonce", { claims: changed({ nonce: "other" }) }, "oidc_nonce_mismatch"],
  ["without a nonce", { claims: without("nonce") }, "oidc_token_malformed"],
  ["that has expired", { claims: changed({ exp: NOW - 61 }) }, "oidc_expired"],
  ["without an end", { claims: without("exp") }, "oidc_token_malformed"],
  ["whose end is text", { claims: changed({ exp: "tomorrow" }) }, "oidc_token_malformed"],
  ["that is not valid yet", { claims: changed({ nbf: NOW + 61 }) }, "oidc_not_yet_valid"],
  ["issued in the future", { claims: changed({ iat: NOW + 61 }) }, "oidc_issued_in_future"],
  ["issued long ago", { claims: changed({ iat: NOW - 601, exp: NOW + 86_400 }) }, "oidc_issued_too_long_ago"],
  ["without an issue date", { claims: without("iat") }, "oidc_token_malformed"],
  ["without a subject", { claims: without("sub") }, "oidc_token_malformed"],
  ["with an empty subject", { claims: changed({ sub: "" }) }, "oidc_subject_missing"],
  ["whose subject is a number", { claims: changed({ sub: 7 }) }, "oidc_token_malformed"],
  ["without an audience", { claims: without("aud") }, "oidc_token_malformed"],
  ["without an issuer", { claims: without("iss") }, "oidc_token_malformed"],
  [
    "that is a logout token",
    {
      header: { typ: "logout+jwt" },
      claims: changed({ events: { "http://schemas.openid.net/event/backchannel-logout": {} } }),
    },
    "oidc_type_not_allowed",
  ],
  ["that is a logout token by its claims", { claims: changed({ events: {} }) }, "oidc_type_not_allowed"],
  ["that is an access token", { header: { typ: "at+jwt" } }, "oidc_type_not_allowed"],
  ["that is a security event", { header: { typ: "application/secevent+jwt" } }, "oidc_type_not_allowed"],
  [
    "whose authentication lies in the future",
    { claims: changed({ auth_time: NOW + 120 }) },
    "oidc_issued_in_future",
  ],
  ["that is no JWT", { tokenAnswer: (answer) => ({ ...answer, id_token: "hello" }) }, "oidc_token_malformed"],
  [
    "that is encrypted",
    { tokenAnswer: (answer) => ({ ...answer, id_token: "a.b.c.d.e" }) },
    "oidc_token_malformed",
  ],
  ["that is missing", { tokenAnswer: ({ id_token: _dropped, ...rest }) => rest }, "oidc_token_missing"],
];
for (const [what, conduct, code] of attacks)
  test(`an ID token ${what} is refused`, (t) => assert.rejects(signIn(t, conduct), { code }));

const ages: readonly [what: string, claims: Claims | undefined, code: RefusalCode | undefined][] = [
  ["fresh enough", changed({ auth_time: NOW - 300 }), undefined],
  ["too old", changed({ auth_time: NOW - 361 }), "oidc_auth_too_old"],
  ["missing", without("auth_time"), "oidc_auth_time_missing"],
];
for (const [what, claims, code] of ages)
  test(`where the connection limits its age, an authentication ${what} is ${code ? "refused" : "accepted"}`, async (t) => {
    const attempt = signIn(t, claims ? { claims } : {}, { maxAgeSeconds: 300 });
    await (code ? assert.rejects(attempt, { code }) : attempt);
  });

test("no refusal carries a token, a claim or an address in what is logged of it", async (t) => {
  const conducts: Conduct[] = [
    { claims: changed({ aud: "client-2" }) },
    { claims: changed({ exp: 1 }) },
    { sign: (claims, { otherKey }) => signWith(claims, otherKey) },
    { tokenAnswer: ({ id_token: _dropped, ...rest }) => rest },
  ];
  for (const conduct of conducts)
    await assert.rejects(signIn(t, conduct), (thrown) => {
      assert.ok(thrown instanceof Refusal);
      assert.equal(thrown.cause, undefined);
      assert.doesNotMatch(JSON.stringify(thrown.detail), /akira|eyJ|client-2/i);
      return true;
    });
});
