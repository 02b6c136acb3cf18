import type { Identity } from "../core/identity.ts";
import type { ClaimLengths, Lengths } from "../core/rule-set.ts";
import { claimsWithValues, unknownClaims } from "./claims.ts";

/**
 * Anchors: the keys that rules are filed under, so that a decision looks at the few rules that could concern a
 * person and never at all of them.
 *
 * `equals` one value of a claim; `starts`, `ends` the beginning or end of one; `unknown` a deny that must fire when
 * the claim is not known; `unmapped` a deny on a claim the connection cannot say anything of; `residual` rules with
 * nothing to file them by.
 */
export type Anchor =
  | { readonly kind: "equals" | "starts" | "ends"; readonly claim: string; readonly value: string }
  | { readonly kind: "unknown"; readonly claim: string }
  | { readonly kind: "unmapped" | "residual" };

/** The text of an anchor under a connection or `*`. Two anchors of one text only make a decision look at more. */
export function anchorKey(connection: string, anchor: Anchor): string {
  if ("value" in anchor) return `${connection}\n${anchor.kind}\n${anchor.claim}\n${anchor.value}`;
  return "claim" in anchor ? `${connection}\nunknown\n${anchor.claim}` : `${connection}\n${anchor.kind}`;
}

/** No condition can hold a longer literal, so no rule is filed under one. */
const LONGEST_VALUE = 1024;

/**
 * Every key under which a rule that concerns this person is filed.
 *
 * At most one per value, and one per value and length of beginning or end, of claims that rules are filed by; twice,
 * because denies may be filed under `*`. The number of rules makes no difference.
 */
export function askedKeys(identity: Identity, lengths: Lengths, sourceIp?: string): string[] {
  const view = { identity, sourceIp };
  const keys = [
    anchorKey(identity.connection, { kind: "residual" }),
    anchorKey(identity.connection, { kind: "unmapped" }),
  ];
  const claims = [...claimsWithValues(view)];
  const unknown = unknownClaims(view);
  ask(identity.connection, lengths, claims, unknown, keys);
  if (identity.kind === "person") {
    keys.push(anchorKey("*", { kind: "residual" }));
    ask("*", lengths, claims, unknown, keys);
  }
  return keys;
}

function ask(
  connection: string,
  lengths: Lengths,
  claims: readonly (readonly [string, readonly string[]])[],
  unknown: readonly string[],
  keys: string[],
): void {
  const filed = Object.hasOwn(lengths, connection) ? lengths[connection] : undefined;
  if (filed === undefined) return;
  for (const [claim, values] of claims) {
    const sizes = Object.hasOwn(filed, claim) ? filed[claim] : undefined;
    if (sizes !== undefined) askValues(connection, claim, values, sizes, keys);
  }
  for (const claim of unknown)
    if (Object.hasOwn(filed, claim)) keys.push(anchorKey(connection, { kind: "unknown", claim }));
}

function askValues(
  connection: string,
  claim: string,
  values: readonly string[],
  { starts, ends }: ClaimLengths,
  keys: string[],
): void {
  for (const value of values) {
    if (value.length <= LONGEST_VALUE) keys.push(anchorKey(connection, { kind: "equals", claim, value }));
    for (const length of fitting(starts, value))
      keys.push(anchorKey(connection, { kind: "starts", claim, value: value.slice(0, length) }));
    for (const length of fitting(ends, value))
      keys.push(anchorKey(connection, { kind: "ends", claim, value: value.slice(-length) }));
  }
}

const fitting = (lengths: readonly number[], value: string): readonly number[] =>
  lengths.length === 0 ? lengths : lengths.filter((length) => length <= value.length);
