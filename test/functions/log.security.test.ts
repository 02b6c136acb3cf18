import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import test from "node:test";
import { log } from "../../functions/log.ts";
import { Refusal } from "../../lib/core/errors.ts";
import { eventOf } from "../support/event.ts";
import { tapLog } from "../support/wire.ts";

/** The line that a refusal with this detail leaves. */
function lineOf(detail: Record<string, unknown>, cause?: unknown): Record<string, unknown> {
  const { lines, stop } = tapLog();
  try {
    log.refusal(new Refusal("request_invalid", detail, { cause }), eventOf({ query: "q=secret" }), {
      reference: "01M82PZKNTM97K348TWVSWVGCC",
      sourceIp: "127.0.0.1",
    });
  } finally {
    stop();
  }
  assert.equal(lines.length, 1);
  return JSON.parse(lines[0] ?? "");
}

const withheld: readonly [what: string, text: string][] = [
  ["an e-mail address", "taro@example.com"],
  ["a secret of ours", randomBytes(32).toString("base64url")],
  ["a token of ours", `sk_${randomBytes(32).toString("base64url")}`],
  ["the handle of a sign-in", `si_${randomBytes(32).toString("base64url")}`],
  ["a JWT", "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln"],
  ["a signature in base 64", randomBytes(256).toString("base64")],
  ["a secret access key", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"],
  ["a digest in hex", randomBytes(32).toString("hex")],
];
for (const [what, text] of withheld)
  test(`${what} in a detail is withheld, however deep`, () => {
    const { detail } = lineOf({ a: text, b: [`x ${text}`], c: { d: text }, e: 1 });
    assert.deepEqual(detail, { a: "(withheld)", b: ["(withheld)"], c: { d: "(withheld)" }, e: 1 });
  });

const told: readonly string[] = [
  "okta",
  "arn:aws:kms:us-east-1:999999999999:key/0f3c1b2a-1234-4123-8123-0123456789ab",
  "arn:aws:iam::111111111111:role/sekisho-Admin",
  "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
  "https://login.microsoftonline.com/5e715400-0000-4000-8000-0000000e47a0/v2.0",
];
for (const text of told) test(`${text} is told`, () => assert.deepEqual(lineOf({ text }).detail, { text }));

test("a long text is cut", () => {
  const { detail } = lineOf({ text: "ab ".repeat(1000) }) as { detail: { text: string } };
  assert.equal(detail.text.length, 300);
});

test("a cause is told by name and place, never by what it says", () => {
  const cause = new TypeError("reading SECRET\n    at SECRET (file:///SECRET:1:1)\nat SECRET");
  const line = lineOf({}, cause);
  assert.ok(!JSON.stringify(line).includes("SECRET"), JSON.stringify(line));
  const { name, at } = line.cause as { name: string; at: string[] };
  assert.equal(name, "TypeError");
  assert.match(at[0] ?? "", /log\.security\.test\.ts:\d+:\d+/);
});

test("a cause whose stack does not hold its message is told by name alone", () => {
  const cause = new Error("before");
  cause.stack; // written when it is first read
  cause.message = "after";
  const line = lineOf({}, cause);
  assert.deepEqual(line.cause, { name: "Error", at: [] });
});

test("neither query nor body is ever written", () =>
  assert.ok(!JSON.stringify(lineOf({})).includes("secret")));
