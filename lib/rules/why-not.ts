import type { Decision } from "../core/decision.ts";
import type { CompiledRule } from "../core/rule-set.ts";
import type { World } from "../core/world.ts";
import { grantedBy } from "./targets.ts";

/** A rule that would have given a role, and the conditions of it that did not hold. */
export interface Missed {
  readonly rule: string;
  readonly wants: readonly string[];
  /** Nothing but a second factor is missing. */
  readonly onlySecondFactor: boolean;
}

/**
 * The allow rule that came closest to giving a role: the fewest conditions failed, ties by rule id.
 *
 * It knows the rules this person's claims led to, which is all a decision reads; a rule filed under a group they are
 * not in is not among them.
 *
 * @param rules The rules the decision was made with.
 */
export function nearestMiss(
  decision: Decision,
  rules: readonly CompiledRule[],
  world: World,
  ask: { readonly accountId: string; readonly role: string },
): Missed | undefined {
  const byId = new Map(rules.map((rule) => [rule.id, rule]));
  const gives = (id: string): boolean => {
    const rule = byId.get(id);
    if (rule === undefined) return false;
    return grantedBy(rule, world).some(
      ({ placed }) => placed.accountId === ask.accountId && placed.name === ask.role,
    );
  };
  const [nearest] = decision.reasons
    .filter(
      (reason) =>
        reason.effect === "allow" && !reason.shadow && reason.truth !== "true" && gives(reason.rule),
    )
    .map(({ rule, conditions }) => ({ rule, failed: conditions.filter(({ truth }) => truth !== "true") }))
    .sort((a, b) => a.failed.length - b.failed.length);
  if (nearest === undefined) return undefined;
  const wants = nearest.failed.map(({ condition }) => condition);
  return { rule: nearest.rule, wants, onlySecondFactor: wants.length === 1 && wants[0] === SECOND_FACTOR };
}

/** How `describe` writes `{ mfa: true }`. */
const SECOND_FACTOR = "second factor";
