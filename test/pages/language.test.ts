import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { pickLanguage } from "../../functions/pages/language.ts";

const ROWS: readonly [header: string | undefined, language: "en" | "ja"][] = [
  [undefined, "en"],
  ["", "en"],
  ["ja", "ja"],
  ["ja-JP,ja;q=0.9,en;q=0.8", "ja"],
  ["en-US,en;q=0.9,ja;q=0.8", "en"],
  ["de-DE,de;q=0.9", "en"],
  ["de,ja;q=0.5,en;q=0.4", "ja"],
  ["JA", "ja"],
  ["en;q=0.1,ja;q=0.2", "ja"],
  ["ja;q=0,en", "en"],
  ["ja;q=0", "en"],
  ["ja;q=2", "en"],
  ["jax", "en"],
  ["*", "en"],
  [" ja ; q=1.0 ", "ja"],
  [`${"de,".repeat(40)}ja`, "en"],
];
for (const [header, language] of ROWS)
  test(`Accept-Language ${JSON.stringify(header)?.slice(0, 40)} is answered in ${language}`, () =>
    assert.equal(pickLanguage(header), language));

test("the person's own choice wins, the query before the cookie", () => {
  assert.equal(pickLanguage("en", "ja"), "ja");
  assert.equal(pickLanguage("en", undefined, "ja"), "ja");
  assert.equal(pickLanguage("en", "en", "ja"), "en");
  assert.equal(pickLanguage("ja", "<script>", "fr"), "ja");
});

test("whatever a stranger sends, the answer is a language we write", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 3000 }), fc.string(), (header, choice) =>
      ["en", "ja"].includes(pickLanguage(header, choice)),
    ),
  );
});
