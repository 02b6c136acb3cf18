import { type Flag, joinFlags, type Move } from "../core/impact.ts";
import type { Condition, Rule } from "../core/rule.ts";
import { capturedName, isCaptured } from "./captured.ts";
import type { Change } from "./diff.ts";
import { selects } from "./selectors.ts";
import type { Side } from "./side.ts";
import { accountsOf } from "./targets.ts";

/** Points out what deserves a look: in the rules themselves, and in what a person gains or loses. */
export interface Scales {
  readonly rules: readonly Flag[];
  readonly of: (moves: readonly Move[]) => Flag[];
}

export function scalesOf(changes: readonly Change[], before: Side, after: Side): Scales {
  const fresh = firstGranted(before, after);
  const weighty = weightyRights(after);
  return {
    rules: [
      ...deniesGone(before, after).map((id) => plain("deny_removed", "high", id)),
      ...open(changes, after).map((id) => plain("matches_everybody", "high", id)),
      ...[...fresh].map((id) => plain("first_grant_of_account", "notice", id)),
    ],
    of: (moves) => joinFlags(moves.flatMap((move) => flagsOfMove(move, weighty, fresh))),
  };
}

const plain = (code: Flag["code"], weight: Flag["weight"], about: string): Flag => ({
  code,
  weight,
  about,
  people: 0,
  examples: [],
});

function flagsOfMove(
  { personId, gained, before, after }: Move,
  weighty: (right: string) => boolean,
  fresh: ReadonlySet<string>,
): Flag[] {
  const flag = (code: Flag["code"], weight: Flag["weight"], about: string): Flag => ({
    ...plain(code, weight, about),
    people: 1,
    examples: [personId],
  });
  const accounts = new Set(gained.map(accountIn).filter((id) => fresh.has(id)));
  return [
    ...gained.filter(weighty).map((right) => flag("new_admin_on_prod", "high", right)),
    ...gained.filter(isOfBroker).map((right) => flag("gains_broker_right", "high", right)),
    ...[...accounts].map((id) => flag("first_grant_of_account", "notice", id)),
    ...(before > 0 && after === 0 ? [flag("loses_last_role", "notice", "")] : []),
  ];
}

const accountIn = (right: string): string => right.slice(0, right.indexOf("/"));
const isOfBroker = (right: string): boolean => right.startsWith("broker/");

/** Rights that the settings call weighty: these roles in these accounts. */
function weightyRights({ world }: Side): (right: string) => boolean {
  const { accounts, roles } = world.settings.weighty;
  return (right) => {
    const account = world.accounts.get(accountIn(right));
    const role = right.slice(right.indexOf("/") + 1);
    return account !== undefined && roles.includes(role) && accounts.some((one) => selects(one, account));
  };
}

const deniesGone = (before: Side, after: Side): string[] => {
  const still = new Set(after.configuration.rules.filter(isDeny).map(({ id }) => id));
  return before.configuration.rules.filter((rule) => isDeny(rule) && !still.has(rule.id)).map(({ id }) => id);
};
const isDeny = ({ effect, shadow }: Rule): boolean => effect === "deny" && !shadow;

/** Allow rules of this change that ask for no claim: everybody who comes by their connections has what they give. */
function open(changes: readonly Change[], after: Side): string[] {
  const changed = new Set(changes.filter(({ kind }) => kind === "Rule").map(({ id }) => id));
  return after.configuration.rules
    .filter(
      ({ id, effect, shadow, when }) =>
        effect === "allow" && !shadow && changed.has(id) && !when.some(asksOfThem),
    )
    .map(({ id }) => id);
}

/** Whether a condition asks for something that one person has and another has not. */
function asksOfThem(condition: Condition): boolean {
  if ("claim" in condition) return true;
  if ("all" in condition) return condition.all.some(asksOfThem);
  if ("any" in condition) return condition.any.every(asksOfThem);
  return false;
}

/** Accounts that some rule grants in after a change, and none did before. */
function firstGranted(before: Side, after: Side): ReadonlySet<string> {
  const known = grantedAccounts(before);
  return new Set([...grantedAccounts(after)].filter((id) => !known.has(id)));
}

function grantedAccounts({ configuration, world }: Side): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { effect, shadow, grant } of configuration.rules) {
    if (effect !== "allow" || shadow || grant.roles === undefined) continue;
    for (const selector of grant.accounts ?? [])
      for (const id of meant(selector, world, isCaptured({ grant }))) found.add(id);
  }
  return found;
}

/** What a template may hold is any account. */
const meant = (selector: string, world: Side["world"], captured: boolean): Iterable<string> =>
  captured && capturedName(selector) !== undefined ? world.accounts.keys() : accountsOf(world, selector);
