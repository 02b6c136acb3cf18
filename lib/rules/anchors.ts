import type { Condition } from "../core/rule.ts";
import { globEnd, globStart, isLiteral } from "./glob.ts";
import type { Anchor } from "./index.ts";
import { regexStart } from "./regex.ts";
import { readTemplate } from "./template.ts";

/** An anchor with a value: what one positive condition can be filed by. */
export type ValueAnchor = Extract<Anchor, { value: string }>;

/**
 * One way to file a rule: whenever its conditions are true, at least one of these is among what a person asks for.
 * Where a condition is unknown instead, the claim of one of them is.
 */
export type Filing = readonly ValueAnchor[];

/** How many rules could be filed under an anchor: what makes one rare. */
export type Commonness = (anchor: ValueAnchor) => number;

/** Every way to file by one of these conditions, all of which must hold. None when nothing positive is among them. */
export const filings = (conditions: readonly Condition[], commonness: Commonness): Filing[] =>
  conditions.flatMap((condition) => filingsOf(condition, commonness));

function filingsOf(condition: Condition, commonness: Commonness): Filing[] {
  if ("claim" in condition) return claimFilings(condition);
  if ("all" in condition) return filings(condition.all, commonness);
  if ("any" in condition) return filingsOfAny(condition.any, commonness);
  return [];
}

function claimFilings(condition: Extract<Condition, { claim: string }>): Filing[] {
  const { claim } = condition;
  if ("equals" in condition) return [[{ kind: "equals", claim, value: condition.equals }]];
  if ("in" in condition)
    return [[...new Set(condition.in)].map((value) => ({ kind: "equals", claim, value }))];
  if ("startsWith" in condition) return [[{ kind: "starts", claim, value: condition.startsWith }]];
  if ("endsWith" in condition) return [[{ kind: "ends", claim, value: condition.endsWith }]];
  if ("glob" in condition) return globFilings(claim, condition.glob);
  if ("template" in condition) return templateFilings(claim, condition.template);
  return "regex" in condition ? regexFilings(claim, condition.regex) : [];
}

function templateFilings(claim: string, text: string): Filing[] {
  const template = readTemplate(text);
  return "message" in template ? [] : [[{ kind: "starts", claim, value: template.start }]];
}

function regexFilings(claim: string, pattern: string): Filing[] {
  const start = regexStart(pattern);
  if (start === undefined || start.text === "") return [];
  return [[{ kind: start.whole ? "equals" : "starts", claim, value: start.text }]];
}

function globFilings(claim: string, glob: string): Filing[] {
  if (isLiteral(glob)) return [[{ kind: "equals", claim, value: glob }]];
  const start: ValueAnchor = { kind: "starts", claim, value: globStart(glob) };
  const end: ValueAnchor = { kind: "ends", claim, value: globEnd(glob) };
  return [start, end].filter(({ value }) => value !== "").map((anchor) => [anchor]);
}

/** Any of the branches may be the one that holds, so each must be filed; by the rarest way it has. */
function filingsOfAny(branches: readonly Condition[], commonness: Commonness): Filing[] {
  const chosen = branches.map((branch) => rarest(filingsOf(branch, commonness), commonness));
  return chosen.every((filing) => filing !== undefined) ? [chosen.flat()] : [];
}

const RANK = { equals: 0, starts: 1, ends: 2 } as const;

/**
 * Equality before beginnings before ends, then the least common, then the first as written. An equality costs a decision
 * one key, a beginning one for each value and length; where the equality is everybody's, `byRarerTexts` thinks again.
 */
export function rarest(candidates: readonly Filing[], commonness: Commonness): Filing | undefined {
  let best: { readonly filing: Filing; readonly rank: number; readonly common: number } | undefined;
  for (const filing of candidates) {
    const rank = Math.max(...filing.map(({ kind }) => RANK[kind]));
    const common = Math.max(...filing.map(commonness));
    if (best === undefined || rank < best.rank || (rank === best.rank && common < best.common))
      best = { filing, rank, common };
  }
  return best?.filing;
}

/** Every anchor a condition could be filed under, chosen or not. */
export function possibleAnchors(condition: Condition): ValueAnchor[] {
  if ("claim" in condition) return claimFilings(condition).flat();
  if ("all" in condition) return condition.all.flatMap(possibleAnchors);
  return "any" in condition ? condition.any.flatMap(possibleAnchors) : [];
}
