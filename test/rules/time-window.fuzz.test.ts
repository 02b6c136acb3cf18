import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { turnsAt, withinWindow } from "../../lib/rules/time-window.ts";

const time = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.constantFrom("00", "15", "30"))
  .map(([hour, minute]) => `${String(hour).padStart(2, "0")}:${minute}`);
const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
const window = fc
  .record({
    zone: fc.constantFrom("Asia/Tokyo", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"),
    from: time,
    until: time,
    days: fc.option(fc.uniqueArray(fc.constantFrom(...DAYS), { minLength: 1 }), { nil: undefined }),
  })
  .map(({ days, ...rest }) => ({ ...rest, ...(days === undefined ? {} : { days }) }));
/** Weeks in which clocks are set somewhere, and in which none is. */
const now = fc
  .tuple(
    fc.constantFrom("2026-03-27", "2026-04-03", "2026-10-02", "2026-10-23", "2026-10-30", "2026-11-22"),
    fc.integer({ min: 0, max: 3 * 86_400 }),
  )
  .map(([day, seconds]) => Date.parse(day) / 1000 + seconds);

test("a shut window opens when it is said to, and not before; an open one closes so", () => {
  let turned = 0;
  fc.assert(
    fc.property(window, now, (one, at) => {
      const wanted = withinWindow(one, at) === "true" ? "false" : "true";
      const turns = turnsAt(one, at, wanted);
      if (turns === undefined) return assert.equal(one.from, one.until); // open all day
      turned++;
      assert.equal(withinWindow(one, turns), wanted);
      const quarter = at - (at % 900);
      for (let then = quarter + 900; then < turns; then += 900)
        assert.notEqual(withinWindow(one, then), wanted, new Date(then * 1000).toISOString());
    }),
    { numRuns: 300 },
  );
  assert.ok(turned > 200);
});

test("nobody knows when a window of an unknown zone opens", () => {
  assert.equal(turnsAt({ zone: "Mars/Base", from: "09:00", until: "10:00" }, 0, "true"), undefined);
});
