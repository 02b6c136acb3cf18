import type { Condition, Rule } from "../core/rule.ts";
import type { World } from "../core/world.ts";
import { capturedName, isCaptured } from "./captured.ts";
import { type Change, canonical } from "./diff.ts";
import type { Side } from "./side.ts";
import { accountsOf } from "./targets.ts";

/** What of a configuration could decide otherwise after a change. Everything else decides as before, for everybody. */
export interface Touched {
  /** Rules as they were and as they shall be. */
  readonly before: readonly Rule[];
  readonly after: readonly Rule[];
  /** Connections whose people may all be concerned. */
  readonly connections: ReadonlySet<string>;
}

/** Fields of a rule that decide nothing. */
const PROSE = ["description", "owner"];

/**
 * Works out which rules a change touches: those that were written otherwise, those that grant in an account or through
 * a network that was, and all of whoever comes by a connection that was.
 */
export function touchedBy(changes: readonly Change[], before: Side, after: Side): Touched {
  const rewritten = new Set(changes.filter(isRewritten).map(({ id }) => id));
  const accounts = movedAccounts(changes, before.world, after.world);
  const networks = movedNetworks(before.world, after.world);
  const touches = (rule: Rule, world: World): boolean =>
    rewritten.has(rule.id) || reaches(rule, world, accounts) || rule.when.some((one) => asks(one, networks));
  const ofSide = ({ configuration, world }: Side) =>
    configuration.rules.filter((rule) => touches(rule, world));
  return {
    before: ofSide(before),
    after: ofSide(after),
    connections: new Set(changes.filter(({ kind }) => kind === "Connection").map(({ id }) => id)),
  };
}

const isRewritten = ({ kind, what, fields }: Change): boolean =>
  kind === "Rule" && (what !== "changed" || fields.some(({ path }) => !PROSE.includes(path)));

/** Accounts that selectors could mean otherwise than before, or whose roles are others. */
function movedAccounts(changes: readonly Change[], before: World, after: World): ReadonlySet<string> {
  if (!changes.some(({ kind }) => kind === "Account" || kind === "Role")) return new Set();
  const accounts = changes.filter(({ kind }) => kind === "Account").map(({ id }) => id);
  const places = [...missingIn(before, after), ...missingIn(after, before)];
  return new Set([...accounts, ...places]);
}

/** Accounts of the roles that one world has and the other has not. */
const missingIn = (one: World, other: World): string[] =>
  [...other.roles].flatMap(([key, { accountId }]) => (one.roles.has(key) ? [] : [accountId]));

function movedNetworks(before: World, after: World): ReadonlySet<string> {
  const [one, other] = [before.settings.networks, after.settings.networks];
  const names = [...Object.keys(one), ...Object.keys(other)];
  return new Set(names.filter((name) => canonical(one[name]) !== canonical(other[name])));
}

function reaches(rule: Rule, world: World, accounts: ReadonlySet<string>): boolean {
  if (accounts.size === 0) return false;
  if (isCaptured(rule)) return true;
  return (rule.grant.accounts ?? []).some((selector) => {
    if (capturedName(selector) !== undefined) return true;
    if (/^\d/.test(selector)) return accounts.has(selector);
    const meant = accountsOf(world, selector);
    return [...accounts].some((id) => meant.has(id));
  });
}

function asks(condition: Condition, networks: ReadonlySet<string>): boolean {
  if (networks.size === 0) return false;
  if ("network" in condition) return networks.has(condition.network);
  if ("all" in condition) return condition.all.some((one) => asks(one, networks));
  if ("any" in condition) return condition.any.some((one) => asks(one, networks));
  return "not" in condition && asks(condition.not, networks);
}
