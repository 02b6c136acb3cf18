import type { Env, RoleRow } from "../../functions/pages/view.ts";

/** 2026-11-22T09:58:00Z. */
export const AT = 1_795_341_480;

/** The texts of a page that come from elsewhere, so that a test can make all of them hostile at once. */
export type Say = (plain: string) => string;
export const plainly: Say = (text) => text;

const ACCOUNTS: readonly [id: string, name: string, path: string, env: Env][] = [
  ["111111111111", "prod", "/prod/core", "prod"],
  ["222222222222", "staging", "/staging", "staging"],
  ["333333333333", "sandbox", "/sandbox", "sandbox"],
  ["410000000017", "payments-prod", "/prod", "prod"],
  ["410003706109", "catalog-prod", "/prod", "prod"],
  ["490000000051", "log-archive", "/security", "other"],
];

/** `count` rows over the accounts above and more of their kind. */
export const rowsOf = (count: number, say: Say = plainly): RoleRow[] =>
  Array.from({ length: count }, (_, place) => {
    const [id, name, path, env] = ACCOUNTS[place % ACCOUNTS.length] ?? ["000000000000", "none", "/", "other"];
    const round = Math.floor(place / ACCOUNTS.length);
    return {
      accountId: round < 3 ? id : String(500_000_000_000 + place),
      accountName: say(round < 3 ? name : `${name}-${round}`),
      path: say(path),
      env,
      envLabel: say(env === "other" ? "security" : env),
      role: say(["Admin", "ReadOnly", "SecurityAudit"][round % 3] ?? "Admin"),
      sessionSeconds: [3600, 43_200, 5400][round % 3] ?? 3600,
    };
  });

export const who = (say: Say) => ({ name: say("sre"), connection: say("Okta"), since: AT });
