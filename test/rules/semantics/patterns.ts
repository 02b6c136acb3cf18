import assert from "node:assert/strict";
import { accepts, type Case, decided, fits, given, groups, refuses } from "./ask.ts";

const AWS = { claim: "groups", template: "aws_{account:digits}_{role:name}" };
const CAPTURED = { when: [AWS], grant: { roles: ["{role}"], accounts: ["{account}"] } };

/** Templates and regular expressions. */
export const PATTERNS: readonly Case[] = [
  [
    "A field is `{name:class}`: `digits` holds `0-9`, `word` letters and digits of ASCII, `slug` those and `-`, `name` those and `_+=,.@-`.",
    () => {
      fits({ template: "a{x:digits}" }, ["a09"], ["a", "a1b", "a-1", "a\u0661"]);
      fits({ template: "a{x:word}" }, ["aZz9"], ["a_", "a-", "a\u00e9"]);
      fits({ template: "a{x:slug}" }, ["aZ-9"], ["a_", "a."]);
      fits({ template: "a{x:name}" }, ["aZ9_+=,.@-"], ["a b", "a/b", "a:b"]);
      refuses({ when: [{ claim: "groups", template: "a{x:letters}" }] }, /No field holds `letters`/);
    },
  ],
  [
    "A template begins with a text.",
    () => refuses({ when: [{ claim: "groups", template: "{x:word}-a" }] }, /begin with a text/),
  ],
  [
    "Behind every field but the last stands a text whose first character the field cannot hold, so that nobody is in doubt where it ends.",
    () => {
      refuses({ when: [{ claim: "groups", template: "a{x:word}b{y:word}" }] }, /where `\{x:word\}` ends/);
      refuses({ when: [{ claim: "groups", template: "a{x:word}{y:digits}" }] }, /where `\{x:word\}` ends/);
      accepts({ when: [{ claim: "groups", template: "a{x:word}-b{y:word}" }] });
    },
  ],
  [
    "Braces stand for nothing else.",
    () => refuses({ when: [{ claim: "groups", template: "a{x:word}}" }] }, /brace/),
  ],
  [
    "There are at most 8 fields, each with a name of its own.",
    () => {
      const many = (count: number) => ({
        when: [
          {
            claim: "groups",
            template: `a${Array.from({ length: count }, (_, i) => `{f${i}:digits}.`).join("")}`,
          },
        ],
      });
      accepts(many(8));
      refuses(many(9), /at most 8 fields/);
      refuses({ when: [{ claim: "groups", template: "a{x:word}-{x:word}" }] }, /twice/);
    },
  ],
  [
    'What fields hold may stand in the grant of an allow or eligible rule, as `roles: ["{role}"]` and `accounts: ["{account}"]`.',
    () => {
      const who = groups("aws_111111111111_Admin", "aws_222222222222_ReadOnly");
      assert.deepEqual(given([CAPTURED], { who }), ["111111111111/Admin", "222222222222/ReadOnly"]);
      assert.equal(decided([{ ...CAPTURED, effect: "eligible" }], { who }).eligible.length, 2);
      const inProd = { when: [AWS], grant: { roles: ["{role}"], accounts: ["ou:/prod/**"] } };
      assert.deepEqual(given([inProd], { who: groups("aws_9_Admin") }), [
        "111111111111/Admin",
        "444444444444/Admin",
      ]);
      accepts(CAPTURED);
    },
  ],
  [
    "It names a configured role and the id of a configured account, or nothing: no value makes a role that is not there.",
    () => {
      const who = groups(
        "aws_111111111111_Root",
        "aws_999999999999_Admin",
        "aws_1_Admin",
        "aws_111111111111_",
        "aws_111111111111_Admin/x",
      );
      assert.deepEqual(given([CAPTURED], { who }), []);
    },
  ],
  [
    "Each value that fits gives what it names and no more.",
    () => {
      const who = groups("aws_111111111111_Admin", "aws_222222222222_ReadOnly");
      const both = given([CAPTURED], { who });
      assert.ok(!both.includes("111111111111/ReadOnly") && !both.includes("222222222222/Admin"));
    },
  ],
  [
    "The template must stand at the top of `when`, and one template must have all the fields that the grant takes.",
    () => {
      refuses({ ...CAPTURED, when: [{ any: [AWS, { mfa: true }] }] }, /Nothing says what/);
      refuses(
        {
          ...CAPTURED,
          when: [
            { claim: "groups", template: "r_{role:name}" },
            { claim: "groups", template: "a_{account:digits}" },
          ],
        },
        /No one template/,
      );
    },
  ],
  [
    "A deny takes nothing from a template, because what it could not read it would have to deny.",
    () => refuses({ ...CAPTURED, effect: "deny" }, /A deny names its roles and accounts/),
  ],
  [
    "A pattern has literals, `.`, classes, `\\d \\w \\s`, groups, `|`, and `? * + {m} {m,n}`, with meanings of ASCII.",
    () => {
      fits(
        { regex: "a.[b-d](?:x|y)?z*w+\\d{2}\\w{1,2}\\s" },
        ["a-bzw12a ", "a\u3042dxww34ab\t"],
        ["aew12a ", "a-bw\u0661\u0662a "],
      );
    },
  ],
  [
    "It speaks of the whole value, and `^` and `$` are refused.",
    () => {
      fits({ regex: "sre" }, ["sre"], ["sres", "asre"]);
      refuses({ when: [{ claim: "groups", regex: "^sre$" }] }, /Leave `\^` and `\$` out/);
    },
  ],
  [
    "Look-arounds, back-references, named groups, lazy repeats and flags are refused.",
    () => {
      for (const regex of ["(?=a)b", "(?<!a)b", "(a)\\1", "(?<n>a)", "a+?", "(?i)a"])
        refuses({ when: [{ claim: "groups", regex }] }, /cannot be read/);
    },
  ],
  [
    "A value costs one step per character, whatever the pattern.",
    () => {
      // Backtracking would take longer than there is time.
      fits({ regex: "(a+)+b" }, [], ["a".repeat(256)]);
      fits({ regex: "(x+x+)+y" }, [], ["x".repeat(256)]);
    },
  ],
  [
    "A pattern that would become a machine of more than 1,024 places is refused.",
    () => refuses({ when: [{ claim: "groups", regex: "(a|b)*a(a|b){12}" }] }, /more than 1024 places/),
  ],
];
