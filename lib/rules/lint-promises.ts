import type { Problem } from "../core/problem.ts";
import type { Invariant, Test } from "../core/promise.ts";
import { type LintContext, reporterOf } from "./lint-context.ts";

/** What is wrong with tests and invariants: one that speaks of nothing would be green for ever. */
export const lintPromises = (context: LintContext): Problem[] => [
  ...context.configuration.tests.flatMap((one) => lintTest(one, context)),
  ...context.configuration.invariants.flatMap((one) => lintInvariant(one, context)),
];

function lintTest(test: Test, context: LintContext): Problem[] {
  const report = reporterOf(test, context);
  const strange = context.connections.has(test.who.connection)
    ? []
    : [report(["who", "connection"], NO_CONNECTION(test.who.connection), "Write the id of a connection.")];
  const nowhere = test.expect.flatMap((one, index) =>
    "account" in one && context.selected(one.account).length === 0
      ? [
          report(
            ["expect", index, "account"],
            `There is no account ${one.account}.`,
            "Write the id of an account.",
          ),
        ]
      : [],
  );
  return [...strange, ...nowhere];
}

const NO_CONNECTION = (id: string) => `There is no connection ${id}.`;

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
  const nowhere = selector.accounts.flatMap((one, index) =>
    context.selected(one).length > 0
      ? []
      : [
          report(
            [word, "accounts", index],
            `\`${one}\` means no account, so this holds of nothing.`,
            "Correct the selector, or leave it if accounts are to come.",
            "warning",
          ),
        ],
  );
  const unknown = selector.roles.flatMap((one, index) =>
    one === "*" || context.roleNames.has(one)
      ? []
      : [report([word, "roles", index], `There is no role ${one}.`, "Write the name of a role, or `*`.")],
  );
  return [...strange, ...nowhere, ...unknown];
}
