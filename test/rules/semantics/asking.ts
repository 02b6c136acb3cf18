import assert from "node:assert/strict";
import type { Identity } from "../../../lib/core/identity.ts";
import { compileRule } from "../../../lib/rules/compile.ts";
import { fileGrants } from "../../../lib/rules/granting.ts";
import { decide } from "../../../lib/rules/resolve.ts";
import { type Trace, traceOf } from "../../../lib/rules/trace.ts";
import { toldToOneself } from "../../../lib/rules/trace-told.ts";
import { NOON, person, rule, world } from "../things.ts";
import { type Case, CONNECTIONS, DENY, groups, heldBy } from "./ask.ts";

/** Why somebody has Admin in an account, or has not, by rules written as what differs from an allow to group `sre`. */
function trace(rules: readonly object[], who: Partial<Identity> = {}, accountId = "111111111111"): Trace {
  const compiled = rules.map((one, index) => compileRule(rule(`r${index}`, one)));
  const at = { now: NOON };
  const asked = world(CONNECTIONS);
  const identity = person(who);
  const decision = decide(identity, compiled, asked, at);
  return traceOf(decision, identity, compiled, asked, at, { accountId, role: "Admin" });
}
const order = (...given: Parameters<typeof trace>): string[] => trace(...given).rules.map((one) => one.rule);
const when = (...conditions: readonly object[]) => ({ when: conditions });
const group = (equals: string) => ({ claim: "groups", equals });
const missing = (one: Trace) => one.rules[0]?.missing.map(({ remedy }) => remedy);
const WHY = "test/functions/why.security.test.ts";

/** Asking why. */
export const ASKING: readonly Case[] = [
  [
    "`sekisho why`, `GET /api/why` and the page `/why` replay what was decided of one role: every rule that could give it to people of the connection or take it away, each of its terms true, false or unknown, and of an unknown one why.",
    () => {
      const rules = [
        when(group("sre"), group("x"), { mfa: true }),
        { connection: "entra" },
        { grant: { roles: ["ReadOnly"], accounts: ["ou:/**"] } },
        { ...DENY, connection: "*", when: [group("interns")] },
      ];
      const found = trace(rules, { mfa: "unknown" }).rules;
      assert.deepEqual(
        found.map(({ rule: id, terms }) => [id, ...terms.map(({ truth, why }) => why ?? truth)]),
        [
          ["r0", "true", "false", "not_told"],
          ["r3", "false"],
        ],
      );
    },
  ],
  [
    "A rule that takes roles or accounts from a template is asked for the one value that would lead to this role.",
    () => {
      const taking = {
        when: [{ claim: "groups", template: "aws_{account:digits}_{role:name}" }],
        grant: { roles: ["{role}"], accounts: ["{account}"] },
      };
      const [found] = trace([taking], groups("aws_222222222222_Admin")).rules;
      assert.deepEqual(
        found?.terms.map(({ text, truth }) => [text, truth]),
        [["groups equals aws_111111111111_Admin", "false"]],
      );
      assert.equal(trace([taking], groups("aws_111111111111_Admin")).outcome, "granted");
    },
  ],
  [
    "The nearest miss comes first: the allow of which the fewest things are missing.",
    () =>
      assert.deepEqual(order([when(group("x"), group("y")), when(group("z"), group("sre"))]), ["r1", "r0"]),
  ],
  [
    "Of an `any` the branch with the fewest counts.",
    () => {
      const any = { any: [{ all: [group("x"), group("y")] }, group("z")] };
      assert.deepEqual(missing(trace([when(any)])), ["claim"]);
    },
  ],
  [
    "A rule that has ended comes last, however little else is missing.",
    () => assert.deepEqual(order([{ until: "2026-11-01" }, when(group("x"), group("y"))]), ["r1", "r0"]),
  ],
  [
    "A deny that stands says what would lift it.",
    () => {
      const denied = trace([{}, { ...DENY, when: [{ not: { mfa: true } }] }], { mfa: "no" });
      assert.equal(denied.outcome, "denied");
      assert.deepEqual(missing(denied), ["second_factor"]);
    },
  ],
  [
    "Of a claim with many values the words list the first 20 and count the others; `claims` of the API and `--json` hold all.",
    heldBy("test/rules/trace-text.test.ts", "of hundreds of groups the first twenty are listed"),
  ],
  [
    "People ask about themselves; auditors and administrators about anybody who signed in within `seenDays`, by what was proven then.",
    heldBy(WHY, "by id, and as their provider knows them"),
  ],
  [
    "An account without a rule that could give the role to people of one's connection looks like one that is not there.",
    () => {
      const known = toldToOneself(trace([{ connection: "entra" }]), "asked", "terms");
      const unknown = toldToOneself(trace([], {}, "999999999999"), "asked", "terms");
      assert.deepEqual(known, unknown);
    },
  ],
  [
    "`explain` of the settings says how much people are told: `terms` everything, `named` the rules and what kind of thing is missing but no value, `off` no rule that does nothing.",
    () => {
      const told = (explain: "terms" | "named" | "off") =>
        JSON.stringify(toldToOneself(trace([when(group("secret"))]), "asked", explain).rules);
      assert.match(told("terms"), /secret/);
      assert.doesNotMatch(told("named"), /secret/);
      assert.match(told("named"), /"r0".*"claim":"groups"/);
      assert.equal(told("off"), "[]");
    },
  ],
  [
    "Auditors are told everything, and every question of theirs is an event of the trail.",
    heldBy(WHY, "and every question is written down with whom it was about"),
  ],
  [
    "A question reads HEAD and one BatchGetItem per hundred keys, whatever the number of rules, because every rule is filed once more under each account and role that it gives or takes.",
    heldBy("test/flows/why-cost.test.ts", "a question costs the same reads at 100 rules and at 10,000"),
  ],
  [
    "A rule of more than 64 such pairs is filed under its accounts alone, or its roles.",
    () => {
      const ids = (count: number) => Array.from({ length: count }, (_, at) => String(100_000_000_000 + at));
      const roles = (count: number) => ids(count).map((id) => `Role${id}`);
      const buckets = (accounts: string[], names: string[]) =>
        fileGrants([rule("wide", { grant: { roles: names, accounts } })]).buckets.size;
      assert.equal(buckets(ids(8), roles(8)), 64);
      assert.equal(buckets(ids(9), roles(8)), 9);
      assert.equal(buckets(ids(100), roles(2)), 2);
    },
  ],
];
