import type { Decision, GrantedRole, Judged, Reason, Truth } from "../core/decision.ts";
import type { Identity } from "../core/identity.ts";
import type { PlacedRole } from "../core/role.ts";
import type { CompiledRule } from "../core/rule-set.ts";
import type { Epoch } from "../core/time.ts";
import type { World } from "../core/world.ts";
import { type View, viewOf } from "./claims.ts";
import { and, type PreparedCondition, prepare } from "./match.ts";
import { NO_TAGS, resolveTags } from "./tags.ts";
import { deniedBy, grantedBy } from "./targets.ts";

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
  const view = viewOf(identity, connection, at);
  const judged = judgeRules(rules, view);
  return { version: world.version, ...combine(judged, world), reasons: judged.map(({ reason }) => reason) };
}

const nothing = (version: number): Decision => ({ version, roles: [], denied: [], broker: [], reasons: [] });

/** A rule that was considered, and what it came to. */
interface Judgement {
  readonly rule: CompiledRule;
  readonly reason: Reason;
  /** Whether it gives (an allow that is true) or takes away (a deny that is not false). */
  readonly applies: boolean;
  readonly tags: Readonly<Record<string, string>>;
}

const prepared = new WeakMap<CompiledRule, readonly PreparedCondition[]>();

function conditionsOf(rule: CompiledRule): readonly PreparedCondition[] {
  const known = prepared.get(rule);
  if (known !== undefined) return known;
  const fresh = rule.when.map(prepare);
  prepared.set(rule, fresh);
  return fresh;
}

/** Judges the rules that speak of this connection, each once, in order of id. */
function judgeRules(rules: readonly CompiledRule[], view: View): Judgement[] {
  const concerned: CompiledRule[] = [];
  for (const rule of rules) if (concerns(rule, view.identity)) concerned.push(rule);
  concerned.sort((a, b) => byBytes(a.id, b.id));
  const judged: Judgement[] = [];
  let last: string | undefined;
  for (const rule of concerned) {
    if (rule.id === last) continue;
    last = rule.id;
    judged.push(rule.effect === "allow" ? judgeAllow(rule, view) : judgeDeny(rule, view));
  }
  return judged;
}

/** `*` is for deny alone and means people alone (decision 2). */
function concerns(rule: CompiledRule, identity: Identity): boolean {
  if (rule.connections.includes(identity.connection)) return true;
  return rule.effect === "deny" && identity.kind === "person" && rule.connections.includes("*");
}

/** Judges every condition, also after one that fails: an explanation wants them all. */
function judge(rule: CompiledRule, view: View): { truth: Truth; conditions: Judged[] } {
  let truth: Truth = "true";
  const conditions: Judged[] = [];
  for (const one of conditionsOf(rule)) {
    const answer = one.judge(view);
    conditions.push(one.told[answer]);
    truth = and(truth, answer);
  }
  return { truth, conditions };
}

function judgeDeny(rule: CompiledRule, view: View): Judgement {
  const { truth, conditions } = judge(rule, view);
  const reason: Reason = { rule: rule.id, effect: "deny", truth, conditions };
  return { rule, reason, applies: truth !== "false", tags: NO_TAGS };
}

function judgeAllow(rule: CompiledRule, view: View): Judgement {
  const { truth, conditions } = judge(rule, view);
  const reason: Reason = { rule: rule.id, effect: "allow", truth, conditions };
  if (truth !== "true") return { rule, reason, applies: false, tags: NO_TAGS };
  const outcome = resolveTags(rule, view);
  if ("tags" in outcome) return { rule, reason, applies: true, tags: outcome.tags };
  const untagged: Reason = { ...reason, truth: "unknown", conditions: [...conditions, outcome.failed] };
  return { rule, reason: untagged, applies: false, tags: NO_TAGS };
}

/** A role in the making: which rules give it, and the one whose scalars count. */
interface Candidate {
  readonly placed: PlacedRole;
  readonly rules: string[];
  leading: Judgement;
}

function combine(judged: readonly Judgement[], world: World): Pick<Decision, "roles" | "denied" | "broker"> {
  const applying = judged.filter(({ applies }) => applies);
  const allows = applying.filter(({ rule }) => rule.effect === "allow");
  const denies = applying.filter(({ rule }) => rule.effect === "deny").map(({ rule }) => rule);
  const roles: GrantedRole[] = [];
  const denied: { accountId: string; role: string; rules: string[] }[] = [];
  for (const candidate of candidatesOf(allows, world)) {
    const { placed } = candidate;
    const against = denies.length === 0 ? NOBODY : deniersOf(placed, denies, world);
    if (against.length === 0) roles.push(toGranted(candidate));
    else denied.push({ accountId: placed.accountId, role: placed.name, rules: against });
  }
  roles.sort(byPlace);
  denied.sort(byPlace);
  return { roles, denied, broker: rightsOf(allows, denies) };
}

const NOBODY: string[] = [];
const deniersOf = (placed: PlacedRole, denies: readonly CompiledRule[], world: World): string[] =>
  denies.filter((rule) => deniedBy(rule, placed, world)).map(({ id }) => id);

function candidatesOf(allows: readonly Judgement[], world: World): Iterable<Candidate> {
  // A world has one record per role and account, so the record itself is the key.
  const found = new Map<PlacedRole, Candidate>();
  for (const judgement of allows) {
    for (const placed of grantedBy(judgement.rule, world)) {
      const known = found.get(placed);
      if (known === undefined) found.set(placed, { placed, rules: [judgement.rule.id], leading: judgement });
      else join(known, judgement);
    }
  }
  return found.values();
}

/** Judgements come in order of id, so a tie keeps the first. */
function join(candidate: Candidate, judgement: Judgement): void {
  if (candidate.rules.at(-1) !== judgement.rule.id) candidate.rules.push(judgement.rule.id);
  if (judgement.rule.priority > candidate.leading.rule.priority) candidate.leading = judgement;
}

function toGranted({ placed, rules, leading }: Candidate): GrantedRole {
  const { sessionSeconds, policy, policyArns, scopes } = leading.rule.grant;
  const granted: GrantedRole = {
    accountId: placed.accountId,
    role: placed.name,
    rules,
    sessionSeconds: Math.min(sessionSeconds ?? placed.maxSessionSeconds, placed.maxSessionSeconds),
    tags: leading.tags,
  };
  if (policy === undefined && policyArns === undefined && scopes === undefined) return granted;
  return {
    ...granted,
    ...(policy === undefined ? {} : { policy }),
    ...(policyArns === undefined ? {} : { policyArns }),
    ...(scopes === undefined ? {} : { scopes }),
  };
}

function rightsOf(allows: readonly Judgement[], denies: readonly CompiledRule[]): readonly "admin"[] {
  const given = allows.some(({ rule }) => rule.grant.broker?.includes("admin"));
  const taken = denies.some((rule) => rule.grant.broker?.includes("admin"));
  return given && !taken ? ["admin"] : [];
}

const byBytes = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const byPlace = (
  a: { readonly accountId: string; readonly role: string },
  b: { readonly accountId: string; readonly role: string },
): number => byBytes(a.accountId, b.accountId) || byBytes(a.role, b.role);
