import assert from "node:assert/strict";
import test from "node:test";
import { identityOf } from "../../lib/connectors/oidc-identity.ts";
import { fetchJwks, proveWorkload } from "../../lib/connectors/workload.ts";
import type { Outbound } from "../../lib/core/outbound.ts";
import { fixedClock } from "../../lib/core/time.ts";
import { connectionTo, surroundings } from "../oidc/surroundings.ts";
import { NOW } from "../oidc/tiny-provider.ts";
import { jobClaims, workloadTo } from "./workload-issuer.ts";

const ISSUER = "https://ci.example";
const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const token = `${encoded({ alg: "RS256", kid: "k1" })}.${encoded(jobClaims(ISSUER))}.AAAA`;

/** A door out that notes how long each call may take, and answers from a table. */
function noting(bodies: Readonly<Record<string, unknown>>) {
  const given: number[] = [];
  const outbound: Outbound = async ({ url, timeoutMilliseconds = Number.POSITIVE_INFINITY }) => {
    given.push(timeoutMilliseconds);
    const body = bodies[new URL(url).pathname] ?? {};
    return { status: 200, headers: {}, body: new TextEncoder().encode(JSON.stringify(body)) };
  };
  return { given, outbound };
}

const documents = {
  "/.well-known/openid-configuration": { issuer: ISSUER, jwks_uri: `${ISSUER}/jwks` },
  "/jwks": { keys: [{ kty: "RSA", kid: "k1", n: "AQAB", e: "AQAB" }] },
};

test("a cold answer to a program has 800 ms for all its calls together", async () => {
  const { given, outbound } = noting(documents);
  const around = { clock: fixedClock(NOW), outbound, stateOf: async () => undefined };
  await assert.rejects(proveWorkload(token, [workloadTo(ISSUER)], around));
  const [first = 0, second = 0] = given;
  assert.equal(given.length, 2);
  assert.ok(first <= 800 && second <= first && second >= 1, given.join(" "));
});

test("the worker, for whom nobody waits, has five seconds", async () => {
  const { given, outbound } = noting(documents);
  await fetchJwks(workloadTo(ISSUER), outbound);
  assert.ok(given.every((milliseconds) => milliseconds > 800 && milliseconds <= 5000));
});

test("a group look-up has three seconds for all its calls together", async () => {
  const { given, outbound } = noting({});
  const connection = connectionTo("https://acme.okta.com", {
    groups: { from: "okta", credential: { env: "OKTA" } },
  });
  const around = surroundings([], { outbound, secret: async () => "token" });
  await assert.rejects(identityOf(connection, { sub: "00u1" }, around, {}), { code: "groups_lookup_failed" });
  assert.ok(given.length === 1 && given.every((milliseconds) => milliseconds <= 3000));
});
