import type { Configuration } from "../core/objects.ts";
import type { Problem } from "../core/problem.ts";
import type { Change, Written } from "./diff.ts";
import { accountsIn, liesWithin } from "./reach.ts";

/**
 * Rules that name an account which leaves, by this change, the bounds of editors that they lay within. Bounds say who may write
 * a rule and not what it gives: it stands, and whoever moves the account is told so.
 *
 * @param positions Where each object stood among those that were sent.
 * @param before What is published, as it was written.
 */
export function leftBounds(
  changes: readonly Change[],
  { rules, accounts }: Pick<Configuration, "rules" | "accounts">,
  positions: ReadonlyMap<object, number>,
  before: readonly Written[],
): Problem[] {
  const moved = new Set(
    changes.flatMap(({ kind, what, id }) => (kind === "Account" && what === "changed" ? [id] : [])),
  );
  if (moved.size === 0) return [];
  const editing = rules.filter(
    ({ effect, grant }) =>
      effect === "allow" && grant.broker?.includes("editor") && grant.accounts !== undefined,
  );
  const were = accountsIn(before);
  return rules.flatMap((rule) => {
    const { grant, id } = rule;
    const index = positions.get(rule);
    const named = (grant.accounts ?? []).filter((one) => moved.has(one));
    if (named.length === 0 || grant.broker !== undefined) return [];
    return editing
      .filter(({ grant: bounds }) => liesWithin(rule, bounds, were) && !liesWithin(rule, bounds, accounts))
      .map(
        (left): Problem => ({
          severity: "warning",
          kind: "Rule",
          id,
          ...(index === undefined ? {} : { index }),
          path: ["grant", "accounts"],
          message: `Account ${named.join(", ")} leaves the bounds of editors that rule \`${left.id}\` sets; this rule names it and still stands.`,
          fix: "Change or remove this rule where it was meant for the old place alone. From now on those editors cannot.",
        }),
      );
  });
}
