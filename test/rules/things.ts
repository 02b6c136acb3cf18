import * as v from "valibot";
import { Connection } from "../../lib/core/connection.ts";
import type { Identity } from "../../lib/core/identity.ts";
import { placeRole } from "../../lib/core/placing.ts";
import { Account, Role } from "../../lib/core/role.ts";
import { Rule } from "../../lib/core/rule.ts";
import { DEFAULT_SETTINGS } from "../../lib/core/settings.ts";
import { placedRoleKey, type World } from "../../lib/core/world.ts";

export const NOON = Date.UTC(2026, 10, 22, 12, 0, 0) / 1000; // a Sunday

export const connection = (id: string, more: object = {}): Connection =>
  v.parse(Connection, {
    kind: "Connection",
    id,
    protocol: "saml",
    claims: { groups: "groups", costCenter: "cc", email: "email" },
    trusted: ["costCenter"],
    ...more,
  });

export const account = (id: string, more: object = {}): Account =>
  v.parse(Account, { kind: "Account", id, name: `account ${id}`, ...more });

export const role = (name: string, more: object = {}): Role =>
  v.parse(Role, { kind: "Role", name, accounts: ["ou:/**"], ...more });

export const rule = (id: string, more: object = {}): Rule =>
  v.parse(Rule, {
    kind: "Rule",
    id,
    connection: "okta",
    effect: "allow",
    when: [{ claim: "groups", equals: "sre" }],
    grant: { roles: ["Admin"], accounts: ["111111111111"] },
    ...more,
  });

export const person = (more: Partial<Identity> = {}): Identity => ({
  connection: "okta",
  kind: "person",
  subject: "00u1",
  name: "Sre",
  claims: { groups: ["sre", "dev"] },
  unknown: [],
  amr: ["pwd", "otp"],
  mfa: "yes",
  authenticatedAt: NOON - 60,
  notes: [],
  ...more,
});

export const ACCOUNTS = [
  account("111111111111", { path: "/prod/core", tags: { env: "prod" } }),
  account("222222222222", { path: "/staging", tags: { env: "staging" } }),
  account("333333333333", { path: "/", tags: { env: "sandbox", team: "a=b" } }),
  account("444444444444", { path: "/prod", tags: { env: "prod" } }),
  account("555555555555", { path: "/prod-eu" }),
];

export function world(
  connections: readonly Connection[] = [connection("okta"), connection("entra")],
  roles: readonly Role[] = [role("Admin"), role("ReadOnly", { maxSessionSeconds: 43_200 })],
  accounts: readonly Account[] = ACCOUNTS,
): World {
  const placed = accounts.flatMap((one) => roles.map((each) => placeRole(each, one)));
  return {
    version: 1,
    settings: DEFAULT_SETTINGS,
    connections: new Map(connections.map((one) => [one.id, one])),
    scopes: new Map(),
    accounts: new Map(accounts.map((one) => [one.id, one])),
    roles: new Map(placed.map((one) => [placedRoleKey(one.accountId, one.name), one])),
  };
}
