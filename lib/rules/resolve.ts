import type { Decision, GrantedRole, Judged, Reason } from "../core/decision.ts";
import type { Identity } from "../core/identity.ts";
import type { PlacedRole } from "../core/role.ts";
import type { CompiledRule } from "../core/rule-set.ts";
import type { Epoch } from "../core/time.ts";
import { placedRoleKey, type World } from "../core/world.ts";
import { type View, viewOf } from "./claims.ts";
import { inForce } from "./in-force.ts";
import { and, type PreparedCondition, prepare as prepareCondition } from "./match.ts";
import { byBytes, inOrder, placeOf } from "./order.ts";
import { rightsOf } from "./rights.ts";
import { fillSourceIdentity } from "./source-identity.ts";
import { NO_TAGS, resolveTags } from "./tags.ts";
import { deniedBy, type Granted, grantedBy } from "./targets.ts";

/**
 * Decides what a person may do now: default deny, deny overrides at (account, role).
 *
 * The order and the number of times in which rules come make no difference. Rules that do not concern this person
 * may be among them. Somebody whose connection is gone or switched off may do nothing.
 *
 * @param rules At least every rule filed under one of this person's anchors (`askedKeys`).
 */
export function decide(
  identity: Identity,
  rules: readonly CompiledRule[],
  world: World,
  at: { readonly now: Epoch; readonly sourceIp?: string },
): Decision {
  const connection = world.connections.get(identity.connection);
  if (connection === undefined || !connection.enabled) return nothing(world.version);
  const view = viewOf(identity, connection, at, world.settings.networks);
  const judged = judgeRules(rules, view);
  return {
    version: world.version,
    ...combine(judged, world, view),
    reasons: judged.map(({ reason }) => reason),
  };
}

const nothing = (version: number): Decision => ({
  version,
  roles: [],
  denied: [],
  eligible: [],
  broker: [],
  reasons: [],
});

/** A rule that was considered, and what it came to. */
interface Judgement {
  readonly rule: CompiledRule;
  readonly reason: Reason;
  /** Whether it gives (an allow that is true), lets ask (an eligible rule that is) or takes away (a deny that is not false). */
  readonly applies: boolean;
  readonly tags: Readonly<Record<string, string>>;
  readonly sourceIdentity?: string;
}

/** What of a rule is the same in every decision. */
interface Prepared {
  readonly rule: CompiledRule;
  /** Orders as the id does, or not at all. */
  readonly place: number;
  readonly conditions: readonly PreparedCondition[];
  /** Judgements made of it before, by the answers its conditions gave; none where those do not say all. */
  readonly judgements: (Judgement | undefined)[] | undefined;
}
const known = new WeakMap<CompiledRule, Prepared>();
/** Of rules with more conditions than this no judgement is remembered: there are too many ways to answer. */
const MOST_REMEMBERED = 4;

function prepare(rule: CompiledRule): Prepared {
  const before = known.get(rule);
  if (before !== undefined) return before;
  const conditions = [...inForce(rule), ...rule.when.map(prepareCondition)];
  const filled = rule.grant.tags ?? rule.grant.sourceIdentity;
  const all = conditions.length <= MOST_REMEMBERED && filled === undefined;
  const fresh = { rule, place: placeOf(rule.id), conditions, judgements: all ? [] : undefined };
  known.set(rule, fresh);
  return fresh;
}

/** Judges the rules that speak of this connection, each once, in order of id. */
function judgeRules(rules: readonly CompiledRule[], view: View): Judgement[] {
  const concerned: Prepared[] = [];
  for (const rule of rules) if (concerns(rule, view.identity)) concerned.push(prepare(rule));
  inOrder(concerned, (a, b) => byBytes(a.rule.id, b.rule.id));
  const judged: Judgement[] = [];
  let last: string | undefined;
  for (const one of concerned) {
    if (one.rule.id === last) continue;
    last = one.rule.id;
    judged.push(judge(one, view));
  }
  return judged;
}

/** `*` is for deny alone and means people alone (decision 2). */
export function concerns(rule: CompiledRule, identity: Identity): boolean {
  if (rule.connections.includes(identity.connection)) return true;
  return rule.effect === "deny" && identity.kind === "person" && rule.connections.includes("*");
}

/** Judges every condition, also after one that fails: an explanation wants them all. */
function judge({ rule, conditions, judgements }: Prepared, view: View): Judgement {
  if (judgements === undefined) return judgeAnew(rule, conditions, view);
  let answers = 1;
  for (const one of conditions) answers = answers * 3 + DIGITS[one.judge(view)];
  const before = judgements[answers];
  if (before !== undefined) return before;
  const fresh = judgeAnew(rule, conditions, view);
  judgements[answers] = fresh;
  return fresh;
}

const DIGITS = { true: 0, false: 1, unknown: 2 } as const;

function judgeAnew(rule: CompiledRule, prepared: readonly PreparedCondition[], view: View): Judgement {
  const conditions = prepared.map((one) => one.told[one.judge(view)]);
  const truth = conditions.map((one) => one.truth).reduce(and, "true");
  const reason: Reason = { rule: rule.id, effect: rule.effect, truth, conditions, ...shadowOf(rule) };
  if (rule.effect === "deny") return { rule, reason, applies: truth !== "false", tags: NO_TAGS };
  if (truth !== "true") return { rule, reason, applies: false, tags: NO_TAGS };
  // What somebody could ask for is given by nobody yet, so nothing of a session is worked out.
  if (rule.effect === "eligible") return { rule, reason, applies: true, tags: NO_TAGS };
  const tagged = resolveTags(rule, view);
  if ("failed" in tagged) return withheld(rule, reason, tagged.failed);
  const named = fillSourceIdentity(rule, view);
  if ("failed" in named) return withheld(rule, reason, named.failed);
  return { rule, reason, applies: true, tags: tagged.tags, ...named };
}

const shadowOf = ({ shadow }: CompiledRule): { readonly shadow?: true } => (shadow ? { shadow } : NO_SHADOW);
const NO_SHADOW = {};

/** Everything held, and something that was to go into the session has no one true value: nothing is given. */
function withheld(rule: CompiledRule, reason: Reason, failed: Judged): Judgement {
  const told: Reason = { ...reason, truth: "unknown", conditions: [...reason.conditions, failed] };
  return { rule, reason: told, applies: false, tags: NO_TAGS };
}

/** One role by one rule. */
interface Candidate extends Granted {
  readonly by: Judgement;
}

type Place = Decision["eligible"][number];

function combine(
  judged: readonly Judgement[],
  world: World,
  view: View,
): Pick<Decision, "roles" | "denied" | "eligible" | "broker" | "editing" | "shadow"> {
  const { allow: allows, deny: denies, eligible: asking, shadow } = applying(judged);
  const roles: GrantedRole[] = [];
  const denied: Place[] = [];
  const candidates = candidatesOf(allows, world, view);
  for (let from = 0, to = 0; from < candidates.length; from = to) {
    const placed = candidates[from]?.placed;
    while (candidates[to]?.placed === placed) to++;
    if (placed === undefined) continue;
    const against = denies.length === 0 ? NOBODY : deniersOf(placed, denies, world);
    if (against.length === 0) roles.push(toGranted(placed, candidates, from, to));
    else denied.push({ accountId: placed.accountId, role: placed.name, rules: against });
  }
  const eligible =
    asking.length === 0 ? [] : eligibleOf(candidatesOf(asking, world, view), roles, denies, world);
  const decided = { roles, denied, eligible, ...rightsOf(allows, denies) };
  if (shadow.length === 0) return decided;
  return { ...decided, ...shadowEffects(shadow, roles, denies, world, view) };
}

function applying(
  judged: readonly Judgement[],
): Readonly<Record<CompiledRule["effect"] | "shadow", Judgement[]>> {
  const found = {
    allow: [] as Judgement[],
    deny: [] as Judgement[],
    eligible: [] as Judgement[],
    shadow: [] as Judgement[],
  };
  for (const one of judged) if (one.applies) found[one.rule.shadow ? "shadow" : one.rule.effect].push(one);
  return found;
}

/** What rules in shadow would have done to this decision. What a deny takes away they would not have given either. */
function shadowEffects(
  shadow: readonly Judgement[],
  roles: readonly GrantedRole[],
  denies: readonly Judgement[],
  world: World,
  view: View,
): Pick<Decision, "shadow"> {
  const of = (effect: CompiledRule["effect"]) => shadow.filter(({ rule }) => rule.effect === effect);
  const gives = eligibleOf(candidatesOf(of("allow"), world, view), roles, denies, world);
  const takes = roles.flatMap(({ accountId, role }) => {
    const placed = world.roles.get(placedRoleKey(accountId, role));
    const rules = placed === undefined ? [] : deniersOf(placed, of("deny"), world);
    return rules.length === 0 ? [] : [{ accountId, role, rules }];
  });
  return gives.length + takes.length === 0 ? {} : { shadow: { gives, takes } };
}

/** What could be asked for and is neither given already nor taken away. */
function eligibleOf(
  candidates: readonly Candidate[],
  roles: readonly GrantedRole[],
  denies: readonly Judgement[],
  world: World,
): Place[] {
  const given = new Set(roles.map(({ accountId, role }) => placedRoleKey(accountId, role)));
  const rules = new Map<PlacedRole, string[]>();
  for (const { placed, by } of candidates) {
    const ids = rules.get(placed) ?? [];
    rules.set(placed, ids);
    if (ids.at(-1) !== by.rule.id) ids.push(by.rule.id);
  }
  return [...rules].flatMap(([placed, ids]) => {
    const has = given.has(placedRoleKey(placed.accountId, placed.name));
    if (has || deniersOf(placed, denies, world).length > 0) return [];
    return [{ accountId: placed.accountId, role: placed.name, rules: ids }];
  });
}

const NOBODY: string[] = [];
const deniersOf = (placed: PlacedRole, denies: readonly Judgement[], world: World): string[] =>
  denies.filter(({ rule }) => deniedBy(rule, placed, world)).map(({ rule }) => rule.id);

/** By account, then role, then id of the rule: a world has one record per role and account, and each lies together. */
function candidatesOf(allows: readonly Judgement[], world: World, view: View): readonly Candidate[] {
  const found: Candidate[] = [];
  for (const by of allows)
    for (const { placed, place } of grantedBy(by.rule, world, view)) found.push({ placed, place, by });
  return inOrder(found, (a, b) => byBytes(a.placed.name, b.placed.name));
}

function toGranted(
  placed: PlacedRole,
  candidates: readonly Candidate[],
  from: number,
  to: number,
): GrantedRole {
  const leading = leadingOf(candidates, from, to);
  const { sessionSeconds, policy, policyArns, scopes } = leading?.rule.grant ?? {};
  const granted: GrantedRole = {
    accountId: placed.accountId,
    role: placed.name,
    rules: rulesOf(candidates, from, to),
    sessionSeconds: Math.min(sessionSeconds ?? placed.maxSessionSeconds, placed.maxSessionSeconds),
    tags: leading?.tags ?? NO_TAGS,
  };
  const sourceIdentity = leading?.sourceIdentity;
  if ((policy ?? policyArns ?? scopes ?? sourceIdentity) === undefined) return granted;
  return {
    ...granted,
    ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
    ...(policy === undefined ? {} : { policy }),
    ...(policyArns === undefined ? {} : { policyArns }),
    ...(scopes === undefined ? {} : { scopes }),
  };
}

/** Of several rules the one of highest priority leads, of those the first by id. */
function leadingOf(candidates: readonly Candidate[], from: number, to: number): Judgement | undefined {
  let leading = candidates[from]?.by;
  for (let at = from + 1; at < to; at++) {
    const by = candidates[at]?.by;
    if (by !== undefined && by.rule.priority > (leading?.rule.priority ?? 0)) leading = by;
  }
  return leading;
}

/** Ids in order; a rule may give one role twice. */
function rulesOf(candidates: readonly Candidate[], from: number, to: number): string[] {
  const ids: string[] = [];
  for (let at = from; at < to; at++) {
    const id = candidates[at]?.by.rule.id;
    if (id !== undefined && ids.at(-1) !== id) ids.push(id);
  }
  return ids;
}
