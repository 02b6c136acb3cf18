import assert from "node:assert/strict";
import test from "node:test";
import { openOidcConnector } from "../../lib/connectors/oidc.ts";
import { systemClock } from "../../lib/core/time.ts";
import { publishedKey } from "../../lib/oidc/client-assertion.ts";
import { startGenuineProvider } from "./genuine-provider.ts";
import { connectionTo, surroundings } from "./surroundings.ts";
import { openTestSigner } from "./test-signer.ts";

const CALLBACK = "https://broker.example.com/oidc/op/callback";
const client = (more: object) => ({
  client_id: "client-1",
  client_secret: "secret of OP",
  redirect_uris: [CALLBACK],
  response_types: ["code"],
  grant_types: ["authorization_code"],
  ...more,
});

const signer = openTestSigner();

const registrations: readonly [
  what: string,
  client: object,
  connection: object,
  alg?: "RS256" | "ES256" | "PS256",
][] = [
  ["a secret in the body", { token_endpoint_auth_method: "client_secret_post" }, {}],
  ["a secret in the header alone", { token_endpoint_auth_method: "client_secret_basic" }, {}],
  [
    "PKCE alone",
    { token_endpoint_auth_method: "none", client_secret: undefined },
    { clientSecret: undefined },
  ],
  [
    "a key that cannot be exported",
    { token_endpoint_auth_method: "private_key_jwt", client_secret: undefined },
    { clientSecret: undefined, privateKeyJwt: { kmsKey: "k" } },
  ],
  [
    "a secret, with tokens signed by ES256",
    { token_endpoint_auth_method: "client_secret_post", id_token_signed_response_alg: "ES256" },
    {},
    "ES256",
  ],
  [
    "a secret, with tokens signed by PS256",
    { token_endpoint_auth_method: "client_secret_post", id_token_signed_response_alg: "PS256" },
    {},
    "PS256",
  ],
];
for (const [what, registered, connected, alg] of registrations)
  test(`a person signs in at a conforming provider where the broker proves itself by ${what}`, async (t) => {
    const { certificate, sign } = await signer;
    const jwks = { keys: [publishedKey(certificate)] };
    const keyed = Object.hasOwn(connected, "privateKeyJwt") ? { jwks } : {};
    const provider = await startGenuineProvider(t, () => [client({ ...registered, ...keyed })], alg);
    const around = surroundings([provider.host], {
      clock: systemClock,
      spSigner: async () => ({ certificate, sign }),
    });
    const connector = openOidcConnector(
      connectionTo(provider.issuer, { maxAgeSeconds: 600, ...connected }),
      around,
    );
    const challenge = await connector.begin("sign-in-1", { secondFactor: true, loginHint: "akira" });
    assert.ok(challenge.kind === "redirect");
    const query = await provider.browse(challenge.url, CALLBACK);
    assert.match(query, /(?:^|&)iss=/, "a conforming provider names itself in its answer");
    const { identity } = await connector.finish({ kind: "oidc", query }, challenge.memo, {});
    assert.equal(identity.subject, "person-1");
    assert.deepEqual(identity.claims.groups, ["sre", "dev"]);
    assert.equal(identity.mfa, "yes");
    assert.ok(identity.authenticatedAt && Math.abs(identity.authenticatedAt - systemClock.now()) < 60);
    await assert.rejects(connector.finish({ kind: "oidc", query }, challenge.memo, {}), {
      code: "oidc_code_refused",
    });
  });

for (const method of ["client_secret_post", "client_secret_basic"])
  test(`a conforming provider that does not know the secret (${method}) is told apart from a person who may not enter`, async (t) => {
    const registered = client({ token_endpoint_auth_method: method, client_secret: "another" });
    const provider = await startGenuineProvider(t, () => [registered]);
    const around = surroundings([provider.host], { clock: systemClock });
    const connector = openOidcConnector(connectionTo(provider.issuer), around);
    const challenge = await connector.begin("s", { secondFactor: false });
    const query = challenge.kind === "redirect" ? await provider.browse(challenge.url, CALLBACK) : "";
    await assert.rejects(connector.finish({ kind: "oidc", query }, challenge.memo, {}), {
      code: "oidc_client_refused",
    });
  });
