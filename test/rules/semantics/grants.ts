import assert from "node:assert/strict";
import { sessionDuration, sourceIdentityOf } from "../../../lib/aws/session.ts";
import { NOON } from "../things.ts";
import {
  ADMIN,
  accepts,
  blind,
  type Case,
  DENY,
  decided,
  given,
  heldBy,
  refuses,
  said,
  truth,
} from "./ask.ts";

const in111 = (more: object) => ({ grant: { roles: ["Admin"], accounts: ["111111111111"], ...more } });
const places = (...accounts: string[]) =>
  given([{ grant: { roles: ["Admin"], accounts } }]).map((one) => one.slice(0, 3));
const paying = (...costCenter: string[]) => ({ claims: { groups: ["sre"], costCenter } });
const tagged = in111({ tags: { cc: "{claims.costCenter}" } });
const named = in111({ sourceIdentity: "{claims.costCenter}.{person}" });
const identity = (sourceIdentity: string) => in111({ sourceIdentity });

/** What a grant gives and carries, and what is refused. */
export const GRANTS: readonly Case[] = [
  ['`"111111111111"` is that account.', () => assert.deepEqual(places("111111111111"), ["111"])],
  [
    "`ou:/prod` is the accounts directly in that unit, `ou:/prod/**` those there and below.",
    () => {
      assert.deepEqual(places("ou:/prod"), ["444"]);
      assert.deepEqual(places("ou:/prod/**"), ["111", "444"]);
    },
  ],
  [
    "`tag:env=prod` is the accounts with exactly that tag.",
    () => assert.deepEqual([places("tag:env=prod"), places("tag:env=pro")], [["111", "444"], []]),
  ],
  [
    "`roles` holds names of `Role` objects.",
    () => refuses(in111({ roles: ["Admim"] }), /There is no role `Admim`.*Did you mean/),
  ],
  [
    'In a deny `"*"` stands for every role.',
    () => {
      assert.deepEqual(
        given([{ grant: { roles: ["Admin", "ReadOnly"], accounts: ["111111111111"] } }, DENY]),
        [],
      );
      refuses(in111({ roles: ["*"] }), /deny alone/);
    },
  ],
  [
    "A deny uses `grant` as a selector: it takes away these roles in these accounts.",
    () => {
      const all = { grant: { roles: ["Admin", "ReadOnly"], accounts: ["ou:/prod/**"] } };
      const left = given([all, { effect: "deny", grant: { roles: ["Admin"], accounts: ["ou:/prod"] } }]);
      assert.deepEqual(left, ["111111111111/Admin", "111111111111/ReadOnly", "444444444444/ReadOnly"]);
      refuses({ effect: "deny", ...in111({ sessionSeconds: 900 }) }, /only takes away/);
    },
  ],
  [
    "No session is longer than `sessionSeconds`, nor than the role's own maximum.",
    () => {
      assert.equal(decided([in111({ sessionSeconds: 1800 })]).roles[0]?.sessionSeconds, 1800);
      assert.equal(decided([in111({ sessionSeconds: 43_200 })]).roles[0]?.sessionSeconds, 3600);
      const limits = {
        now: NOON,
        asked: 7200,
        grantedSeconds: 1800,
        roleMaxSeconds: 3600,
        sessionEndsAt: NOON + 9999,
      };
      assert.equal(sessionDuration(limits).durationSeconds, 1800);
    },
  ],
  [
    "`{claims.costCenter}` in a tag takes the value of a claim that the connection lists under `trusted`.",
    () => {
      assert.deepEqual(decided([tagged], { who: paying("42") }).roles[0]?.tags, { cc: "42" });
      refuses(in111({ tags: { who: "{claims.who}" } }), /does not mark `who` as trusted/);
      assert.deepEqual(given([in111({ tags: { g: "{claims.groups}" } })]), []);
    },
  ],
  [
    "A rule whose tag has no one true value (the claim is missing, unknown, has several values, or holds characters STS refuses) does not grant: policies may rest on the tag being there, and leaving it out could widen what they allow.",
    () => {
      for (const who of [
        paying(),
        { ...paying("42"), unknown: ["costCenter"] },
        paying("1", "2"),
        paying("4;2"),
      ])
        assert.deepEqual(given([tagged], { who }), [], JSON.stringify(who));
    },
  ],
  [
    "The explanation says so.",
    () => {
      const [reason] = decided([tagged], { who: paying() }).reasons;
      assert.equal(reason?.truth, "unknown");
      assert.match(reason?.conditions.at(-1)?.condition ?? "", /tag cc from/);
    },
  ],
  [
    "SourceIdentity is the person's own id, which is never another's.",
    () => {
      assert.equal(decided([{}]).roles[0]?.sourceIdentity, undefined);
      assert.equal(sourceIdentityOf({}, "01ABC"), "01ABC");
    },
  ],
  [
    "`sourceIdentity` puts something around it: `{person}` stays in it exactly once, and `{claims.name}` takes values of trusted claims, with the law of tags.",
    () => {
      const [role] = decided([named], { who: paying("42") }).roles;
      assert.equal(sourceIdentityOf(role ?? {}, "01ABC"), "42.01ABC");
      for (const who of [paying(), { ...paying("42"), unknown: ["costCenter"] }, paying("1", "2")])
        assert.deepEqual(given([named], { who }), []);
      refuses(identity("{claims.cost}"), /exactly once/);
      refuses(identity("{person}.{person}"), /exactly once/);
      refuses(identity("{claims.who}.{person}"), /does not mark `who` as trusted/);
    },
  ],
  [
    "One of `.,=@+` stands between `{person}` and anything else, and no other part can be as long as an id, so that the id is always found again.",
    () => {
      for (const one of ".,=@+") accepts(identity(`a${one}{person}${one}b`));
      refuses(identity("a-{person}"), /apart/);
      refuses(identity("{person}{claims.cost}"), /apart/);
      refuses(identity(`${"a".repeat(26)}.{person}`), /as long as an id/);
      refuses(identity("abcdefghij{claims.cost}.{person}"), /as long as an id/);
      // Not even a claim's value could look like a part of its own.
      assert.deepEqual(given([named], { who: paying("4.2") }), []);
    },
  ],
  [
    "The whole is at most 64 characters, of which a claim's value takes at most 16 letters, digits, `_` and `-`.",
    () => {
      assert.deepEqual(given([named], { who: paying("a".repeat(16)) }), ADMIN);
      assert.deepEqual(given([named], { who: paying("a".repeat(17)) }), []);
      refuses(identity("{claims.cost}.{person}.{claims.cost}.abcdef"), /can be 67 characters/);
    },
  ],
  [
    "`policy` and `policyArns` narrow the session, and `scopes` lets it exist only within one of them.",
    () => {
      heldBy("test/applications/aws.test.ts", "no scope where the rule wants one")();
      heldBy(
        "test/aws/policy.test.ts",
        "the caller's Allow stands, and what the rule does not allow is denied",
      )();
    },
  ],
  [
    '`plan` refuses what can have no good meaning, with file, line, column and what to write instead: a reference to nothing, an id given twice, a word it does not know, `"*"` in an allow, a grant of nothing, a deny by what people can change themselves, and everything this page says cannot be.',
    () => {
      heldBy("test/cli/config-files.test.ts", "is refused with file, line and what to do")();
      refuses({ connection: "oktb" }, /Did you mean `okta`/);
      refuses({ id: "sre" }, /There is a second Rule sre/);
      refuses({ wen: [] }, /Did you mean `when`/);
      refuses({ connection: "*" }, /deny alone/);
      refuses({ grant: {} }, /no effect/);
      refuses({ ...DENY, when: [{ claim: "who", equals: "x" }] }, /People can change `who`/);
    },
  ],
  ["Ids are ASCII.", () => refuses({ id: "sr\u0435" }, /lower-case letters, digits/)],
  [
    "Literals and names of claims that hold invisible characters, letters of two scripts that look alike, or characters not composed (NFC) are told, spelled out.",
    () => {
      const told = (condition: object) => said({ when: [condition] });
      assert.match(
        told({ claim: "groups", equals: "a\u200bb" }),
        /warning when\.0\.equals .*`a\\u\{200b\}b`/,
      );
      assert.match(told({ claim: "gr\u043eups", exists: true }), /warning when\.0\.claim .*look alike/);
      assert.match(told({ claim: "groups", in: ["e\u0301"] }), /warning when\.0\.in\.0 .*NFC/);
      assert.doesNotMatch(told({ claim: "groups", equals: "équipe 基盤" }), /warning/);
    },
  ],
  [
    "A claim that the connection does not map is told.",
    () => {
      assert.match(said({ when: [{ claim: "team", equals: "x" }] }), /warning .*never true/);
      assert.match(
        said({ ...DENY, when: [{ claim: "team", equals: "x" }] }),
        /warning .*fires for everybody/,
      );
      assert.equal(truth({ claim: "team", equals: "x" }, { who: blind }), "unknown");
    },
  ],
];
