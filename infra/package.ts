import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { buildAll, ROOT } from "./build.ts";

/** Where osls leaves what it makes. */
const PACKAGED = join(ROOT, ".serverless");

/**
 * Makes the CloudFormation template (`cloudformation-template-update-stack.json`) and one zip for each function,
 * offline and without credentials.
 *
 * @param folder Where they are left, instead of `.serverless`; emptied first.
 * @throws {Error} with what osls said, when it fails.
 */
export async function packageService(folder = PACKAGED): Promise<void> {
  const unlock = await lock();
  try {
    await buildAll();
    rmSync(folder, { recursive: true, force: true });
    const osls = join(ROOT, "node_modules/osls/bin/serverless.js");
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [osls, "package", "--package", resolve(folder)],
      {
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
      },
    );
    if (status !== 0) throw new Error(`osls package failed:\n${stdout}\n${stderr}`);
  } finally {
    unlock();
  }
}

const LOCK = join(ROOT, "node_modules/.sekisho-packaging");
const LOOK_MILLISECONDS = 100;

/** Bundles lie in `dist` until osls has zipped them: whoever packages at the same time waits. */
async function lock(): Promise<() => void> {
  for (;;) {
    try {
      mkdirSync(LOCK);
      writeFileSync(join(LOCK, "pid"), String(process.pid));
      return () => rmSync(LOCK, { recursive: true, force: true });
    } catch {
      if (isLeftBehind()) rmSync(LOCK, { recursive: true, force: true });
      await pause(LOOK_MILLISECONDS);
    }
  }
}

/** Whether the one who locked is gone without unlocking. */
function isLeftBehind(): boolean {
  try {
    process.kill(Number(readFileSync(join(LOCK, "pid"), "utf8")), 0);
    return false;
  } catch (thrown) {
    return thrown instanceof Error && "code" in thrown && thrown.code === "ESRCH";
  }
}

if (import.meta.main) {
  await packageService();
  console.log("Packaged into .serverless: one zip for each function and the CloudFormation template.");
}
