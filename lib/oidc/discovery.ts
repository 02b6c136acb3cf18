import * as v from "valibot";
import { Refusal } from "../core/errors.ts";
import type { Outbound } from "../core/outbound.ts";

const Url = v.pipe(v.string(), v.url(), v.maxLength(2048));
const Texts = v.pipe(v.array(v.string()), v.maxLength(200));

/** The part of a provider's published configuration that the broker uses; the rest is dropped. */
const ProviderMetadata = v.object({
  issuer: v.string(),
  authorization_endpoint: v.exactOptional(Url),
  token_endpoint: v.exactOptional(Url),
  jwks_uri: Url,
  id_token_signing_alg_values_supported: v.exactOptional(Texts),
  token_endpoint_auth_methods_supported: v.exactOptional(Texts),
  acr_values_supported: v.exactOptional(Texts),
  authorization_response_iss_parameter_supported: v.exactOptional(v.boolean()),
});
export type ProviderMetadata = Readonly<v.InferOutput<typeof ProviderMetadata>>;

/** Largest configuration document read, bytes; real ones have 2 to 8 kB. */
const MAX_BYTES = 256_000;

/** First path segments that stand for more than one Entra tenant. */
const MANY_TENANTS = ["common", "organizations", "consumers", "{tid}", "{tenantid}"];

/**
 * Whether an issuer stands for several Entra tenants, so that the token's own `tid` completes it.
 *
 * @see https://learn.microsoft.com/en-us/entra/identity-platform/v2-protocols-oidc
 */
export function isManyTenants(issuer: string): boolean {
  const path = new URL(issuer).pathname.replaceAll("%7B", "{").replaceAll("%7D", "}");
  const [tenant = "", version, ...more] = path.slice(1).split("/");
  return MANY_TENANTS.includes(tenant) && version === "v2.0" && more.join("") === "";
}

/** The issuer of one tenant. */
const issuerOfTenant = (issuer: string, tenant: string): string => `${new URL(issuer).origin}/${tenant}/v2.0`;

/**
 * The exact `iss` a token of this connection must carry.
 *
 * @param tid The token's own tenant; believed only for issuers of many tenants, and then allow-listed by the caller.
 */
export const expectedIssuer = (issuer: string, tid: unknown): string =>
  isManyTenants(issuer) && typeof tid === "string" ? issuerOfTenant(issuer, tid) : issuer;

function discoveryUrl(issuer: string): string {
  // A template is not an address: its configuration is published under `organizations`.
  const at = issuer.includes("{") ? issuerOfTenant(issuer, "organizations") : issuer;
  return `${at.replace(/\/$/, "")}/.well-known/openid-configuration`;
}

/** Whether a configuration that names itself `found` may speak for the configured issuer. */
function speaksFor(found: string, issuer: string): boolean {
  if (!isManyTenants(issuer)) return found === issuer;
  const tenant = found.slice(new URL(issuer).origin.length + 1).split("/")[0] ?? "";
  return /^(?:\{tenantid\}|[0-9a-f-]{36})$/.test(tenant) && found === issuerOfTenant(issuer, tenant);
}

/** Plain http is for issuers that are themselves plain http, which the door out allows to named hosts alone. */
const sameSafety = (issuer: string, url: string | undefined): boolean =>
  url === undefined || ["https:", new URL(issuer).protocol].includes(new URL(url).protocol);

/**
 * Reads a configuration document as the one of `issuer`.
 *
 * @throws {Refusal} `oidc_discovery_mismatch` when it names another issuer, `oidc_discovery_unusable` when it is no
 *   configuration or leads to plain http.
 * @see https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfigurationValidation
 */
export function readDiscovery(body: Uint8Array, issuer: string): ProviderMetadata {
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    throw new Refusal("oidc_discovery_unusable", { issuer, reason: "not_json" });
  }
  const parsed = v.safeParse(ProviderMetadata, document);
  if (!parsed.success) {
    const field = String(parsed.issues[0].path?.[0]?.key ?? "");
    throw new Refusal("oidc_discovery_unusable", { issuer, reason: "shape", field });
  }
  const { output } = parsed;
  if (!speaksFor(output.issuer, issuer)) throw new Refusal("oidc_discovery_mismatch", { issuer });
  const addresses = [output.authorization_endpoint, output.token_endpoint, output.jwks_uri];
  if (!addresses.every((address) => sameSafety(issuer, address)))
    throw new Refusal("oidc_discovery_unusable", { issuer, reason: "not_https" });
  return output;
}

/**
 * Fetches a provider's configuration.
 *
 * @throws {Refusal} `provider_unreachable`, `oidc_discovery_mismatch`, `oidc_discovery_unusable`.
 */
export async function fetchDiscovery(
  issuer: string,
  outbound: Outbound,
  timeoutMilliseconds?: number,
): Promise<ProviderMetadata> {
  const { status, body } = await outbound({
    url: discoveryUrl(issuer),
    headers: { accept: "application/json" },
    maxBytes: MAX_BYTES,
    ...(timeoutMilliseconds === undefined ? {} : { timeoutMilliseconds }),
  });
  // Being away and being asked too often both pass by themselves; a missing document does not.
  if (status >= 500 || status === 429)
    throw new Refusal("provider_unreachable", { reason: "status", status, host: new URL(issuer).host });
  if (status !== 200) throw new Refusal("oidc_discovery_unusable", { issuer, reason: "status", status });
  return readDiscovery(body, issuer);
}
