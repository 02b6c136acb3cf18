import type { Problem } from "../core/problem.ts";
import type { Condition, Rule } from "../core/rule.ts";
import { isChangeableName } from "./changeable.ts";
import { mapsClaim } from "./claims.ts";
import { lintCaptures } from "./lint-captures.ts";
import { type LintContext, type Report, reporterOf } from "./lint-context.ts";
import { lintGrant } from "./lint-grants.ts";
import { lintInForce } from "./lint-in-force.ts";
import { lintAsked, lintLevel, lintNetwork, lintRanges } from "./lint-operators.ts";
import { lintSourceIdentity } from "./lint-source-identity.ts";
import { lintTexts } from "./lint-texts.ts";
import { isZone } from "./time-window.ts";
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

/** A condition met on the way down, and whether an odd number of `not` stands above it. */
interface Met {
  readonly condition: Condition;
  readonly path: readonly (string | number)[];
  readonly negated: boolean;
}

/** Conditions that ask something themselves, nested ones included. */
function walk(conditions: readonly Condition[], path: Met["path"], negated = false): Met[] {
  return conditions.flatMap((condition, index) => walkOne(condition, [...path, index], negated));
}

function walkOne(condition: Condition, path: Met["path"], negated: boolean): Met[] {
  if ("all" in condition) return walk(condition.all, [...path, "all"], negated);
  if ("any" in condition) return walk(condition.any, [...path, "any"], negated);
  if ("not" in condition) return walkOne(condition.not, [...path, "not"], !negated);
  return [{ condition, path, negated }];
}

function lintCondition(rule: Rule, met: Met, context: LintContext, report: Report): Problem[] {
  const { condition, path } = met;
  if ("claim" in condition)
    return [
      ...lintClaim(rule, condition.claim, met, context, report),
      ...lintAsked(condition, path, context, report),
    ];
  if ("network" in condition) return lintNetwork(condition.network, path, context, report);
  if ("acr" in condition)
    return lintLevel(condition.acr.atLeast, path, meantConnections(rule, context), report);
  if ("cidr" in condition) return lintRanges(condition.cidr, [...path, "cidr"], report);
  if ("timeWindow" in condition && !isZone(condition.timeWindow.zone)) {
    const fix = "Write an IANA name such as `Asia/Tokyo` or `UTC`.";
    return [
      report([...path, "timeWindow", "zone"], `\`${condition.timeWindow.zone}\` is not a time zone.`, fix),
    ];
  }
  return [];
}

function lintClaim(
  rule: Rule,
  claim: string,
  { path, negated }: Met,
  context: LintContext,
  report: Report,
): Problem[] {
  const at = [...path, "claim"];
  if (claim.startsWith("sekisho:") || claim === "__proto__")
    return [report(at, `Nothing is known under \`${claim}\`.`, "Name a claim that the connection maps.")];
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
  const changeable = meant.find((connection) => isChangeable(claim, connection.claims));
  if (takesAway && changeable !== undefined) {
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
