import * as v from "valibot";
import type { EditingBounds } from "../core/decision.ts";
import { KINDS, type Kind } from "../core/objects.ts";
import type { Problem } from "../core/problem.ts";
import { Account, AccountSelector } from "../core/role.ts";
import { Rule } from "../core/rule.ts";
import { type Change, keyed, keyOf, type Written } from "./diff.ts";
import { tellFew } from "./few.ts";
import { selects } from "./selectors.ts";

/** What somebody may change: everything, nothing, or rules and scopes within one of these bounds. */
export type Reach = "everything" | "nothing" | readonly EditingBounds[];

/**
 * What of a change its author may not do. An editor changes rules and scopes and nothing else; never a right on the
 * broker; and where bounds are set, only rules that lie within one of them, both as they were and as they shall be.
 * Of whoever changes nothing at all there is nothing to say: they only look.
 *
 * @param before The published configuration, and after it the one that is wished for.
 */
export function outOfReach(
  reach: Reach,
  changes: readonly Change[],
  before: readonly Written[],
  after: readonly Written[],
): Problem[] {
  if (reach === "everything" || reach === "nothing") return [];
  const [old, fresh] = [keyed(before), keyed(after)];
  const accounts = accountsIn(before);
  const places = new Map(after.map((form, index) => [form, index]));
  const found = changes.map(({ kind, id }): Problem[] => {
    const key = keyOf(kind, id);
    const forms = [old.get(key), fresh.get(key)].filter((one) => one !== undefined);
    const objection = objectionTo(kind, forms, reach, accounts);
    if (objection === undefined) return [];
    const form = fresh.get(key);
    const index = form === undefined ? undefined : places.get(form);
    return [
      {
        severity: "error",
        kind: Object.hasOwn(KINDS, kind) ? (kind as Kind) : "Configuration",
        id,
        path: [],
        message: objection,
        fix: "Leave it as it is published, or let an administrator publish this.",
        ...(index === undefined ? {} : { index }),
      },
    ];
  });
  return tellFew(found);
}

/** Whether somebody's reach ends somewhere among rules and scopes. */
export const isBounded = (reach: Reach): boolean =>
  typeof reach !== "string" &&
  reach.every((one) => one.accounts !== undefined || one.connections !== undefined);

/**
 * Of whom somebody is told what a change would mean to them. A rule of one's own asks any question about claims, and who
 * would gain by it answers: so an editor with bounds is told of people of the connections that these name, and of nobody where
 * they name accounts alone.
 */
export function peopleWithin(reach: Reach): "everybody" | ReadonlySet<string> {
  if (!isBounded(reach) || typeof reach === "string") return "everybody";
  return new Set(reach.flatMap(({ connections }) => connections ?? []));
}

function objectionTo(
  kind: string,
  forms: readonly Written[],
  reach: readonly EditingBounds[],
  accounts: readonly Account[],
): string | undefined {
  if (!Object.hasOwn(KINDS, kind)) return "An editor changes rules and scopes alone.";
  if (kind !== "Rule" && kind !== "Scope") return `An editor does not change ${kind} objects.`;
  if (kind === "Scope")
    return isBounded(reach) ? "A scope may serve rules outside the bounds of an editor." : undefined;
  const rules = forms.map((one) => v.safeParse(Rule, one));
  if (rules.some(({ success }) => !success)) return "What this rule was cannot be read.";
  const outputs = rules.flatMap((one) => (one.success ? [one.output] : []));
  if (outputs.some(({ grant }) => grant.broker !== undefined))
    return "Rights on the broker are given and taken by administrators alone.";
  const within = reach.some((bounds) => outputs.every((rule) => liesWithin(rule, bounds, accounts)));
  return within ? undefined : "This rule reaches beyond the bounds of an editor.";
}

/** Accounts as they are published: an editor changes none. */
export const accountsIn = (objects: readonly Written[]): readonly Account[] =>
  objects.flatMap((one) => {
    const parsed = one.kind === "Account" ? v.safeParse(Account, one) : undefined;
    return parsed?.success === true ? [parsed.output] : [];
  });

export function liesWithin(
  { connection, grant }: Rule,
  bounds: { readonly [key in "accounts" | "connections"]?: readonly string[] | undefined },
  accounts: readonly Account[],
): boolean {
  const connections = typeof connection === "string" ? [connection] : connection;
  const ours = bounds.connections;
  if (ours !== undefined && !connections.every((one) => ours.includes(one))) return false;
  const selectors = bounds.accounts;
  if (selectors === undefined) return true;
  // A rule that names no account says nothing of accounts; one that takes them from claims may mean any.
  return (grant.accounts ?? []).every((one) =>
    selectors.some((bound) => selectorWithin(one, bound, accounts)),
  );
}

/**
 * Whether every account that one selector means, now or ever, is meant by the bound as well: what merely comes to the
 * same accounts today would reach further when the next account comes.
 */
function selectorWithin(selector: string, bound: string, accounts: readonly Account[]): boolean {
  if (selector === bound) return v.is(AccountSelector, selector);
  if (/^\d{12}$/.test(selector)) {
    const account = accounts.find(({ id }) => id === selector);
    return account !== undefined && selects(bound, account);
  }
  if (!selector.startsWith("ou:") || !/^ou:.*\/\*\*$/.test(bound)) return false;
  const root = bound.slice(3, -3);
  const unit = selector.slice(3).replace(/\/\*\*$/, "");
  return unit === root || unit.startsWith(`${root}/`);
}
