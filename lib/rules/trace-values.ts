import type { Condition } from "../core/rule.ts";
import { type Epoch, toDate, toInstant } from "../core/time.ts";
import { visible } from "./lint-texts.ts";
import type { Missing, Remedy, WhyUnknown } from "./missing.ts";
import type { Leaf } from "./sentence.ts";

/** What is to be said of one thing that is missing. */
export type Said =
  | { readonly kind: "begins" | "ends" | "ended"; readonly at: Epoch }
  | { readonly kind: "session"; readonly text: string }
  | { readonly kind: "unknown"; readonly claim: string; readonly why: WhyUnknown }
  | { readonly kind: "second_factor" }
  | { readonly kind: "groups"; readonly values: readonly string[] }
  | { readonly kind: "network"; readonly name: string }
  | { readonly kind: "window"; readonly at: Epoch; readonly zone: string }
  | { readonly kind: "condition"; readonly condition: Condition }
  /** The rule's own terms are not told. */
  | { readonly kind: "value"; readonly claim: string }
  | { readonly kind: "other"; readonly remedy: Remedy; readonly at?: Epoch };

export function saidOf(missing: Missing): Said {
  const { condition, remedy, why, span, at = 0, session } = missing;
  if (span === "from") return { kind: "begins", at };
  if (span === "until") return { kind: remedy === "wait" ? "ends" : "ended", at };
  if (session !== undefined) return { kind: "session", text: session };
  const claim = claimOf(missing);
  if (why !== undefined && claim !== undefined) return { kind: "unknown", claim, why };
  if (remedy === "second_factor") return { kind: "second_factor" };
  if (condition !== undefined) return ofCondition(missing, condition);
  if (claim !== undefined) return { kind: "value", claim };
  return { kind: "other", remedy, ...(missing.at === undefined ? {} : { at }) };
}

const claimOf = ({ claim, condition }: Missing): string | undefined =>
  claim ?? (condition !== undefined && "claim" in condition ? condition.claim : undefined);

function ofCondition({ negated, at }: Missing, condition: Leaf): Said {
  if ("timeWindow" in condition && at !== undefined)
    return { kind: "window", at, zone: condition.timeWindow.zone };
  if (negated) return { kind: "condition", condition: { not: condition } };
  if ("network" in condition) return { kind: "network", name: condition.network };
  const values = "claim" in condition && condition.claim === "groups" ? valuesOf(condition) : undefined;
  return values === undefined ? { kind: "condition", condition } : { kind: "groups", values };
}

const valuesOf = (condition: Leaf): readonly string[] | undefined => {
  if ("equals" in condition) return [condition.equals];
  return "in" in condition ? condition.in : undefined;
};

/** One group each, where nothing else is missing. */
export function onlyGroups(missing: readonly Missing[]): readonly string[] | undefined {
  const names = missing
    .map(saidOf)
    .map((said) => (said.kind === "groups" && said.values.length === 1 ? said.values : []));
  return names.every((one) => one.length === 1) ? names.flat() : undefined;
}

/** A value of a claim, as people read it. */
const shown = (claim: string, value: string): string =>
  claim === "authenticatedAt" && /^\d{1,11}$/.test(value) ? toInstant(Number(value)) : visible(value);

/** Some sign in with hundreds of groups; what decides stands in the rules, and all of them in the trace itself. */
const MOST_LISTED = 20;

/** Values of a claim in one line, the first of many. */
export function firstOf(
  claim: string,
  values: readonly string[],
  separator: string,
  more: (count: number) => string,
): string {
  const told = values.slice(0, MOST_LISTED).map((one) => shown(claim, one));
  const left = values.length - told.length;
  return [...told, ...(left === 0 ? [] : [more(left)])].join(separator);
}

/** An instant on the wall of a zone: `2026-11-23 09:00`. */
export const momentIn = (at: Epoch, timeZone: string): string =>
  new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "short" }).format(toDate(at));
