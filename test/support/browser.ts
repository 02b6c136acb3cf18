import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const PLACES = [
  process.env.CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];

/**
 * A headless Chromium. The caller closes it.
 *
 * @returns undefined, with a loud line, where none is installed; in CI that is a failure instead.
 */
export async function openBrowser(): Promise<Browser | undefined> {
  const executablePath = PLACES.find((path) => path !== undefined && existsSync(path));
  if (executablePath !== undefined)
    return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
  const missing = "No Chromium found (set CHROMIUM, or install the Debian package `chromium`).";
  if (process.env.CI) throw new Error(missing);
  console.error(`SKIPPED, LOUDLY: browser tests. ${missing}`);
  return undefined;
}
