import { Refusal, type RefusalCode } from "../core/errors.ts";

/** Longest query of a callback, characters; API Gateway itself stops at about 10 kB. */
const LONGEST_QUERY = 16_384;

/** Parameters that decide something and may stand once. */
const ONCE = ["code", "state", "iss", "error", "error_description"];

/** Parameters of other flows, which were not asked for. */
const FOREIGN = ["response", "id_token", "token", "access_token"];

/** What the provider said by way of the browser. */
export type Callback =
  | { readonly kind: "code"; readonly state: string; readonly code: string }
  | {
      readonly kind: "error";
      readonly state: string;
      /** OAuth error code, or `other` when it is none. */
      readonly error: string;
      /** The vendor's own number where it sent one, e.g. `AADSTS50105`. */
      readonly vendorCode?: string;
    };

const malformed = (reason: string) => new Refusal("oidc_answer_malformed", { reason });

function parameters(query: string): URLSearchParams {
  if (query.length > LONGEST_QUERY) throw malformed("too_long");
  const read = new URLSearchParams(query);
  const twice = ONCE.find((name) => read.getAll(name).length > 1);
  if (twice !== undefined) throw malformed(`${twice}_twice`);
  const foreign = FOREIGN.find((name) => read.has(name));
  if (foreign !== undefined) throw malformed(foreign);
  return read;
}

/** Keeps the code of an error and nothing a person's address could hide in. */
function readError(state: string, error: string, description: string): Callback {
  const vendorCode = /\bAADSTS\d{4,8}\b/.exec(description)?.[0];
  return {
    kind: "error",
    state,
    error: /^[a-z_]{1,64}$/.test(error) ? error : "other",
    ...(vendorCode === undefined ? {} : { vendorCode }),
  };
}

/**
 * Reads the query of `/oidc/{connection}/callback`.
 *
 * @throws {Refusal} `oidc_answer_malformed` when it is neither a code nor an error, has no state, or says a thing twice.
 * @see https://openid.net/specs/openid-connect-core-1_0.html#AuthResponse
 */
export function readCallback(query: string): Callback {
  const read = parameters(query);
  const state = read.get("state") ?? "";
  if (state === "" || state.length > 512) throw malformed("state");
  const error = read.get("error") ?? "";
  if (error !== "") return readError(state, error, read.get("error_description") ?? "");
  const code = read.get("code") ?? "";
  if (code === "") throw malformed("code");
  return { kind: "code", state, code };
}

/** OAuth errors that speak of the provider's health or of our registration rather than of the person. */
const BY_ERROR: Readonly<Record<string, RefusalCode>> = {
  server_error: "oidc_provider_failed",
  temporarily_unavailable: "oidc_provider_failed",
  invalid_request: "oidc_misconfigured",
  invalid_request_object: "oidc_misconfigured",
  invalid_scope: "oidc_misconfigured",
  unauthorized_client: "oidc_misconfigured",
  unsupported_response_type: "oidc_misconfigured",
};

/** The refusal an error answer becomes: `oidc_provider_denied`, `oidc_provider_failed` or `oidc_misconfigured`. */
export function deniedBy({ error, vendorCode }: Extract<Callback, { kind: "error" }>): Refusal {
  const code = (Object.hasOwn(BY_ERROR, error) && BY_ERROR[error]) || "oidc_provider_denied";
  const said = vendorCode === undefined ? error : `${error} (${vendorCode})`;
  return new Refusal(
    code,
    { error, vendorCode },
    { about: { hint: `The identity provider answered ${said}.` } },
  );
}
