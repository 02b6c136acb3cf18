import * as openid from "openid-client";
import { isRefusal, Refusal, type RefusalCode } from "../core/errors.ts";
import type { Outbound } from "../core/outbound.ts";
import { fingerprint } from "../core/secret.ts";
import { type Clock, systemClock } from "../core/time.ts";
import { deniedBy, readCallback } from "./callback.ts";
import { authenticateClient, type ClientCredential } from "./client-authentication.ts";
import { isManyTenants, type ProviderMetadata } from "./discovery.ts";
import { toRefusal } from "./faults.ts";
import { fetchThrough } from "./fetch.ts";
import { checkIdToken, type IdTokenPolicy, SKEW_SECONDS } from "./id-token.ts";
import { type Peeked, peekToken, textMember } from "./peek.ts";
import { type Provider, providerThrough } from "./provider.ts";

/** Signature algorithms an ID token may use, whatever the provider offers: no `none`, nothing symmetric. */
const ALGORITHMS = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
];

/** One registration of the broker at one provider. */
export interface Registration extends IdTokenPolicy {
  /** Ours for this connection alone: what keeps two providers' answers apart. */
  readonly redirectUri: string;
  readonly credential: ClientCredential;
  readonly outbound: Outbound;
  readonly clock: Clock;
}

/** What must come back with the answer, or belong to it. */
export interface Expected {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** An ID token whose signature, issuer, audience, nonce and times hold, and the code it was bought with. */
export interface Redeemed {
  readonly claims: Peeked["claims"];
  readonly code: string;
}

type Metadata = ProviderMetadata & { readonly id_token_signing_alg_values_supported: string[] };

/** The provider's configuration with the algorithms narrowed to ours; RS256 where it names none. */
async function narrowed(provider: Provider, issuer: string): Promise<Metadata> {
  const metadata = await provider.metadata(issuer);
  const offered = metadata.id_token_signing_alg_values_supported ?? ["RS256"];
  const algorithms = offered.filter((algorithm) => ALGORITHMS.includes(algorithm));
  if (algorithms.length === 0) throw new Refusal("oidc_discovery_unusable", { issuer, reason: "algorithms" });
  return { ...metadata, id_token_signing_alg_values_supported: algorithms };
}

/** openid-client reads the system's clock; this shifts it to ours. */
const clientMetadata = (clock: Clock): Partial<openid.ClientMetadata> => ({
  [openid.clockSkew]: clock.now() - systemClock.now(),
  [openid.clockTolerance]: SKEW_SECONDS,
});

/** Extensions every configuration runs with; plain http only for an issuer that is plain http itself. */
const extensions = (issuer: string) => [
  openid.enableNonRepudiationChecks,
  ...(issuer.startsWith("http:") ? [openid.allowInsecureRequests] : []),
];

const json = (value: unknown) => ({
  status: 200,
  headers: { "content-type": "application/json" },
  body: new TextEncoder().encode(JSON.stringify(value)),
});

/** An address of Entra: openid-client completes an issuer's `{tenantid}` for this origin alone. Never called. */
const MANY_TENANTS_SERVER = "https://login.microsoftonline.com/organizations/v2.0";
const MANY_TENANTS_DISCOVERY = `${MANY_TENANTS_SERVER}/.well-known/openid-configuration`;

/** One exchange of a code, with the fetch that serves it. */
async function configure(registration: Registration, provider: Provider): Promise<openid.Configuration> {
  const { issuer, clientId, credential, outbound, clock } = registration;
  const metadata = await narrowed(provider, issuer);
  const authenticate = await authenticateClient(credential, metadata, { clientId, clock });
  let kid: string | undefined;
  const fetch = fetchThrough(
    outbound,
    (url) => {
      if (url === metadata.jwks_uri) return provider.keys(url, kid).then(json);
      return url === MANY_TENANTS_DISCOVERY ? Promise.resolve(json(metadata)) : undefined;
    },
    (url) => url === metadata.token_endpoint,
    ({ body }) => {
      kid = keyNamed(body);
    },
  );
  const shared = [clientId, clientMetadata(clock), authenticate] as const;
  if (isManyTenants(issuer))
    return openid.discovery(new URL(MANY_TENANTS_SERVER), ...shared, {
      [openid.customFetch]: fetch,
      execute: extensions(issuer),
    });
  const configuration = new openid.Configuration(metadata, ...shared);
  configuration[openid.customFetch] = fetch;
  for (const extension of extensions(issuer)) extension(configuration);
  return configuration;
}

/** Which key the ID token in a token endpoint's answer says it was signed with. */
function keyNamed(body: Uint8Array): string | undefined {
  try {
    const { id_token: token } = JSON.parse(new TextDecoder().decode(body)) as { id_token?: unknown };
    const peeked = typeof token === "string" ? peekToken(token) : undefined;
    return peeked && textMember(peeked.header, "kid");
  } catch {
    return undefined;
  }
}

/**
 * Where the browser goes to sign in: code flow with PKCE S256, state and nonce.
 *
 * @param parameters Further parameters (`login_hint`, `acr_values`); they never replace those of the flow.
 * @throws {Refusal} `provider_unreachable`, `oidc_discovery_mismatch`, `oidc_discovery_unusable`.
 */
export async function authorizationUrl(
  registration: Registration,
  expected: Expected,
  parameters: (metadata: ProviderMetadata) => Readonly<Record<string, string>>,
): Promise<string> {
  const { issuer, clientId, redirectUri, clock } = registration;
  const metadata = await narrowed(providerThrough(registration.outbound, clock), issuer);
  const configuration = new openid.Configuration(metadata, clientId, clientMetadata(clock), openid.None());
  for (const extension of extensions(issuer)) extension(configuration);
  try {
    return openid.buildAuthorizationUrl(configuration, {
      ...parameters(metadata),
      client_id: clientId,
      response_type: "code",
      redirect_uri: redirectUri,
      state: expected.state,
      nonce: expected.nonce,
      code_challenge: fingerprint(expected.verifier),
      code_challenge_method: "S256",
    }).href;
  } catch (thrown) {
    throw toRefusal(thrown);
  }
}

async function grant(
  configuration: openid.Configuration,
  url: URL,
  { state, nonce, verifier }: Expected,
): Promise<Peeked> {
  try {
    const tokens = await openid.authorizationCodeGrant(configuration, url, {
      expectedState: state,
      expectedNonce: nonce,
      pkceCodeVerifier: verifier,
      idTokenExpected: true,
    });
    const token = peekToken(tokens.id_token ?? "");
    if (token) return token;
  } catch (thrown) {
    throw toRefusal(thrown);
  }
  throw new Refusal("oidc_token_malformed");
}

/** Refusals that may come of an endpoint that moved or a key that was replaced since this container looked. */
const LED_NOWHERE: readonly RefusalCode[] = [
  "provider_unreachable",
  "oidc_provider_failed",
  "oidc_signature_invalid",
  "oidc_key_unknown",
];

/**
 * Buys the ID token for the code of a callback and verifies it.
 *
 * @param query Raw query of the callback.
 * @throws {Refusal} `oidc_*` for every answer not proven genuine, fresh and ours, `provider_unreachable`.
 * @see https://www.rfc-editor.org/rfc/rfc9700
 */
export async function redeemCallback(
  registration: Registration,
  query: string,
  expected: Expected,
): Promise<Redeemed> {
  const callback = readCallback(query);
  if (callback.state !== expected.state) throw new Refusal("oidc_state_mismatch");
  if (callback.kind === "error") throw deniedBy(callback);
  const provider = providerThrough(registration.outbound, registration.clock);
  try {
    const token = await redeem(registration, provider, query, expected);
    return { claims: token.claims, code: callback.code };
  } catch (thrown) {
    if (isRefusal(thrown) && LED_NOWHERE.includes(thrown.code)) provider.doubt(registration.issuer);
    throw thrown;
  }
}

async function redeem(
  registration: Registration,
  provider: Provider,
  query: string,
  expected: Expected,
): Promise<Peeked> {
  const configuration = await configure(registration, provider);
  const url = new URL(`${registration.redirectUri}?${query}`);
  const token = await grant(configuration, url, expected);
  const { jwks_uri: keysUrl } = await provider.metadata(registration.issuer);
  const keys = await provider.keys(keysUrl, textMember(token.header, "kid"));
  checkIdToken(token, registration, keys, registration.clock.now());
  return token;
}
