import assert from "node:assert/strict";
import test from "node:test";
import { exportJWK, generateKeyPair } from "jose";
import { fetchJwks, proveWorkload } from "../../lib/connectors/workload.ts";
import type { ConnectionState } from "../../lib/core/connection.ts";
import { NOW, signWith } from "../oidc/tiny-provider.ts";
import { jobClaims, startWorkloadIssuer, workloadTo } from "./workload-issuer.ts";

const learnt = (jwks: unknown, refreshedAt: number): ConnectionState => ({
  connection: "ci",
  keys: [],
  jwks: JSON.stringify(jwks),
  refreshedAt,
});
const DISCOVERY = "/.well-known/openid-configuration";

test("keys that the worker left in the table are used without a call", async (t) => {
  const { mint, prove, provider } = await startWorkloadIssuer(t);
  const stateOf = async () => learnt({ keys: [provider.keys.publicJwk] }, NOW - 3600);
  await prove(await mint(), {}, { stateOf });
  assert.deepEqual(provider.asked, []);
});

test("without keys in the table the issuer is asked once, and a second token asks nobody", async (t) => {
  const { mint, prove, provider } = await startWorkloadIssuer(t);
  await prove(await mint());
  await prove(await mint());
  assert.deepEqual(provider.asked, [DISCOVERY, "/jwks"]);
});

test("many tokens at once make one request", async (t) => {
  const { mint, prove, provider } = await startWorkloadIssuer(t);
  const token = await mint();
  await Promise.all(Array.from({ length: 20 }, () => prove(token)));
  assert.deepEqual(provider.asked, [DISCOVERY, "/jwks"]);
});

test("an issuer without a discovery document is asked where the connection says", async (t) => {
  const { mint, prove, provider, issuer } = await startWorkloadIssuer(t);
  await prove(await mint(), { jwksUri: `${issuer}/jwks` });
  assert.deepEqual(provider.asked, ["/jwks"]);
});

for (const [what, state] of [
  ["older than a day", learnt({ keys: [{ kty: "RSA", kid: "k1", n: "AQAB", e: "AQAB" }] }, NOW - 86_400)],
  ["unreadable", learnt("no keys", NOW)],
  ["without the token's key", learnt({ keys: [{ kty: "RSA", kid: "k0", n: "AQAB", e: "AQAB" }] }, NOW)],
] as const)
  test(`keys in the table that are ${what} send to the issuer`, async (t) => {
    const { mint, prove, provider } = await startWorkloadIssuer(t);
    await prove(await mint(), {}, { stateOf: async () => state });
    assert.deepEqual(provider.asked, [DISCOVERY, "/jwks"]);
  });

test("keys in the table serve while the issuer is silent, for a day and no longer", async (t) => {
  const { mint, prove, provider, around } = await startWorkloadIssuer(t);
  provider.conduct.intercept = (path, response) => Boolean(path && response.writeHead(503).end());
  const stateOf = async () => learnt({ keys: [provider.keys.publicJwk] }, NOW - 80_000);
  let now = NOW;
  const later = { stateOf, clock: { now: () => now }, outbound: around.outbound };
  const token = await mint({ exp: NOW + 80_000 });
  await prove(token, {}, later);
  now += 6399;
  await prove(token, {}, later);
  now += 1;
  await assert.rejects(prove(token, {}, later), { code: "provider_unreachable" });
});

test("a new key is taken up, and unknown names are asked for at most every thirty seconds", async (t) => {
  const { mint, prove, provider, issuer, around } = await startWorkloadIssuer(t);
  let now = NOW;
  const timed = { clock: { now: () => now }, outbound: around.outbound };
  const fresh = await generateKeyPair("RS256", { extractable: true });
  const rotated = () => signWith(jobClaims(issuer), fresh.privateKey, { kid: "k2" });
  await prove(await mint(), {}, timed);
  for (let attempt = 0; attempt < 5; attempt++)
    await assert.rejects(prove(await rotated(), {}, timed), { code: "workload_key_unknown" });
  assert.equal(provider.asked.length, 2);
  const jwk = { ...(await exportJWK(fresh.publicKey)), kid: "k2" };
  provider.conduct.jwks = (keys) => ({ keys: [...keys, jwk] });
  now += 30;
  await prove(await rotated(), {}, timed);
  await prove(await mint(), {}, timed);
  assert.equal(provider.asked.length, 4);
});

test("keys in the table that are older than those fetched since do not come back", async (t) => {
  const { mint, prove, provider, around, issuer } = await startWorkloadIssuer(t);
  let now = NOW;
  const stateOf = async () => learnt({ keys: [provider.keys.publicJwk] }, NOW - 3600);
  const timed = { clock: { now: () => now }, outbound: around.outbound, stateOf };
  const fresh = await generateKeyPair("RS256", { extractable: true });
  const jwk = { ...(await exportJWK(fresh.publicKey)), kid: "k2" };
  provider.conduct.jwks = () => ({ keys: [jwk] });
  await prove(await signWith(jobClaims(issuer), fresh.privateKey, { kid: "k2" }), {}, timed);
  now += 300;
  await assert.rejects(prove(await mint({ exp: NOW + 3600 }), {}, timed), { code: "workload_key_unknown" });
});

test("a key the issuer withdrew stops working when the keys are read again", async (t) => {
  const { mint, prove, provider, around } = await startWorkloadIssuer(t);
  let now = NOW;
  const timed = { clock: { now: () => now }, outbound: around.outbound };
  const token = await mint({ exp: NOW + 3600 });
  await prove(token, {}, timed);
  provider.conduct.jwks = (keys) => ({ keys: keys.map((key) => ({ ...key, kid: "k2" })) });
  now += 300;
  await assert.rejects(prove(token, {}, timed), { code: "workload_key_unknown" });
});

test("two connections of one container keep their own keys", async (t) => {
  const { mint, provider, issuer, around } = await startWorkloadIssuer(t);
  const [one, two] = [workloadTo(issuer, { id: "one" }), workloadTo(issuer, { id: "two" })];
  const token = await mint();
  await proveWorkload(token, [one], around);
  provider.conduct.jwks = (keys) => ({ keys: keys.map((key) => ({ ...key, kid: "k2" })) });
  await assert.rejects(proveWorkload(token, [two], around), { code: "workload_key_unknown" });
  assert.equal((await proveWorkload(token, [one], around)).connection, "one");
});

test("an issuer that does not answer in time is refused, not waited for", async (t) => {
  const { mint, prove, provider } = await startWorkloadIssuer(t);
  provider.conduct.intercept = (path) => path === "/jwks";
  await assert.rejects(prove(await mint()), { code: "provider_unreachable" });
});

test("an issuer whose configuration names another is refused", async (t) => {
  const { mint, prove, provider } = await startWorkloadIssuer(t);
  provider.conduct.discovery = (document) => ({ ...document, issuer: "https://other.example" });
  await assert.rejects(prove(await mint()), { code: "oidc_discovery_mismatch" });
});

test("what the worker stores are public signing keys alone", async (t) => {
  const { provider, issuer, around } = await startWorkloadIssuer(t);
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  const leaked = { ...(await exportJWK(privateKey)), kid: "leaked" };
  provider.conduct.jwks = (keys) => ({
    keys: [...keys, leaked, { kty: "oct", k: "c2VjcmV0", kid: "s" }, { ...keys[0], kid: "enc", use: "enc" }],
  });
  const stored = JSON.parse(await fetchJwks(workloadTo(issuer), around.outbound));
  assert.deepEqual(
    stored.keys.map(({ kid }: { kid: string }) => kid),
    ["k1", "leaked"],
  );
  assert.deepEqual(Object.keys(stored.keys[1]).sort(), ["e", "kid", "kty", "n"]);
});
