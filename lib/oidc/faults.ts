import {
  AuthorizationResponseError,
  ClientError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from "openid-client";
import { isRefusal, Refusal, type RefusalCode } from "../core/errors.ts";

/** Claims whose comparison failed, by name. */
const COMPARED: Readonly<Record<string, RefusalCode>> = {
  iss: "oidc_issuer_mismatch",
  aud: "oidc_audience_mismatch",
  azp: "oidc_azp_mismatch",
  nonce: "oidc_nonce_mismatch",
};
const TIMED: Readonly<Record<string, RefusalCode>> = {
  exp: "oidc_expired",
  nbf: "oidc_not_yet_valid",
};

/** Own members of whatever an error carries as its cause. */
function members(thrown: unknown): Readonly<Record<string, unknown>> {
  return typeof thrown === "object" && thrown !== null ? Object.fromEntries(Object.entries(thrown)) : {};
}

/** What the library knows of a failure: its code and the members of the innermost cause. */
function factsOf(thrown: ClientError): { code: string; facts: Readonly<Record<string, unknown>> } {
  const cause = thrown.cause;
  const inner = cause instanceof Error && cause.cause !== undefined ? cause.cause : cause;
  return { code: thrown.code ?? "", facts: members(inner) };
}

/** Which of the many shapes of an invalid response this is; the library tells them apart by what it attaches. */
function invalidResponse(facts: Readonly<Record<string, unknown>>): RefusalCode {
  if ("parameters" in facts) return "oidc_response_issuer_mismatch";
  if ("reason" in facts) return "oidc_algorithm_not_allowed";
  if ("signature" in facts) return "oidc_signature_invalid";
  if ("body" in facts) return "oidc_token_missing";
  return "oidc_token_malformed";
}

const BY_CODE: Readonly<Record<string, (facts: Readonly<Record<string, unknown>>) => RefusalCode>> = {
  OAUTH_JWT_CLAIM_COMPARISON_FAILED: ({ claim }) => COMPARED[String(claim)] ?? "oidc_token_malformed",
  OAUTH_JWT_TIMESTAMP_CHECK_FAILED: ({ claim }) => TIMED[String(claim)] ?? "oidc_expired",
  OAUTH_INVALID_RESPONSE: invalidResponse,
  OAUTH_KEY_SELECTION_FAILED: () => "oidc_key_unknown",
  OAUTH_PARSE_ERROR: () => "oidc_token_malformed",
  OAUTH_UNSUPPORTED_OPERATION: ({ alg }) =>
    alg === undefined ? "oidc_token_malformed" : "oidc_algorithm_not_allowed",
  OAUTH_RESPONSE_IS_NOT_CONFORM: () => "oidc_provider_failed",
  OAUTH_RESPONSE_IS_NOT_JSON: () => "oidc_provider_failed",
  OAUTH_INVALID_SERVER_METADATA: () => "oidc_discovery_unusable",
  OAUTH_MISSING_SERVER_METADATA: () => "oidc_discovery_unusable",
};

/** OAuth errors of a token endpoint that are the broker's own fault rather than this sign-in's. */
const OWN_FAULT = ["invalid_client", "unauthorized_client"];
/** And those by which it says that it is not well. */
const NOT_WELL = ["server_error", "temporarily_unavailable", "slow_down"];

function tokenEndpointRefusal({ error, status }: ResponseBodyError): Refusal {
  const detail = { error: /^[a-z_]{1,64}$/.test(error) ? error : "other", status };
  if (OWN_FAULT.includes(error)) return new Refusal("oidc_client_refused", detail);
  const passing = status === 429 || status >= 500 || NOT_WELL.includes(error);
  return new Refusal(passing ? "oidc_provider_failed" : "oidc_code_refused", detail);
}

/** The refusal of ours inside whatever a library made of it. */
function innerRefusal(thrown: unknown): Refusal | undefined {
  for (let at = thrown, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++)
    if (isRefusal(at)) return at;
  return undefined;
}

/**
 * Turns what openid-client throws into a refusal.
 *
 * The library's errors carry tokens and claims, so none of them becomes a `cause`: only codes and names pass.
 */
export function toRefusal(thrown: unknown): Refusal {
  const own = innerRefusal(thrown);
  if (own) return own;
  if (thrown instanceof ResponseBodyError) return tokenEndpointRefusal(thrown);
  if (thrown instanceof AuthorizationResponseError) return new Refusal("oidc_provider_denied");
  // A 401 with a challenge: the secret in the header was not accepted.
  if (thrown instanceof WWWAuthenticateChallengeError)
    return new Refusal("oidc_client_refused", { status: thrown.status });
  if (!(thrown instanceof ClientError))
    return new Refusal("oidc_token_malformed", {
      kind: thrown instanceof Error ? thrown.name : typeof thrown,
    });
  const { code, facts } = factsOf(thrown);
  return new Refusal(BY_CODE[code]?.(facts) ?? "oidc_token_malformed", { library: code });
}
