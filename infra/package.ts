import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { buildAll, ROOT } from "./build.ts";

/** Where osls leaves what it makes. */
export const PACKAGED = join(ROOT, ".serverless");

/**
 * Makes the CloudFormation template (`cloudformation-template-update-stack.json`) and one zip for each function,
 * offline and without credentials.
 *
 * @throws {Error} with what osls said, when it fails.
 */
export async function packageService(): Promise<void> {
  await buildAll();
  rmSync(PACKAGED, { recursive: true, force: true });
  const osls = join(ROOT, "node_modules/osls/bin/serverless.js");
  const { status, stdout, stderr } = spawnSync(process.execPath, [osls, "package"], {
    cwd: ROOT,
    encoding: "utf8",
    // Nothing of whoever packages goes in: no credentials, no region, no proxy, and no parameters from .env.
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      CI: "1",
      SLS_NOTIFICATIONS_MODE: "off",
      TZ: "UTC",
    },
  });
  if (status !== 0) throw new Error(`osls package failed:\n${stdout}\n${stderr}`);
}

if (import.meta.main) {
  await packageService();
  console.log("Packaged into .serverless: one zip for each function and the CloudFormation template.");
}
