import assert from "node:assert/strict";
import { type Browser, formOf, openBrowser, type Page, signIn } from "./idp.ts";

/** Goes on from a page as a browser would: redirects, and forms that send themselves. */
export async function goOn(browser: Browser, page: Page): Promise<Page> {
  let current = await browser.follow(page);
  for (let posts = 0; posts < 5 && /SAMLResponse|SAMLRequest/.test(current.body); posts++) {
    const { action, fields } = formOf(current);
    current = await browser.follow(await browser.post(action, fields));
  }
  return current;
}

/** A browser that is signed in at a demo provider, and its dashboard. */
export async function atDashboard(
  provider: string,
  name: string,
  more: Readonly<Record<string, string>> = {},
): Promise<{ browser: Browser; dashboard: Page }> {
  const browser = openBrowser();
  const dashboard = await browser.follow(
    await signIn(browser, await browser.follow(await browser.get(provider)), name, more),
  );
  return { browser, dashboard };
}

/** Clicks a tile and goes on to wherever it leads. */
export function clickTile(browser: Browser, dashboard: Page, title: string): Promise<Page> {
  const tile = new RegExp(`<a href="([^"]+)">${title}<small>`).exec(dashboard.body)?.[1];
  assert.ok(tile, `no tile ${title} in ${dashboard.body}`);
  return browser
    .get(new URL(tile.replaceAll("&#38;", "&"), dashboard.url).href)
    .then((page) => goOn(browser, page));
}
