import type { Decision } from "../../core/decision.ts";
import type { Configuration } from "../../core/objects.ts";
import type { Problem } from "../../core/problem.ts";
import type { Expectation, Invariant, Test } from "../../core/promise.ts";
import type { CompiledRule } from "../../core/rule-set.ts";
import type { Epoch } from "../../core/time.ts";
import type { World } from "../../core/world.ts";
import { canonical } from "../diff.ts";
import type { DecideBy } from "../side.ts";
import { traceOf } from "../trace.ts";
import { nearestOf } from "../trace-text.ts";
import { type Counterexample, prove } from "./prove.ts";
import { askingOf } from "./who.ts";

export interface Trying {
  readonly configuration: Configuration;
  readonly positions: ReadonlyMap<object, number>;
  readonly rules: readonly CompiledRule[];
  readonly world: World;
  readonly now: Epoch;
  readonly decideBy: DecideBy;
  /** Whether there is no more time to prove anything. */
  readonly isLate: () => boolean;
}

/** Tries every test and proves every invariant of a configuration; what is red is a problem. */
export const tryPromises = (trying: Trying): Problem[] => [
  ...trying.configuration.tests.flatMap((one) => tryTest(one, trying)),
  ...trying.configuration.invariants.flatMap((one) => tryInvariant(one, trying)),
];

function problem(
  of: Test | Invariant,
  { positions }: Trying,
  rest: Pick<Problem, "message" | "fix" | "path">,
): Problem {
  const index = positions.get(of);
  const { kind, id } = of;
  return { severity: "error", kind, id, ...(index === undefined ? {} : { index }), ...rest };
}

function tryTest(test: Test, trying: Trying): Problem[] {
  const { world, rules, now, decideBy } = trying;
  const connection = world.connections.get(test.who.connection);
  if (connection === undefined) return [];
  const asking = askingOf(test.who, connection, now);
  // By all rules, not by those under this person's keys: the one that almost gave it is to be told.
  const decision = decideBy(asking.identity, rules, world, asking.at);
  return test.expect.flatMap((expected, index) =>
    isGiven(expected, decision) === expected.granted
      ? []
      : [
          problem(test, trying, {
            path: ["expect", index],
            message: `${nameOf(expected)} was expected ${expected.granted ? "" : "not "}to be granted: ${whyNot(expected, decision, asking, trying)}`,
            fix: "Correct the rules, or the test if it is this that shall change.",
          }),
        ],
  );
}

const nameOf = (one: Expectation): string =>
  "broker" in one ? `broker ${one.broker}` : `${one.role} in ${one.account}`;

const isGiven = (one: Expectation, { roles, broker }: Decision): boolean =>
  "broker" in one
    ? broker.includes(one.broker)
    : roles.some(({ accountId, role }) => accountId === one.account && role === one.role);

/** The trace in short: what gave it, what took it away, or what came closest. */
function whyNot(
  expected: Expectation,
  decision: Decision,
  { identity, at }: ReturnType<typeof askingOf>,
  { rules, world }: Trying,
): string {
  if ("broker" in expected)
    return expected.granted
      ? "no rule gives it to somebody like this."
      : "a rule gives it to somebody like this.";
  const { account: accountId, role } = expected;
  const place = (one: { readonly accountId: string; readonly role: string }) =>
    one.accountId === accountId && one.role === role;
  const given = decision.roles.find(place);
  if (given !== undefined) return `given by ${given.rules.join(", ")}.`;
  const taken = decision.denied.find(place);
  if (taken !== undefined) return `taken away by ${taken.rules.join(", ")}.`;
  if (decision.eligible.some(place)) return "it could only be asked for.";
  const missed = nearestOf(traceOf(decision, identity, rules, world, at, { accountId, role }));
  const wants = missed?.terms.filter(({ truth }) => truth !== "true").map(({ text }) => text) ?? [];
  return missed === undefined
    ? "no rule gives it by this connection."
    : `${missed.rule} would have, but wants ${wants.join("; ")}.`;
}

function tryInvariant(invariant: Invariant, trying: Trying): Problem[] {
  const answer = prove(invariant, trying);
  if (answer === "none") return [];
  if (answer !== "undecided") return [broken(invariant, answer.found, trying)];
  const blocks = trying.configuration.settings.undecided === "blocks";
  const undecided = problem(invariant, trying, {
    path: [],
    message: "It could neither be shown that this always holds nor that it does not.",
    fix: "Ask for less at once, write the rules that grant these roles simpler, or set `undecided: warns` in Settings.",
  });
  return [blocks ? undecided : { ...undecided, severity: "warning" }];
}

function broken(
  invariant: Invariant,
  { rule, who, accountId, role }: Counterexample,
  trying: Trying,
): Problem {
  const shown = who.subject === "somebody" ? withoutEmpty({ ...who, subject: undefined }) : withoutEmpty(who);
  const test = {
    kind: "Test",
    id: `${invariant.id}-broken`,
    who: shown,
    expect: [{ account: accountId, role, granted: false }],
  };
  return problem(invariant, trying, {
    path: [],
    message: `This does not always hold: through rule ${rule} somebody with ${canonical(shown)} would have ${role} in ${accountId}.`,
    fix: `Let rules ask for more, or add a deny. As a test: ${JSON.stringify(test)}`,
  });
}

/** Without what says nothing. */
const withoutEmpty = (who: object): object =>
  Object.fromEntries(Object.entries(who).filter(([, value]) => !isEmpty(value)));

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === "unknown" ||
  (typeof value === "object" && value !== null && Object.keys(value).length === 0);
