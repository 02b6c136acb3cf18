import assert from "node:assert/strict";
import test from "node:test";
import { shortLine } from "../../infra/local/screen.ts";
import { demoRoles, readSeed } from "../../infra/local/seed.ts";
import { KINDS } from "../../lib/core/objects.ts";
import { lint } from "../../lib/rules/lint.ts";
import { parseObjects } from "../../lib/rules/parse.ts";

test("the demo configuration is in order, on its own ports and on others", () => {
  for (const base of [8700, 9100]) {
    const { configuration, positions, problems } = parseObjects(readSeed(base));
    assert.deepEqual([...problems, ...lint(configuration, positions)], []);
  }
});

test("the demo configuration shows every kind there is", () => {
  const kinds = new Set(readSeed(8700).map(({ kind }) => kind));
  for (const kind of Object.keys(KINDS)) assert.ok(kinds.has(kind), kind);
});

test("addresses move with the port, every one of them", () => {
  const moved = JSON.stringify(readSeed(9100));
  assert.ok(!moved.includes(":87"), moved.match(/.{30}:87.{10}/)?.[0]);
  for (const port of [9100, 9110, 9111, 9112, 9113]) assert.ok(moved.includes(`:${port}`));
});

test("every role of the seed is made in IAM where the seed places it", () => {
  const placed = demoRoles(readSeed(8700)).map(({ accountId, roleName }) => `${accountId}/${roleName}`);
  assert.equal(placed.length, 11);
  assert.ok(placed.includes("111111111111/sekisho-Support"));
  assert.ok(!placed.includes("111111111111/sekisho-Deploy"));
});

for (const [what, line, shown] of [
  ["a request", { level: "info", reference: "01A", route: "GET /", status: 200 }, "200 GET / 01A"],
  [
    "a refusal",
    {
      level: "warn",
      reference: "01A",
      route: "GET /console",
      code: "role_not_granted",
      detail: { role: "Admin" },
    },
    'warn: role_not_granted GET /console 01A {"role":"Admin"}',
  ],
  ["an event", { level: "info", message: "done", count: 2 }, 'info: done {"count":2}'],
  ["something else", { hello: 1 }, undefined],
] as const)
  test(`${what} is shown as ${shown ?? "it is"}`, () => assert.equal(shortLine(JSON.stringify(line)), shown));
