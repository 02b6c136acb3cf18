import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { newPerson, readable } from "../support/person.ts";
import { openStack, type Stack } from "./stack.ts";

let stack: Stack;
before(async () => {
  stack = await openStack();
});
after(() => stack.stop());

const BROWSER = { accept: "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8" };
const PROGRAM = { accept: "*/*" };

const ask = async (method: string, path: string, headers: Record<string, string>) => {
  const answer = await fetch(`${stack.url}${path}`, { method, headers, redirect: "manual" });
  return { answer, text: await answer.text() };
};

test("a browser at an address that nobody has is shown a page of ours that leads home", async () => {
  const page = await newPerson().open(`${stack.url}/nowhere?x=1`, { headers: BROWSER });
  assert.equal(page.status, 404);
  assert.match(page.headers.get("content-security-policy") ?? "", /default-src 'none'/);
  assert.equal(page.headers.get("cache-control"), "no-store");
  const text = readable(page);
  for (const fact of ["There is nothing at this address", "not_found", "platform@example.com"])
    assert.ok(text.includes(fact), `${fact}: ${text}`);
  assert.match(text, /[0-9A-HJKMNP-TV-Z]{26}/);
  const home = await newPerson().open(`${stack.url}/nowhere`, {
    headers: { ...BROWSER, "accept-language": "ja" },
  });
  assert.match(home.text, /<html lang="ja"/);
});

const told: readonly [method: string, path: string, status: number, code: string, allow: string | null][] = [
  ["GET", "/nowhere", 404, "not_found", null],
  ["POST", "/nowhere", 404, "not_found", null],
  ["GET", "/api/nowhere", 404, "not_found", null],
  ["GET", "/saml/okta/acs", 405, "method_not_allowed", "POST"],
  ["DELETE", "/api/admin/configuration", 405, "method_not_allowed", "GET"],
  ["PUT", "/api/credentials/111111111111/Admin", 405, "method_not_allowed", "GET, POST"],
  ["OPTIONS", "/api/roles", 405, "method_not_allowed", "GET"],
];
for (const [method, path, status, code, allow] of told)
  test(`a program that says ${method} ${path} is told ${code} in JSON`, async () => {
    const { answer, text } = await ask(method, path, PROGRAM);
    assert.equal(answer.status, status);
    assert.equal(answer.headers.get("content-type"), "application/json");
    assert.equal(JSON.parse(text).code, code);
    assert.equal(answer.headers.get("allow"), allow);
    assert.equal(answer.headers.get("access-control-allow-origin"), null);
  });

test("whatever is under /api/ answers JSON to browsers too", async () => {
  const { text } = await ask("GET", "/api/nowhere", BROWSER);
  assert.equal(JSON.parse(text).code, "not_found");
});

test("a browser that comes to an address by a method it does not answer is shown which it does", async () => {
  const { answer, text } = await ask("GET", "/saml/okta/acs", BROWSER);
  assert.equal(answer.status, 405);
  assert.equal(answer.headers.get("allow"), "POST");
  assert.match(text, /method_not_allowed/);
});

test("no address makes the page link elsewhere", async () => {
  for (const path of [
    "//evil.example/",
    "/%2e//evil.example",
    "/%252e//evil.example",
    "/a/%252e.//evil.example",
  ]) {
    const { answer, text } = await ask("GET", path, BROWSER);
    assert.equal(answer.status, 404, path);
    assert.ok(!/(?:href|action|src)="(?:\/\/|\/\\)/.test(text), path);
  }
});
