import assert from "node:assert/strict";
import test from "node:test";
import { csvLine } from "../../lib/core/csv.ts";

/** What somebody may have called themselves, and how it must stand in a file that a spreadsheet opens. */
const CELLS: readonly [value: string | number | undefined, cell: string][] = [
  ["Ana", "Ana"],
  [undefined, ""],
  ["", ""],
  [-5, "-5"],
  ["=1+1", `"'=1+1"`],
  ["+1", `"'+1"`],
  ["-1", `"'-1"`],
  ["@SUM(A1)", `"'@SUM(A1)"`],
  [" =1", `"' =1"`],
  ["\t=1", `"'\t=1"`],
  ["\r=1", `"'\r=1"`],
  ["\n=1", `"'\n=1"`],
  ["|calc", `"'|calc"`],
  ["%0a", `"'%0a"`],
  ["＝1", `"'＝1"`],
  ["\ufeff=1", `"'\ufeff=1"`],
  ['=HYPERLINK("http://x","y")', `"'=HYPERLINK(""http://x"",""y"")"`],
  ['a"b', '"a""b"'],
  ['","=1', '""",""=1"'],
  ["a,b", '"a,b"'],
  ["a;b", '"a;b"'],
  ["a\r\nb", '"a\r\nb"'],
  [" a ", '" a "'],
  ["'a", `"'a"`],
];
for (const [value, cell] of CELLS)
  test(`${JSON.stringify(value)} stands as ${JSON.stringify(cell)}`, () =>
    assert.equal(csvLine([value]), `${cell}\r\n`));

test("a line has as many cells as values", () => assert.equal(csvLine(["a", undefined, 3]), "a,,3\r\n"));
