import type { Identity } from "../core/identity.ts";
import type { ClaimLengths, Lengths } from "../core/rule-set.ts";
import { isUnknown, valuesOf } from "./claims.ts";

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
  | { readonly kind: "unmapped" | "residual" }
  | Pair;

/** Two values, both of which a person must have: where too many rules share the first. */
export interface Pair {
  readonly kind: "both";
  readonly first: Whole;
  readonly second: Whole;
}
type Whole = { readonly claim: string; readonly value: string };

/** The text of an anchor under a connection or `*`. Two anchors of one text only make a decision look at more. */
export function anchorKey(connection: string, anchor: Anchor): string {
  if (anchor.kind === "both") {
    const { first, second } = anchor;
    return `${connection}\nboth\n${first.claim}\n${first.value}\n${second.claim}\n${second.value}`;
  }
  if ("value" in anchor) return `${connection}\n${anchor.kind}\n${anchor.claim}\n${anchor.value}`;
  return "claim" in anchor ? `${connection}\nunknown\n${anchor.claim}` : `${connection}\n${anchor.kind}`;
}

/** No condition can hold a longer literal, so no rule is filed under one. */
const LONGEST_VALUE = 1024;

/**
 * Every key under which a rule that concerns this person is filed.
 *
 * At most one per value, and one per value and length of beginning or end, of claims that rules are filed by; twice,
 * because denies may be filed under `*`; and for every value that very many rules share, one per value of the claims
 * they ask for besides. The number of rules makes no difference.
 */
export function askedKeys(identity: Identity, lengths: Lengths, sourceIp?: string): string[] {
  const view = { identity, sourceIp };
  const keys = [
    anchorKey(identity.connection, { kind: "residual" }),
    anchorKey(identity.connection, { kind: "unmapped" }),
  ];
  ask(identity.connection, lengths, view, keys);
  if (identity.kind === "person") {
    keys.push(anchorKey("*", { kind: "residual" }));
    ask("*", lengths, view, keys);
  }
  return keys;
}

type Asking = Parameters<typeof valuesOf>[0];

function ask(connection: string, lengths: Lengths, view: Asking, keys: string[]): void {
  const filed = Object.hasOwn(lengths, connection) ? lengths[connection] : undefined;
  if (filed === undefined) return;
  for (const claim of Object.keys(filed)) {
    const values = valuesOf(view, claim);
    const sizes = filed[claim];
    if (values.length > 0 && sizes !== undefined) {
      askValues(connection, claim, values, sizes, keys);
      if (sizes.both !== undefined) askPairs(connection, claim, view, sizes.both, keys);
    }
    if (isUnknown(view, claim)) keys.push(anchorKey(connection, { kind: "unknown", claim }));
  }
}

function askValues(
  connection: string,
  claim: string,
  values: readonly string[],
  { starts, ends }: ClaimLengths,
  keys: string[],
): void {
  const equals = anchorKey(connection, { kind: "equals", claim, value: "" });
  const whole = wholeKeys(equals);
  for (const value of values) {
    const key = whole.get(value) ?? remember(whole, equals, value);
    if (value.length <= LONGEST_VALUE) keys.push(key);
  }
  for (const length of starts)
    for (const value of atLeast(length, values))
      keys.push(anchorKey(connection, { kind: "starts", claim, value: value.slice(0, length) }));
  for (const length of ends)
    for (const value of atLeast(length, values))
      keys.push(anchorKey(connection, { kind: "ends", claim, value: value.slice(-length) }));
}

/** For values that very many rules share: with each value of the claims they ask for besides. */
function askPairs(
  connection: string,
  claim: string,
  view: Asking,
  both: NonNullable<ClaimLengths["both"]>,
  keys: string[],
): void {
  for (const value of valuesOf(view, claim)) {
    const others = Object.hasOwn(both, value) ? both[value] : undefined;
    for (const other of others ?? []) {
      const pair = { kind: "both", first: { claim, value }, second: { claim: other, value: "" } } as const;
      const first = anchorKey(connection, pair);
      for (const second of askable(valuesOf(view, other))) keys.push(first + second);
    }
  }
}

const askable = (values: readonly string[]): readonly string[] =>
  values.filter(({ length }) => length <= LONGEST_VALUE);

const atLeast = (length: number, values: readonly string[]): readonly string[] =>
  values.filter((value) => value.length >= length);

/**
 * Keys asked lately, by their first part and the value. Putting a key together and hashing it anew costs more than
 * the rest of asking, and colleagues share most of their groups.
 */
const asked = new Map<string, Map<string, string>>();
const MOST_FIRSTS = 256;
const MOST_VALUES = 10_000;

function wholeKeys(first: string): Map<string, string> {
  const known = asked.get(first);
  if (known !== undefined) return known;
  if (asked.size >= MOST_FIRSTS) asked.clear();
  const fresh = new Map<string, string>();
  asked.set(first, fresh);
  return fresh;
}

function remember(whole: Map<string, string>, first: string, value: string): string {
  if (whole.size >= MOST_VALUES) whole.clear();
  const key = first + value;
  if (value.length <= LONGEST_VALUE) whole.set(value, key);
  return key;
}
