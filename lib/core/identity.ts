import * as v from "valibot";

/**
 * What a connection proved of one person or program. Immutable; stored in the session as it was proven.
 *
 * `claims` holds mapped claims only (name -> values, in the order received). A name in `unknown` could not be
 * determined (group overage, failed look-up): conditions on it are neither true nor false.
 */
export const Identity = v.object({
  connection: v.string(),
  /** people sign in with a browser; workloads present a token. */
  kind: v.picklist(["person", "workload"]),
  /** Stable and never reused within the connection: Entra `tid/oid`, OIDC `sub`, SAML NameID or the mapped attribute. */
  subject: v.string(),
  /** For people to read (pages, RoleSessionName); decides nothing. */
  name: v.string(),
  claims: v.record(v.string(), v.array(v.string())),
  unknown: v.array(v.string()),
  /**
   * Names the connection mapped when this was proven. A name mapped since is unknown of an older session, not absent;
   * without this list every name that is mapped now counts as mapped then.
   */
  mapped: v.exactOptional(v.array(v.string())),
  /** Authentication methods as the provider named them (OIDC `amr`, SAML authentication context class refs). */
  amr: v.array(v.string()),
  acr: v.optional(v.string()),
  /** Whether a second factor was proven; unknown when the provider said nothing of it. */
  mfa: v.picklist(["yes", "no", "unknown"]),
  /** When the provider says the person authenticated, epoch seconds. */
  authenticatedAt: v.optional(v.number()),
  /** End of the provider's own session where it named one (SAML SessionNotOnOrAfter), epoch seconds. */
  providerSessionEndsAt: v.optional(v.number()),
  /** API Gateway's source address, never a header a client can send. */
  sourceIp: v.optional(v.string()),
  /** Codes of things the person should be told, e.g. `groups_lookup_failed`. */
  notes: v.array(v.string()),
});
export type Identity = Readonly<v.InferOutput<typeof Identity>>;

/** Claim names set by connectors alone; a claims map or a rule's `when` may read but never map onto them. */
export const RESERVED_CLAIMS = [
  "subject",
  "connection",
  "kind",
  "amr",
  "acr",
  "mfa",
  "authenticatedAt",
  "sourceIp",
] as const;

/** Whether a claim name may not be mapped to by a connection. */
export const isReservedClaim = (name: string): boolean =>
  name.startsWith("sekisho:") || RESERVED_CLAIMS.some((reserved) => reserved === name);
