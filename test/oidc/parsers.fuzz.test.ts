import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { readInitiate } from "../../lib/connectors/initiate.ts";
import { proveWorkload } from "../../lib/connectors/workload.ts";
import { isRefusal } from "../../lib/core/errors.ts";
import { fixedClock } from "../../lib/core/time.ts";
import { deniedBy, readCallback } from "../../lib/oidc/callback.ts";
import { claimValues, isGroupOverage, mapClaims } from "../../lib/oidc/claims.ts";
import { readDiscovery } from "../../lib/oidc/discovery.ts";
import { readKeySet } from "../../lib/oidc/keys.ts";
import { peekToken, tokenType } from "../../lib/oidc/peek.ts";
import { workloadTo } from "../connectors/workload-issuer.ts";

/** Runs; passes when it answers or refuses, fails when it throws anything else. */
function answersOrRefuses(run: () => unknown): void {
  try {
    run();
  } catch (thrown) {
    assert.ok(isRefusal(thrown), String(thrown));
  }
}

const parameter = fc.constantFrom("code", "state", "iss", "error", "error_description", "response", "x");
const query = fc.oneof(
  fc.string({ unit: "binary", maxLength: 300 }),
  fc
    .array(fc.tuple(parameter, fc.string()), { maxLength: 8 })
    .map((pairs) => new URLSearchParams(pairs).toString()),
);

test("no query of a callback makes its reader fail, and what it reads is bounded", () => {
  fc.assert(
    fc.property(query, (text) =>
      answersOrRefuses(() => {
        const callback = readCallback(text);
        assert.ok(callback.state.length > 0 && callback.state.length <= 512);
        if (callback.kind === "code") assert.notEqual(callback.code, "");
        else {
          assert.match(callback.error, /^[a-z_]{1,64}$/);
          assert.ok(isRefusal(deniedBy(callback)));
        }
      }),
    ),
  );
});

test("no query of a third party leads anywhere but to a path of ours", () => {
  const url = "https://broker.example.com";
  const hosts = fc.constantFrom(
    "//",
    "/\\",
    "https:",
    "/",
    "\t/",
    `${url}`,
    "@",
    ".",
    "evil.example",
    "%2f",
    "#",
    "?",
  );
  const targets = fc.oneof(
    fc.string(),
    fc.array(hosts, { maxLength: 8 }).map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(targets, (target) =>
      answersOrRefuses(() => {
        const { to } = readInitiate(
          new URLSearchParams({ iss: "i", target_link_uri: target }).toString(),
          url,
        );
        assert.equal(new URL(to, url).origin, url);
      }),
    ),
    { numRuns: 1000 },
  );
});

const json = fc.oneof(
  fc.json(),
  fc.json().map((text) => text.slice(1)),
  fc.string(),
);
const part = fc.oneof(
  json.map((text) => Buffer.from(text).toString("base64url")),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString("base64url")),
  fc.string(),
);
const token = fc.oneof(
  fc.array(part, { maxLength: 6 }).map((parts) => parts.join(".")),
  fc.string({ unit: "binary" }),
);

test("no text makes looking into a token fail, and what is seen are two plain objects", () => {
  fc.assert(
    fc.property(token, (text) => {
      const peeked = peekToken(text);
      if (peeked === undefined) return;
      assert.equal(typeof peeked.header, "object");
      assert.ok(!Array.isArray(peeked.claims));
      tokenType(peeked.header);
    }),
    { numRuns: 2000 },
  );
});

test("no forged token proves a workload or calls anybody but the issuer", async () => {
  const calls: string[] = [];
  const around = {
    clock: fixedClock(1_795_340_460),
    outbound: async ({ url }: { url: string }) => {
      calls.push(url);
      return {
        status: 200,
        headers: {},
        body: new TextEncoder().encode('{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}'),
      };
    },
    stateOf: async () => undefined,
  };
  const connection = workloadTo("https://ci.example", { jwksUri: "https://ci.example/jwks" });
  const claims = fc.record(
    {
      iss: fc.oneof(fc.constant("https://ci.example"), fc.anything()),
      aud: fc.anything(),
      exp: fc.anything(),
      sub: fc.anything(),
    },
    { requiredKeys: [] },
  );
  const header = fc.record(
    { alg: fc.oneof(fc.constant("RS256"), fc.anything()), kid: fc.anything(), typ: fc.anything() },
    { requiredKeys: [] },
  );
  const encode = (value: unknown) =>
    Buffer.from(JSON.stringify(value, (_key, one) => (typeof one === "bigint" ? "big" : one)) ?? "").toString(
      "base64url",
    );
  await fc.assert(
    fc.asyncProperty(header, claims, fc.base64String(), async (head, body, signature) => {
      const forged = `${encode(head)}.${encode(body)}.${signature.replace(/[+/=]/g, "A")}`;
      await assert.rejects(proveWorkload(forged, [connection], around), (thrown) => isRefusal(thrown));
    }),
    { numRuns: 500 },
  );
  assert.deepEqual([...new Set(calls)], ["https://ci.example/jwks"]);
});

test("no document makes the readers of configuration and keys fail otherwise than by refusing", () => {
  const members = fc.dictionary(
    fc.constantFrom("issuer", "jwks_uri", "token_endpoint", "authorization_endpoint", "keys", "x"),
    fc.oneof(fc.webUrl(), fc.anything({ withBigInt: false })),
  );
  const document = fc.oneof(
    json,
    members.map((object) => JSON.stringify(object)),
  );
  fc.assert(
    fc.property(document, (text) => {
      answersOrRefuses(() => readDiscovery(new TextEncoder().encode(text), "https://op.example"));
      answersOrRefuses(() => readKeySet(text));
    }),
    { numRuns: 1000 },
  );
});

test("whatever a claim is, its values are non-empty strings of bounded length", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.anything()), fc.string(), (claims, name) => {
      for (const value of [
        ...claimValues(claims, name),
        ...Object.values(mapClaims(claims, { ours: name })).flat(),
      ])
        assert.ok(typeof value === "string" && value.length > 0 && value.length <= 2048);
      assert.equal(typeof isGroupOverage(claims), "boolean");
    }),
    { numRuns: 1000 },
  );
});
