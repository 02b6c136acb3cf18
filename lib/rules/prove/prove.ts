import type { Connection } from "../../core/connection.ts";
import type { Described, Invariant } from "../../core/promise.ts";
import type { PlacedRole } from "../../core/role.ts";
import type { Condition } from "../../core/rule.ts";
import type { CompiledRule } from "../../core/rule-set.ts";
import type { Epoch } from "../../core/time.ts";
import { placedRoleKey, type World } from "../../core/world.ts";
import { isCaptured } from "../captured.ts";
import { viewOf } from "../claims.ts";
import { prepare } from "../match.ts";
import { decide } from "../resolve.ts";
import { accountsOf, deniedBy, grantedBy } from "../targets.ts";
import { captures, fails, filled, holds } from "./demands.ts";
import { type Effort, spend } from "./effort.ts";
import { type Formula, formulaOf } from "./formula.ts";
import { type Answer, type Choices, solve } from "./solve.ts";
import { askingOf, whoFrom } from "./who.ts";

/** Somebody of whom an invariant is not so, as a test, and the rule that gives them what they should not have. */
export interface Counterexample {
  readonly rule: string;
  readonly who: Described;
  readonly accountId: string;
  readonly role: string;
}

export interface Proving {
  readonly rules: readonly CompiledRule[];
  readonly world: World;
  readonly now: Epoch;
  /** Steps that all searches of one invariant may take together. */
  readonly steps?: number;
  /** Looks that they may take together, as `Effort` counts them. */
  readonly looks?: number;
  /** Whether the time for all of this is over. */
  readonly isLate?: () => boolean;
}

const MOST_STEPS = 300_000;
const MOST_LOOKS = 20_000_000;

/**
 * Decides an invariant over all that anybody could come with: every claim their connection maps with any values, any
 * second factor, address, age of the sign-in and moment from now on. Whoever is found was decided on by the decision
 * itself, so a counterexample is never a false alarm.
 */
export function prove(invariant: Invariant, proving: Proving): Answer<Counterexample> {
  const steps = { left: proving.steps ?? MOST_STEPS };
  const effort: Effort = { left: proving.looks ?? MOST_LOOKS, isLate: proving.isLate ?? (() => false) };
  let isSure = true;
  for (const way of allWays(invariant, proving)) {
    if (steps.left <= 0 || !spend(effort, 1)) return "undecided";
    const answer = solve(demands(invariant, way), {
      world: proving.world,
      now: proving.now,
      steps,
      effort,
      confirm: confirmer(invariant, way, proving),
    });
    if (answer === "undecided") isSure = false;
    else if (answer !== "none") return answer;
  }
  return isSure ? "none" : "undecided";
}

/** All that must be so of somebody who has the role by this way, although the invariant says otherwise. */
const demands = (invariant: Invariant, { connection, rule, given, denies }: Way): Formula[] => [
  holds(rule, connection),
  given,
  filled(rule, connection),
  ...denies.map((one) => fails(one, connection)),
  breaks(invariant, connection),
];

function* allWays(invariant: Invariant, proving: Proving): Generator<Way> {
  for (const connection of connectionsOf(invariant, proving.world))
    yield* waysInto(invariant, connection, proving);
}

const selectorOf = ({ never, whenever }: Invariant) => never ?? whenever;

function connectionsOf(invariant: Invariant, { connections }: World): Connection[] {
  const only = selectorOf(invariant)?.connection;
  const meant = (id: string) =>
    only === undefined || (typeof only === "string" ? only === id : only.includes(id));
  return [...connections.values()].filter(({ id, enabled }) => enabled && meant(id));
}

/** What must be so of somebody who has a role, for the invariant to be broken. */
function breaks({ never, then = [] }: Invariant, connection: Connection): Formula {
  if (never !== undefined)
    return { all: (never.when ?? []).map((one) => formulaOf(one, "true", connection)) };
  return { any: then.map((one) => formulaOf(one, "not-true", connection)) };
}

interface Way {
  readonly connection: Connection;
  readonly rule: CompiledRule;
  readonly placed: PlacedRole;
  /** That the rule gives just this role. */
  readonly given: Formula;
  /** The denies that cover this role, for people of this connection. */
  readonly denies: readonly CompiledRule[];
}

/** Every rule that grants into what the invariant speaks of, once for each set of denies that stands against it. */
function* waysInto(invariant: Invariant, connection: Connection, { rules, world }: Proving): Generator<Way> {
  const concerned = rules.filter((rule) => !rule.shadow && concerns(rule, connection));
  const denies = concerned.filter(({ effect }) => effect === "deny");
  const meant = selectedRoles(invariant, world);
  const against = new Map<PlacedRole, readonly CompiledRule[]>();
  for (const rule of concerned.filter(({ effect }) => effect === "allow")) {
    const seen = new Set<string>();
    for (const placed of rolesOf(rule, world, meant)) {
      const known = against.get(placed) ?? denies.filter((one) => deniedBy(one, placed, world));
      against.set(placed, known);
      const key = isCaptured(rule)
        ? placedRoleKey(placed.accountId, placed.name)
        : known.map(({ id }) => id).join();
      if (!seen.has(key))
        yield { connection, rule, placed, given: captures(rule, placed, world), denies: known };
      seen.add(key);
    }
  }
}

const concerns = ({ connections, effect }: CompiledRule, { id, purpose }: Connection): boolean =>
  connections.includes(id) || (effect === "deny" && purpose === "people" && connections.includes("*"));

function selectedRoles(invariant: Invariant, world: World): ReadonlySet<PlacedRole> {
  const { accounts = [], roles = [] } = selectorOf(invariant) ?? {};
  const ids = new Set(accounts.flatMap((selector) => [...accountsOf(world, selector)]));
  const named = (name: string) => roles.includes("*") || roles.includes(name);
  return new Set(
    [...world.roles.values()].filter(({ accountId, name }) => ids.has(accountId) && named(name)),
  );
}

/** Of the roles that are meant, those a rule may give. */
const rolesOf = (rule: CompiledRule, world: World, meant: ReadonlySet<PlacedRole>): PlacedRole[] =>
  isCaptured(rule)
    ? [...meant]
    : grantedBy(rule, world)
        .map(({ placed }) => placed)
        .filter((placed) => meant.has(placed));

/** Asks the decision itself about whoever was made up. */
function confirmer(
  invariant: Invariant,
  { connection, rule, placed: { accountId, name: role } }: Way,
  { rules, world, now }: Proving,
): (choices: Choices) => Counterexample | undefined {
  return (choices) => {
    const who = whoFrom(choices, connection.id, now);
    return isBroken(invariant, who, { accountId, role }, { rules, world, now })
      ? { rule: rule.id, who, accountId, role }
      : undefined;
  };
}

/** Whether somebody has a role, by the decision, of whom the invariant says otherwise. */
export function isBroken(
  { never, then = [] }: Invariant,
  who: Described,
  { accountId, role }: { readonly accountId: string; readonly role: string },
  { rules, world, now }: Proving,
): boolean {
  const connection = world.connections.get(who.connection);
  if (connection === undefined) return false;
  const { identity, at } = askingOf(who, connection, now);
  const { roles } = decide(identity, rules, world, at);
  if (!roles.some((one) => one.accountId === accountId && one.role === role)) return false;
  const view = viewOf(identity, connection, at, world.settings.networks);
  const isTrue = (condition: Condition) => prepare(condition).judge(view) === "true";
  return never === undefined ? !then.every(isTrue) : (never.when ?? []).every(isTrue);
}
