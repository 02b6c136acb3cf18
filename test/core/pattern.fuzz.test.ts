import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { globsMeet } from "../../lib/aws/glob.ts";
import { matchesWhole } from "../../lib/core/pattern.ts";

const atom = fc.constantFrom(
  "a",
  "b",
  "-",
  "\\.",
  "[a-c]",
  "[^a]",
  "[a-b0-9]",
  "\\d",
  "\\w",
  "\\W",
  ".",
  "[\\w.]",
  "[-a]",
  "[a-]",
);
const count = fc.constantFrom("", "", "", "?", "*", "+", "{2}", "{1,3}", "{0,2}", "{1,}");
const pattern = fc.letrec<{ any: string; all: string; one: string }>((tie) => ({
  any: fc.array(tie("all"), { minLength: 1, maxLength: 2 }).map((parts) => parts.join("|")),
  all: fc.array(tie("one"), { maxLength: 3 }).map((parts) => parts.join("")),
  one: fc
    .tuple(
      fc.oneof(
        { maxDepth: 3, withCrossShrink: true },
        atom,
        tie("any").map((inner) => `(?:${inner})`),
      ),
      count,
    )
    .map((parts) => parts.join("")),
})).any;
const value = fc.string({ unit: fc.constantFrom(..."ab01-. ".split("")), maxLength: 10 });

test("a value matches exactly where a regular expression anchored at both ends does", () => {
  fc.assert(
    fc.property(pattern, value, (text, given) => {
      const wanted = new RegExp(`^(?:${text})$`, "s").test(given);
      assert.equal(matchesWhole(text, given), wanted);
    }),
    { numRuns: 5000 },
  );
});

test("no text makes the reader of patterns fail in any other way than saying what is wrong", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(..."ab()[]{}|*+?.\\^$-,0129".split("")), maxLength: 40 }),
      value,
      (text, given) => {
        try {
          matchesWhole(text, given);
        } catch (thrown) {
          assert.match(String(thrown), /^Error: (?:unexpected|the pattern is too large)/);
        }
      },
    ),
    { numRuns: 5000 },
  );
});

for (const [what, text] of [
  ["nested repeats", "(a+)+"],
  ["overlapping alternatives", "(a|a)*"],
  ["many repeats in a row", "a*".repeat(60)],
  ["a repeated empty group", "(?:(?:)*)*a*"],
] as const)
  test(`${what} cost no more than the lengths of pattern and value`, () => {
    // A backtracking engine would not come back from these in this century.
    assert.equal(matchesWhole(text, `${"a".repeat(255)}b`), false);
  });

for (const [what, text] of [
  ["anchors", "^a$"],
  ["look-ahead", "(?=a)"],
  ["a named group", "(?<n>a)"],
  ["a back-reference", "(a)\\1"],
  ["a unicode escape", "\\u0041"],
  ["a lazy repeat", "a+?"],
  ["a count too high", "a{1000}"],
  ["counts that multiply", "((a{256}){256}){256}"],
  ["a count that goes down", "a{3,2}"],
  ["an open class", "[a"],
  ["an open group", "(a"],
  ["a range that goes down", "[z-a]"],
  ["nothing to repeat", "*"],
] as const)
  test(`a pattern with ${what} is not used`, () =>
    assert.throws(() => matchesWhole(text, "a"), /unexpected|too large/));

test("two globs meet exactly where some text matches both", () => {
  const glob = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), maxLength: 5 });
  const texts: string[] = [""];
  for (const text of texts) if (text.length < 6) texts.push(`${text}a`, `${text}b`);
  const regexp = (text: string) => new RegExp(`^${text.replaceAll("*", ".*").replaceAll("?", ".")}$`);
  fc.assert(
    fc.property(glob, glob, (left, right) => {
      const [a, b] = [regexp(left), regexp(right)];
      const found = texts.some((text) => a.test(text) && b.test(text));
      // Texts of up to six letters say yes for sure; a no is sure where no longer text can be needed.
      if (found || left.length + right.length <= 6) assert.equal(globsMeet(left, right), found);
    }),
    { numRuns: 2000 },
  );
});
