import * as v from "valibot";
import type { Problem } from "../core/problem.ts";
import { Rule } from "../core/rule.ts";
import type { Change, Written } from "./diff.ts";
import { accountsIn, liesWithin } from "./reach.ts";

/**
 * Rules that name an account which leaves, by this change, the bounds of editors that they lay within. Bounds say who may write
 * a rule and not what it gives: it stands, and whoever moves the account is told so.
 */
export function leftBounds(
  changes: readonly Change[],
  before: readonly Written[],
  after: readonly Written[],
): Problem[] {
  const moved = new Set(
    changes.flatMap(({ kind, what, id }) => (kind === "Account" && what === "changed" ? [id] : [])),
  );
  if (moved.size === 0) return [];
  const rules = after.flatMap((form, index) => {
    const parsed = form.kind === "Rule" ? v.safeParse(Rule, form) : undefined;
    return parsed?.success ? [{ rule: parsed.output, index }] : [];
  });
  const editing = rules.filter(
    ({ rule: { effect, grant } }) =>
      effect === "allow" && grant.broker?.includes("editor") && grant.accounts !== undefined,
  );
  const [were, are] = [accountsIn(before), accountsIn(after)];
  return rules.flatMap(({ rule, index }) => {
    const { grant, id } = rule;
    const named = (grant.accounts ?? []).filter((one) => moved.has(one));
    if (named.length === 0 || grant.broker !== undefined) return [];
    return editing
      .filter(
        ({ rule: { grant: bounds } }) => liesWithin(rule, bounds, were) && !liesWithin(rule, bounds, are),
      )
      .map(
        (left): Problem => ({
          severity: "warning",
          kind: "Rule",
          id,
          index,
          path: ["grant", "accounts"],
          message: `Account ${named.join(", ")} leaves the bounds of editors that rule \`${left.rule.id}\` sets; this rule names it and still stands.`,
          fix: "Change or remove this rule where it was meant for the old place alone. From now on those editors cannot.",
        }),
      );
  });
}
