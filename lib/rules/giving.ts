import { type AccessQuestion, BROKER_PLACE } from "../core/access.ts";
import { BROKER_RIGHTS } from "../core/decision.ts";
import type { Account } from "../core/role.ts";
import type { Rule } from "../core/rule.ts";
import { placedRoleKey, type World } from "../core/world.ts";
import { capturedName } from "./captured.ts";
import { selects } from "./selectors.ts";

type What = Pick<AccessQuestion, "account" | "role">;

/** A role where it stands, or a right on the broker. */
export interface Spot {
  readonly account: Pick<Account, "id" | "path" | "tags">;
  readonly role: string;
}

const BROKER = { id: BROKER_PLACE, path: "/", tags: {} };

/** What a question is about, of all there is. */
export function spotsAbout(placed: Iterable<Spot>, { account, role }: What): Spot[] {
  const rights = BROKER_RIGHTS.map((right) => ({ account: BROKER, role: right }));
  return [...placed, ...rights].filter(
    (one) => (account ?? one.account.id) === one.account.id && (role ?? one.role) === one.role,
  );
}

/** Where the roles of a world stand. */
export const spotsOf = (world: World): Spot[] =>
  [...world.roles.values()].map(({ accountId: id, accountPath: path, accountTags: tags, name }) => ({
    account: { id, path, tags },
    role: name,
  }));

/**
 * What of some spots a rule gives or lets ask for, to whomever its conditions hold. One that takes a role or an account
 * from a template could give any of them.
 */
export const givenBy = (
  { grant, effect }: Pick<Rule, "grant" | "effect">,
  spots: readonly Spot[],
): string[] =>
  effect === "deny"
    ? []
    : spots.filter((one) => gives(grant, one)).map(({ account, role }) => placedRoleKey(account.id, role));

function gives({ roles = [], accounts = [], broker = [] }: Rule["grant"], { account, role }: Spot): boolean {
  if (account.id === BROKER_PLACE) return broker.some((right) => right === role);
  const isNamed = (text: string): boolean => text === role || capturedName(text) !== undefined;
  return (
    roles.some(isNamed) && accounts.some((one) => capturedName(one) !== undefined || selects(one, account))
  );
}
