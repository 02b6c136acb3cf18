import assert from "node:assert/strict";
import { NOON } from "../things.ts";
import { ADMIN, accepts, blind, type Case, fits, given, heldBy, refuses, truth } from "./ask.ts";

const friday = Date.parse("2026-11-20T13:00:00Z") / 1000; // 22:00 in Tokyo
const night = { timeWindow: { zone: "Asia/Tokyo", from: "22:00", until: "06:00", days: ["fri"] } };
const level = (value: string) => ({ claims: { costCenter: [value] } });
const nested = (depth: number): object => (depth === 0 ? { mfa: true } : { not: nested(depth - 1) });

/** What conditions mean beyond their table. */
export const CONDITIONS: readonly Case[] = [
  [
    "Comparison never changes case, trims, or composes characters.",
    () => fits({ equals: "\u00e9" }, ["\u00e9"], ["e\u0301", "\u00c9", " \u00e9"]),
  ],
  [
    "A value that is there counts also where others could not be looked up: more of them cannot take it away.",
    () => {
      const partly = { claims: { groups: ["sre"] }, unknown: ["groups"] };
      assert.equal(truth({ claim: "groups", equals: "sre" }, { who: partly }), "true");
      assert.equal(truth({ claim: "groups", exists: true }, { who: partly }), "true");
    },
  ],
  [
    "Where no known value fits and the claim is unknown, the condition is unknown.",
    () => {
      const partly = { claims: { groups: ["x"] }, unknown: ["groups"] };
      for (const asked of [
        { equals: "sre" },
        { in: ["sre"] },
        { startsWith: "s" },
        { endsWith: "s" },
        { glob: "s*" },
        { regex: "s.*" },
        { template: "s{x:word}" },
        { number: { above: 1 } },
      ])
        assert.equal(truth({ claim: "groups", ...asked }, { who: partly }), "unknown", JSON.stringify(asked));
    },
  ],
  [
    "`all` is false where one is false, else unknown where one is unknown.",
    () => {
      assert.equal(truth({ all: [{ mfa: false }, { claim: "team", exists: true }] }), "false");
      assert.equal(truth({ all: [{ mfa: true }, { claim: "team", exists: true }] }), "unknown");
    },
  ],
  [
    "`any` is true where one is true, else unknown where one is unknown.",
    () => {
      assert.equal(truth({ any: [{ mfa: true }, { claim: "team", exists: true }] }), "true");
      assert.equal(truth({ any: [{ mfa: false }, { claim: "team", exists: true }] }), "unknown");
    },
  ],
  [
    '`not` of unknown is unknown, so an allow "for everybody but contractors" gives nothing to somebody whose groups are not known.',
    () => {
      const but = { when: [{ not: { claim: "groups", equals: "contractors" } }] };
      assert.equal(truth({ not: { claim: "team", exists: true } }), "unknown");
      assert.deepEqual([given([but]), given([but], { who: blind })], [ADMIN, []]);
    },
  ],
  [
    "`*` and `?` count a character beyond the basic plane, such as an emoji, as two.",
    () => {
      fits({ glob: "a??" }, ["a\u{1f600}"], []);
      fits({ glob: "a?" }, ["a\u3042"], ["a\u{1f600}"]);
    },
  ],
  [
    "A sign-in up to 60 seconds in the future counts as just now; one further ahead is unknown.",
    () => {
      const ahead = (seconds: number) =>
        truth({ authAgeSeconds: 1 }, { who: { authenticatedAt: NOON + seconds } });
      assert.deepEqual([ahead(60), ahead(61)], ["true", "unknown"]);
    },
  ],
  [
    "No header that a client can send changes the address.",
    heldBy("test/infra/gateway.test.ts", "x-forwarded-for"),
  ],
  [
    "An IPv4 address written as IPv6 is the same address.",
    () => {
      assert.equal(truth({ cidr: ["192.0.2.0/24"] }, { sourceIp: "::ffff:192.0.2.9" }), "true");
      assert.equal(truth({ network: "office" }, { sourceIp: "::ffff:192.0.2.9" }), "true");
    },
  ],
  [
    "Where there is no address, `cidr` and `network` are unknown.",
    () => {
      assert.equal(truth({ cidr: ["0.0.0.0/0"] }), "unknown");
      assert.equal(truth({ network: "office" }), "unknown");
    },
  ],
  [
    "`from` of a time window is inside and `until` is not.",
    () => {
      const hours = { timeWindow: { zone: "UTC", from: "12:00", until: "13:00" } };
      assert.deepEqual(
        [NOON, NOON + 3599, NOON + 3600].map((now) => truth(hours, { now })),
        ["true", "true", "false"],
      );
    },
  ],
  [
    "A window past midnight belongs to the day it began.",
    () => {
      assert.equal(truth(night, { now: friday + 8 * 3600 - 1 }), "true");
      assert.equal(truth(night, { now: friday - 24 * 3600 + 3 * 3600 }), "false");
    },
  ],
  [
    "Equal times are the whole day.",
    () => assert.equal(truth({ timeWindow: { zone: "UTC", from: "09:00", until: "09:00" } }), "true"),
  ],
  [
    "`all`, `any` and `not` nest three levels deep at most.",
    () => {
      accepts({ when: [nested(2)] });
      refuses({ when: [nested(3)] }, /nest deeper than 3 levels/);
    },
  ],
  [
    "A rule has at most 16 conditions, nested ones included.",
    () => {
      const many = (count: number) => [{ any: Array.from({ length: count }, () => ({ mfa: true })) }];
      accepts({ when: many(15) });
      refuses({ when: [...many(15), { mfa: true }] }, /more than 16 conditions/);
    },
  ],
  [
    "Besides the claims a connection maps, conditions may read `subject`, `connection`, `kind` (`person` or `workload`), `amr`, `acr`, `mfa`, `authenticatedAt` and `sourceIp`, which connectors alone set.",
    () => {
      const pretending = { claims: { subject: ["root"], kind: ["workload"], mfa: ["no"] }, acr: "urn:low" };
      const asked = {
        subject: "00u1",
        connection: "okta",
        kind: "person",
        amr: "otp",
        acr: "urn:low",
        mfa: "yes",
        authenticatedAt: String(NOON - 60),
        sourceIp: "192.0.2.9",
      };
      for (const [claim, equals] of Object.entries(asked))
        assert.equal(truth({ claim, equals }, { who: pretending, sourceIp: "192.0.2.9" }), "true", claim);
      assert.equal(truth({ claim: "subject", equals: "root" }, { who: pretending }), "false");
    },
  ],
  [
    "So `{ claim: amr, equals: hwk }` asks for one method of authentication, and `{ claim: acr, in: [...] }` for one context of several.",
    () => {
      assert.equal(truth({ claim: "amr", equals: "hwk" }, { who: { amr: ["pwd", "hwk"] } }), "true");
      assert.equal(truth({ claim: "acr", in: ["phr", "phrh"] }, { who: { acr: "phrh" } }), "true");
      assert.equal(truth({ claim: "acr", in: ["phr", "phrh"] }, { who: { acr: "1" } }), "false");
    },
  ],
  [
    "A number is written as `42`, `-1` or `0.5`, with at most 15 digits.",
    () => {
      const read = (value: string) =>
        truth({ claim: "costCenter", number: { above: -1e15 } }, { who: level(value) });
      for (const value of ["42", "-1", "0.5", "0", "123456789012345"])
        assert.equal(read(value), "true", value);
      for (const value of ["1234567890123456", "01", "+1", "1e3", ".5", "1.", " 1", "", "\u0661", "0x1"])
        assert.equal(read(value), "unknown", value);
    },
  ],
  [
    "There is a lower bound (`atLeast` or `above`), an upper one (`atMost` or `below`), or one of each.",
    () => {
      const within = (number: object) =>
        ["2", "3", "4"].map(
          (value) => truth({ claim: "costCenter", number }, { who: level(value) }) === "true",
        );
      assert.deepEqual(within({ atLeast: 3 }), [false, true, true]);
      assert.deepEqual(within({ above: 3 }), [false, false, true]);
      assert.deepEqual(within({ atMost: 3 }), [true, true, false]);
      assert.deepEqual(within({ below: 3 }), [true, false, false]);
      assert.deepEqual(within({ above: 2, atMost: 3 }), [false, true, false]);
      for (const number of [{}, { atLeast: 1, above: 2 }, { atMost: 1, below: 2 }])
        refuses({ when: [{ claim: "groups", number }] }, /number/);
    },
  ],
  [
    "A value that is no such number makes the condition unknown where no other value fits: a deny on a level takes away from somebody whose level cannot be read.",
    () => {
      const number = { claim: "costCenter", number: { below: 3 } };
      assert.equal(truth(number, { who: level("low") }), "unknown");
      assert.equal(truth(number, { who: { claims: { costCenter: ["low", "1"] } } }), "true");
      assert.deepEqual(
        given(
          [{ when: [] }, { effect: "deny", when: [number], grant: { roles: ["*"], accounts: ["ou:/**"] } }],
          { who: level("low") },
        ),
        [],
      );
    },
  ],
  [
    "`contexts` of a connection lists its values of `acr`, weakest first.",
    () => {
      accepts({ when: [{ acr: { atLeast: "urn:low" } }] });
      assert.equal(truth({ acr: { atLeast: "urn:low" } }, { who: { acr: "urn:high" } }), "true");
    },
  ],
  [
    "A context that is not in the list, and a level that is not, are unknown: nobody knows how strong they are.",
    () => {
      assert.equal(truth({ acr: { atLeast: "urn:low" } }, { who: { acr: "urn:other" } }), "unknown");
      assert.equal(truth({ acr: { atLeast: "urn:other" } }, { who: { acr: "urn:high" } }), "unknown");
      assert.equal(truth({ acr: { atLeast: "urn:low" } }), "unknown");
      refuses({ when: [{ acr: { atLeast: "urn:other" } }] }, /contexts/);
    },
  ],
];
