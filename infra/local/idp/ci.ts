import { createPublicKey } from "node:crypto";
import { exportJWK, SignJWT } from "jose";
import type { Running } from "../gateway.ts";
import type { Keyring } from "./keys.ts";
import { escapeHtml, type Face, page } from "./pages.ts";
import { html, json, type Site, startSite, type Visit } from "./site.ts";

const FACE: Face = { title: "Demo CI", hue: 40, tellsMfa: false };

/** Claims of a job where the query does not name others, in the style of GitHub Actions. */
const DEFAULTS = {
  sub: "repo:demo/app:ref:refs/heads/main",
  repository: "demo/app",
  repository_id: "697",
  repository_owner: "demo",
  repository_owner_id: "42",
  ref: "refs/heads/main",
  environment: "staging",
  event_name: "push",
  workflow: "deploy",
} as const;

const LIFETIME_SECONDS = 300;
const NUMBERS = ["exp", "iat", "nbf"];

export interface CiOptions {
  readonly port: number;
  readonly brokerUrl: string;
  readonly keyring: Keyring;
}

/**
 * An issuer of workload tokens: `GET /token?sub=&aud=` answers a JWT. Further query parameters become claims, a repeated
 * one a list, and may replace the defaults: `exp` too, so that refusals can be tried.
 */
export async function startCi(options: CiOptions): Promise<Running> {
  const issuer = `http://127.0.0.1:${options.port}`;
  const key = await options.keyring("ci");
  const jwk = { ...(await exportJWK(createPublicKey(key))), kid: "ci-1", use: "sig", alg: "RS256" };
  const site: Site = async (visit) => {
    if (visit.path === "/.well-known/openid-configuration") return json(discovery(issuer));
    if (visit.path === "/.well-known/jwks") return json({ keys: [jwk] });
    if (visit.path === "/token")
      return {
        type: "application/jwt",
        body: await new SignJWT(claimsOf(visit, issuer, options.brokerUrl))
          .setProtectedHeader({ alg: "RS256", kid: "ci-1", typ: "JWT" })
          .sign(key),
      };
    if (visit.path === "/")
      return html(page(FACE, "Tokens for programs", explanation(issuer, options.brokerUrl)));
    return html(page(FACE, "There is no page at this address", ""), { status: 404 });
  };
  return startSite(options.port, site);
}

const discovery = (issuer: string) => ({
  issuer,
  jwks_uri: `${issuer}/.well-known/jwks`,
  subject_types_supported: ["public"],
  response_types_supported: ["id_token"],
  claims_supported: ["sub", "aud", "exp", "iat", "iss", "jti", "nbf", ...Object.keys(DEFAULTS)],
  id_token_signing_alg_values_supported: ["RS256"],
  scopes_supported: ["openid"],
});

function claimsOf({ query }: Visit, issuer: string, audience: string): Record<string, unknown> {
  const now = Math.floor(Date.now() / 1000);
  const asked = [...new Set(query.keys())].map((name): [string, unknown] => {
    const values = query.getAll(name);
    const [value = ""] = values;
    if (NUMBERS.includes(name) && Number.isFinite(Number(value))) return [name, Number(value)];
    return [name, values.length > 1 ? values : value];
  });
  return {
    ...DEFAULTS,
    iss: issuer,
    aud: audience,
    jti: crypto.randomUUID(),
    iat: now,
    nbf: now,
    exp: now + LIFETIME_SECONDS,
    ...Object.fromEntries(asked),
  };
}

const explanation = (issuer: string, brokerUrl: string): string => `
<p>A CI job asks its platform for a token and shows it to the broker. Here anybody may ask; claims are whatever the query
says, the rest as a job of <code>${DEFAULTS.repository}</code> on <code>${DEFAULTS.ref}</code> would have them.</p>
<p><a href="/token">A token</a> &middot; <a href="/.well-known/jwks">its keys</a></p>
<pre><code>${escapeHtml(`TOKEN=$(curl -s '${issuer}/token')
curl -H "Authorization: $TOKEN" ${brokerUrl}/api/credentials/222222222222/Deploy`)}</code></pre>`;
