import * as v from "valibot";
import type { OidcConnection } from "../core/connection.ts";
import { Refusal } from "../core/errors.ts";
import { fingerprint, newSecret } from "../core/secret.ts";
import type { ProviderMetadata } from "../oidc/discovery.ts";
import { authorizationUrl, type Registration, redeemCallback } from "../oidc/relying-party.ts";
import type { Connector, Surroundings } from "./connector.ts";
import { credentialOf } from "./credential.ts";
import { boundedHint } from "./login-hint.ts";
import { identityOf } from "./oidc-identity.ts";

/** What is remembered between the redirect and the answer. */
const Memo = v.strictObject({
  connection: v.string(),
  state: v.string(),
  nonce: v.string(),
  verifier: v.string(),
});
type Memo = v.InferOutput<typeof Memo>;

/** How long a used code is remembered, seconds; RFC 6749 lets one live for ten minutes. */
const CODE_SECONDS = 3600;

/** `acr_values` that mean a second factor wherever a provider lists them. */
const SECOND_FACTOR_ACRS = [
  "urn:okta:loa:2fa:any",
  "phr",
  "phrh",
  "http://schemas.openid.net/pape/policies/2007/06/multi-factor",
  "https://refeds.org/profile/mfa",
];

function secondFactorParameters({ secondFactor }: OidcConnection, metadata: ProviderMetadata) {
  const supported = metadata.acr_values_supported ?? [];
  const acrs =
    secondFactor?.acrValues ?? SECOND_FACTOR_ACRS.filter((acr) => supported.includes(acr)).slice(0, 1);
  return {
    ...(acrs.length > 0 ? { acr_values: acrs.join(" ") } : {}),
    ...(secondFactor?.claims ? { claims: JSON.stringify(secondFactor.claims) } : {}),
  };
}

/** Parameters of the authorization request besides those of the flow. */
function wishes(
  connection: OidcConnection,
  wish: { readonly secondFactor: boolean; readonly loginHint?: string },
  metadata: ProviderMetadata,
): Readonly<Record<string, string>> {
  const hint = boundedHint(wish.loginHint);
  const [domain, ...others] = connection.hostedDomains ?? [];
  return {
    scope: [...new Set(["openid", ...connection.scopes])].join(" "),
    ...(connection.maxAgeSeconds === undefined ? {} : { max_age: String(connection.maxAgeSeconds) }),
    ...(hint === undefined ? {} : { login_hint: hint }),
    // A convenience for Google's chooser of accounts; the token's own `hd` is what is checked.
    ...(domain !== undefined && others.length === 0 ? { hd: domain } : {}),
    ...(wish.secondFactor ? secondFactorParameters(connection, metadata) : {}),
  };
}

function readMemo(text: string | undefined, connection: string): Memo {
  if (text === undefined) throw new Refusal("signin_unsolicited", { connection });
  let parsed: Memo;
  try {
    parsed = v.parse(Memo, JSON.parse(text));
  } catch {
    throw new Refusal("oidc_state_mismatch", { reason: "memo" });
  }
  // The answer of one provider at the callback of another.
  if (parsed.connection !== connection) throw new Refusal("oidc_state_mismatch", { reason: "connection" });
  return parsed;
}

/**
 * Opens the connector of an OpenID provider: code flow with PKCE, one redirect URI per connection.
 *
 * A second factor is asked for with `secondFactor` of the connection, else with the first well-known `acr_values` the
 * provider says it supports.
 *
 * @see https://openid.net/specs/openid-connect-core-1_0.html#CodeFlowAuth
 */
export function openOidcConnector(connection: OidcConnection, surroundings: Surroundings): Connector {
  const { url, clock, outbound } = surroundings;
  const registration: Registration = {
    issuer: connection.issuer,
    clientId: connection.clientId,
    redirectUri: `${url}/oidc/${connection.id}/callback`,
    credential: credentialOf(connection, surroundings),
    outbound,
    clock,
    ...(connection.maxAgeSeconds === undefined ? {} : { maxAgeSeconds: connection.maxAgeSeconds }),
  };
  return {
    async begin(signInId, wish) {
      const memo: Memo = {
        connection: connection.id,
        state: signInId,
        nonce: newSecret(),
        verifier: newSecret(),
      };
      const parameters = (metadata: ProviderMetadata) => wishes(connection, wish, metadata);
      const address = await authorizationUrl(registration, memo, parameters);
      return { kind: "redirect", url: address, memo: JSON.stringify(memo) };
    },
    async finish(answer, memo, seen) {
      if (answer.kind !== "oidc") throw new Refusal("oidc_answer_malformed", { reason: "kind" });
      const expected = readMemo(memo, connection.id);
      const { claims, code } = await redeemCallback(registration, answer.query, expected);
      const identity = await identityOf(connection, claims, surroundings, seen);
      const once = {
        key: fingerprint(`${connection.issuer}\u0000${code}`),
        until: clock.now() + CODE_SECONDS,
      };
      return { identity, once };
    },
  };
}
