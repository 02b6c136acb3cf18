import { toInstant } from "../core/time.ts";
import { visible } from "./lint-texts.ts";
import type { Missing, WhyUnknown } from "./missing.ts";
import { conditionSentence } from "./sentence.ts";
import type { Considered, Trace } from "./trace.ts";
import type { TraceWords } from "./trace-text.ts";
import { firstOf, momentIn, onlyGroups, saidOf } from "./trace-values.ts";

const OUTCOMES = {
  granted: "granted",
  denied: "denied: a rule takes it away",
  eligible: "not held, but may be asked for",
  not_granted: "not granted",
} as const;
const OBSTACLES = {
  account_unknown: "this account is not configured",
  role_unknown: "this account has no such role",
  connection_unknown: "the connection of this sign-in is gone",
  connection_disabled: "the connection of this sign-in is switched off",
} as const;
const WHY: Readonly<Record<WhyUnknown, string>> = {
  lookup_failed: "could not be looked up at the last sign-in",
  mapped_later: "is read by now, and was not at the last sign-in",
  unmapped: "is not read by this connection",
  not_told: "was not told by the provider",
  no_address: "is not known: no address",
  not_readable: "cannot be read: see the rule",
};
const DOES = {
  gives: "gives it",
  takes: "takes it away",
  lets_ask: "lets ask for it",
  nothing: "does not apply",
} as const;

/** What a rule in shadow would do by itself. */
const WOULD = {
  allow: "would give it",
  deny: "would take it away",
  eligible: "would let ask for it",
} as const;

const doing = ({ does, effect, shadow, truth }: Considered): string => {
  if (!shadow) return DOES[does];
  const applies = effect === "deny" ? truth !== "false" : truth === "true";
  return `is in shadow and does nothing: by itself it ${applies ? WOULD[effect] : "would not apply"}`;
};

function headline({ outcome, obstacle, granted }: Trace, place: string): string {
  const ends = granted?.endsAt === undefined ? "" : `, until ${toInstant(granted.endsAt)}`;
  return `${place}: ${obstacle === undefined ? OUTCOMES[outcome] : OBSTACLES[obstacle]}${ends}.`;
}

/** One thing that is missing, in a list. */
function thing(missing: Missing): string {
  const said = saidOf(missing);
  switch (said.kind) {
    case "begins":
    case "ends":
    case "ended":
      return `it ${said.kind} on ${toInstant(said.at)}`;
    case "session":
      return said.text === "" ? "what goes into the session is not known" : said.text;
    case "unknown":
      return `\`${said.claim}\` ${WHY[said.why]}`;
    case "second_factor":
      return "a second factor";
    case "groups":
      return `the group ${said.values.map((one) => `\`${visible(one)}\``).join(" or ")}`;
    case "network":
      return `only from the network ${said.name}`;
    case "window":
      return `outside the time window, opens at ${momentIn(said.at, said.zone)} ${said.zone}`;
    case "condition":
      return `only for people ${conditionSentence(said.condition, "en")}`;
    case "value":
      return `a value of \`${said.claim}\``;
    case "other":
      return OTHER[said.remedy];
  }
}

const OTHER: Readonly<Record<Missing["remedy"], string>> = {
  claim: "another value",
  second_factor: "a second factor",
  sign_in_again: "a newer or stronger sign-in",
  elsewhere: "another network",
  wait: "another time",
  administrator: "a change of the rule",
};

function away(missing: readonly Missing[]): string {
  const [first, ...others] = missing;
  if (first === undefined) return "nothing is missing";
  const groups = onlyGroups(missing)?.map((one) => `\`${visible(one)}\``);
  if (groups !== undefined)
    return groups.length === 1
      ? `one group away: ${groups[0]}`
      : `${groups.length} groups away: ${groups.join(", ")}`;
  if (others.length > 0) return `${missing.length} things away: ${missing.map(thing).join("; ")}`;
  const what = thing(first);
  return /^(?:a|the|another) /.test(what) ? `${what} away` : what;
}

function next({ remedy, at, condition, negated }: Missing, { rule }: Considered, whom: string): string {
  if (remedy === "second_factor") return "Sign in again with a second factor.";
  if (remedy === "sign_in_again") return "Sign in again.";
  if (remedy === "elsewhere") return "Come from a network that the rule names.";
  if (remedy === "wait") return at === undefined ? "Wait." : `Wait until ${whenOf(at, condition)}.`;
  if (negated) return `Ask ${whom} about it.`;
  return remedy === "claim"
    ? `Ask ${whom} to be given what is missing.`
    : `Ask ${whom} to look at rule ${rule}.`;
}

const whenOf = (at: number, condition: Missing["condition"]): string =>
  condition !== undefined && "timeWindow" in condition
    ? `${momentIn(at, condition.timeWindow.zone)} ${condition.timeWindow.zone}`
    : toInstant(at);

function nearest({ rule, effect, owner, missing }: Considered): string {
  const asks = owner === undefined ? "" : ` (ask ${owner})`;
  if (effect !== "deny") return `Nearest is rule ${rule}${asks}: ${away(missing)}.`;
  const lifts = missing.length === 0 ? "" : ` What would lift it: ${missing.map(thing).join("; ")}.`;
  return `Rule ${rule} takes it away${asks}.${lifts}`;
}

/** A trace in English. */
export const englishTrace: TraceWords = {
  headline,
  next,
  nearest,
  ask: ({ outcome }, whom) => (outcome === "eligible" ? `Ask ${whom} for it.` : `Ask ${whom}.`),
  title: (one) =>
    `Rule ${one.rule} (${one.effect}) ${doing(one)}${one.leads ? "; its duration and tags count" : ""}${
      one.until === undefined ? "" : `; until ${toInstant(one.until)}`
    }`,
  term: ({ why }, sentence) => (why === undefined ? sentence : `${sentence}: ${WHY[why]}`),
  claim: ({ name, values, why }) =>
    `${name}: ${values.length === 0 ? "nothing" : firstOf(name, values, ", ", (more) => `${more} more`)}${why === undefined ? "" : ` (${WHY[why]})`}`,
  more: {
    doing: (count) => (count === 1 ? "1 more rule that applies" : `${count} more rules that apply`),
    nothing: (count) =>
      count === 1 ? "1 more rule that does not apply" : `${count} more rules that do not apply`,
    inShadow: (count) => `${count} more ${count === 1 ? "rule" : "rules"} in shadow`,
  },
  elsewhere: (connections) => `Rules of other connections give it: ${connections.join(", ")}`,
};
