import type { Judged } from "../core/decision.ts";
import type { CompiledRule } from "../core/rule-set.ts";
import { toInstant } from "../core/time.ts";
import type { PreparedCondition } from "./match.ts";

/**
 * The beginning and the end of a rule as conditions like any other: an allow that has ended gives nothing, and a deny
 * that has ended takes nothing away. The clock is always known, so they are never unknown.
 */
export function inForce({ from, until }: CompiledRule): PreparedCondition[] {
  return [
    ...(from === undefined ? [] : [told(`from ${toInstant(from)}`, (now) => now >= from)]),
    ...(until === undefined ? [] : [told(`until ${toInstant(until)}`, (now) => now < until)]),
  ];
}

function told(condition: string, holds: (now: number) => boolean): PreparedCondition {
  const tell = (truth: Judged["truth"]): Judged => Object.freeze({ condition, truth });
  return {
    judge: ({ now }) => (holds(now) ? "true" : "false"),
    told: { true: tell("true"), false: tell("false"), unknown: tell("unknown") },
  };
}
