/** The same rules and the same people for every engine. */
import * as v from "valibot";
import { Connection } from "../../../lib/core/connection.ts";
import type { Identity } from "../../../lib/core/identity.ts";
import { Rule } from "../../../lib/core/rule.ts";
import type { World } from "../../../lib/core/world.ts";
import { account, person as anybody, role, world as worldOf } from "../../rules/things.ts";
import type { Row } from "../row.ts";

/** Rules that concern whoever is asked about, at every number of rules: 22 by group, four by a beginning, two by an end, two denies. */
const CONCERNING = 30;
/** How many groups those have who are asked about. */
export const GROUPS = [1, 30, 100, 500];

/** What is told of one number of rules: its rows, and the median of a decision by how many groups somebody has. */
export interface SizeTold {
  readonly rows: readonly Row[];
  readonly medians: Readonly<Record<number, number>>;
}

const CLAIMS = Array.from({ length: 15 }, (_, at) => `c${at}`);
const ACCOUNTS = Array.from({ length: 100 }, (_, at) => account(String(100_000_000_000 + at)));
const ROLES = ["Admin", "ReadOnly", "Dev"];

export const okta = v.parse(Connection, {
  kind: "Connection",
  id: "okta",
  protocol: "saml",
  claims: Object.fromEntries(["groups", ...CLAIMS].map((one) => [one, one])),
});
export const world: World = worldOf(
  [okta],
  ROLES.map((name) => role(name)),
  ACCOUNTS,
);

/** Somebody in so many groups, the first 30 of which rules ask for, and of 15 other claims with one value each. */
export const personIn = (groups: number): Identity =>
  anybody({
    claims: {
      groups: Array.from({ length: groups }, (_, at) => (at < CONCERNING ? `group-${at}` : `list-${at}`)),
      ...Object.fromEntries(CLAIMS.map((claim, at) => [claim, [`value-${at}`]])),
    },
  });

const template = v.parse(Rule, {
  kind: "Rule",
  id: "r",
  connection: "okta",
  effect: "allow",
  when: [{ claim: "groups", equals: "g" }],
  grant: { roles: ["Dev"], accounts: ["100000000000"] },
});

/** What a rule asks for first: an eighth for a beginning, a twentieth for an end, the others for a group. */
function first(at: number): Rule["when"][number] {
  const concerns = at < CONCERNING;
  if (at % 10 === 3 || at % 30 === 4) return { claim: "c1", startsWith: concerns ? "value" : `${at}-team` };
  if (at % 20 === 7) return { claim: "c2", endsWith: concerns ? "-2" : `-site-${at}` };
  return { claim: "groups", equals: `group-${at}` };
}

function ruleAt(at: number): Rule {
  const when: [Rule["when"][number], ...Rule["when"]] = [first(at)];
  if (at % 4 === 1) when.push({ mfa: true });
  // Never the rarer half of what a rule asks for: nothing is filed under it.
  if (at % 4 === 2 && "equals" in when[0]) when.push({ claim: "c3", equals: "value-3" });
  const isDeny = at % 20 === 19 || at === 5;
  // One deny takes away what an allow gives.
  const place = at === 5 ? 2 : at;
  return {
    ...template,
    id: `r${at}`,
    ...(isDeny ? { connection: "*", effect: "deny" } : {}),
    when,
    grant: {
      roles: [ROLES[place % ROLES.length] ?? ""],
      accounts: [ACCOUNTS[place % ACCOUNTS.length]?.id ?? ""],
    },
  };
}

export const rulesOf = (count: number): readonly Rule[] =>
  Array.from({ length: count }, (_, at) => ruleAt(at));
