import type { PlacedRole } from "../lib/core/role.ts";
import type { ListedRole } from "../lib/flows/list-roles.ts";
import type { Env, PlaceRow, RoleRow } from "./pages/view.ts";

const WEIGHT: Readonly<Record<string, Env>> = {
  prod: "prod",
  production: "prod",
  staging: "staging",
  stage: "staging",
  sandbox: "sandbox",
  dev: "sandbox",
};

/** The chip of an account: its `env` tag, and how much a mistake there weighs. */
export const envOf = (tags: Readonly<Record<string, string>>): { env: Env; envLabel: string } => {
  const label = tags.env ?? "";
  return { env: WEIGHT[label.toLowerCase()] ?? "other", envLabel: label === "" ? "account" : label };
};

/** Where a role is and what it is called, as a line of the register says it. */
export const placeRow = (placed: PlacedRole): PlaceRow => ({
  accountId: placed.accountId,
  accountName: placed.accountName,
  path: placed.accountPath,
  ...envOf(placed.accountTags),
  role: placed.name,
});

/** One line of the register. */
export const rowOf = (placed: PlacedRole, sessionSeconds: number): RoleRow => ({
  ...placeRow(placed),
  sessionSeconds,
});

export const rowsOf = (roles: readonly ListedRole[]): RoleRow[] =>
  roles.map(({ placed, sessionSeconds }) => rowOf(placed, sessionSeconds));
