import type { Decision } from "../../core/decision.ts";
import type { Problem } from "../../core/problem.ts";
import { type Expectation, partsOf, type Test } from "../../core/promise.ts";
import { accountsOf } from "../targets.ts";
import { traceOf } from "../trace.ts";
import { nearestOf } from "../trace-text.ts";
import { problem, type Trying } from "./trying.ts";
import { type Asking, askingAgain, askingOf } from "./who.ts";

/** A role in an account, or a right on the broker. */
type Thing = { readonly accountId: string; readonly role: string } | { readonly broker: string };

/** Tries one test; what is red of it is a problem each. */
export function tryTest(test: Test, trying: Trying): Problem[] {
  const asking = whoAsks(test, trying);
  if ("problems" in asking) return asking.problems;
  const { world, rules, decideBy } = trying;
  // By all rules, not by those under this person's keys: the one that almost gave it is to be told.
  const decision = decideBy(asking.identity, rules, world, asking.at);
  return test.expect.flatMap((expected, index) => {
    const broken = brokenBy(expected, decision, trying);
    const [first] = broken;
    if (first === undefined) return [];
    const others = broken.length === 1 ? "" : ` So is it with ${broken.length - 1} more of these.`;
    return [
      problem(test, trying, {
        path: ["expect", index],
        message: `${nameOf(first)} was expected ${expected.granted ? "" : "not "}to be granted: ${whyNot(first, expected, decision, asking, trying)}${others}`,
        fix: "Correct the rules, or the test if it is this that shall change.",
      }),
    ];
  });
}

/** Whoever a test speaks of. Nobody is made up for somebody who was not seen: the test could be green for no reason. */
function whoAsks(test: Test, trying: Trying): Asking | { readonly problems: Problem[] } {
  const { world, now, seen, configuration } = trying;
  const { who } = test;
  const connection = world.connections.get("person" in who ? partsOf(who).connection : who.connection);
  // A connection that is not there was told before.
  if (connection === undefined) return { problems: [] };
  if (!("person" in who)) return askingOf(who, connection, now);
  const found = seen.get(test.id);
  const path = ["who", "person"];
  if (found === "not told") {
    const message = "What this person would get is not tried for you: only administrators may ask of others.";
    const fix = "Describe somebody like them, with `connection` and `claims`.";
    return { problems: [{ ...problem(test, trying, { path, message, fix }), severity: "warning" }] };
  }
  if (found !== undefined) return askingAgain(who, found, now);
  const { seenDays } = configuration.settings;
  const message = `This person did not sign in here within the last ${seenDays} days, so what they would get cannot be tried.`;
  const fix =
    "Let them sign in once, describe somebody like them with `connection` and `claims`, or leave the test out.";
  return { problems: [problem(test, trying, { path, message, fix })] };
}

const isAt = (thing: Thing) => (one: { readonly accountId: string; readonly role: string }) =>
  "role" in thing && one.accountId === thing.accountId && one.role === thing.role;

/** What of one expectation is not so. */
function brokenBy(expected: Expectation, decision: Decision, { world }: Trying): readonly Thing[] {
  if ("accounts" in expected) {
    const { accounts, roles } = expected;
    return decision.roles.filter(
      ({ accountId, role }) =>
        (roles.includes("*") || roles.includes(role)) &&
        accounts.some((selector) => accountsOf(world, selector).has(accountId)),
    );
  }
  const thing: Thing = "broker" in expected ? expected : { accountId: expected.account, role: expected.role };
  const given =
    "broker" in expected ? decision.broker.includes(expected.broker) : decision.roles.some(isAt(thing));
  return given === expected.granted ? [] : [thing];
}

const nameOf = (thing: Thing): string =>
  "broker" in thing ? `broker ${thing.broker}` : `${thing.role} in ${thing.accountId}`;

/** The trace in short: what gave it, what took it away, or what came closest. */
function whyNot(
  thing: Thing,
  { granted }: Expectation,
  decision: Decision,
  { identity, at }: Asking,
  { rules, world }: Trying,
): string {
  if ("broker" in thing)
    return granted ? "no rule gives it to somebody like this." : "a rule gives it to somebody like this.";
  const given = decision.roles.find(isAt(thing));
  if (given !== undefined) return `given by ${given.rules.join(", ")}.`;
  const taken = decision.denied.find(isAt(thing));
  if (taken !== undefined) return `taken away by ${taken.rules.join(", ")}.`;
  if (decision.eligible.some(isAt(thing))) return "it could only be asked for.";
  const missed = nearestOf(traceOf(decision, identity, rules, world, at, thing));
  const wants = missed?.terms.filter(({ truth }) => truth !== "true").map(({ text }) => text) ?? [];
  return missed === undefined
    ? "no rule gives it by this connection."
    : `${missed.rule} would have, but wants ${wants.join("; ")}.`;
}
