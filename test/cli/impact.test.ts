import assert from "node:assert/strict";
import test from "node:test";
import { impactCsv } from "../../cli/impact-csv.ts";
import { IMPACT_WORDS } from "../../cli/impact-words.ts";
import { Flag, type Impact } from "../../lib/core/impact.ts";

const impact = (name: string): Impact => ({
  replayed: 1,
  administrators: { before: 1, after: 1 },
  moves: [
    {
      personId: "P1",
      connection: "okta",
      name,
      gained: ["111111111111/Read Only"],
      lost: ["broker/admin"],
      before: 0,
      after: 1,
    },
  ],
  flags: [],
  many: 25,
});

test("a row of the table says who gains or loses which role where", () => {
  assert.equal(
    impactCsv(impact("Ana")),
    [
      '"person","name","connection","change","account","role","roles before","roles after"',
      '"P1","Ana","okta","gained","111111111111","Read Only","0","1"',
      '"P1","Ana","okta","lost","broker","admin","0","1"',
      "",
    ].join("\r\n"),
  );
});

test("rights that are not told by name are counted in a row of their own", () => {
  const [move] = impact("Ana").moves;
  assert.ok(move);
  const table = impactCsv({ ...impact("Ana"), moves: [{ ...move, more: 70 }] });
  assert.match(table, /"P1","Ana","okta","not listed","","70","0","1"\r\n$/);
});

for (const [name, written] of [
  ["=HYPERLINK(1)", `"'=HYPERLINK(1)"`],
  ["+1", `"'+1"`],
  ["-1", `"'-1"`],
  ["@SUM(A1)", `"'@SUM(A1)"`],
  ["\t=1", `"'\t=1"`],
  ["\r=1", `"'\r=1"`],
  [" =1", `"' =1"`],
  ["＝1", `"'＝1"`],
  ['a","=1', '"a"",""=1"'],
  ["a\n=1", '"a\n=1"'],
] as const)
  test(`a spreadsheet runs nothing of a person called ${JSON.stringify(name)}`, () => {
    assert.ok(impactCsv(impact(name)).includes(written));
  });

test("every flag is said in every language, with whom or what it is about", () => {
  for (const { flag } of Object.values(IMPACT_WORDS))
    for (const code of Flag.entries.code.options) {
      const said = flag({ code, weight: "high", about: "ABOUT", people: 1234, examples: [] });
      assert.ok(said.length > 5 && !said.includes("undefined"), said);
      assert.ok(code === "nobody_administers" || /ABOUT|1,234/.test(said), said);
    }
});
