import type { Decision, GrantedRole, Judged, Reason, Truth } from "../core/decision.ts";
import type { Identity } from "../core/identity.ts";
import type { Account } from "../core/role.ts";
import type { Condition } from "../core/rule.ts";
import type { CompiledRule } from "../core/rule-set.ts";
import { type Epoch, toInstant } from "../core/time.ts";
import { placedRoleKey, type World } from "../core/world.ts";
import { type Aimed, aims } from "./aimed.ts";
import { type View, viewOf } from "./claims.ts";
import { type ClaimSeen, claimsSeen } from "./claims-seen.ts";
import { describe } from "./describe.ts";
import {
  cheapest,
  costOf,
  type Missing,
  missingOf,
  spanMissing,
  truthOf,
  type WhyUnknown,
} from "./missing.ts";

/** One condition of a rule, as it was judged. */
export interface Term {
  /** In short form, as decisions tell it. */
  readonly text: string;
  /** Absent where the rule's own time is meant, or what was to go into the session. */
  readonly condition?: Condition;
  readonly truth: Truth;
  /** Of a term that is unknown. */
  readonly why?: WhyUnknown;
}

/** A rule that could give the role or take it away, and what it came to. */
export interface Considered {
  readonly rule: string;
  readonly effect: CompiledRule["effect"];
  readonly truth: Truth;
  /** What it does now. An allow that gives may still be overruled by a deny. */
  readonly does: "gives" | "takes" | "lets_ask" | "nothing";
  /** Its duration, tags and policy are those that count. */
  readonly leads?: true;
  /** It is judged and does nothing, whatever it comes to. */
  readonly shadow?: true;
  readonly owner?: string;
  readonly from?: Epoch;
  readonly until?: Epoch;
  readonly terms: readonly Term[];
  /** The fewest things that would have to be otherwise: for an allow to give, for a deny to stay away. */
  readonly missing: readonly Missing[];
}

/** What stands in the way whatever rules say. */
export type Obstacle = "account_unknown" | "role_unknown" | "connection_unknown" | "connection_disabled";

/** Why somebody has a role, or has not, replayed. */
export interface Trace {
  readonly version: number;
  readonly at: Epoch;
  readonly accountId: string;
  readonly accountName?: string;
  readonly role: string;
  readonly outcome: "granted" | "denied" | "eligible" | "not_granted";
  readonly obstacle?: Obstacle;
  readonly claims: readonly ClaimSeen[];
  /** Those that do something first, denies before allows; then the others, the nearest miss first. */
  readonly rules: readonly Considered[];
  /** How many there are besides those that are told. */
  readonly more: Untold;
  /** What counts of a role that is given. */
  readonly granted?: Pick<GrantedRole, "sessionSeconds"> & {
    readonly scopes?: readonly string[];
    readonly endsAt?: Epoch;
  };
  /** Other connections whose people rules give this role. */
  readonly elsewhere: readonly string[];
}

/** Rules that are counted only, by what they do: of those that do nothing, denies and those in shadow apart. */
export interface Untold {
  readonly doing: number;
  readonly nothing: number;
  readonly denies: number;
  readonly inShadow: number;
}
export const ALL_TOLD: Untold = { doing: 0, nothing: 0, denies: 0, inShadow: 0 };

/** Most rules of a kind that are told. */
const MOST_TOLD = 20;

export interface Place {
  readonly accountId: string;
  readonly role: string;
}

/**
 * Replays what was decided of one role.
 *
 * @param decision By `rules`, of this identity.
 * @param rules At least every rule filed under this role (`grantKeys`).
 */
export function traceOf(
  decision: Decision,
  identity: Identity,
  rules: readonly CompiledRule[],
  world: World,
  at: { readonly now: Epoch; readonly sourceIp?: string },
  place: Place,
): Trace {
  const account = world.accounts.get(place.accountId);
  const connection = world.connections.get(identity.connection);
  const head = {
    version: world.version,
    at: at.now,
    ...place,
    ...(account === undefined ? {} : { accountName: account.name }),
    outcome: outcomeOf(decision, place),
    ...obstacleOf(identity, world, account, place),
  };
  if (connection === undefined) return { ...head, claims: [], rules: [], more: ALL_TOLD, elsewhere: [] };
  const view = viewOf(identity, connection, at, world.settings.networks);
  const aimed = aims(rules, world, view, place);
  const told = considered(decision, aimed.concerned, view, place);
  return {
    ...head,
    claims: claimsSeen(view),
    ...told,
    ...grantedOf(decision, rules, place),
    elsewhere: aimed.elsewhere,
  };
}

const isAt = (place: Place) => (one: Place) => one.accountId === place.accountId && one.role === place.role;

function outcomeOf({ roles, denied, eligible }: Decision, place: Place): Trace["outcome"] {
  if (roles.some(isAt(place))) return "granted";
  if (denied.some(isAt(place))) return "denied";
  return eligible.some(isAt(place)) ? "eligible" : "not_granted";
}

function obstacleOf(
  { connection: id, kind }: Identity,
  world: World,
  account: Account | undefined,
  { accountId, role }: Place,
): { readonly obstacle?: Obstacle } {
  const connection = world.connections.get(id);
  if (connection === undefined || (connection.purpose === "people") !== (kind === "person"))
    return { obstacle: "connection_unknown" };
  if (!connection.enabled) return { obstacle: "connection_disabled" };
  if (account === undefined) return { obstacle: "account_unknown" };
  return world.roles.has(placedRoleKey(accountId, role)) ? {} : { obstacle: "role_unknown" };
}

function grantedOf(decision: Decision, rules: readonly CompiledRule[], place: Place): Pick<Trace, "granted"> {
  const granted = decision.roles.find(isAt(place));
  if (granted === undefined) return {};
  const { sessionSeconds, scopes } = granted;
  const ends = rules
    .filter(({ id }) => granted.rules.includes(id))
    .map(({ until }) => until ?? Number.POSITIVE_INFINITY);
  const endsAt = Math.max(...ends);
  return {
    granted: {
      sessionSeconds,
      ...(scopes === undefined ? {} : { scopes }),
      ...(Number.isFinite(endsAt) ? { endsAt } : {}),
    },
  };
}

/** Rules in the order they are told in. */
function considered(
  decision: Decision,
  aimed: readonly Aimed[],
  view: View,
  place: Place,
): Pick<Trace, "rules" | "more"> {
  const reasons = new Map(decision.reasons.map((reason) => [reason.rule, reason]));
  const leading = leadingOf(decision, aimed, place);
  const all = aimed.flatMap((one) => {
    const reason = reasons.get(one.rule.id);
    return reason === undefined ? [] : [toConsidered(one, reason, view, one.rule.id === leading)];
  });
  const rank = ({ does }: Considered) => ["takes", "gives", "lets_ask", "nothing"].indexOf(does);
  const ordered = all.toSorted(
    (a, b) =>
      rank(a) - rank(b) ||
      byEffect(a, b) ||
      costOf(a.missing) - costOf(b.missing) ||
      (a.rule < b.rule ? -1 : 1),
  );
  const seen = { takes: 0, gives: 0, lets_ask: 0, nothing: 0, denies: 0, inShadow: 0 };
  const rules = ordered.filter((one) => seen[kindOf(one)]++ < MOST_TOLD);
  const beyond = (kind: keyof typeof seen) => Math.max(0, seen[kind] - MOST_TOLD);
  const doing = beyond("takes") + beyond("gives") + beyond("lets_ask");
  const [nothing, denies, inShadow] = [beyond("nothing"), beyond("denies"), beyond("inShadow")];
  return { rules, more: { doing, nothing, denies, inShadow } };
}

const kindOf = ({ does, effect, shadow }: Considered) =>
  does !== "nothing" ? does : shadow ? "inShadow" : effect === "deny" ? "denies" : "nothing";

/** Of rules that do nothing, a deny is no miss, and one in shadow least of all. */
const byEffect = (a: Considered, b: Considered): number =>
  a.does === "nothing" ? distance(a) - distance(b) : 0;
const distance = ({ effect, shadow }: Considered): number => (shadow ? 2 : Number(effect === "deny"));

/** The rule whose duration and tags count: of the highest priority, of those the first by id. */
function leadingOf({ roles }: Decision, aimed: readonly Aimed[], place: Place): string | undefined {
  const giving = roles.find(isAt(place))?.rules ?? [];
  const rules = aimed.map(({ rule }) => rule).filter(({ id }) => giving.includes(id));
  return rules.toSorted((a, b) => b.priority - a.priority || (a.id < b.id ? -1 : 1))[0]?.id;
}

const DOES = { allow: "gives", deny: "takes", eligible: "lets_ask" } as const;

function toConsidered(aimed: Aimed, reason: Reason, view: View, leads: boolean): Considered {
  const { rule, when, lands } = aimed;
  const truth = reason.truth === "true" && !lands ? "false" : reason.truth;
  const applies = rule.effect === "deny" ? truth !== "false" : truth === "true";
  return {
    rule: rule.id,
    effect: rule.effect,
    truth,
    does: applies && !rule.shadow ? DOES[rule.effect] : "nothing",
    ...(leads ? { leads } : {}),
    ...(rule.shadow ? { shadow: rule.shadow } : {}),
    ...proseOf(rule),
    terms: [
      ...spanTerms(rule, view.now),
      ...when.map((one) => toTerm(one, view)),
      ...withheld(rule, reason).map(({ condition, truth }) => ({ text: condition, truth })),
    ],
    missing: rule.effect === "deny" ? againstDeny(rule, view) : forAllow(aimed, reason, view),
  };
}

const proseOf = ({ owner, from, until }: CompiledRule): Pick<Considered, "owner" | "from" | "until"> => ({
  ...(owner === undefined ? {} : { owner }),
  ...(from === undefined ? {} : { from }),
  ...(until === undefined ? {} : { until }),
});

const forAllow = ({ rule, when }: Aimed, reason: Reason, view: View): readonly Missing[] => [
  ...spanMissing(rule, view.now),
  ...when.flatMap((one) => missingOf(one, view)),
  ...withheld(rule, reason).map(
    ({ condition }) => ({ remedy: "administrator", session: condition }) as const,
  ),
];

/** What would keep a deny away: the cheapest way to make any one of its conditions fail, or its end. */
function againstDeny(rule: CompiledRule, view: View): readonly Missing[] {
  const ends: Missing[][] =
    rule.until === undefined ? [] : [[{ remedy: "wait", span: "until", at: rule.until }]];
  if (spanMissing(rule, view.now).length > 0) return [];
  const ways = rule.when.map((one) => missingOf(one, view, false));
  if (ways.some((one) => one.length === 0)) return [];
  return cheapest([...ways, ...ends]);
}

const spanned = ({ from, until }: CompiledRule): number =>
  Number(from !== undefined) + Number(until !== undefined);

const spanTerms = ({ from, until }: CompiledRule, now: Epoch): Term[] => [
  ...(from === undefined
    ? []
    : [{ text: `from ${toInstant(from)}`, truth: now >= from ? "true" : "false" } as const]),
  ...(until === undefined
    ? []
    : [{ text: `until ${toInstant(until)}`, truth: now < until ? "true" : "false" } as const]),
];

/** What was to go into the session and has no one true value, though every condition held. */
const withheld = (rule: CompiledRule, { conditions }: Reason): readonly Judged[] =>
  conditions.slice(spanned(rule) + rule.when.length);

function toTerm(condition: Condition, view: View): Term {
  const truth = truthOf(condition, view);
  const why =
    truth === "unknown" ? missingOf(condition, view).find((one) => one.why !== undefined)?.why : undefined;
  return { text: describe(condition), condition, truth, ...(why === undefined ? {} : { why }) };
}
