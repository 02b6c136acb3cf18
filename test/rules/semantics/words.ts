import assert from "node:assert/strict";
import { NOON, person } from "../things.ts";
import { blind, type Case, fits, groups, refuses, truth } from "./ask.ts";

const friday = Date.parse("2026-11-20T13:00:00Z") / 1000; // 22:00 in Tokyo
const night = { timeWindow: { zone: "Asia/Tokyo", from: "22:00", until: "06:00", days: ["fri"] } };

/** The table of conditions. */
export const WORDS: readonly Case[] = [
  [
    "| `{ claim: groups, equals: sre }` | some value is this one, byte for byte |",
    () => fits({ equals: "sre" }, ["sre"], ["SRE", "sre ", "sr", "sree", ""]),
  ],
  [
    "| `{ claim: groups, in: [sre, ops] }` | some value is one of these |",
    () => fits({ in: ["sre", "ops"] }, ["sre", "ops"], ["dev", "sre,ops"]),
  ],
  [
    '| `{ claim: groups, startsWith: "aws-" }` | some value begins so |',
    () => fits({ startsWith: "aws-" }, ["aws-", "aws-x"], ["xaws-", "AWS-x", "aws"]),
  ],
  [
    '| `{ claim: groups, endsWith: "-admin" }` | some value ends so |',
    () => fits({ endsWith: "-admin" }, ["-admin", "x-admin"], ["-admins", "admin"]),
  ],
  [
    '| `{ claim: groups, glob: "aws-*-admin" }` | some value fits whole; `*` is any run and `?` one character, neither crosses `/` or `:` |',
    () => {
      fits(
        { glob: "aws-*-admin" },
        ["aws--admin", "aws-a.b-admin"],
        ["aws-a/b-admin", "aws-a:b-admin", "aws-a-admins", "xaws-a-admin"],
      );
      fits({ glob: "a?c" }, ["abc"], ["ac", "a/c", "a:c", "abbc"]);
    },
  ],
  [
    '| `{ claim: groups, template: "aws_{account:digits}_{role:name}" }` | some value fits whole, with something in every field |',
    () =>
      fits(
        { template: "aws_{account:digits}_{role:name}" },
        ["aws_1_Admin", "aws_111111111111_Read.Only_x"],
        ["aws__Admin", "aws_1_", "xaws_1_Admin", "aws_1_A b", "aws_x_Admin"],
      ),
  ],
  [
    '| `{ claim: groups, regex: "aws-[a-z]+-admin" }` | some value of at most 256 characters matches whole |',
    () =>
      fits(
        { regex: "aws-[a-z]+-admin" },
        ["aws-x-admin", `aws-${"x".repeat(246)}-admin`],
        ["aws-x-admins", "xaws-x-admin", "aws--admin", `aws-${"x".repeat(247)}-admin`],
      ),
  ],
  [
    "| `{ claim: level, number: { atLeast: 3, below: 5 } }` | some value is a decimal number within the bounds |",
    () => fits({ number: { atLeast: 3, below: 5 } }, ["3", "4.999"], ["2.999", "5", "-3", "44"]),
  ],
  [
    "| `{ claim: groups, exists: true }` | there is some value; `false`: there is none |",
    () => {
      assert.equal(truth({ claim: "groups", exists: true }), "true");
      assert.equal(truth({ claim: "groups", exists: true }, { who: groups() }), "false");
      assert.equal(truth({ claim: "groups", exists: false }, { who: groups() }), "true");
      assert.equal(truth({ claim: "groups", exists: false }, { who: blind }), "unknown");
    },
  ],
  [
    "| `{ mfa: true }` | a second factor was proven; `false`: the provider said that none was |",
    () => {
      const answers = (mfa: boolean) =>
        (["yes", "no", "unknown"] as const).map((one) => truth({ mfa }, { who: { mfa: one } }));
      assert.deepEqual(answers(true), ["true", "false", "unknown"]);
      assert.deepEqual(answers(false), ["false", "true", "unknown"]);
    },
  ],
  [
    '| `{ acr: { atLeast: "urn:high" } }` | the authentication context stands there or later in `contexts` of the connection |',
    () => {
      const least = (atLeast: string, acr: string) => truth({ acr: { atLeast } }, { who: { acr } });
      assert.equal(least("urn:high", "urn:high"), "true");
      assert.equal(least("urn:high", "urn:low"), "false");
      assert.equal(least("urn:low", "urn:high"), "true");
    },
  ],
  [
    "| `{ authAgeSeconds: 900 }` | they signed in at the provider at most this long ago |",
    () => {
      const ago = (seconds: number) =>
        truth({ authAgeSeconds: 900 }, { who: { authenticatedAt: NOON - seconds } });
      assert.deepEqual([ago(900), ago(901)], ["true", "false"]);
      const { authenticatedAt: _, ...silent } = person();
      assert.equal(
        truth({ authAgeSeconds: 900 }, { who: { ...silent, authenticatedAt: undefined } }),
        "unknown",
      );
    },
  ],
  [
    '| `{ cidr: ["192.0.2.0/24", "2001:db8::/32"] }` | the request comes from there, as API Gateway saw it |',
    () => {
      const from = (sourceIp: string) => truth({ cidr: ["192.0.2.0/24", "2001:db8::/32"] }, { sourceIp });
      assert.deepEqual(["192.0.2.9", "2001:db8::1", "192.0.3.1", "2001:db9::1"].map(from), [
        "true",
        "true",
        "false",
        "false",
      ]);
    },
  ],
  [
    "| `{ network: office }` | the request comes from one of the ranges that `networks` in Settings calls so |",
    () => {
      assert.equal(truth({ network: "office" }, { sourceIp: "192.0.2.9" }), "true");
      assert.equal(truth({ network: "office" }, { sourceIp: "198.51.100.1" }), "false");
      assert.equal(truth({ network: "elsewhere" }, { sourceIp: "192.0.2.9" }), "unknown");
      refuses({ when: [{ network: "elsewhere" }] }, /no network/);
    },
  ],
  [
    '| `{ timeWindow: { zone: Asia/Tokyo, from: "22:00", until: "06:00", days: [fri] } }` | the clock on the wall there says so |',
    () => {
      assert.equal(truth(night, { now: friday }), "true");
      assert.equal(truth(night, { now: friday + 7 * 3600 }), "true");
      assert.equal(truth(night, { now: friday - 1 }), "false");
    },
  ],
  [
    "| `{ all: [...] }` | all of these are true |",
    () => {
      assert.equal(truth({ all: [{ mfa: true }, { claim: "groups", equals: "sre" }] }), "true");
      assert.equal(truth({ all: [{ mfa: true }, { claim: "groups", equals: "x" }] }), "false");
    },
  ],
  [
    "| `{ any: [...] }` | any of these is true |",
    () => {
      assert.equal(truth({ any: [{ mfa: false }, { claim: "groups", equals: "sre" }] }), "true");
      assert.equal(truth({ any: [{ mfa: false }, { claim: "groups", equals: "x" }] }), "false");
    },
  ],
  [
    "| `{ not: ... }` | this is false |",
    () => {
      assert.equal(truth({ not: { mfa: false } }), "true");
      assert.equal(truth({ not: { mfa: true } }), "false");
    },
  ],
];
