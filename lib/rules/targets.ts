import type { PlacedRole } from "../core/role.ts";
import type { CompiledRule } from "../core/rule-set.ts";
import { placedRoleKey, type World } from "../core/world.ts";
import { capturedPlaces, isCaptured } from "./captured.ts";
import type { View } from "./claims.ts";
import { selects } from "./selectors.ts";

/** What selectors came to in one world. A world never changes, so neither do these. */
interface Resolved {
  readonly accounts: Map<string, ReadonlySet<string>>;
  readonly roles: Map<string, readonly PlacedRole[]>;
  readonly granted: WeakMap<CompiledRule, readonly Granted[]>;
}

/** A role an allow gives. Account ids are twelve digits, so that their numbers have the order of their bytes. */
export interface Granted {
  readonly placed: PlacedRole;
  readonly place: number;
}
const resolved = new WeakMap<World, Resolved>();
/** The world asked about last, which is nearly always the one asked about next. */
let latest: { readonly world: World; readonly resolved: Resolved } | undefined;

function resolvedIn(world: World): Resolved {
  if (latest?.world === world) return latest.resolved;
  const known = resolved.get(world) ?? { accounts: new Map(), roles: new Map(), granted: new WeakMap() };
  resolved.set(world, known);
  latest = { world, resolved: known };
  return known;
}

/** Ids of the accounts a selector means. */
export function accountsOf(world: World, selector: string): ReadonlySet<string> {
  const { accounts } = resolvedIn(world);
  const known = accounts.get(selector);
  if (known !== undefined) return known;
  const found = new Set<string>();
  for (const account of world.accounts.values()) if (selects(selector, account)) found.add(account.id);
  accounts.set(selector, found);
  return found;
}

/** The roles of one name in the accounts of one selector. */
function placedRoles(world: World, selector: string, name: string): readonly PlacedRole[] {
  const { roles } = resolvedIn(world);
  const key = `${selector}\n${name}`;
  const known = roles.get(key);
  if (known !== undefined) return known;
  const found: PlacedRole[] = [];
  for (const account of accountsOf(world, selector)) {
    const placed = world.roles.get(placedRoleKey(account, name));
    if (placed !== undefined) found.push(placed);
  }
  roles.set(key, found);
  return found;
}

/**
 * The roles an allow gives, each at least once.
 *
 * @param view Whom it gives them to. A rule that takes roles or accounts from a template gives nothing to nobody in particular.
 */
export function grantedBy(rule: CompiledRule, world: World, view?: View): readonly Granted[] {
  const { granted } = resolvedIn(world);
  const known = granted.get(rule);
  if (known !== undefined) return known;
  if (isCaptured(rule))
    return view === undefined
      ? []
      : capturedPlaces(rule, world, view, (selector) => accountsOf(world, selector)).map(toGranted);
  const { roles = [], accounts = [] } = rule.grant;
  const found = accounts
    .flatMap((selector) => roles.flatMap((name) => placedRoles(world, selector, name)))
    .map(toGranted);
  granted.set(rule, found);
  return found;
}

const toGranted = (placed: PlacedRole): Granted => ({ placed, place: Number(placed.accountId) });

/** Whether a deny takes this role away: its name or `*`, in an account its selectors mean. */
export function deniedBy(rule: CompiledRule, role: PlacedRole, world: World): boolean {
  const { roles = [], accounts = [] } = rule.grant;
  const named = roles.includes("*") || roles.includes(role.name);
  return named && accounts.some((selector) => accountsOf(world, selector).has(role.accountId));
}
