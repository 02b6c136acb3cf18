import type { Connection, OidcConnection } from "../core/connection.ts";
import { Refusal } from "../core/errors.ts";
import { ownPath } from "../core/sign-in.ts";
import { boundedHint } from "./login-hint.ts";

/** Longest query of a third-party-initiated sign-in, characters. */
const LONGEST_QUERY = 8192;

/** What a third party may ask for when it starts a sign-in. */
export interface InitiateWish {
  readonly iss: string;
  /** A path of ours; `/` where none was named. */
  readonly to: string;
  readonly loginHint?: string;
}

function pathOf(target: string, url: string): string {
  return ownPath(target.startsWith(`${url}/`) ? target.slice(url.length) : target);
}

/**
 * Reads the query of `/oidc/{connection}/initiate`.
 *
 * @param url The broker's own origin; `target_link_uri` may be one of its URLs or a path.
 * @throws {Refusal} `request_invalid` when a parameter stands twice or `iss` is missing, `target_not_allowed` for a
 *   target elsewhere.
 * @see https://openid.net/specs/openid-connect-core-1_0.html#ThirdPartyInitiatedLogin
 */
export function readInitiate(query: string, url: string): InitiateWish {
  const invalid = (field: string) => new Refusal("request_invalid", { field });
  if (query.length > LONGEST_QUERY) throw invalid("query");
  const read = new URLSearchParams(query);
  const twice = ["iss", "target_link_uri", "login_hint"].find((name) => read.getAll(name).length > 1);
  const iss = read.get("iss") ?? "";
  if (twice !== undefined || iss === "") throw invalid(twice ?? "iss");
  const loginHint = boundedHint(read.get("login_hint") ?? undefined);
  const to = pathOf(read.get("target_link_uri") || "/", url);
  return { iss, to, ...(loginHint === undefined ? {} : { loginHint }) };
}

/**
 * The connection a third-party-initiated sign-in means: the one whose issuer is exactly `iss`.
 *
 * @param connections Those it may be; for `/oidc/{connection}/initiate` the one of the path.
 * @throws {Refusal} `oidc_initiator_unknown`; `connection_disabled`.
 */
export function initiateTarget(connections: readonly Connection[], iss: string): OidcConnection {
  const found = connections
    .filter((connection) => connection.protocol === "oidc")
    .filter((connection) => connection.purpose === "people")
    .find((connection) => connection.issuer === iss);
  if (found === undefined) throw new Refusal("oidc_initiator_unknown");
  if (!found.enabled) throw new Refusal("connection_disabled", { connection: found.id });
  return found;
}
