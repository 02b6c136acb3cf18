import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { filterRows, firstOf, leafOf, ROWS_ON_A_PAGE } from "../../functions/pages/register.ts";
import { rowsOf } from "./view-things.ts";

const rows = rowsOf(24);
const all = (wanted: readonly { accountName: string; role: string }[]) =>
  wanted.map(({ accountName, role }) => `${accountName} ${role}`);

test("a search finds rows in which every word occurs, whatever its case and place", () => {
  assert.equal(filterRows(rows, "").length, rows.length);
  assert.deepEqual(all(filterRows(rows, "PAY readonly")), ["payments-prod ReadOnly"]);
  assert.deepEqual(all(filterRows(rows, "  4900  admin ")), ["log-archive Admin"]);
  assert.ok(filterRows(rows, "/security").every((row) => row.path === "/security"));
  assert.equal(filterRows(rows, "payments zzz").length, 0);
});

test("rows are ordered by OU, account and role, and cut where the OU changes", () => {
  const { units } = leafOf(rows, "", 1);
  const paths = units.map(({ path }) => path);
  assert.deepEqual(paths, [...new Set(paths)].sort());
  for (const unit of units) assert.ok(unit.rows.every((row) => row.path === unit.path));
});

test("of what may be asked for, a search leaves the first rows in order and says how many more there are", () => {
  const askable = rowsOf(ROWS_ON_A_PAGE + 5).reverse();
  const { rows: first, more } = firstOf(askable, "");
  assert.deepEqual([first.length, more], [ROWS_ON_A_PAGE, 5]);
  assert.deepEqual(first.slice(0, 2), leafOf(askable, "", 1).units[0]?.rows.slice(0, 2));
  assert.deepEqual(firstOf(askable, "payments zzz"), { rows: [], more: 0 });
});

test("pages together hold every row once, and a number out of range is the nearest page", () => {
  const count = fc.integer({ min: 0, max: 3 * ROWS_ON_A_PAGE + 1 });
  const order = (size: number) => rowsOf(size).reverse();
  fc.assert(
    fc.property(count, (size) => {
      const { pages, found } = leafOf(order(size), "", 1);
      const seen = Array.from({ length: pages }, (_, place) => leafOf(order(size), "", place + 1)).flatMap(
        ({ units }) => units.flatMap((unit) => unit.rows.map((row) => `${row.accountId} ${row.role}`)),
      );
      const wanted = rowsOf(size).map((row) => `${row.accountId} ${row.role}`);
      assert.deepEqual(seen.sort(), wanted.sort());
      assert.equal(found, size);
      assert.equal(leafOf(order(size), "", 999).page, pages);
      assert.equal(leafOf(order(size), "", -1).page, 1);
      assert.equal(leafOf(order(size), "", Number.NaN).page, 1);
    }),
    { numRuns: 20 },
  );
});
