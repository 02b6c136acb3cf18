import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { freeBase, partPort } from "../../infra/local/environment.ts";
import type { Running } from "../../infra/local/gateway.ts";
import { startCi } from "../../infra/local/idp/ci.ts";
import { openKeyring } from "../../infra/local/idp/keys.ts";

let ci: Running;
before(async () => {
  const port = partPort(await freeBase(12_000 + (process.pid % 900) * 20), "ci");
  ci = await startCi({ port, brokerUrl: "http://localhost:8700", keyring: openKeyring() });
});
after(() => ci.stop());

async function claimsOf(query: string) {
  const discovery = (await (await fetch(`${ci.url}/.well-known/openid-configuration`)).json()) as {
    issuer: string;
    jwks_uri: string;
  };
  const token = await (await fetch(`${ci.url}/token${query}`)).text();
  const { payload } = await jwtVerify(token, createRemoteJWKSet(new URL(discovery.jwks_uri)), {
    issuer: discovery.issuer,
  });
  return payload;
}

test("a token without a query is that of a job on the main branch, for the broker", async () => {
  const claims = await claimsOf("");
  assert.equal(claims.aud, "http://localhost:8700");
  assert.equal(claims.repository, "demo/app");
  assert.equal((claims.exp ?? 0) - (claims.iat ?? 0), 300);
});

test("the query chooses subject, audience and any other claim; a repeated one is a list", async () => {
  const claims = await claimsOf("?sub=repo:x/y&aud=one&aud=two&environment=prod&team=a&team=b");
  assert.equal(claims.sub, "repo:x/y");
  assert.deepEqual(claims.aud, ["one", "two"]);
  assert.equal(claims.environment, "prod");
  assert.deepEqual(claims.team, ["a", "b"]);
});

test("times in the query are numbers, so that expired tokens can be tried", async () => {
  await assert.rejects(claimsOf("?exp=1"), { code: "ERR_JWT_EXPIRED" });
});

test("no two tokens share an id", async () => {
  assert.notEqual((await claimsOf("")).jti, (await claimsOf("")).jti);
});

test("the front page tells a newcomer what to type", async () => {
  const page = await (await fetch(ci.url)).text();
  assert.match(page, /curl/);
  assert.equal((await fetch(`${ci.url}/nothing`)).status, 404);
});
