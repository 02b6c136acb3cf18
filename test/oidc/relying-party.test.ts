import assert from "node:assert/strict";
import { createHash, createPublicKey, verify } from "node:crypto";
import test from "node:test";
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from "jose";
import { openOidcConnector } from "../../lib/connectors/oidc.ts";
import { fixedClock } from "../../lib/core/time.ts";
import { publishedKey } from "../../lib/oidc/client-assertion.ts";
import { changed, signIn } from "./sign-in.ts";
import { connectionTo, surroundings } from "./surroundings.ts";
import { openTestSigner } from "./test-signer.ts";
import { type Conduct, genuineClaims, NOW, signWith, startTinyProvider } from "./tiny-provider.ts";

const wish = { secondFactor: false };

async function begun(
  t: test.TestContext,
  more: object,
  asked: { secondFactor: boolean; loginHint?: string } = wish,
) {
  const provider = await startTinyProvider(t);
  const connector = openOidcConnector(connectionTo(provider.issuer, more), surroundings([provider.host]));
  const challenge = await connector.begin("sign-in-1", asked);
  assert.ok(challenge.kind === "redirect");
  return { query: new URL(challenge.url).searchParams, memo: JSON.parse(challenge.memo), provider };
}

test("a sign-in starts with code flow, state, nonce and PKCE S256, at one redirect URI per connection", async (t) => {
  const { query, memo } = await begun(t, { id: "acme" });
  assert.deepEqual(Object.fromEntries(query), {
    response_type: "code",
    client_id: "client-1",
    redirect_uri: "https://broker.example.com/oidc/acme/callback",
    scope: "openid email profile",
    state: "sign-in-1",
    nonce: memo.nonce,
    code_challenge: createHash("sha256").update(memo.verifier).digest("base64url"),
    code_challenge_method: "S256",
  });
  assert.match(memo.verifier, /^[\w-]{43}$/);
  assert.match(memo.nonce, /^[\w-]{43}$/);
});

test("each sign-in has its own nonce and verifier", async (t) => {
  const [one, two] = [await begun(t, {}), await begun(t, {})];
  assert.notEqual(one.memo.nonce, two.memo.nonce);
  assert.notEqual(one.memo.verifier, two.memo.verifier);
});

const asks: readonly [
  what: string,
  more: object,
  asked: { secondFactor: boolean; loginHint?: string },
  expected: Record<string, string | null>,
][] = [
  [
    "the hint of who signs in",
    {},
    { secondFactor: false, loginHint: "akira@example.com" },
    { login_hint: "akira@example.com" },
  ],
  ["no hint that is too long", {}, { secondFactor: false, loginHint: "x".repeat(255) }, { login_hint: null }],
  ["no hint with control characters", {}, { secondFactor: false, loginHint: "a\r\nb" }, { login_hint: null }],
  ["the age the connection allows", { maxAgeSeconds: 300 }, wish, { max_age: "300" }],
  ["the one domain the connection is for", { hostedDomains: ["example.com"] }, wish, { hd: "example.com" }],
  ["no domain where there are several", { hostedDomains: ["a.example", "b.example"] }, wish, { hd: null }],
  ["openid among its scopes always", { scopes: ["groups"] }, wish, { scope: "openid groups" }],
  ["nothing of a second factor unless wished", {}, wish, { acr_values: null, claims: null }],
  [
    "a second factor by what the provider supports",
    {},
    { secondFactor: true },
    { acr_values: "urn:okta:loa:2fa:any" },
  ],
  [
    "a second factor as the connection says",
    {
      secondFactor: {
        acrValues: ["phr"],
        claims: { id_token: { amr: { essential: true, values: ["mfa"] } } },
      },
    },
    { secondFactor: true },
    { acr_values: "phr", claims: '{"id_token":{"amr":{"essential":true,"values":["mfa"]}}}' },
  ],
];
for (const [what, more, asked, expected] of asks)
  test(`a sign-in asks for ${what}`, async (t) => {
    const { query } = await begun(t, more, asked);
    for (const [name, value] of Object.entries(expected)) assert.equal(query.get(name), value);
  });

const oddities: readonly [what: string, conduct: Conduct][] = [
  ["typ JWT", { header: { typ: "JWT" } }],
  ["typ jwt in lower case", { header: { typ: "application/jwt" } }],
  ["a jku that nobody follows", { header: { jku: "https://attacker.example/jwks" } }],
  ["an authorized party that is us", { claims: changed({ azp: "client-1" }) }],
  [
    "several audiences and us as the authorized party",
    { claims: changed({ aud: ["client-1", "api"], azp: "client-1" }) },
  ],
  ["an audience in a list", { claims: changed({ aud: ["client-1"] }) }],
  ["an end a minute ago", { claims: changed({ exp: NOW - 59 }) }],
  ["a start a minute ahead", { claims: changed({ nbf: NOW + 60 }) }],
  ["an issue date a minute ahead", { claims: changed({ iat: NOW + 60 }) }],
  ["an issue date ten minutes ago", { claims: changed({ iat: NOW - 600 }) }],
  [
    "nothing on algorithms in its configuration",
    { discovery: ({ id_token_signing_alg_values_supported: _dropped, ...rest }) => rest },
  ],
  ["an issuer in its answer that is its own", { callback: (query) => query.set("session_state", "x") }],
  [
    "keys of kinds unknown here",
    {
      jwks: (keys) => ({ keys: [{ kty: "AKP", kid: "pq" }, { kty: "oct", k: "AA", kid: "s" }, 7, ...keys] }),
    },
  ],
  [
    "no name for its only key",
    {
      header: { kid: undefined as unknown as string },
      jwks: (keys) => ({ keys: keys.map(({ kid: _dropped, ...key }) => key) }),
    },
  ],
];
for (const [what, conduct] of oddities)
  test(`a provider that sends ${what} is accepted`, async (t) => {
    assert.equal((await signIn(t, conduct)).proof.identity.subject, "person-1");
  });

for (const alg of ["PS256", "ES256", "ES384", "EdDSA"])
  test(`an ID token signed with ${alg} is accepted`, async (t) => {
    const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
    const jwk: JWK = { ...(await exportJWK(publicKey)), kid: "k2", alg };
    const { proof } = await signIn(t, {
      sign: (claims) => signWith(claims, privateKey, { alg, kid: "k2" }),
      jwks: (keys) => ({ keys: [...keys, jwk] }),
      discovery: (document) => ({ ...document, id_token_signing_alg_values_supported: [alg] }),
    });
    assert.equal(proof.identity.subject, "person-1");
  });

test("the issuer in the answer is accepted when it is the connection's own", async (t) => {
  const provider = await startTinyProvider(t);
  provider.conduct = {
    callback: (query) => query.set("iss", provider.issuer),
    discovery: (document) => ({ ...document, authorization_response_iss_parameter_supported: true }),
  };
  const connector = openOidcConnector(connectionTo(provider.issuer), surroundings([provider.host]));
  const challenge = await connector.begin("s", wish);
  const query = challenge.kind === "redirect" ? provider.authorize(challenge.url) : "";
  assert.ok(await connector.finish({ kind: "oidc", query }, challenge.memo, {}));
});

test("the client's secret goes into the body where the provider takes it, else into the header", async (t) => {
  const body = await signIn(t, {});
  assert.equal(body.provider.lastToken?.form.get("client_secret"), "secret of OP");
  assert.equal(body.provider.lastToken?.authorization, undefined);
  const header = await signIn(t, {
    discovery: ({ token_endpoint_auth_methods_supported: _dropped, ...rest }) => rest,
  });
  assert.equal(header.provider.lastToken?.form.get("client_secret"), null);
  const basic = Buffer.from("client%2D1:secret+of+OP").toString("base64");
  assert.equal(header.provider.lastToken?.authorization, `Basic ${basic}`);
});

test("a client without a secret proves itself by PKCE alone", async (t) => {
  const { provider } = await signIn(t, {}, { clientSecret: undefined });
  assert.equal(provider.lastToken?.form.get("client_id"), "client-1");
  assert.equal(provider.lastToken?.authorization, undefined);
});

test("private_key_jwt is signed by the key that cannot be exported, for this token endpoint, once", async (t) => {
  const signer = await openTestSigner();
  const provider = await startTinyProvider(t);
  const more = { clientSecret: undefined, privateKeyJwt: { kmsKey: "alias/sp-sign" } };
  const around = surroundings([provider.host], { spSigner: async () => signer });
  const connector = openOidcConnector(connectionTo(provider.issuer, more), around);
  const ids: unknown[] = [];
  for (const id of ["s1", "s2"]) {
    const challenge = await connector.begin(id, wish);
    const query = challenge.kind === "redirect" ? provider.authorize(challenge.url) : "";
    await connector.finish({ kind: "oidc", query }, challenge.memo, {});
    const form = provider.lastToken?.form;
    assert.equal(
      form?.get("client_assertion_type"),
      "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    );
    assert.equal(form?.get("client_secret"), null);
    const [head = "", body = "", signature = ""] = (form?.get("client_assertion") ?? "").split(".");
    const read = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString());
    const published = publishedKey(signer.certificate);
    assert.deepEqual(read(head), { alg: "RS256", typ: "JWT", kid: published.kid, "x5t#S256": published.kid });
    const { jti, ...claims } = read(body);
    ids.push(jti);
    assert.deepEqual(claims, {
      iss: "client-1",
      sub: "client-1",
      aud: `${provider.issuer}/token`,
      iat: NOW,
      nbf: NOW,
      exp: NOW + 60,
    });
    const key = createPublicKey({ key: { kty: "RSA", n: published.n, e: published.e }, format: "jwk" });
    assert.ok(verify("sha256", Buffer.from(`${head}.${body}`), key, Buffer.from(signature, "base64url")));
    assert.ok(await calculateJwkThumbprint({ kty: "RSA", n: published.n, e: published.e }));
  }
  assert.notEqual(ids[0], ids[1]);
});

test("a second sign-in needs one call: configuration and keys are kept", async (t) => {
  const provider = await startTinyProvider(t);
  const connector = openOidcConnector(connectionTo(provider.issuer), surroundings([provider.host]));
  for (const id of ["s1", "s2"]) {
    const challenge = await connector.begin(id, wish);
    const query = challenge.kind === "redirect" ? provider.authorize(challenge.url) : "";
    await connector.finish({ kind: "oidc", query }, challenge.memo, {});
  }
  assert.deepEqual(provider.asked, ["/.well-known/openid-configuration", "/token", "/jwks", "/token"]);
});

test("a key the provider took up since is fetched, and asked for at most every thirty seconds", async (t) => {
  const provider = await startTinyProvider(t);
  const fresh = await generateKeyPair("RS256", { extractable: true });
  const jwk: JWK = { ...(await exportJWK(fresh.publicKey)), kid: "k2" };
  let now = NOW;
  const around = surroundings([provider.host], { clock: { now: () => now } });
  const connector = openOidcConnector(connectionTo(provider.issuer), around);
  const attempt = async () => {
    const challenge = await connector.begin("s", wish);
    const query = challenge.kind === "redirect" ? provider.authorize(challenge.url) : "";
    return connector.finish({ kind: "oidc", query }, challenge.memo, {});
  };
  await attempt();
  provider.conduct = { sign: (claims) => signWith(claims, fresh.privateKey, { kid: "k2" }) };
  await assert.rejects(attempt(), { code: "oidc_key_unknown" });
  await assert.rejects(attempt(), { code: "oidc_key_unknown" });
  now += 30;
  provider.conduct.jwks = (keys) => ({ keys: [...keys, jwk] });
  await attempt();
  await attempt();
  assert.equal(provider.asked.filter((path) => path === "/jwks").length, 2);
});

test("a provider whose configuration fails after an hour keeps the one it had", async (t) => {
  const provider = await startTinyProvider(t);
  let now = NOW;
  const around = surroundings([provider.host], { clock: { now: () => now } });
  const connector = openOidcConnector(connectionTo(provider.issuer), around);
  await connector.begin("s", wish);
  provider.conduct = { intercept: (path, response) => Boolean(path && response.writeHead(503).end()) };
  now += 3700;
  assert.ok(await connector.begin("s", wish));
  now += 86_400;
  await assert.rejects(connector.begin("s", wish), { code: "provider_unreachable" });
});

test("the clock of the broker decides, not the machine's", async (t) => {
  const provider = await startTinyProvider(t);
  const later = NOW + 400_000_000;
  provider.conduct = { claims: (claims) => ({ ...claims, iat: later, exp: later + 60, auth_time: later }) };
  const around = surroundings([provider.host], { clock: fixedClock(later) });
  const connector = openOidcConnector(connectionTo(provider.issuer), around);
  const challenge = await connector.begin("s", wish);
  const query = challenge.kind === "redirect" ? provider.authorize(challenge.url) : "";
  const { identity } = await connector.finish({ kind: "oidc", query }, challenge.memo, {});
  assert.equal(identity.authenticatedAt, later);
  assert.equal(genuineClaims("x", "n").iat, NOW);
});
