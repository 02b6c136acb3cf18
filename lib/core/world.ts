import type { Connection } from "./connection.ts";
import type { Account, PlacedRole, Scope } from "./role.ts";
import type { Settings } from "./settings.ts";

/** The published configuration besides rules, compiled: one immutable snapshot per version, under the same HEAD as the rules. */
export interface World {
  readonly version: number;
  readonly settings: Settings;
  readonly connections: ReadonlyMap<string, Connection>;
  readonly scopes: ReadonlyMap<string, Scope>;
  readonly accounts: ReadonlyMap<string, Account>;
  /** By `placedRoleKey`. */
  readonly roles: ReadonlyMap<string, PlacedRole>;
}

/** Key of a role in an account. */
export const placedRoleKey = (accountId: string, role: string): string => `${accountId}/${role}`;
