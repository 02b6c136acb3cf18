import type { Rule } from "../core/rule.ts";
import { visible } from "./lint-texts.ts";
import type { Leaf, Names, Phrasing } from "./sentence.ts";
import { isPlain, SINGLE } from "./sentence-values.ts";

type ClaimLeaf = Extract<Leaf, { claim: string }>;

const quoted = (value: string): string => (isPlain(value) ? value : `"${visible(value)}"`);

const listed = (values: readonly string[], word: "and" | "or"): string =>
  values.length <= 2
    ? values.join(` ${word} `)
    : `${values.slice(0, -1).join(", ")} ${word} ${values.at(-1) ?? ""}`;

function leaf(condition: Leaf, negated: boolean): string {
  if ("claim" in condition) return claimLeaf(condition, negated);
  if ("mfa" in condition)
    return condition.mfa !== negated ? "who used a second factor" : "who used no second factor";
  if ("authAgeSeconds" in condition)
    return `who signed in ${negated ? "more than" : "at most"} ${duration(condition.authAgeSeconds)} ago`;
  if ("acr" in condition)
    return `whose authentication was ${negated ? "weaker than" : "at least"} ${quoted(condition.acr.atLeast)}`;
  return surroundings(condition, negated);
}

type Surroundings = Extract<Leaf, { cidr: unknown } | { network: unknown } | { timeWindow: unknown }>;

function surroundings(condition: Surroundings, negated: boolean): string {
  if ("cidr" in condition) return `who ${come(negated)} from ${listed(condition.cidr, "or")}`;
  if ("network" in condition) return `who ${come(negated)} from the network ${condition.network}`;
  const { from, until, zone, days } = condition.timeWindow;
  const on =
    days === undefined
      ? ""
      : ` on ${listed(
          days.map((day) => DAYS[day]),
          "and",
        )}`;
  if (from !== until)
    return `${negated ? `at any time but ${from} to` : `between ${from} and`} ${until} ${zone}${on}`;
  // The whole day.
  if (days === undefined) return negated ? "at no time" : "at any time";
  return `${negated ? "at any time but" : "at any time"}${on}, ${zone}`;
}

const come = (negated: boolean): string => (negated ? "do not come" : "come");

const DAYS = {
  mon: "Mondays",
  tue: "Tuesdays",
  wed: "Wednesdays",
  thu: "Thursdays",
  fri: "Fridays",
  sat: "Saturdays",
  sun: "Sundays",
} as const;

/**
 * A claim may have several values, and one is enough. Of a claim called in the plural it is said what they include; of
 * another that people have one; and of what has one value at most, what it is.
 */
function claimLeaf(condition: ClaimLeaf, negated: boolean): string {
  const { claim } = condition;
  const name = quoted(claim);
  if ("exists" in condition) return `who have ${anyOf(claim, condition.exists === negated)}`;
  if (SINGLE.includes(claim)) return `whose ${name} ${being(condition, negated)}`;
  if ("equals" in condition) return having(claim, quoted(condition.equals), negated);
  if ("in" in condition) return having(claim, listed(condition.in.map(quoted), "or"), negated);
  if (isPlural(claim)) return `whose ${name} include ${negated ? "nothing" : "something"} ${like(condition)}`;
  return `who have ${anyOf(claim, negated)} ${like(condition)}`;
}

function having(claim: string, value: string, negated: boolean): string {
  const not = negated ? "do not " : "";
  const name = quoted(claim);
  return isPlural(claim) ? `whose ${name} ${not}include ${value}` : `who ${not}have the ${name} ${value}`;
}

function anyOf(claim: string, none: boolean): string {
  const any = isPlural(claim) ? "some" : article(claim);
  return `${none ? "no" : any} ${quoted(claim)}`;
}

type Asked = Exclude<ClaimLeaf, { exists: boolean }>;

/** What one value is. */
function being(condition: Asked, negated: boolean): string {
  const is = negated ? "is not" : "is";
  if ("equals" in condition) return `${is} ${quoted(condition.equals)}`;
  if ("in" in condition) return `${is} ${listed(condition.in.map(quoted), "or")}`;
  if ("glob" in condition) return `${is} like ${quoted(condition.glob)}`;
  if (!("number" in condition)) return doing(condition, negated);
  const both = negated && Object.keys(condition.number).length > 1 ? "both " : "";
  return `${is} ${both}${bounds(condition.number)}`;
}

type Shaped = Exclude<Asked, { equals: unknown } | { in: unknown } | { number: unknown } | { glob: unknown }>;

function doing(condition: Shaped, negated: boolean): string {
  const say = (does: string, doIt: string, what: string) =>
    `${negated ? `does not ${doIt}` : does} ${quoted(what)}`;
  if ("startsWith" in condition) return say("begins with", "begin with", condition.startsWith);
  if ("endsWith" in condition) return say("ends in", "end in", condition.endsWith);
  if ("template" in condition) return say("has the form", "have the form", condition.template);
  return say("matches", "match", condition.regex);
}

/** What one of several values is, behind the word for it. */
function like(condition: Exclude<Asked, { equals: unknown } | { in: unknown }>): string {
  if ("number" in condition) return `that is ${bounds(condition.number)}`;
  if ("startsWith" in condition) return `beginning with ${quoted(condition.startsWith)}`;
  if ("endsWith" in condition) return `ending in ${quoted(condition.endsWith)}`;
  if ("glob" in condition) return `like ${quoted(condition.glob)}`;
  if ("template" in condition) return `of the form ${quoted(condition.template)}`;
  return `matching ${quoted(condition.regex)}`;
}

/** Names are people's own; most that end so are plurals, and these endings are not. */
const isPlural = (claim: string): boolean => /s$/.test(claim) && !/(?:ss|us|is)$/.test(claim);

const article = (claim: string): string => (/^(?:[aeio]|u(?!ni|se|pn|id|ri|rl))/i.test(claim) ? "an" : "a");

function bounds({ atLeast, above, atMost, below }: Extract<Leaf, { number: unknown }>["number"]): string {
  const low =
    atLeast === undefined ? (above === undefined ? [] : [`above ${above}`]) : [`at least ${atLeast}`];
  const high = atMost === undefined ? (below === undefined ? [] : [`below ${below}`]) : [`at most ${atMost}`];
  return [...low, ...high].join(" and ");
}

const UNITS: readonly (readonly [seconds: number, name: string])[] = [
  [86_400, "day"],
  [3600, "hour"],
  [60, "minute"],
  [1, "second"],
];

function duration(seconds: number): string {
  const [size, name] = UNITS.find(([unit]) => seconds % unit === 0) ?? [1, "second"];
  const count = seconds / size;
  return `${count} ${name}${count === 1 ? "" : "s"}`;
}

const place = (selector: string, { account }: Names): string => {
  if (selector.startsWith("{")) return `the account named in ${selector}`;
  if (selector.startsWith("tag:")) return `accounts tagged ${quoted(selector.slice(4))}`;
  if (!selector.startsWith("ou:")) return account(selector);
  const unit = selector.slice(3);
  if (unit === "/**") return "every account";
  return unit.endsWith("/**") ? `accounts in or below ${unit.slice(0, -3)}` : `accounts in ${unit}`;
};

const VERBS = {
  allow: { roles: "get", broker: "" },
  deny: { roles: "never get", broker: "never " },
  eligible: { roles: "may ask for", broker: "may ask to " },
} as const;

const RIGHTS = {
  admin: "administer the broker",
  editor: "edit the broker's configuration",
  auditor: "read the broker's configuration and trail",
} as const;

/** Rights on the broker; an editor may be bounded to connections and to accounts. */
function rights(
  { effect, grant: { broker = [], roles, accounts = [], connections = [] } }: Rule,
  names: Names,
) {
  const bounds = [
    ...connections.map((one) => `connection ${names.connection(one)}`),
    ...(roles === undefined ? accounts.map((one) => place(one, names)) : []),
  ];
  const within = bounds.length === 0 ? "" : ` within ${listed(bounds, "and")}`;
  return broker.map((right) => `${VERBS[effect].broker}${RIGHTS[right]}${within}`);
}

/** What makes a session less than its role. */
function narrowed({ sessionSeconds, scopes = [], policy, policyArns = [] }: Rule["grant"]): string {
  const isWhole = policy === undefined && policyArns.length === 0;
  return [
    ...(sessionSeconds === undefined ? [] : [`, for at most ${duration(sessionSeconds)}`]),
    ...(scopes.length === 0 ? [] : [`, only within the scope ${listed(scopes, "or")}`]),
    ...(isWhole ? [] : [", narrowed by a session policy"]),
  ].join("");
}

function given(one: Rule, names: Names): string {
  const { effect, grant } = one;
  const { roles = [], accounts = [] } = grant;
  const all = roles.includes("*");
  const what = all
    ? "any role"
    : listed(
        roles.map((role) => (role.startsWith("{") ? `the role named in ${role}` : role)),
        "and",
      );
  const where = listed(
    accounts.map((selector) => place(selector, names)),
    "and",
  );
  return listed(
    [
      ...(roles.length === 0 ? [] : [`${VERBS[effect].roles} ${what} in ${where}${narrowed(grant)}`]),
      ...rights(one, names),
    ],
    "and",
  );
}

function rule(one: Rule, conditions: readonly string[], names: Names): string {
  const ids = typeof one.connection === "string" ? [one.connection] : one.connection;
  const whose = ids.includes("*") ? "every connection" : listed(ids.map(names.connection), "or");
  const span = [
    ...(one.from === undefined ? [] : [`from ${one.from}`]),
    ...(one.until === undefined ? [] : [`until ${one.until}`]),
  ].join(" ");
  const opening = [...(one.shadow ? ["in shadow"] : []), ...(span === "" ? [] : [span])].join(", ");
  const subject =
    conditions.length === 0 ? `All people of ${whose}` : `People of ${whose} ${listed(conditions, "and")}`;
  const sentence = `${subject} ${given(one, names)}.`;
  return opening === "" ? sentence : `${opening.slice(0, 1).toUpperCase()}${opening.slice(1)}: ${sentence}`;
}

/** A rule in English. */
export const english: Phrasing = {
  leaf,
  join: (phrases, word) => listed(phrases, word),
  group: (phrase) => `(${phrase})`,
  rule,
};
