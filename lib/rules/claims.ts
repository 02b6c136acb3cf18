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
  /** Ranges by the names of `Settings`. */
  readonly networks: Networks;
}

type Networks = Readonly<Record<string, readonly string[]>>;

export const viewOf = (
  identity: Identity,
  connection: Connection,
  at: { readonly now: Epoch; readonly sourceIp?: string },
  networks: Networks = NO_NETWORKS,
): View => ({
  identity,
  connection,
  now: at.now,
  sourceIp: at.sourceIp,
  address: at.sourceIp === undefined ? undefined : parseAddress(at.sourceIp),
  networks,
});

const NO_NETWORKS: Networks = {};

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

/** Names in a claims map are the administrator's; `constructor` must not find what every object has. */
const own = <T>(record: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;

/** Values of a claim; empty when there are none or none are known. */
export type ClaimReader = (view: Pick<View, "identity" | "sourceIp">) => readonly string[];

/** Reads one claim, of whoever asks. */
export function readerOf(claim: string): ClaimReader {
  const reserved = own(RESERVED, claim);
  if (reserved !== undefined) return reserved;
  if (isReservedClaim(claim)) return () => NONE;
  return ({ identity: { claims } }) => own(claims, claim) ?? NONE;
}

export const valuesOf = (view: Parameters<ClaimReader>[0], claim: string): readonly string[] =>
  readerOf(claim)(view);

/**
 * Whether the values found are all there are. A claim is not known when its look-up failed, when the connection does
 * not map it, and, for what connectors set, when the provider said nothing of it.
 */
export function isKnown(view: View, claim: string): boolean {
  if (isUnknown(view, claim)) return false;
  return (
    isReservedClaim(claim) || Object.hasOwn(view.identity.claims, claim) || mapsClaim(view.connection, claim)
  );
}

/** Whether a connection can say anything of a claim: connectors set it, or the connection maps it. */
export const mapsClaim = (connection: Connection, claim: string): boolean =>
  isReservedClaim(claim) ||
  Object.hasOwn(connection.claims, claim) ||
  (claim === "groups" && looksGroupsUp(connection));

/** Every name a connection maps, groups that it looks up elsewhere included. */
export const mappedNames = (connection: Connection): string[] => [
  ...new Set([...Object.keys(connection.claims), ...(looksGroupsUp(connection) ? ["groups"] : [])]),
];

const looksGroupsUp = (connection: Connection): boolean =>
  connection.protocol === "oidc" && connection.purpose === "people" && connection.groups.from !== "claim";

/**
 * Whether a connection that could say something of a claim did not: its look-up failed, the claim was mapped after this
 * person signed in, or the provider left out what connectors set. That the connection does not map a claim at all was
 * known when rules were filed.
 */
export function isUnknown(view: Pick<View, "identity" | "sourceIp">, claim: string): boolean {
  const { unknown, mapped } = view.identity;
  if (unknown.includes(claim)) return true;
  if (isReservedClaim(claim)) return valuesOf(view, claim).length === 0;
  return mapped !== undefined && !mapped.includes(claim);
}
