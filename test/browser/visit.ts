import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import type { Language } from "../../lib/core/messages/words.ts";
import { PAGES } from "../pages/views.ts";
import { openBrowser } from "../support/browser.ts";
import { type PageServer, servePages } from "../support/page-server.ts";

let browser: Browser | undefined;
let server: PageServer;

/** What arrived by POST since this was asked last, as `POST /path body`. */
export const posted = (): string[] => server.posted.splice(0);

before(async () => {
  browser = await openBrowser();
  server = await servePages((path) => {
    const [, language, name = ""] = path.split("?")[0]?.split("/") ?? [];
    const make = PAGES[name];
    if (!make) return undefined;
    // The provider of the demo form is this server itself, so that a test sees the form arrive.
    const body = make(language as Language).replaceAll("https://okta.example.com/sso", `${server.url}/sso`);
    return { body, formTargets: [new URL(server.url).origin] };
  });
});
after(async () => {
  await browser?.close();
  await server[Symbol.asyncDispose]();
});

export interface Visit {
  readonly page: Page;
  /** Errors on the console, refused by policy or thrown by a script. */
  readonly faults: string[];
}

/** One window per set of options, as opening one takes longer than what is looked at in it. */
const windows = new Map<string, Promise<Visit>>();

async function openWindow(options: BrowserContextOptions): Promise<Visit> {
  assert.ok(browser);
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(message.text());
  });
  page.on("pageerror", (error) => faults.push(error.message));
  return { page, faults };
}

/** Opens one address and hands it to the test. */
export async function visit(
  address: string,
  options: BrowserContextOptions,
  look: (visit: Visit) => Promise<void>,
): Promise<void> {
  const key = JSON.stringify(options);
  const opened = windows.get(key) ?? openWindow(options);
  windows.set(key, opened);
  const { page, faults } = await opened;
  faults.length = 0;
  await page.goto(`${server.url}/${address}`);
  await look({ page, faults });
}

/** A test that is skipped, with a word, where there is no browser. */
export const browses = (name: string, run: () => Promise<void>) =>
  test(name, async (t) => {
    if (browser === undefined) t.skip("no Chromium");
    else await run();
  });

export const PHONE = { viewport: { width: 390, height: 844 } };
export const DESK = { viewport: { width: 1280, height: 800 } };
/** Pages that stay where they are when opened. */
export const STILL = Object.keys(PAGES).filter((name) => name !== "onward");
