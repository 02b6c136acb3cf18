import type { Connection } from "../../core/connection.ts";
import type { Truth } from "../../core/decision.ts";
import type { Condition } from "../../core/rule.ts";
import type { Epoch } from "../../core/time.ts";
import { mapsClaim } from "../claims.ts";
import { meaningOf } from "./conditions.ts";
import { ANY, oneOf, type Texts } from "./texts.ts";

/** What a condition is wanted to be; three values make four of these. */
export type Wanted = "true" | "false" | "not-true" | "not-false";

type Circumstance = Extract<Condition, { cidr: unknown } | { network: unknown } | { timeWindow: unknown }>;

/** One thing that is asked of somebody, about one thing that can be chosen freely. */
export type Literal =
  /** Some value, or no value, of a claim is one of these; all there are, exactly one, is. */
  | { readonly claim: string; readonly is: "some" | "none" | "one"; readonly texts: Texts }
  | { readonly claim: string; readonly is: "known" | "unknown" }
  | { readonly mfa: readonly ("yes" | "no" | "unknown")[] }
  | { readonly age: { readonly seconds: number; readonly truths: readonly Truth[] } }
  | { readonly circumstance: Circumstance; readonly truths: readonly Truth[] }
  | { readonly now: { readonly from?: Epoch; readonly until?: Epoch }; readonly inside: boolean }
  /** Something that nothing here can choose for; only the decision itself can say. */
  | { readonly beyond: string };

export type Formula =
  | { readonly all: readonly Formula[] }
  | { readonly any: readonly Formula[] }
  | { readonly literal: Literal };

export const ALWAYS: Formula = { all: [] };
export const NEVER: Formula = { any: [] };
export const literal = (one: Literal): Formula => ({ literal: one });

const when = (holds: boolean): Formula => (holds ? ALWAYS : NEVER);

const TRUTHS: Readonly<Record<Wanted, readonly Truth[]>> = {
  true: ["true"],
  false: ["false"],
  "not-true": ["false", "unknown"],
  "not-false": ["true", "unknown"],
};
const OPPOSITE: Readonly<Record<Wanted, Wanted>> = {
  true: "false",
  false: "true",
  "not-true": "not-false",
  "not-false": "not-true",
};

/** A condition as what must be so of somebody of one connection, for it to be what is wanted (Kleene's three values). */
export function formulaOf(condition: Condition, wanted: Wanted, connection: Connection): Formula {
  const inner = (one: Condition) => formulaOf(one, wanted, connection);
  const holds = wanted === "true" || wanted === "not-false";
  if ("all" in condition)
    return holds ? { all: condition.all.map(inner) } : { any: condition.all.map(inner) };
  if ("any" in condition)
    return holds ? { any: condition.any.map(inner) } : { all: condition.any.map(inner) };
  if ("not" in condition) return formulaOf(condition.not, OPPOSITE[wanted], connection);
  return leafFormula(condition, wanted, connection);
}

type Leaf = Exclude<Condition, { all: unknown } | { any: unknown } | { not: unknown }>;

function leafFormula(condition: Leaf, wanted: Wanted, connection: Connection): Formula {
  if ("claim" in condition) return claimFormula(condition, wanted, connection);
  if ("mfa" in condition) return mfaFormula(condition.mfa ? "yes" : "no", wanted);
  if ("authAgeSeconds" in condition)
    return literal({ age: { seconds: condition.authAgeSeconds, truths: TRUTHS[wanted] } });
  if ("acr" in condition) return levelFormula(condition.acr.atLeast, wanted, connection);
  return literal({ circumstance: condition, truths: TRUTHS[wanted] });
}

function mfaFormula(which: "yes" | "no", wanted: Wanted): Formula {
  const other = which === "yes" ? "no" : "yes";
  const of: Readonly<Record<Truth, "yes" | "no" | "unknown">> = {
    true: which,
    false: other,
    unknown: "unknown",
  };
  return literal({ mfa: TRUTHS[wanted].map((truth) => of[truth]) });
}

/** A level is a place in a list, so it is a set of texts of `acr`. */
function levelFormula(least: string, wanted: Wanted, { contexts }: Connection): Formula {
  const at = contexts.indexOf(least);
  if (at < 0) return unknownFormula(wanted);
  // A context that stands there twice counts where it stands first.
  const upper = oneOf(contexts.filter((one) => contexts.indexOf(one) >= at));
  const lower = oneOf(contexts.filter((one) => contexts.indexOf(one) < at));
  if (wanted === "true") return literal({ claim: "acr", is: "some", texts: upper });
  if (wanted === "false") return literal({ claim: "acr", is: "some", texts: lower });
  return literal({ claim: "acr", is: "none", texts: wanted === "not-true" ? upper : lower });
}

/** What is unknown of everybody. */
const unknownFormula = (wanted: Wanted): Formula => when(wanted === "not-true" || wanted === "not-false");

type ClaimCondition = Extract<Condition, { claim: string }>;

function claimFormula(condition: ClaimCondition, wanted: Wanted, connection: Connection): Formula {
  const { claim } = condition;
  if ("exists" in condition) {
    const texts = { true: ANY, notFalse: ANY };
    return valuesFormula(claim, texts, condition.exists ? wanted : OPPOSITE[wanted], connection);
  }
  const texts = meaningOf(condition);
  return texts === undefined ? unknownFormula(wanted) : valuesFormula(claim, texts, wanted, connection);
}

function valuesFormula(
  claim: string,
  texts: { readonly true: Texts; readonly notFalse: Texts },
  wanted: Wanted,
  connection: Connection,
): Formula {
  const fixed = fixedValue(claim, connection);
  if (fixed !== undefined) return fixedFormula(texts, fixed, wanted);
  if (claim === "mfa") return mfaTexts(texts, wanted);
  if (claim === "authenticatedAt" || claim === "sourceIp") return literal({ beyond: claim });
  // Nobody comes with a claim that their connection does not map, and connectors set no other names of ours.
  if (claim.startsWith("sekisho:") || !mapsClaim(connection, claim)) return unknownFormula(wanted);
  const is = (which: "some" | "none", set: Texts) => literal({ claim, is: which, texts: set });
  if (wanted === "true") return is("some", texts.true);
  if (wanted === "not-true") return is("none", texts.true);
  if (wanted === "false") return { all: [literal({ claim, is: "known" }), is("none", texts.notFalse)] };
  return { any: [is("some", texts.notFalse), literal({ claim, is: "unknown" })] };
}

/** What connectors say of everybody of a connection. */
function fixedValue(claim: string, { id, purpose }: Connection): string | undefined {
  if (claim === "connection") return id;
  return claim === "kind" ? (purpose === "workload" ? "workload" : "person") : undefined;
}

function fixedFormula(
  texts: { readonly true: Texts; readonly notFalse: Texts },
  value: string,
  wanted: Wanted,
) {
  const truth: Truth = texts.true.has(value) ? "true" : texts.notFalse.has(value) ? "unknown" : "false";
  return when(TRUTHS[wanted].includes(truth));
}

function mfaTexts(texts: { readonly true: Texts; readonly notFalse: Texts }, wanted: Wanted): Formula {
  const truthOf = (value: "yes" | "no"): Truth =>
    texts.true.has(value) ? "true" : texts.notFalse.has(value) ? "unknown" : "false";
  const fitting = (["yes", "no"] as const).filter((one) => TRUTHS[wanted].includes(truthOf(one)));
  return literal({ mfa: TRUTHS[wanted].includes("unknown") ? [...fitting, "unknown"] : fitting });
}
