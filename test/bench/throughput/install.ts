import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Peers that no other part of the project wants. */
const EXPRESS = "express@5.3.0";
const JACKSON = "@boxyhq/saml-jackson@26.2.0";

/** Where a peer was installed, or why it was not. */
export type Installed = { readonly folder: string } | { readonly reason: string };

/** Installs express, and saml-jackson, each into a folder of its own outside the project; once per machine. */
export const installPeers = (): { readonly express: Installed; readonly jackson: Installed } => ({
  express: install(EXPRESS),
  jackson: install(JACKSON),
});

/** Installs one package into a folder of its own outside the project; once per machine. */
export function install(name: string): Installed {
  const folder = join(tmpdir(), "sekisho-bench-peers", name.replaceAll(/[^\w.]+/g, "-"));
  const done = join(folder, "installed");
  if (existsSync(done)) return { folder };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  const flags = ["--save-exact", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];
  const { status, stderr, error } = spawnSync("npm", ["install", ...flags, name], {
    cwd: folder,
    encoding: "utf8",
    timeout: 300_000,
  });
  if (status !== 0)
    return { reason: `${name} could not be installed: ${error?.message ?? stderr.trim().split("\n")[0]}` };
  writeFileSync(done, "");
  return { folder };
}
