import type { Problem } from "../../core/problem.ts";
import type { Invariant } from "../../core/promise.ts";
import { canonical } from "../diff.ts";
import { type Counterexample, prove } from "./prove.ts";
import { tryTest } from "./tests.ts";
import { problem, type Trying } from "./trying.ts";

/** Tries every test and proves every invariant of a configuration; what is red is a problem. */
export const tryPromises = (trying: Trying): Problem[] => [
  ...trying.configuration.tests.flatMap((one) => tryTest(one, trying)),
  ...trying.configuration.invariants.flatMap((one) => tryInvariant(one, trying)),
];

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
