import { Refusal } from "../core/errors.ts";
import type { Epoch } from "../core/time.ts";
import { expectedIssuer, isManyTenants } from "./discovery.ts";
import type { KeySet } from "./keys.ts";
import { type Peeked, textMember, tokenType } from "./peek.ts";

/** Clocks may differ by this much, seconds. */
export const SKEW_SECONDS = 60;

/** An ID token is fetched the moment it is made; one older than this is not from this sign-in. Seconds. */
const OLDEST_SECONDS = 600;

/** What an ID token must fit besides what openid-client checks. */
export interface IdTokenPolicy {
  readonly issuer: string;
  readonly clientId: string;
  readonly maxAgeSeconds?: number;
}

/** Only plain ID tokens: a logout token or a security event is signed by the same key and says something else. */
function checkType({ header, claims }: Peeked): void {
  const type = tokenType(header);
  const plain = type === undefined || type === "jwt" || type === "id_token+jwt";
  if (!plain || Object.hasOwn(claims, "events"))
    throw new Refusal("oidc_type_not_allowed", { typ: plain ? "events" : "other" });
}

function checkIssuedAt(claims: Peeked["claims"], now: Epoch): void {
  const issuedAt = claims.iat;
  if (typeof issuedAt !== "number" || !Number.isFinite(issuedAt)) throw new Refusal("oidc_token_malformed");
  if (issuedAt > now + SKEW_SECONDS) throw new Refusal("oidc_issued_in_future");
  if (issuedAt < now - OLDEST_SECONDS) throw new Refusal("oidc_issued_too_long_ago");
}

function checkAuthTime(claims: Peeked["claims"], now: Epoch, maxAgeSeconds: number | undefined): void {
  const at = claims.auth_time;
  if (typeof at === "number" && at > now + SKEW_SECONDS) throw new Refusal("oidc_issued_in_future");
  if (maxAgeSeconds === undefined) return;
  if (typeof at !== "number") throw new Refusal("oidc_auth_time_missing");
  if (at + maxAgeSeconds < now - SKEW_SECONDS) throw new Refusal("oidc_auth_too_old");
}

/**
 * Keys of Entra's shared key set may be bound to one tenant; such a key signs for no other.
 *
 * @see https://learn.microsoft.com/en-us/entra/identity-platform/access-tokens#validate-the-issuer
 */
function checkKeyIssuer({ header, claims }: Peeked, keys: KeySet): void {
  const tenant = textMember(claims, "tid") ?? "";
  const key = keys.keys.find(({ kid }) => kid !== undefined && kid === header.kid);
  if (key?.issuer !== undefined && key.issuer.replace("{tenantid}", tenant) !== claims.iss)
    throw new Refusal("oidc_issuer_mismatch", { key: "other_tenant" });
}

/**
 * Checks of an ID token that openid-client leaves to its caller. The signature has been verified before.
 *
 * @throws {Refusal} `oidc_type_not_allowed`, `oidc_issuer_mismatch`, `oidc_azp_mismatch`, `oidc_issued_in_future`,
 *   `oidc_issued_too_long_ago`, `oidc_auth_time_missing`, `oidc_auth_too_old`, `oidc_subject_missing`.
 * @see https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation
 */
export function checkIdToken(token: Peeked, policy: IdTokenPolicy, keys: KeySet, now: Epoch): void {
  const { claims } = token;
  checkType(token);
  if (claims.iss !== expectedIssuer(policy.issuer, claims.tid)) throw new Refusal("oidc_issuer_mismatch");
  if (isManyTenants(policy.issuer)) checkKeyIssuer(token, keys);
  if (claims.azp !== undefined && claims.azp !== policy.clientId) throw new Refusal("oidc_azp_mismatch");
  checkIssuedAt(claims, now);
  checkAuthTime(claims, now, policy.maxAgeSeconds);
  if ((textMember(claims, "sub") ?? "") === "") throw new Refusal("oidc_subject_missing");
}
