import { isReservedClaim } from "../core/identity.ts";

/** Most values one claim keeps; Entra's own limit on memberships is below it. */
const MOST_VALUES = 5000;

/** Longest value kept, characters; conditions compare at most 1,024. */
const LONGEST_VALUE = 2048;

type Claims = Readonly<Record<string, unknown>>;

const isScalar = (value: unknown): value is string | number | boolean =>
  typeof value === "string" ||
  typeof value === "boolean" ||
  (typeof value === "number" && Number.isFinite(value));

/** Every value of one claim as text, however many and however long. */
function everyValue(claims: Claims, name: string): string[] {
  const value = Object.hasOwn(claims, name) ? claims[name] : undefined;
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list
    .filter(isScalar)
    .map(String)
    .filter((text) => text !== "");
}

/**
 * Values of one claim as strings: a string, number or boolean is one value, a list is several; objects and empty
 * strings are dropped, and so is what is too long or too much (`cutNames` says of which claims).
 */
export const claimValues = (claims: Claims, name: string): string[] =>
  everyValue(claims, name)
    .filter((text) => text.length <= LONGEST_VALUE)
    .slice(0, MOST_VALUES);

/**
 * Our names of the claims of which not every value could be kept. They must count as unknown: the value that was left
 * out may be the one a deny speaks of.
 */
export const cutNames = (claims: Claims, map: Readonly<Record<string, string>>): string[] =>
  Object.entries(map)
    .filter(([ours]) => !isReservedClaim(ours))
    .filter(([, theirs]) => everyValue(claims, theirs).length > claimValues(claims, theirs).length)
    .map(([ours]) => ours);

/**
 * The claims a connection maps, under our names. What is not mapped is dropped, and so is a name that connectors
 * alone set; a claim the token does not carry, or carries more of than is kept, has no entry.
 *
 * @param map our name <- their name
 */
export function mapClaims(claims: Claims, map: Readonly<Record<string, string>>): Record<string, string[]> {
  const cut = cutNames(claims, map);
  const mapped = Object.entries(map)
    .filter(([ours]) => !isReservedClaim(ours))
    .map(([ours, theirs]) => [ours, claimValues(claims, theirs)] as const)
    .filter(([ours, values]) => values.length > 0 && !cut.includes(ours));
  return Object.fromEntries(mapped);
}

/** Our names of the vendor's `groups`: as the map renames it, else `groups`. */
export function groupNames(map: Readonly<Record<string, string>>): readonly string[] {
  const renamed = Object.entries(map).flatMap(([ours, theirs]) => (theirs === "groups" ? [ours] : []));
  const names = renamed.filter((name) => !isReservedClaim(name));
  return names.length > 0 ? names : ["groups"];
}

/**
 * Whether the token says that it leaves the groups out because they are too many.
 *
 * @see https://learn.microsoft.com/en-us/entra/identity-platform/id-token-claims-reference#groups-overage-claim
 */
export function isGroupOverage(claims: Claims): boolean {
  const names = claims._claim_names;
  const pointed = typeof names === "object" && names !== null && Object.hasOwn(names, "groups");
  return pointed || claims.hasgroups === true || claims.hasgroups === "true";
}
