import { rulePolicyProblems, scopeProblems } from "../aws/scope.ts";
import type { Configuration } from "../core/objects.ts";
import type { Problem } from "../core/problem.ts";

/** Session policies that no session could be issued with: better refused now than at 3 in the morning. */
export function lintPolicies(
  { scopes, rules }: Configuration,
  positions: ReadonlyMap<object, number>,
): Problem[] {
  const problem = (
    kind: "Scope" | "Rule",
    object: { readonly id: string },
    path: string[],
    message: string,
  ): Problem => {
    const index = positions.get(object);
    const fix = "See docs/config.md, Scope.";
    return {
      severity: "error",
      kind,
      id: object.id,
      path,
      message,
      fix,
      ...(index === undefined ? {} : { index }),
    };
  };
  return [
    ...scopes.flatMap((scope) =>
      scopeProblems(scope).map((said) => problem("Scope", scope, ["policy"], said)),
    ),
    ...rules.flatMap((rule) => {
      const { policy } = rule.grant;
      if (policy === undefined) return [];
      return rulePolicyProblems(policy).map((said) => problem("Rule", rule, ["grant", "policy"], said));
    }),
  ];
}
