import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { ROOT } from "../../../infra/build.ts";
import { REFUSALS, type RefusalCode } from "../../../lib/core/errors.ts";
import { AWS_ROWS, TABLE_ROWS } from "./rows.ts";

const page = readFileSync(join(ROOT, "docs/faults.md"), "utf8");
const section = page.slice(page.indexOf("## AWS"), page.indexOf("## Two versions at once"));
const rows = [...section.matchAll(/^\| (?!what fails|---)(.+) \|$/gm)].map(([, row = ""]) =>
  row.split(" | "),
);
const CODE = /`([a-z]+_[a-z_]+)`/g;

test("every row of the page has its six cells, a code or none, and the tests that hold it", (t) => {
  assert.ok(rows.length >= 16, `${rows.length} rows are too few to be true`);
  for (const cells of rows) {
    assert.equal(cells.length, 6, cells[0]);
    const [what = "", person = "", program = "", , , heldBy = ""] = cells;
    const codes = [...`${person} ${program}`.matchAll(CODE)].map(([, code = ""]) => code);
    for (const code of codes) assert.ok(code in REFUSALS, `${what}: ${code}`);
    const said = /, (\d{3})/.exec(program)?.[1];
    const statuses = codes.map((code) => String(REFUSALS[code as RefusalCode][0]));
    if (said !== undefined) assert.ok(statuses.includes(said), `${what}: ${said} is not of ${codes}`);
    assert.match(heldBy, /`test\/[\w./-]+`/, what);
  }
  t.diagnostic(`${rows.length} rows`);
});

test("every way in which a fault of AWS ends is on the page", () => {
  const listed = new Set([...section.matchAll(CODE)].map(([, code]) => code));
  const ends = new Set([...TABLE_ROWS, ...AWS_ROWS].flatMap(({ end }) => (end === "done" ? [] : [end])));
  assert.ok(ends.size >= 5);
  assert.deepEqual(
    [...ends].filter((end) => !listed.has(end)),
    [],
  );
});
