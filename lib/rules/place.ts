import type { Configuration } from "../core/objects.ts";
import { placeRole } from "../core/placing.ts";
import type { Role } from "../core/role.ts";
import { placedRoleKey, type World } from "../core/world.ts";
import { selects } from "./selectors.ts";

/** A role and the ids of the accounts its selectors mean. */
export interface Placement {
  readonly role: Role;
  readonly accounts: string[];
}

/** Where every role stands. */
export const placements = ({ roles, accounts }: Pick<Configuration, "roles" | "accounts">): Placement[] =>
  roles.map((role) => ({
    role,
    accounts: accounts
      .filter((one) => role.accounts.some((selector) => selects(selector, one)))
      .map(({ id }) => id),
  }));

/** The world a configuration would make, for deciding by it before it is published. */
export function worldOf(configuration: Configuration, version: number): World {
  const accounts = new Map(configuration.accounts.map((one) => [one.id, one]));
  const placed = placements(configuration).flatMap(({ role, accounts: ids }) =>
    ids.flatMap((id) => {
      const account = accounts.get(id);
      return account === undefined ? [] : [placeRole(role, account)];
    }),
  );
  return {
    version,
    settings: configuration.settings,
    connections: new Map(configuration.connections.map((one) => [one.id, one])),
    scopes: new Map(configuration.scopes.map((one) => [one.id, one])),
    accounts,
    roles: new Map(placed.map((one) => [placedRoleKey(one.accountId, one.name), one])),
  };
}
