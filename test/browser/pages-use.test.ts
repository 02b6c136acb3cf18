import assert from "node:assert/strict";
import { browses, DESK, PHONE, posted, visit } from "./visit.ts";

browses("whatever Tab reaches shows a ring, and Tab reaches everything one can press", async () => {
  for (const name of ["signin", "home", "refusal-aws", "credentials-shown", "confirm"])
    await visit(`en/${name}`, DESK, async ({ page }) => {
      const pressable = await page
        .locator(
          "a:visible, button:visible, summary:visible, select:visible, input:visible:not([type=radio])",
        )
        .count();
      const reached = new Set<string>();
      for (let presses = 0; presses < pressable + 12; presses++) {
        await page.keyboard.press("Tab");
        const at = await page.evaluate(() => {
          const element = document.activeElement;
          if (!element || element === document.body) return undefined;
          const ringed = element.closest(".vtabs label") ?? element;
          const style = getComputedStyle(ringed);
          const all = [...document.querySelectorAll("*")];
          return {
            place: String(all.indexOf(element)),
            ring: style.outlineStyle !== "none" && Number.parseFloat(style.outlineWidth) >= 2,
            what: element.outerHTML.slice(0, 60),
          };
        });
        if (!at) continue;
        assert.ok(at.ring, `${name}: no ring around ${at.what}`);
        reached.add(at.place);
      }
      assert.ok(reached.size >= pressable, `${name}: ${reached.size} of ${pressable} reached`);
    });
});

browses("the register is a table to a screen reader, also where it folds on a phone", async () => {
  for (const device of [PHONE, DESK])
    await visit("en/home", device, async ({ page }) => {
      const table = page.getByRole("table", { name: "Your accounts and roles" });
      assert.ok((await table.getByRole("row").count()) >= 25);
      assert.equal(await table.getByRole("rowheader", { name: "log-archive" }).count(), 4);
      assert.equal(await page.getByRole("link", { name: "Console: payments-prod ReadOnly" }).count(), 1);
      assert.equal(await page.getByRole("link", { name: "Credentials: payments-prod ReadOnly" }).count(), 1);
      assert.equal(await page.getByRole("search").count(), 1);
    });
});

browses("what may be asked for is a table of its own, in grey, with nothing to press but why", async () => {
  for (const device of [PHONE, DESK])
    await visit("en/home", device, async ({ page }) => {
      const asking = page.getByRole("region", { name: "Can be asked for" });
      const table = asking.getByRole("table", { name: "Can be asked for" });
      assert.equal(await table.getByRole("row").count(), device === PHONE ? 10 : 11);
      const pressable = await table.locator("a:visible, button:visible").allTextContents();
      assert.deepEqual([...new Set(pressable)], ["Why"]);
      const why = table.getByRole("link", { name: /^Why: / }).first();
      assert.match((await why.getAttribute("href")) ?? "", /^\/why\?account=\d{12}&role=\w+$/);
      const colour = (row: string) =>
        page
          .locator(`${row} .c-name`)
          .first()
          .evaluate((cell) => getComputedStyle(cell).color);
      assert.notEqual(await colour("tr.eligible"), await colour("main > table tbody tr:not(.ou)"));
    });
});

browses(
  "without script: themes, forms of keys, search and sign-out work, and no dead button stands there",
  async () => {
    const plain = { ...DESK, javaScriptEnabled: false };
    await visit("en/home", plain, async ({ page }) => {
      const ground = () => page.locator("body").evaluate((body) => getComputedStyle(body).backgroundColor);
      const light = await ground();
      await page.locator(".who summary").click();
      await page.getByLabel("Dark").check();
      assert.notEqual(await ground(), light);
      assert.equal(await page.locator("form[action='/signout'] button").isVisible(), true);
    });
    await visit("en/credentials-shown", plain, async ({ page }) => {
      assert.equal(await page.locator("#keys-env").isVisible(), true);
      await page.getByText("JSON", { exact: true }).click();
      assert.equal(await page.locator("#keys-env").isVisible(), false);
      assert.match((await page.locator("#keys-json").textContent()) ?? "", /"SessionToken": "IQoJ/);
      assert.equal(await page.getByRole("button", { name: "Copy" }).count(), 0);
    });
    await visit("en/onward", plain, async ({ page }) => {
      await page.getByRole("button", { name: "Continue to Okta" }).click();
      await page.waitForURL("**/sso?a=1&b=2");
    });
    assert.deepEqual(posted(), ["POST /sso?a=1&b=2 SAMLRequest=PHNhbWw%2B&RelayState=rs"]);
  },
);

browses("with script: the request to the provider goes on by itself, once", async () => {
  await visit("en/onward", DESK, async ({ page, faults }) => {
    await page.waitForURL("**/sso?a=1&b=2");
    assert.deepEqual(
      faults.filter((fault) => !fault.includes("404")),
      [],
    );
  });
  assert.deepEqual(posted(), ["POST /sso?a=1&b=2 SAMLRequest=PHNhbWw%2B&RelayState=rs"]);
});

browses("the policy stops a form that would leave for anywhere else", async () => {
  await visit("en/home", DESK, async ({ page, faults }) => {
    await page.evaluate(() => {
      const form = document.createElement("form");
      form.action = "https://evil.example/";
      document.body.append(form);
      form.submit();
    });
    await page.waitForFunction(() => true);
    assert.match(faults.join(), /form-action/);
  });
});

browses("with script: a copy button appears, copies the whole form of the keys and says so", async () => {
  const context = { ...DESK, permissions: ["clipboard-read", "clipboard-write"] };
  await visit("en/credentials-shown", context, async ({ page, faults }) => {
    await page.locator(".of-env").getByRole("button", { name: "Copy" }).click();
    await page.locator(".of-env").getByRole("status").filter({ hasText: "Copied" }).waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    assert.match(copied, /^export AWS_ACCESS_KEY_ID=ASIAEXAMPLE7Q2M4T\nexport AWS_SECRET_ACCESS_KEY=sEcReT/);
    assert.deepEqual(faults, []);
  });
  await visit("en/refusal", context, async ({ page }) => {
    await page.locator(".foot").getByRole("button", { name: "Copy" }).click();
    await page.locator(".foot").getByRole("status").filter({ hasText: "Copied" }).waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    assert.equal(copied, "role_not_granted\nReference 01JD8K4T2W0000000000000000");
  });
});

browses("forced colours: the gate, the pass and the chips keep an edge", async () => {
  await visit("en/refusal", { ...DESK, forcedColors: "active" }, async ({ page }) => {
    const edge = (selector: string) =>
      page
        .locator(selector)
        .first()
        .evaluate((element) => {
          const style = getComputedStyle(element);
          return { border: Number.parseFloat(style.borderTopWidth), clip: style.clipPath };
        });
    assert.deepEqual(await edge(".pass-card"), { border: 1, clip: "none" });
    assert.equal((await edge(".env.prod")).border, 2);
  });
});

browses("reduced motion: nothing moves", async () => {
  await visit("en/home", { ...DESK, reducedMotion: "reduce" }, async ({ page }) => {
    const moving = await page.evaluate(
      () =>
        [...document.querySelectorAll("*")].filter((element) => {
          const style = getComputedStyle(element);
          return (
            style.animationName !== "none" ||
            style.transitionDuration.split(",").some((time) => Number.parseFloat(time) > 0)
          );
        }).length,
    );
    assert.equal(moving, 0);
  });
});
