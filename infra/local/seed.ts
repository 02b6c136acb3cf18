import { readdirSync, readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";
import type { KeyRecord } from "../../lib/core/signer.ts";
import { DEFAULT_PORT, partUrls } from "./environment.ts";
import type { Functions } from "./functions.ts";
import { type DemoRole, seedAccount } from "./seed-aws.ts";

const SEED = new URL("./seed/", import.meta.url);

export type SeedObject = Readonly<Record<string, unknown>>;

/**
 * The demo configuration: `seed/*.yaml` with the addresses of this stack.
 *
 * The files carry those of the default port, so that they read, and can be applied, as they are.
 */
export function readSeed(base: number): readonly SeedObject[] {
  const from = partUrls(DEFAULT_PORT);
  const to = partUrls(base);
  const parts = Object.keys(from) as (keyof typeof from)[];
  return readdirSync(SEED)
    .filter((name) => name.endsWith(".yaml"))
    .sort()
    .flatMap((name) => {
      const text = readFileSync(new URL(name, SEED), "utf8");
      const moved = parts.reduce((written, part) => written.replaceAll(from[part], to[part]), text);
      return parseAllDocuments(moved).map((document) => document.toJS() as SeedObject);
    });
}

/** Which IAM roles the seed's `Role` objects mean, account by account. */
export function demoRoles(objects: readonly SeedObject[]): readonly DemoRole[] {
  const accounts = objects.filter(({ kind }) => kind === "Account");
  return objects
    .filter(({ kind }) => kind === "Role")
    .flatMap((role) =>
      accounts
        .filter(({ path }) => (role.accounts as string[]).some((selector) => covers(selector, String(path))))
        .map(({ id }) => ({
          accountId: String(id),
          roleName: String(role.roleName),
          maxSessionSeconds: Number(role.maxSessionSeconds ?? 3600),
        })),
    );
}

/** The seed's roles use `ou:/path/**` alone. */
const covers = (selector: string, path: string): boolean => {
  const folder = /^ou:(.*)\/\*\*$/.exec(selector)?.[1];
  if (folder === undefined) throw new Error(`the seed's roles are placed by ou:/path/**, not ${selector}`);
  return path === folder || path.startsWith(`${folder}/`);
};

/** Calls the admin function directly, as an operator with IAM rights does (decision 6). @throws {Error} of what it refused. */
async function direct(functions: Functions, payload: object): Promise<void> {
  const answer = await functions.invoke("admin", payload);
  const refused =
    typeof answer !== "object" ||
    answer === null ||
    "code" in answer ||
    ("outcome" in answer && answer.outcome === "refused");
  if (refused) throw new Error(`the admin function refused the seed: ${JSON.stringify(answer)}`);
}

/**
 * Fills a fresh stack: hands over the keys, makes our SAML provider and roles in every account, and
 * publishes the configuration through the admin function like any other.
 */
export async function seed(
  functions: Functions,
  base: number,
  keys: readonly KeyRecord[],
  objects: readonly SeedObject[],
): Promise<void> {
  const urls = partUrls(base);
  await direct(functions, { sekisho: "put-keys", keys });
  const metadata = await (await fetch(`${urls.broker}/saml/idp/metadata`)).text();
  const roles = demoRoles(objects);
  const accounts = [...new Set(roles.map(({ accountId }) => accountId))];
  await Promise.all([
    ...accounts.map((accountId) =>
      seedAccount(urls.aws, accountId, {
        metadata,
        roles: roles.filter((role) => role.accountId === accountId),
      }),
    ),
    direct(functions, { sekisho: "apply", objects, author: "local seed" }),
  ]);
}
