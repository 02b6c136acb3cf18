import assert from "node:assert/strict";
import test from "node:test";
import type { RefusalCode } from "../../lib/core/errors.ts";
import { signIn } from "./sign-in.ts";
import type { Conduct, Json } from "./tiny-provider.ts";

type Row = readonly [what: string, conduct: Conduct, code: RefusalCode];
const providers: readonly Row[] = [
  [
    "whose configuration names another issuer",
    { discovery: (document) => ({ ...document, issuer: "https://other.example" }) },
    "oidc_discovery_mismatch",
  ],
  ["whose configuration is no object", { discovery: () => [] as unknown as Json }, "oidc_discovery_unusable"],
  [
    "whose configuration has no keys",
    { discovery: ({ jwks_uri: _dropped, ...rest }) => rest },
    "oidc_discovery_unusable",
  ],
  [
    "that offers nothing but symmetric signatures",
    { discovery: (document) => ({ ...document, id_token_signing_alg_values_supported: ["none", "HS256"] }) },
    "oidc_discovery_unusable",
  ],
  [
    "whose configuration is missing",
    { intercept: (path, response) => path.includes("well-known") && Boolean(response.writeHead(404).end()) },
    "oidc_discovery_unusable",
  ],
  [
    "whose configuration lies elsewhere",
    {
      intercept: (path, response) =>
        path.includes("well-known") &&
        Boolean(response.writeHead(302, { location: "https://other.example" }).end()),
    },
    "provider_unreachable",
  ],
  [
    "whose configuration is huge",
    { discovery: (document) => ({ ...document, more: "x".repeat(300_000) }) },
    "provider_unreachable",
  ],
  ["whose keys are huge", { jwks: (keys) => ({ keys, more: "x".repeat(300_000) }) }, "provider_unreachable"],
  ["whose keys are none", { jwks: () => ({ keys: [] }) }, "provider_unreachable"],
  ["whose keys are no list", { jwks: () => ({ keys: { kid: "k1" } }) }, "provider_unreachable"],
  [
    "whose only key is symmetric",
    { jwks: () => ({ keys: [{ kty: "oct", kid: "k1", k: "AAAA" }] }) },
    "provider_unreachable",
  ],
  [
    "whose only key is for encryption",
    { jwks: (keys) => ({ keys: keys.map((key) => ({ ...key, use: "enc" })) }) },
    "provider_unreachable",
  ],
  [
    "whose tokens are huge",
    { tokenAnswer: (answer) => ({ ...answer, more: "x".repeat(1_100_000) }) },
    "provider_unreachable",
  ],
  [
    "whose token endpoint hangs up",
    { intercept: (path, response) => path === "/token" && Boolean(response.destroy()) },
    "provider_unreachable",
  ],
  [
    "whose token endpoint redirects",
    {
      intercept: (path, response) =>
        path === "/token" && Boolean(response.writeHead(307, { location: "https://other.example" }).end()),
    },
    "provider_unreachable",
  ],
  [
    "whose token endpoint answers HTML",
    {
      intercept: (path, response) =>
        path === "/token" && Boolean(response.writeHead(200, { "content-type": "text/html" }).end("<p>")),
    },
    "oidc_provider_failed",
  ],
  [
    "whose token endpoint fails",
    { intercept: (path, response) => path === "/token" && Boolean(response.writeHead(500).end()) },
    "oidc_provider_failed",
  ],
  ...(
    [
      [429, "slow_down"],
      [503, "temporarily_unavailable"],
      [400, "server_error"],
      [429, "invalid_grant"],
    ] as const
  ).map(
    ([status, error]): Row => [
      `whose token endpoint answers ${status} with ${error}`,
      {
        intercept: (path, response) =>
          path === "/token" &&
          Boolean(
            response
              .writeHead(status, { "content-type": "application/json", "retry-after": "120" })
              .end(JSON.stringify({ error })),
          ),
      },
      "oidc_provider_failed",
    ],
  ),
  [
    "that is asked for its configuration too often",
    {
      intercept: (path, response) =>
        path.includes("well-known") && Boolean(response.writeHead(429, { "retry-after": "120" }).end()),
    },
    "provider_unreachable",
  ],
  [
    "that does not know the client",
    {
      intercept: (path, response) =>
        path === "/token" &&
        Boolean(
          response.writeHead(401, { "content-type": "application/json" }).end('{"error":"invalid_client"}'),
        ),
    },
    "oidc_client_refused",
  ],
  [
    "that does not know the client and challenges it",
    {
      intercept: (path, response) =>
        path === "/token" && Boolean(response.writeHead(401, { "www-authenticate": "Basic" }).end()),
    },
    "oidc_client_refused",
  ],
  [
    "that is down",
    { intercept: (path, response) => Boolean(path && response.writeHead(503).end()) },
    "provider_unreachable",
  ],
  [
    "that promises an issuer in its answer and sends none",
    { discovery: (document) => ({ ...document, authorization_response_iss_parameter_supported: true }) },
    "oidc_response_issuer_mismatch",
  ],
];
for (const [what, conduct, code] of providers)
  test(`a provider ${what} is refused`, (t) => assert.rejects(signIn(t, conduct), { code }));

test("a provider that never answers the exchange is refused within its time", async (t) => {
  const conduct: Conduct = { intercept: (path) => path === "/token" };
  await assert.rejects(signIn(t, conduct), { code: "provider_unreachable" });
});
