import type { Connection } from "../core/connection.ts";
import type { Problem } from "../core/problem.ts";
import type { Condition } from "../core/rule.ts";
import type { LintContext, Report } from "./lint-context.ts";
import { lintAsked, lintLevel, lintNetwork, lintRanges } from "./lint-operators.ts";
import { isZone } from "./time-window.ts";

/** A condition met on the way down, and whether an odd number of `not` stands above it. */
export interface Met {
  readonly condition: Condition;
  readonly path: readonly (string | number)[];
  readonly negated: boolean;
}

/** Conditions that ask something themselves, nested ones included. */
export function walk(conditions: readonly Condition[], path: Met["path"], negated = false): Met[] {
  return conditions.flatMap((condition, index) => walkOne(condition, [...path, index], negated));
}

function walkOne(condition: Condition, path: Met["path"], negated: boolean): Met[] {
  if ("all" in condition) return walk(condition.all, [...path, "all"], negated);
  if ("any" in condition) return walk(condition.any, [...path, "any"], negated);
  if ("not" in condition) return walkOne(condition.not, [...path, "not"], !negated);
  return [{ condition, path, negated }];
}

/** Whether nobody ever has a value under this name. */
export const isNobodys = (claim: string): boolean => claim.startsWith("sekisho:") || claim === "__proto__";

/**
 * What can have no good meaning in one condition, wherever it stands.
 *
 * @param meant Connections whose people it is asked of.
 */
export function lintWords(
  { condition, path }: Met,
  meant: readonly Connection[],
  context: LintContext,
  report: Report,
): Problem[] {
  if ("claim" in condition) {
    const message = `Nothing is known under \`${condition.claim}\`.`;
    const strange = isNobodys(condition.claim)
      ? [report([...path, "claim"], message, "Name a claim that the connection maps.")]
      : [];
    return [...strange, ...lintAsked(condition, path, context, report)];
  }
  if ("network" in condition) return lintNetwork(condition.network, path, context, report);
  if ("acr" in condition) return lintLevel(condition.acr.atLeast, path, meant, report);
  if ("cidr" in condition) return lintRanges(condition.cidr, [...path, "cidr"], report);
  if ("timeWindow" in condition && !isZone(condition.timeWindow.zone)) {
    const fix = "Write an IANA name such as `Asia/Tokyo` or `UTC`.";
    return [
      report([...path, "timeWindow", "zone"], `\`${condition.timeWindow.zone}\` is not a time zone.`, fix),
    ];
  }
  return [];
}
