import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { openOidcConnector } from "../../lib/connectors/oidc.ts";
import { connectionTo, surroundings } from "./surroundings.ts";
import { type Conduct, type Json, startTinyProvider } from "./tiny-provider.ts";

export type Claims = NonNullable<Conduct["claims"]>;

export const wish = { secondFactor: false };

/** One whole sign-in against a provider that conducts itself so. */
export async function signIn(t: TestContext, conduct: Conduct, more: object = {}) {
  const provider = await startTinyProvider(t);
  provider.conduct = conduct;
  const connector = openOidcConnector(connectionTo(provider.issuer, more), surroundings([provider.host]));
  const challenge = await connector.begin("sign-in-1", wish);
  assert.equal(challenge.kind, "redirect");
  const query = challenge.kind === "redirect" ? provider.authorize(challenge.url) : "";
  const proof = await connector.finish({ kind: "oidc", query }, challenge.memo, { sourceIp: "192.0.2.7" });
  return { provider, proof, challenge };
}

export const changed =
  (change: Json): Claims =>
  (claims) => ({ ...claims, ...change });
export const without =
  (name: string): Claims =>
  (claims) =>
    Object.fromEntries(Object.entries(claims).filter(([key]) => key !== name));
