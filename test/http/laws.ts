import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { readDeployment } from "../../infra/local/routes.ts";
import type { Heard } from "./asked.ts";

/** Every route that is deployed, but for the one that takes what no other does. */
export const ROUTES: readonly string[] = readDeployment(
  readFileSync(new URL("../../serverless.yml", import.meta.url), "utf8"),
)
  .routes.map(({ key }) => key)
  .filter((key) => key !== "$default");

const EXAMPLES: Readonly<Record<string, string>> = {
  "{connection}": "okta",
  "{accountId}": "333333333333",
  "{role}": "ReadOnly",
  "{file}": "tokens.css",
};

/** A path that a route answers. */
export const pathOf = (route: string): string =>
  (route.split(" ")[1] ?? "").replace(/\{\w+\}/g, (name) => EXAMPLES[name] ?? "x");
export const methodOf = (route: string): string => route.split(" ")[0] ?? "GET";

/** What anybody may keep: it is the same for all. */
const PUBLIC =
  /^GET \/(?:robots\.txt|favicon\.ico|assets\/\{file\}|\.well-known\/jwks\.json|saml\/(?:idp|\{connection\})\/metadata) /;
const COOKIES: Readonly<Record<string, "Lax" | "None">> = {
  "__Host-signin": "None",
  "__Host-held": "None",
  "__Host-session": "Lax",
  "__Host-lang": "Lax",
};

/** What every answer of ours is held to. */
export function checkHeaders({ what, status, headers }: Heard): void {
  const has = (name: string, wanted: RegExp) =>
    assert.match(headers.get(name) ?? "", wanted, `${what}: ${name}`);
  has("strict-transport-security", /^max-age=63072000; includeSubDomains$/);
  has("x-content-type-options", /^nosniff$/);
  has("referrer-policy", /^(?:same-origin|no-referrer)$/);
  has("content-security-policy", /^default-src 'none'; .*frame-ancestors 'none'; base-uri 'none'$/);
  assert.doesNotMatch(
    headers.get("content-security-policy") ?? "",
    /unsafe|\*|data: |https?:(?!\/\/127\.0\.0\.1)/,
    what,
  );
  has("x-frame-options", /^DENY$/);
  has("cross-origin-opener-policy", /^same-origin$/);
  has("cross-origin-resource-policy", /^same-origin$/);
  has("content-type", /^(?:text\/|application\/(?:json|samlmetadata\+xml)|image\/svg\+xml)/);
  has("cache-control", PUBLIC.test(what) && status === 200 ? /^public, max-age=\d+$/ : /^no-store$/);
  for (const name of headers.keys())
    assert.doesNotMatch(name, /^(?:access-control-|server$|x-powered-by)/, what);
  for (const line of headers.getSetCookie()) {
    const [, name = "", site] =
      /^(__Host-\w+)=[\w-]*; Path=\/; Max-Age=\d+; Secure; HttpOnly; SameSite=(\w+)$/.exec(line) ?? [];
    assert.equal(site, COOKIES[name], `${what}: ${line}`);
  }
}
