import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import test, { after, before } from "node:test";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { type Stack, startStack } from "../../infra/local/stack.ts";
import { openBrowser } from "../support/browser.ts";

let browser: Browser | undefined;
let stack: Stack;
const failures: string[] = [];

before(async () => {
  browser = await openBrowser();
  if (browser)
    stack = await startStack({ port: 0, report: (name, thrown) => failures.push(`${name}: ${thrown}`) });
});
after(async () => {
  await browser?.close();
  await stack?.stop();
});

/** One person at a fresh browser. Whatever our own pages complain of on the console fails the test. */
const person = (story: string, act: (page: Page) => Promise<void>, options: BrowserContextOptions = {}) =>
  test(story, async (t) => {
    if (!browser) return t.skip("no Chromium");
    const context = await browser.newContext({ locale: "en-GB", ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    const faults: string[] = [];
    page.on("console", (message) => {
      const own = message.location().url.startsWith(stack.url) || message.text().includes("Content Security");
      if (message.type() === "error" && own && !message.text().includes("status of 4"))
        faults.push(message.text());
    });
    try {
      await act(page);
      assert.deepEqual(faults, []);
      assert.deepEqual(failures.splice(0), []);
    } finally {
      await context.close();
    }
  });

/** Fills in the sign-in page of a demo provider. */
async function signIn(
  page: Page,
  name: string,
  factor: "password" | "second factor" = "password",
): Promise<void> {
  await page.locator("#username").fill(name);
  await page.locator("#password").fill(name);
  if (factor === "second factor") await page.locator("[name=mfa]").check();
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** Goes through our own sign-in page to one provider. */
async function signInThrough(
  page: Page,
  provider: RegExp,
  name: string,
  factor?: "second factor",
): Promise<void> {
  await page.goto(stack.url);
  await page.getByRole("link", { name: provider }).click();
  await signIn(page, name, factor);
  await page.waitForURL(`${stack.url}/`);
}

/** What the console look-alike says of the session it was opened with. */
async function consoleOf(
  page: Page,
): Promise<Record<"account" | "role" | "tags" | "source" | "destination", string>> {
  await page.waitForURL(`${stack.urls.aws}/console/**`);
  const text = async (id: string): Promise<string> =>
    (await page.locator(`#${id}`).textContent())?.trim() ?? "";
  return {
    account: await text("account"),
    role: await text("role"),
    tags: await text("tags"),
    source: await text("source-identity"),
    destination: await text("destination"),
  };
}

/** A page on another site with one link on it. */
async function linkElsewhere(href: string): Promise<{ url: string; close: () => void }> {
  const server = createServer((_, response) => {
    response
      .setHeader("content-type", "text/html")
      .end(`<!doctype html><title>x</title><a href="${href}">go</a>`);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close };
}

person("sre: a tile of the Okta dashboard opens the console of prod as Admin", async (page) => {
  await page.goto(stack.urls.okta);
  await signIn(page, "sre");
  await page.getByRole("link", { name: /AWS prod Admin/ }).click();
  const seen = await consoleOf(page);
  assert.match(seen.account, /^111111111111 prod$/);
  assert.equal(seen.role, "sekisho-Admin");
  assert.match(seen.tags, /costCenter\s*platform/);
  assert.match(seen.source, /^[0-9A-HJKMNP-TV-Z]{26}$/);
});

person("sre: the other tile opens the register, and a line of it opens its console", async (page) => {
  await page.goto(stack.urls.okta);
  await signIn(page, "sre");
  await page.getByRole("link", { name: /^AWS\s*the list/ }).click();
  await page.waitForURL(`${stack.url}/`);
  assert.equal((await page.getByRole("rowheader", { name: "staging" }).count()) >= 2, true);
  assert.equal(await page.getByText("administrator").isVisible(), true);
  await page.getByRole("searchbox").fill("staging readonly");
  await page.getByRole("button", { name: "Search" }).click();
  await page.getByRole("link", { name: "Console: staging ReadOnly" }).click();
  const seen = await consoleOf(page);
  assert.match(seen.account, /^222222222222/);
  assert.equal(seen.role, "sekisho-ReadOnly");
});

person("sre: credentials are masked until asked for, and then complete", async (page) => {
  await signInThrough(page, /^Okta/, "sre");
  await page.getByRole("link", { name: "Credentials: prod ReadOnly" }).click();
  assert.match((await page.locator("#keys-env").textContent()) ?? "", /SECRET_ACCESS_KEY='?•+/);
  await page.getByLabel("Length").selectOption("900");
  await page.getByRole("button", { name: "Issue and show" }).click();
  const text = (await page.locator("#keys-env").textContent()) ?? "";
  assert.match(
    text,
    /AWS_ACCESS_KEY_ID=ASIA\w+\nexport AWS_SECRET_ACCESS_KEY=\S{30,}\nexport AWS_SESSION_TOKEN=\S{50,}/,
  );
  assert.match(page.url(), /\/credentials(\?|$)/);
  await page.getByText("This is production.").waitFor();
});

person(
  "analyst: 250 groups are too many for Entra's token, and the roles are there all the same",
  async (page) => {
    await signInThrough(page, /^Entra ID/, "analyst", "second factor");
    await page.getByRole("link", { name: "Console: prod Analyst" }).click();
    const seen = await consoleOf(page);
    assert.match(seen.account, /^111111111111/);
    assert.equal(seen.role, "sekisho-Analyst");
  },
);

person("analyst: without a second factor the deny takes prod away and leaves staging", async (page) => {
  await signInThrough(page, /^Entra ID/, "analyst");
  assert.equal(await page.getByRole("link", { name: "Console: staging Analyst" }).count(), 1);
  assert.equal(await page.getByRole("link", { name: "Console: prod Analyst" }).count(), 0);
  const answer = await page.goto(`${stack.url}/console?account=111111111111&role=Analyst`);
  assert.equal(answer?.status(), 403);
  assert.match((await page.locator("code#code").textContent()) ?? "", /^mfa_required$/);
});

person("support: a nested group of Google opens the console", async (page) => {
  await signInThrough(page, /^Google/, "support");
  await page.getByRole("link", { name: "Console: prod Support" }).click();
  assert.equal((await consoleOf(page)).role, "sekisho-Support");
});

person("outsider: is let in, given nothing, and told why and whom to ask", async (page) => {
  await signInThrough(page, /^Okta/, "outsider");
  await page.getByRole("heading", { name: "Signed in, but no rule gives you a role yet" }).waitFor();
  const facts = (await page.locator("#seen").textContent()) ?? "";
  assert.match(facts, /outsider, through Okta/);
  assert.match(facts, /none were sent/);
  assert.match((await page.locator("main").textContent()) ?? "", /platform@example\.com/);
});

person("outsider: the tile to prod is refused with who, where, why and a reference", async (page) => {
  await page.goto(stack.urls.okta);
  await signIn(page, "outsider");
  const answers = page.waitForResponse(
    (response) => response.url().startsWith(stack.url) && response.status() === 403,
  );
  await page.getByRole("link", { name: /AWS prod Admin/ }).click();
  await answers;
  await page.getByRole("heading", { level: 1 }).waitFor();
  const text = (await page.locator("main").textContent()) ?? "";
  assert.match(text, /outsider/);
  assert.match(text, /111111111111/);
  assert.match(text, /role_not_granted/);
  assert.match(text, /Reference [0-9A-HJKMNP-TV-Z]{26}/);
});

person(
  "a browser that speaks Japanese is answered in Japanese, and may choose English for good",
  async (page) => {
    await page.goto(stack.url);
    assert.equal(await page.locator("html").getAttribute("lang"), "ja");
    await page.getByRole("link", { name: /^Okta/ }).click();
    await signIn(page, "sre");
    await page.waitForURL(`${stack.url}/`);
    assert.equal(await page.getByRole("link", { name: "コンソール: prod Admin" }).count(), 1);
    await page.locator(".who summary").click();
    await page.getByRole("link", { name: "English" }).click();
    await page.goto(stack.url);
    assert.equal(await page.locator("html").getAttribute("lang"), "en");
  },
  { locale: "ja-JP" },
);

person(
  "a link elsewhere that names a page of the console asks first; the answer opens that page",
  async (page) => {
    await signInThrough(page, /^Okta/, "sre");
    const destination = "https://ap-northeast-1.console.aws.amazon.com/cloudwatch/home?region=ap-northeast-1";
    const query = new URLSearchParams({ account: "111111111111", role: "ReadOnly", destination });
    const elsewhere = await linkElsewhere(`${stack.url}/console?${query}`);
    try {
      await page.goto(elsewhere.url);
      await page.getByRole("link", { name: "go" }).click();
      await page.getByRole("heading", { name: "Open this page of the console?" }).waitFor();
      assert.match((await page.locator(".facts").textContent()) ?? "", /prod 111111111111/);
      assert.ok(((await page.locator(".facts").textContent()) ?? "").includes(destination));
      await page.getByRole("link", { name: "Open the console" }).click();
      const seen = await consoleOf(page);
      assert.equal(seen.role, "sekisho-ReadOnly");
      assert.equal(seen.destination, destination);
    } finally {
      elsewhere.close();
    }
  },
);

person(
  "a link elsewhere that names account and role alone opens straight away, after the sign-in it caused",
  async (page) => {
    const elsewhere = await linkElsewhere(`${stack.url}/console?account=333333333333&role=Admin`);
    try {
      await page.goto(elsewhere.url);
      await page.getByRole("link", { name: "go" }).click();
      await page.getByRole("link", { name: /^Okta/ }).click();
      await signIn(page, "sre");
      assert.match((await consoleOf(page)).account, /^333333333333/);
    } finally {
      elsewhere.close();
    }
  },
);

person("signing out ends the session, also for the button Back", async (page) => {
  await signInThrough(page, /^Okta/, "sre");
  await page.locator(".who summary").click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "You are signed out here" }).waitFor();
  await page.goBack();
  await page.getByRole("heading", { name: /^Sign in to reach/ }).waitFor();
});

person(
  "without script the whole way works too",
  async (page) => {
    await signInThrough(page, /^Entra ID/, "analyst", "second factor");
    await page.getByRole("link", { name: "Console: staging Analyst" }).click();
    assert.equal((await consoleOf(page)).role, "sekisho-Analyst");
  },
  { javaScriptEnabled: false },
);
