import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { lint } from "../../lib/rules/lint.ts";
import { parseObjects } from "../../lib/rules/parse.ts";
import { CI, GOOD, SRE } from "./configuration.ts";

const shapes: readonly [what: string, object: unknown, says: RegExp][] = [
  ["no object", "kind: Rule", /not an object/],
  ["an unknown kind", { kind: "rule" }, /no kind `rule`.*Did you mean `Rule`/],
  ["an unknown field", { ...SRE, conections: [] }, /`conections` is not a field.*Did you mean `connection`/],
  ["a missing field", { ...SRE, effect: undefined }, /`effect` is missing/],
  ["a condition that is a text", { ...SRE, when: ["sre"] }, /not a condition/],
  ["no list of conditions", { ...SRE, when: { claim: "groups", equals: "x" } }, /`when` is not a list/],
  ["a word misspelt", { ...SRE, when: [{ claim: "groups", startWith: "x" }] }, /Did you mean `startsWith`/],
  ["two words in one", { ...SRE, when: [{ claim: "groups", equals: "x", glob: "y" }] }, /are two conditions/],
  ["a word without a claim", { ...SRE, when: [{ equals: "x" }] }, /does not say of which claim/],
  ["a claim where none belongs", { ...SRE, when: [{ claim: "groups", mfa: true }] }, /speaks of no claim/],
  ["a claim alone", { ...SRE, when: [{ claim: "groups" }] }, /asks nothing/],
  [
    "a number for a text",
    { ...SRE, when: [{ claim: "groups", equals: 7 }] },
    /in quotes if it looks like a number/,
  ],
  ["a nesting with company", { ...SRE, when: [{ any: [{ mfa: true }], mfa: true }] }, /stands alone/],
  ["a nesting of nothing", { ...SRE, when: [{ any: [] }] }, /not a list of 1 to 16/],
  ["conditions four deep", { ...SRE, when: [{ not: { not: { not: { mfa: true } } } }] }, /deeper than 3/],
  ["seventeen conditions", { ...SRE, when: Array(17).fill({ mfa: true }) }, /more than 16/],
  [
    "seventeen conditions, nested",
    { ...SRE, when: [{ any: Array(16).fill({ mfa: true }) }, { mfa: true }] },
    /more than 16/,
  ],
  [
    "a time of day that is none",
    { ...SRE, when: [{ timeWindow: { zone: "UTC", from: "9", until: "10:00" } }] },
    /as in `\{ zone/,
  ],
  [
    "a secret pasted in place of its reference",
    { ...CI, purpose: "people", audiences: undefined, clientId: "x", clientSecret: "hunter2" },
    /`clientSecret` is not what it should be/,
  ],
  [
    "what nests without end",
    {
      ...SRE,
      grant: Array(100)
        .fill(0)
        .reduce((inner) => [inner], 0),
    },
    /deeper than 32/,
  ],
];
for (const [what, object, says] of shapes)
  test(`${what} has no shape, and it is said why`, () => {
    const { problems } = parseObjects([object]);
    const text = problems.map(({ message, fix }) => `${message} ${fix}`).join("\n");
    assert.match(text, says);
    assert.doesNotMatch(text, /hunter2/);
  });

test("32 levels of values are too many, and 31 are not", () => {
  const nested = (levels: number) =>
    Array(levels - 1)
      .fill(0)
      .reduce((inner) => [inner], 0);
  const deepIn = (levels: number) =>
    parseObjects([{ ...SRE, grant: nested(levels) }]).problems.some(({ message }) => /deeper/.test(message));
  assert.deepEqual([31, 32].map(deepIn), [false, true]);
});

test("conditions as deep and as many as allowed pass", () => {
  const when = [{ any: [{ not: { mfa: false } }] }, ...Array(13).fill({ mfa: true })];
  assert.deepEqual(parseObjects([{ ...SRE, when }]).problems, []);
});

test("no object, however strange, makes the parser or the linter throw", () => {
  const strange = fc.oneof(
    fc.jsonValue(),
    fc
      .tuple(fc.constantFrom(...GOOD), fc.string(), fc.jsonValue())
      .map(([base, key, value]) => ({ ...base, [key]: value })),
    fc
      .tuple(fc.constantFrom(...GOOD), fc.jsonValue())
      .chain(([base, value]) =>
        fc.constantFrom(...Object.keys(base)).map((key) => ({ ...base, [key]: value })),
      ),
  );
  let shaped = 0;
  fc.assert(
    fc.property(fc.array(strange, { maxLength: 4 }), (objects) => {
      const { configuration, positions, problems } = parseObjects([...GOOD, ...objects]);
      shaped += problems.length === 0 ? 1 : 0;
      lint(configuration, positions);
    }),
    { numRuns: 1000 },
  );
  assert.ok(shaped > 0);
});
