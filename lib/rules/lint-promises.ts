import type { Connection } from "../core/connection.ts";
import type { Problem } from "../core/problem.ts";
import { type Invariant, partsOf, type Test } from "../core/promise.ts";
import { mapsClaim } from "./claims.ts";
import { isNobodys, lintWords, type Met, walk } from "./lint-conditions.ts";
import { type LintContext, type Report, reporterOf } from "./lint-context.ts";
import { lintTexts } from "./lint-texts.ts";

/** What is wrong with tests and invariants: one that speaks of nothing would be green for ever. */
export const lintPromises = (context: LintContext): Problem[] => [
  ...context.configuration.tests.flatMap((one) => lintTest(one, context)),
  ...context.configuration.invariants.flatMap((one) => lintInvariant(one, context)),
];

function lintTest(test: Test, context: LintContext): Problem[] {
  const report = reporterOf(test, context);
  const [id, path] =
    "person" in test.who
      ? [partsOf(test.who).connection, ["who", "person"]]
      : [test.who.connection, ["who", "connection"]];
  const strange = context.connections.has(id)
    ? []
    : [report(path, NO_CONNECTION(id), "Write the id of a connection.")];
  const nowhere = test.expect.flatMap((one, index) => {
    if ("accounts" in one) return lintPlaces(one, ["expect", index], context, report);
    if ("broker" in one || context.selected(one.account).length > 0) return [];
    const message = `There is no account ${one.account}.`;
    return [report(["expect", index, "account"], message, "Write the id of an account.")];
  });
  return [...strange, ...nowhere];
}

const NO_CONNECTION = (id: string) => `There is no connection ${id}.`;

/** Selectors and names that mean nothing. */
function lintPlaces(
  { accounts, roles }: { readonly accounts: readonly string[]; readonly roles: readonly string[] },
  path: Problem["path"],
  context: LintContext,
  report: Report,
): Problem[] {
  const nowhere = accounts.flatMap((one, index) =>
    context.selected(one).length > 0
      ? []
      : [
          report(
            [...path, "accounts", index],
            `\`${one}\` means no account, so this holds of nothing.`,
            "Correct the selector, or leave it if accounts are to come.",
            "warning",
          ),
        ],
  );
  const unknown = roles.flatMap((one, index) =>
    one === "*" || context.roleNames.has(one)
      ? []
      : [report([...path, "roles", index], `There is no role ${one}.`, "Write the name of a role, or `*`.")],
  );
  return [...nowhere, ...unknown];
}

const SHAPE = "Write `never`, or `whenever` with `then`.";

function lintInvariant(invariant: Invariant, context: LintContext): Problem[] {
  const report = reporterOf(invariant, context);
  const { never, whenever, then } = invariant;
  const selector = never ?? whenever;
  if (selector === undefined) return [report([], "This invariant says nothing.", SHAPE)];
  if (never !== undefined && (whenever ?? then) !== undefined)
    return [report([], "`never` stands alone.", "Write two invariants.")];
  if (never === undefined && then === undefined) return [report(["whenever"], "`then` is missing.", SHAPE)];
  const word = never === undefined ? "whenever" : "never";
  const connections = [selector.connection ?? []].flat();
  const strange = connections
    .filter((id) => !context.connections.has(id))
    .map((id) => report([word, "connection"], NO_CONNECTION(id), "Write the id of a connection."));
  const meant = meantBy(connections, context);
  const asked = [...walk(never?.when ?? [], ["never", "when"]), ...walk(then ?? [], ["then"])];
  return [
    ...strange,
    ...lintPlaces(selector, [word], context, report),
    ...asked.flatMap((met) => lintMet(met, meant, context, report)),
    ...lintTexts(invariant, report),
  ];
}

/** Connections whose people an invariant speaks of. */
const meantBy = (ids: readonly string[], { configuration }: LintContext): readonly Connection[] =>
  configuration.connections.filter(({ id }) => ids.length === 0 || ids.includes(id));

/** One condition. Where several are meant, it is enough that one connection can say what is asked. */
function lintMet(met: Met, meant: readonly Connection[], context: LintContext, report: Report): Problem[] {
  const { condition, path } = met;
  const isListed =
    "acr" in condition && meant.some(({ contexts }) => contexts.includes(condition.acr.atLeast));
  const problems = lintWords(met, isListed ? [] : meant.slice(0, 1), context, report);
  if (!("claim" in condition) || isNobodys(condition.claim) || meant.length === 0) return problems;
  const { claim } = condition;
  if (meant.some((connection) => mapsClaim(connection, claim))) return problems;
  const message = `None of these connections maps \`${claim}\`, so this is never true.`;
  const fix = `Add \`${claim}\` to \`claims\` of one, or ask something else.`;
  return [...problems, report([...path, "claim"], message, fix, "warning")];
}
