import assert from "node:assert/strict";
import type { Rule } from "../../../lib/core/rule.ts";
import { compileRules } from "../../../lib/rules/compile.ts";
import { askedKeys } from "../../../lib/rules/index.ts";
import { person, rule } from "../things.ts";
import { type Case, CONNECTIONS, heldBy, told } from "./ask.ts";

/** Under what a rule of these conditions is filed for okta, as `kind claim value`. */
function filed(when: readonly object[], more: object = {}, others: readonly Rule[] = []): string[] {
  const { buckets } = compileRules([rule("asked", { when, ...more }), ...others], CONNECTIONS);
  return [...buckets]
    .filter(([, rules]) => rules.some(({ id }) => id === "asked"))
    .map(([key]) => key.split("\n").slice(1).join(" "));
}
const of = (condition: object) => filed([{ claim: "groups", ...condition }]);

/** How rules are found. */
export const FINDING: readonly Case[] = [
  [
    "Every rule is filed under its *anchor*: the rarest value that one of its positive conditions asks for, else the beginning of one, else the end of one.",
    () => {
      const common = Array.from({ length: 5 }, (_, i) =>
        rule(`c${i}`, { when: [{ claim: "groups", equals: "all" }] }),
      );
      const both = [
        { claim: "groups", equals: "all" },
        { claim: "costCenter", equals: "7" },
      ];
      assert.deepEqual(filed(both, {}, common), ["equals costCenter 7"]);
      assert.deepEqual(
        filed([
          { claim: "groups", endsWith: "x" },
          { claim: "groups", startsWith: "aws-" },
        ]),
        ["starts groups aws-"],
      );
      assert.deepEqual(of({ endsWith: "-x" }), ["ends groups -x"]);
      assert.deepEqual(of({ glob: "a*b" }), ["starts groups a"]);
    },
  ],
  [
    "A template is filed by its beginning, and a regular expression by the text that all it matches begins with.",
    () => {
      assert.deepEqual(of({ template: "aws_{role:name}" }), ["starts groups aws_"]);
      assert.deepEqual(of({ regex: "aws-(?:prod|preview)-.*" }), ["starts groups aws-pr"]);
      assert.deepEqual(of({ regex: "a{3}b?" }), ["starts groups aaa"]);
      assert.deepEqual(of({ regex: "aws\\.admin" }), ["equals groups aws.admin"]);
      assert.deepEqual(of({ regex: "a*b" }), ["residual"]);
    },
  ],
  [
    "A decision asks only for the anchors that the person's own values make, so its cost depends on the person, not on the number of rules: one read of HEAD (at most every 5 s per container) and one BatchGetItem per hundred keys, all at once.",
    () => {
      const many = (count: number) =>
        Array.from({ length: count }, (_, i) =>
          rule(`r${i}`, { when: [{ claim: "groups", equals: `g${i}` }] }),
        );
      const keys = [10, 2000].map(
        (count) => askedKeys(person(), compileRules(many(count), CONNECTIONS).lengths).length,
      );
      assert.equal(keys[0], keys[1]);
      heldBy("test/store/rules-reading.test.ts", "HEAD is read at most every five seconds")();
      heldBy("test/store/rules-reading.test.ts", "keys are asked a hundred at a time")();
    },
  ],
  [
    "Where more than 128 allows share a value, those that ask for another value besides are filed by both, and who has the first asks for both.",
    heldBy("test/rules/crowded.test.ts", "what everybody has does not make everybody look at every rule"),
  ],
  [
    "Where no rarer value goes with it, they are filed by a rarer beginning or end that they ask for, of eight lengths of one claim at most.",
    heldBy("test/rules/crowded.test.ts", "where everybody has the one value, a rarer beginning of "),
  ],
  [
    'A deny is filed a second time under "this claim is unknown", and under "not mapped" where its connection cannot say anything of the claim, so that a failed look-up cannot hide it.',
    () => {
      assert.deepEqual(filed([{ claim: "groups", equals: "x" }], { effect: "deny" }), [
        "equals groups x",
        "unknown groups",
      ]);
      assert.deepEqual(filed([{ claim: "team", regex: "x.*" }], { effect: "deny" }), [
        "starts team x",
        "unknown team",
        "unmapped",
      ]);
      heldBy("test/rules/rules.fuzz.test.ts", "decide what all rules decide")();
    },
  ],
  [
    "At most 64 rules may have nothing to be filed by (only `mfa`, `acr`, numbers, times, addresses, `exists`, `not`, a regular expression without a beginning, or no condition).",
    () => {
      const lone: readonly object[] = [
        { mfa: true },
        { acr: { atLeast: "a" } },
        { claim: "level", number: { above: 1 } },
        { authAgeSeconds: 9 },
        { cidr: ["192.0.2.0/24"] },
        { network: "office" },
        { claim: "groups", exists: true },
        { not: { claim: "groups", equals: "x" } },
        { claim: "groups", regex: ".*x" },
      ];
      for (const condition of lone)
        assert.deepEqual(filed([condition]), ["residual"], JSON.stringify(condition));
      assert.deepEqual(filed([]), ["residual"]);
      heldBy("test/rules/lint.test.ts", "so are too many under none")();
    },
  ],
  [
    "A warning above 256 rules under one anchor, a refusal above 1,024.",
    heldBy("test/rules/lint.test.ts", "too many rules under one anchor are warned of, then refused"),
  ],
  [
    'Denies on one claim count together under "this claim is unknown": at most 1,024.',
    () => {
      const denies = Array.from({ length: 30 }, (_, i) =>
        rule(`d${i}`, { effect: "deny", when: [{ claim: "groups", equals: `g${i}` }] }),
      );
      assert.equal(compileRules(denies, CONNECTIONS).buckets.get("okta\nunknown\ngroups")?.length, 30);
    },
  ],
  [
    "Beginnings and ends of more than eight different lengths on one claim are filed by a shorter piece of themselves.",
    heldBy("test/rules/lint.test.ts", "many lengths of beginnings become few"),
  ],
  ["`npm run bench -- decide` prints what a decision costs from 100 to 1,000,000 rules.", told],
];
