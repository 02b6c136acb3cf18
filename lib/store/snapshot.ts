import * as v from "valibot";
import { Connection } from "../core/connection.ts";
import { Refusal } from "../core/errors.ts";
import { placeRole } from "../core/placing.ts";
import { Account, type PlacedRole, Role, Scope } from "../core/role.ts";
import { DEFAULT_SETTINGS, Settings } from "../core/settings.ts";
import { placedRoleKey, type World } from "../core/world.ts";
import { refuseNewer } from "./item.ts";

/**
 * The configuration besides rules, compiled: roles with the ids of the accounts they stand in. Placing them is a
 * join on read, because thousands of accounts times their roles would be megabytes to parse at every cold start.
 */
const Snapshot = v.object({
  schema: v.literal(1),
  settings: Settings,
  connections: v.array(Connection),
  scopes: v.array(Scope),
  accounts: v.array(Account),
  roles: v.array(v.object({ role: Role, accounts: v.array(v.string()) })),
});
export type Snapshot = v.InferOutput<typeof Snapshot>;

/** Before anything was published. */
export const EMPTY_WORLD: World = {
  version: 0,
  settings: DEFAULT_SETTINGS,
  connections: new Map(),
  scopes: new Map(),
  accounts: new Map(),
  roles: new Map(),
};

/** @throws {Refusal} `rules_unavailable` when the text is not a snapshot; `broker_updating` when it is one of newer code. */
export function readSnapshot(text: string, version: number): World {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Refusal("rules_unavailable", { snapshot: "not JSON" }, { cause });
  }
  refuseNewer(value, "SNAPSHOT");
  const parsed = v.safeParse(Snapshot, value);
  if (!parsed.success)
    throw new Refusal("rules_unavailable", { snapshot: v.getDotPath(parsed.issues[0]) ?? "" });
  return toWorld(parsed.output, version);
}

/** A snapshot as flows want it. Roles whose account is not there do not exist. */
export function toWorld(snapshot: Omit<Snapshot, "schema">, version: number): World {
  const accounts = new Map(snapshot.accounts.map((account) => [account.id, account]));
  const roles = new Map<string, PlacedRole>();
  for (const { role, accounts: ids } of snapshot.roles) {
    for (const id of ids) {
      const account = accounts.get(id);
      if (account !== undefined) roles.set(placedRoleKey(id, role.name), placeRole(role, account));
    }
  }
  return {
    version,
    settings: snapshot.settings,
    connections: new Map(snapshot.connections.map((connection) => [connection.id, connection])),
    scopes: new Map(snapshot.scopes.map((scope) => [scope.id, scope])),
    accounts,
    roles,
  };
}
