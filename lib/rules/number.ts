import type { Truth } from "../core/decision.ts";
import type { Condition } from "../core/rule.ts";

export type Bounds = Extract<Condition, { number: unknown }>["number"];

/** Fifteen digits are what a double holds exactly: two such texts are one number only if they say the same. */
const MOST_DIGITS = 15;
const DECIMAL = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;

/** A decimal number as `42`, `-1` or `0.5`; undefined for anything else (spaces, `+`, leading zeros, exponents). */
export function parseDecimal(text: string): number | undefined {
  if (text.length > MOST_DIGITS + 2 || !DECIMAL.test(text)) return undefined;
  return text.replace(/\D/g, "").length <= MOST_DIGITS ? Number(text) : undefined;
}

/**
 * Whether some value is a number within bounds.
 *
 * A value that is no number might have been written for any: it makes the answer unknown where no other value holds,
 * so that a deny on a level takes away from somebody whose level cannot be read.
 */
export function numberWithin(values: readonly string[], bounds: Bounds, ifNone: Truth): Truth {
  let readable = true;
  for (const value of values) {
    const number = parseDecimal(value);
    if (number === undefined) readable = false;
    else if (isWithin(number, bounds)) return "true";
  }
  return readable ? ifNone : "unknown";
}

const isWithin = (number: number, { atLeast, above, atMost, below }: Bounds): boolean =>
  (atLeast === undefined || number >= atLeast) &&
  (above === undefined || number > above) &&
  (atMost === undefined || number <= atMost) &&
  (below === undefined || number < below);

/** Whether no number at all lies within: most likely a bound that was mistaken for the other. */
export function isEmpty({ atLeast, above, atMost, below }: Bounds): boolean {
  const low = Math.max(atLeast ?? Number.NEGATIVE_INFINITY, above ?? Number.NEGATIVE_INFINITY);
  const high = Math.min(atMost ?? Number.POSITIVE_INFINITY, below ?? Number.POSITIVE_INFINITY);
  const open = above === low || below === high;
  return low > high || (low === high && open);
}
