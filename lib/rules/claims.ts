import type { Connection } from "../core/connection.ts";
import { type Identity, isReservedClaim } from "../core/identity.ts";
import type { Epoch } from "../core/time.ts";
import { type Address, parseAddress } from "./address.ts";

/** What conditions may look at: one person, at one moment, from one place. */
export interface View {
  readonly identity: Identity;
  readonly connection: Connection;
  readonly now: Epoch;
  readonly sourceIp: string | undefined;
  readonly address: Address | undefined;
}

export const viewOf = (
  identity: Identity,
  connection: Connection,
  at: { readonly now: Epoch; readonly sourceIp?: string },
): View => ({
  identity,
  connection,
  now: at.now,
  sourceIp: at.sourceIp,
  address: at.sourceIp === undefined ? undefined : parseAddress(at.sourceIp),
});

const NONE: readonly string[] = [];
const one = (value: string | undefined): readonly string[] => (value === undefined ? NONE : [value]);

/** Values of the names that connectors alone set (decision 1). What they left out they do not know. */
const RESERVED: Readonly<Record<string, (view: Pick<View, "identity" | "sourceIp">) => readonly string[]>> = {
  subject: ({ identity }) => [identity.subject],
  connection: ({ identity }) => [identity.connection],
  kind: ({ identity }) => [identity.kind],
  amr: ({ identity }) => identity.amr,
  acr: ({ identity }) => one(identity.acr),
  mfa: ({ identity }) => (identity.mfa === "unknown" ? NONE : [identity.mfa]),
  authenticatedAt: ({ identity }) =>
    identity.authenticatedAt === undefined ? NONE : [String(identity.authenticatedAt)],
  sourceIp: ({ sourceIp }) => one(sourceIp),
};
const RESERVED_NAMES = Object.keys(RESERVED);

/** Names in a claims map are the administrator's; `constructor` must not find what every object has. */
const own = <T>(record: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;

/** Values of a claim; empty when there are none or none are known. */
export const valuesOf = (view: Pick<View, "identity" | "sourceIp">, claim: string): readonly string[] =>
  own(RESERVED, claim)?.(view) ??
  (isReservedClaim(claim) ? NONE : (own(view.identity.claims, claim) ?? NONE));

/**
 * Whether the values found are all there are. A claim is not known when its look-up failed, when the connection does
 * not map it, and, for what connectors set, when the provider said nothing of it.
 */
export function isKnown(view: View, claim: string): boolean {
  if (view.identity.unknown.includes(claim)) return false;
  if (isReservedClaim(claim)) return valuesOf(view, claim).length > 0;
  return Object.hasOwn(view.identity.claims, claim) || mapsClaim(view.connection, claim);
}

/** Whether a connection can say anything of a claim: it maps it, or looks groups up elsewhere. */
export function mapsClaim(connection: Connection, claim: string): boolean {
  if (isReservedClaim(claim) || Object.hasOwn(connection.claims, claim)) return true;
  const looksUp = connection.protocol === "oidc" && connection.purpose === "people";
  return claim === "groups" && looksUp && connection.groups.from !== "claim";
}

/** Every claim with values: what a decision asks the index for. */
export function* claimsWithValues(
  view: Pick<View, "identity" | "sourceIp">,
): Generator<[claim: string, values: readonly string[]]> {
  for (const name of RESERVED_NAMES) yield [name, valuesOf(view, name)];
  for (const name of Object.keys(view.identity.claims))
    if (!isReservedClaim(name)) yield [name, valuesOf(view, name)];
}

/** Every claim of which this person's values are not known although the connection could say something of it. */
export function unknownClaims(view: Pick<View, "identity" | "sourceIp">): string[] {
  const silent = RESERVED_NAMES.filter((name) => valuesOf(view, name).length === 0);
  return [...new Set([...view.identity.unknown, ...silent])];
}
