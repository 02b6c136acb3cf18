import type { Problem } from "../core/problem.ts";
import type { Rule } from "../core/rule.ts";
import { isChangeableName } from "./changeable.ts";
import { mapsClaim } from "./claims.ts";
import { lintCaptures } from "./lint-captures.ts";
import { isNobodys, lintWords, type Met, walk } from "./lint-conditions.ts";
import { type LintContext, type Report, reporterOf } from "./lint-context.ts";
import { lintGrant } from "./lint-grants.ts";
import { lintInForce } from "./lint-in-force.ts";

import { lintSourceIdentity } from "./lint-source-identity.ts";
import { lintTexts } from "./lint-texts.ts";
import { nearest } from "./words.ts";

/** What is wrong with one rule whose shape is right. */
export function lintRule(rule: Rule, context: LintContext): Problem[] {
  const report = reporterOf(rule, context);
  return [
    ...lintConnections(rule, context, report),
    ...lintGrant(rule, context, report),
    ...lintCaptures(rule, report),
    ...lintSourceIdentity(rule, context, report),
    ...lintInForce(rule, context, report),
    ...lintTexts(rule, report),
    ...walk(rule.when, ["when"]).flatMap((met) => lintCondition(rule, met, context, report)),
  ];
}

/** Ids a rule names, with where they stand. */
export const namedConnections = (rule: Rule): (readonly [id: string, path: (string | number)[]])[] =>
  typeof rule.connection === "string"
    ? [[rule.connection, ["connection"]]]
    : rule.connection.map((id, index) => [id, ["connection", index]]);

function lintConnections(rule: Rule, { connections }: LintContext, report: Report): Problem[] {
  return namedConnections(rule).flatMap(([id, path]) => {
    if (id === "*") {
      const fix =
        "List the connections whose people it is for: a group of the same name elsewhere is another group.";
      return rule.effect === "deny"
        ? []
        : [report(path, "An allow names its connections; `*` is for deny alone.", fix)];
    }
    if (connections.has(id)) return [];
    const like = nearest(id, [...connections.keys()]);
    const fix =
      like === undefined ? "Add the connection, or name one that is there." : `Did you mean \`${like}\`?`;
    return [report(path, `There is no connection \`${id}\`.`, fix)];
  });
}

function lintCondition(rule: Rule, met: Met, context: LintContext, report: Report): Problem[] {
  const { condition } = met;
  const claim = "claim" in condition ? lintClaim(rule, condition.claim, met, context, report) : [];
  return [...claim, ...lintWords(met, meantConnections(rule, context), context, report)];
}

function lintClaim(
  rule: Rule,
  claim: string,
  { path, negated }: Met,
  context: LintContext,
  report: Report,
): Problem[] {
  const at = [...path, "claim"];
  if (isNobodys(claim)) return [];
  const meant = meantConnections(rule, context);
  const takesAway = (rule.effect === "deny") !== negated;
  const problems = meant
    .filter((connection) => !mapsClaim(connection, claim))
    .map(({ id }) =>
      report(
        at,
        unmapped(rule, claim, id),
        `Add \`${claim}\` to \`claims\` of ${id}, or leave ${id} out.`,
        "warning",
      ),
    );
  if (takesAway && meant.some((connection) => isChangeable(claim, connection.claims))) {
    const fix = "Deny by `subject`, by a group, or by another claim that only administrators set.";
    const severity = rule.effect === "deny" ? "error" : "warning";
    problems.push(report(at, `People can change \`${claim}\`, and so walk around this.`, fix, severity));
  }
  return problems;
}

const unmapped = (rule: Rule, claim: string, connection: string): string =>
  rule.effect === "deny"
    ? `${connection} does not map \`${claim}\`, so there this deny fires for everybody.`
    : `${connection} does not map \`${claim}\`, so there this is never true.`;

const meantConnections = (rule: Rule, { connections, configuration }: LintContext) =>
  rule.connection === "*"
    ? configuration.connections.filter(({ purpose }) => purpose === "people")
    : namedConnections(rule).flatMap(([id]) => connections.get(id) ?? []);

function isChangeable(claim: string, claims: Readonly<Record<string, string>>): boolean {
  const source = Object.hasOwn(claims, claim) ? claims[claim] : undefined;
  return [claim, source ?? ""].some(isChangeableName);
}
