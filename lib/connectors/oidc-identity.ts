import type { OidcConnection } from "../core/connection.ts";
import { isRefusal, Refusal } from "../core/errors.ts";
import type { Identity } from "../core/identity.ts";
import { claimValues, cutNames, groupNames, isGroupOverage, mapClaims } from "../oidc/claims.ts";
import { isManyTenants } from "../oidc/discovery.ts";
import { type Peeked, textMember } from "../oidc/peek.ts";
import type { Surroundings } from "./connector.ts";
import { readEntraGroups } from "./groups/entra.ts";
import { readGoogleGroups } from "./groups/google.ts";
import { lookUpGroups, type ReadGroups } from "./groups/look-up.ts";
import { readOktaGroups } from "./groups/okta.ts";
import { isSecondFactor } from "./second-factor.ts";

type Claims = Peeked["claims"];

const LOOK_UPS: Readonly<Record<Exclude<OidcConnection["groups"]["from"], "claim">, ReadGroups>> = {
  graph: readEntraGroups,
  directory: readGoogleGroups,
  okta: readOktaGroups,
};

/**
 * Whether the person belongs to an organization this connection is for.
 *
 * @throws {Refusal} `oidc_tenant_not_allowed`, `oidc_domain_not_allowed`; `oidc_misconfigured` when the issuer stands
 *   for many tenants and none is listed.
 */
function checkOrganization({ issuer, tenants, hostedDomains }: OidcConnection, claims: Claims): void {
  if (isManyTenants(issuer) && (tenants ?? []).length === 0)
    throw new Refusal("oidc_misconfigured", { reason: "tenants_missing" });
  if (tenants !== undefined && !tenants.includes(textMember(claims, "tid") ?? ""))
    throw new Refusal("oidc_tenant_not_allowed");
  if (hostedDomains !== undefined && !hostedDomains.includes(textMember(claims, "hd") ?? ""))
    throw new Refusal("oidc_domain_not_allowed");
}

const ENTRA_HOSTS = [
  "login.microsoftonline.com",
  "login.microsoftonline.us",
  "login.partner.microsoftonline.cn",
  "sts.windows.net",
];

/** By its address, or by what only Entra has. */
const isEntra = ({ issuer, tenants, groups }: OidcConnection): boolean =>
  ENTRA_HOSTS.includes(new URL(issuer).hostname) || tenants !== undefined || groups.from === "graph";

/**
 * The stable subject; never an e-mail address. Entra's `sub` is another one for each application, so a person there is
 * known by tenant and object id.
 *
 * @throws {Refusal} `oidc_subject_missing`.
 */
function subjectOf(connection: OidcConnection, claims: Claims): string {
  const subject = connection.subject ?? (isEntra(connection) ? "oid" : "sub");
  const parts = subject === "oid" ? ["tid", "oid"] : ["sub"];
  const values = parts.map((name) => textMember(claims, name) ?? "");
  const good = values.every((value) => value !== "" && value.length <= 255);
  const clear = values.length === 1 || values.every((value) => !value.includes("/"));
  if (!good || !clear) throw new Refusal("oidc_subject_missing", { needs: parts.join("/") });
  return values.join("/");
}

/** For people to read: printable, short, and decides nothing. */
function nameOf({ name }: OidcConnection, claims: Claims, subject: string): string {
  const text = claimValues(claims, name)[0] ?? "";
  return (
    text
      .replace(/[\p{Cc}\p{Cf}]/gu, "")
      .trim()
      .slice(0, 128) || subject
  );
}

const hasAny = (values: readonly string[], wanted: readonly string[]): boolean =>
  values.some((value) => wanted.includes(value));

/** `acrs` are the authentication contexts of Entra's Conditional Access that the sign-in satisfied. */
function secondFactorOf(connection: OidcConnection, claims: Claims): Identity["mfa"] {
  const amr = claimValues(claims, "amr");
  const shown = [...amr, ...claimValues(claims, "acr"), ...claimValues(claims, "acrs")];
  const { mfaValues, secondFactor } = connection;
  const asked = secondFactor?.acrValues ?? [];
  const proven = mfaValues === undefined ? isSecondFactor(shown) : hasAny(shown, mfaValues);
  if (proven || hasAny(shown, asked)) return "yes";
  return amr.length > 0 ? "no" : "unknown";
}

/** Claims without an address that the provider itself says is not proven to be the person's. */
function provenOf(claims: Claims): Claims {
  if (claims.email_verified !== false && claims.email_verified !== "false") return claims;
  return Object.fromEntries(Object.entries(claims).filter(([name]) => name !== "email"));
}

/** Groups as far as they could be determined. */
type Groups =
  | { readonly kind: "token" }
  | { readonly kind: "found"; readonly groups: readonly string[] }
  | { readonly kind: "unknown"; readonly note: "groups_overage" | "groups_lookup_failed" };

async function groupsOf(
  connection: OidcConnection,
  claims: Claims,
  surroundings: Surroundings,
): Promise<Groups> {
  const { from, onFailure } = connection.groups;
  const overage = isGroupOverage(claims);
  if (from === "claim") return overage ? { kind: "unknown", note: "groups_overage" } : { kind: "token" };
  // Entra's token is complete unless it says otherwise; a token without the claim says nothing at all.
  if (from === "graph" && !overage && Array.isArray(claims.groups)) return { kind: "token" };
  try {
    return { kind: "found", groups: await lookUpGroups(LOOK_UPS[from], connection, claims, surroundings) };
  } catch (thrown) {
    if (onFailure === "continue" && isRefusal(thrown, "groups_lookup_failed"))
      return { kind: "unknown", note: "groups_lookup_failed" };
    throw thrown;
  }
}

/** Mapped claims with the looked-up groups put in, or taken out where they could not be determined. */
function withGroups(connection: OidcConnection, claims: Claims, groups: Groups): Record<string, string[]> {
  const mapped = mapClaims(provenOf(claims), connection.claims);
  if (groups.kind === "token") return mapped;
  const names = groupNames(connection.claims);
  const others = Object.entries(mapped).filter(([name]) => !names.includes(name));
  const looked = groups.kind === "found" && groups.groups.length > 0 ? [...groups.groups] : undefined;
  return Object.fromEntries([...others, ...(looked ? names.map((name) => [name, looked] as const) : [])]);
}

/** Names that must not count as absent: groups that could not be determined, and claims too large to keep whole. */
function unknownNames({ claims: map }: OidcConnection, claims: Claims, groups: Groups): string[] {
  const names = groupNames(map);
  // A look-up answers for the groups, whatever the token held of them.
  const cut = cutNames(claims, map).filter((name) => groups.kind === "token" || !names.includes(name));
  return groups.kind === "unknown" ? [...names, ...cut] : cut;
}

/**
 * What a verified ID token proves of a person.
 *
 * @throws {Refusal} `oidc_tenant_not_allowed`, `oidc_domain_not_allowed`, `oidc_subject_missing`, `oidc_misconfigured`;
 *   `groups_lookup_failed` where the connection says that a failed look-up refuses.
 */
export async function identityOf(
  connection: OidcConnection,
  claims: Claims,
  surroundings: Surroundings,
  { sourceIp }: { readonly sourceIp?: string },
): Promise<Identity> {
  checkOrganization(connection, claims);
  const subject = subjectOf(connection, claims);
  const groups = await groupsOf(connection, claims, surroundings);
  const amr = claimValues(claims, "amr");
  const acr = textMember(claims, "acr");
  const authenticatedAt = claims.auth_time;
  return {
    connection: connection.id,
    kind: "person",
    subject,
    name: nameOf(connection, claims, subject),
    claims: withGroups(connection, claims, groups),
    unknown: unknownNames(connection, claims, groups),
    amr,
    ...(acr === undefined ? {} : { acr }),
    mfa: secondFactorOf(connection, claims),
    ...(typeof authenticatedAt === "number" ? { authenticatedAt } : {}),
    ...(sourceIp === undefined ? {} : { sourceIp }),
    notes: groups.kind === "unknown" ? [groups.note] : [],
  };
}
