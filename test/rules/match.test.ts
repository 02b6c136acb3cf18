import assert from "node:assert/strict";
import test from "node:test";
import * as v from "valibot";
import type { Truth } from "../../lib/core/decision.ts";
import type { Identity } from "../../lib/core/identity.ts";
import { Condition } from "../../lib/core/rule.ts";
import { viewOf } from "../../lib/rules/claims.ts";
import { prepare } from "../../lib/rules/match.ts";
import { connection, NOON, person } from "./things.ts";

const judge = (condition: unknown, identity: Identity = person(), now = NOON, sourceIp?: string): Truth => {
  const at = sourceIp === undefined ? { now } : { now, sourceIp };
  return prepare(v.parse(Condition, condition)).judge(viewOf(identity, connection("okta"), at));
};
const groups = (...values: string[]) => person({ claims: { groups: values } });
const blind = person({ claims: { groups: ["sre"] }, unknown: ["groups"] });

const rows: readonly [condition: object, identity: Identity, truth: Truth][] = [
  [{ claim: "groups", equals: "sre" }, groups("dev", "sre"), "true"],
  [{ claim: "groups", equals: "SRE" }, groups("sre"), "false"],
  [{ claim: "groups", equals: "sre" }, groups("sre "), "false"],
  [{ claim: "groups", equals: "\u00e9" }, groups("e\u0301"), "false"],
  [{ claim: "groups", equals: "sre" }, groups(), "false"],
  [{ claim: "groups", equals: "sre" }, person({ claims: {} }), "false"],
  [{ claim: "groups", equals: "sre" }, blind, "true"],
  [{ claim: "groups", equals: "ops" }, blind, "unknown"],
  [{ claim: "department", equals: "x" }, groups(), "unknown"],
  [{ claim: "constructor", exists: true }, groups(), "unknown"],
  [{ claim: "toString", equals: "x" }, groups(), "unknown"],
  [{ claim: "groups", in: ["a", "sre"] }, groups("sre"), "true"],
  [{ claim: "groups", in: ["a", "b"] }, groups("sre"), "false"],
  [{ claim: "groups", startsWith: "aws-" }, groups("x", "aws-admin"), "true"],
  [{ claim: "groups", endsWith: "-admin" }, groups("aws-admin"), "true"],
  [{ claim: "groups", endsWith: "-admin" }, groups("-admins"), "false"],
  [{ claim: "groups", glob: "aws-*-admin" }, groups("aws-prod-admin"), "true"],
  [{ claim: "groups", glob: "aws-*-admin" }, groups("aws-a/b-admin"), "false"],
  [{ claim: "groups", exists: true }, groups("a"), "true"],
  [{ claim: "groups", exists: true }, groups(), "false"],
  [{ claim: "groups", exists: false }, groups(), "true"],
  [{ claim: "groups", exists: true }, person({ claims: {}, unknown: ["groups"] }), "unknown"],
  [{ claim: "subject", equals: "00u1" }, person(), "true"],
  [{ claim: "kind", equals: "person" }, person(), "true"],
  [{ claim: "amr", equals: "otp" }, person(), "true"],
  [{ claim: "acr", equals: "strong" }, person(), "unknown"],
  [{ claim: "amr", equals: "otp" }, person({ amr: [] }), "unknown"],
  [{ claim: "subject", equals: "root" }, person({ claims: { subject: ["root"] } }), "false"],
  [{ claim: "sekisho:x", equals: "1" }, person({ claims: { "sekisho:x": ["1"] } }), "unknown"],
  [{ mfa: true }, person({ mfa: "yes" }), "true"],
  [{ mfa: true }, person({ mfa: "no" }), "false"],
  [{ mfa: true }, person({ mfa: "unknown" }), "unknown"],
  [{ mfa: false }, person({ mfa: "no" }), "true"],
  [{ authAgeSeconds: 60 }, person(), "true"],
  [{ authAgeSeconds: 59 }, person(), "false"],
  [{ authAgeSeconds: 59 }, person({ authenticatedAt: NOON + 60 }), "true"],
  [{ authAgeSeconds: 59 }, person({ authenticatedAt: NOON + 61 }), "unknown"],
  [{ all: [{ mfa: true }, { claim: "groups", equals: "sre" }] }, person(), "true"],
  [{ all: [{ mfa: false }, { claim: "x", exists: true }] }, person(), "false"],
  [{ all: [{ mfa: true }, { claim: "x", exists: true }] }, person(), "unknown"],
  [{ any: [{ mfa: true }, { claim: "x", exists: true }] }, person(), "true"],
  [{ any: [{ mfa: false }, { claim: "x", exists: true }] }, person(), "unknown"],
  [{ any: [{ mfa: false }] }, person(), "false"],
  [{ not: { mfa: false } }, person(), "true"],
  [{ not: { claim: "x", exists: true } }, person(), "unknown"],
];
for (const [condition, identity, truth] of rows) {
  const claims = JSON.stringify({ ...identity.claims, unknown: identity.unknown, mfa: identity.mfa });
  test(`${JSON.stringify(condition)} of ${claims} is ${truth}`, () => {
    assert.equal(judge(condition, identity), truth);
  });
}

test("an authentication time that is not known makes its age unknown", () => {
  const { authenticatedAt: _, ...silent } = person();
  assert.equal(judge({ authAgeSeconds: 60 }, silent), "unknown");
});

const addresses: readonly [ranges: string[], address: string | undefined, truth: Truth][] = [
  [["10.0.0.0/8"], "10.255.1.2", "true"],
  [["10.0.0.0/8"], "11.0.0.0", "false"],
  [["10.0.0.0/8"], "::ffff:10.1.2.3", "true"],
  [["192.0.2.1"], "192.0.2.1", "true"],
  [["0.0.0.0/0"], "203.0.113.9", "true"],
  [["0.0.0.0/0"], "2001:db8::1", "false"],
  [["2001:db8::/32"], "2001:db8:ffff::1", "true"],
  [["2001:db8::/33"], "2001:db8:8000::1", "false"],
  [["::/0"], "2001:db8::1", "true"],
  [["nonsense"], "10.0.0.1", "unknown"],
  [["nonsense", "10.0.0.0/8"], "10.0.0.1", "true"],
  [["10.0.0.0/8"], undefined, "unknown"],
  [["10.0.0.0/8"], "10.0.0.1, 192.0.2.1", "unknown"],
  [["10.0.0.0/8"], "010.0.0.1", "unknown"],
];
for (const [cidr, address, truth] of addresses)
  test(`${address} in ${cidr} is ${truth}`, () =>
    assert.equal(judge({ cidr }, person(), NOON, address), truth));

const utc = (text: string) => Date.parse(text) / 1000;
const window = (from: string, until: string, more: object = {}) => ({
  timeWindow: { zone: "Asia/Tokyo", from, until, ...more },
});
const times: readonly [window: object, now: string, truth: Truth][] = [
  [window("09:00", "18:00"), "2026-11-20T00:00:00Z", "true"], // 09:00 on a Friday in Tokyo
  [window("09:00", "18:00"), "2026-11-19T23:59:59Z", "false"],
  [window("09:00", "18:00"), "2026-11-20T08:59:59Z", "true"],
  [window("09:00", "18:00"), "2026-11-20T09:00:00Z", "false"],
  [window("09:00", "18:00", { days: ["fri"] }), "2026-11-20T03:00:00Z", "true"],
  [window("09:00", "18:00", { days: ["thu"] }), "2026-11-20T03:00:00Z", "false"],
  [window("22:00", "06:00", { days: ["fri"] }), "2026-11-20T13:00:00Z", "true"], // Friday 22:00
  [window("22:00", "06:00", { days: ["fri"] }), "2026-11-20T20:59:59Z", "true"], // Saturday 05:59
  [window("22:00", "06:00", { days: ["fri"] }), "2026-11-20T21:00:00Z", "false"], // Saturday 06:00
  [window("22:00", "06:00", { days: ["sat"] }), "2026-11-20T20:00:00Z", "false"], // began on Friday
  [window("00:00", "00:00"), "2026-11-20T15:00:00Z", "true"],
  [window("00:00", "00:00", { zone: "Mars/Olympus" }), "2026-11-20T15:00:00Z", "unknown"],
  [window("00:00", "00:00", { zone: "+09:00" }), "2026-11-20T15:00:00Z", "unknown"],
  [window("08:00", "09:00", { zone: "Europe/Berlin" }), "2026-07-01T06:30:00Z", "true"], // summer time
  [window("08:00", "09:00", { zone: "Europe/Berlin" }), "2026-01-01T07:30:00Z", "true"], // winter time
];
for (const [condition, now, truth] of times)
  test(`${JSON.stringify(condition)} at ${now} is ${truth}`, () =>
    assert.equal(judge(condition, person(), utc(now)), truth));
