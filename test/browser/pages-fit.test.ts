import assert from "node:assert/strict";
import { faint, overhang, small } from "./measures.ts";
import { browses, DESK, STILL, visit } from "./visit.ts";

for (const name of STILL)
  for (const language of ["en", "ja"])
    browses(
      `${name} (${language}): fits every window, is readable in both themes, large enough to press`,
      () =>
        // Without motion, as a colour that is still on its way to the other theme is nobody's contrast.
        visit(`${language}/${name}`, { ...DESK, reducedMotion: "reduce" }, async ({ page, faults }) => {
          assert.deepEqual(faults, []);
          assert.equal(await page.evaluate(() => document.styleSheets.length), 2);
          for (const colorScheme of ["light", "dark"] as const) {
            await page.emulateMedia({ colorScheme });
            assert.deepEqual(await page.evaluate(faint), [], colorScheme);
          }
          assert.deepEqual(await page.evaluate(small), []);
          // Machines without a Japanese face draw narrow boxes; wide letters stand in for full-width ones.
          if (language === "ja")
            await page.evaluate(() =>
              document.body.style.setProperty("letter-spacing", "0.3em", "important"),
            );
          for (const width of [320, 390, 780, 1280]) {
            await page.setViewportSize({ width, height: 844 });
            assert.ok((await page.evaluate(overhang)) <= 0, `${width}px: reaches beyond the window`);
            if (width === 390) assert.deepEqual(await page.evaluate(small), [], "on a phone");
          }
          await page.setViewportSize(DESK.viewport);
          await page.emulateMedia({ colorScheme: null });
        }),
    );

browses("what unfolds stays within the narrowest window", async () => {
  const narrow = { viewport: { width: 320, height: 700 } };
  for (const name of ["home", "refusal", "refusal-aws"])
    await visit(`en/${name}`, narrow, async ({ page }) => {
      for (const fold of await page.locator("summary:visible").all()) await fold.click();
      assert.ok((await page.evaluate(overhang)) <= 0, name);
      for (const open of await page.locator("details[open] > :not(summary)").all()) {
        const box = await open.boundingBox();
        assert.ok(box && box.x >= 0 && box.x + box.width <= 320, `${name}: ${box?.x} to ${box?.width}`);
      }
    });
});
