import assert from "node:assert/strict";
import test from "node:test";
import type { Decision } from "../../lib/core/decision.ts";
import { consolePath, isSealed, resume, sealPath, tileTarget } from "../../lib/flows/targets.ts";

const SECRET = "s".repeat(43);
const BROKER = "https://broker.example.com";

const tiles: readonly [relayState: string, path: string][] = [
  ["", "/"],
  ["111111111111/Admin", "/console?account=111111111111&role=Admin"],
  ["111111111111/Read Only", "/console?account=111111111111&role=Read+Only"],
  ["/console?account=111111111111&role=Admin", "/console?account=111111111111&role=Admin"],
  ["/start", "/start"],
  [`${BROKER}/console?account=111111111111&role=Admin`, "/console?account=111111111111&role=Admin"],
  [`${BROKER}/start`, "/start"],
  [BROKER, "/"],
  [`${BROKER}//evil.example`, "/"],
  [`${BROKER}/\\evil.example`, "/"],
  [`${BROKER}.evil.example/console?account=111111111111&role=Admin`, "/"],
  [`${BROKER}@evil.example/console`, "/"],
  [`${BROKER}/api/admin/apply`, "/"],
  [`http://broker.example.com/start`, "/"],
  ["https://evil.example/", "/"],
  ["//evil.example", "/"],
  ["/\\evil.example", "/"],
  ["/api/login/authorize?port=1", "/"],
  ["/api/admin/apply", "/"],
  ["/credentials?account=111111111111&role=Admin", "/"],
  ["/signout", "/"],
  ["11111111111/Admin", "/"],
  ["111111111111/../Admin", "/"],
  ["111111111111/Admin&destination=x", "/"],
  ["__proto__/x", "/"],
];
for (const [relayState, path] of tiles)
  test(`a tile's RelayState "${relayState}" leads to ${path}`, () =>
    assert.equal(tileTarget(relayState, BROKER), path));

const decision = (...roles: string[]): Decision => ({
  version: 1,
  roles: roles.map((role) => ({
    accountId: "111111111111",
    role,
    rules: ["r"],
    sessionSeconds: 3600,
    tags: {},
  })),
  denied: [],
  eligible: [],
  broker: [],
  reasons: [],
});

test("a tile of somebody with one role opens it", () => {
  const path = resume({ to: "/", origin: "tile", decision: decision("Admin") }, SECRET);
  assert.ok(path.startsWith("/console?account=111111111111&role=Admin&seal="));
  assert.ok(isSealed(path, SECRET));
});

test("a tile of somebody with two roles, or none, shows the list", () => {
  assert.equal(resume({ to: "/", origin: "tile", decision: decision("Admin", "ReadOnly") }, SECRET), "/");
  assert.equal(resume({ to: "/", origin: "tile", decision: decision() }, SECRET), "/");
});

test("whoever came by the broker's own page sees the list, also with one role", () =>
  assert.equal(resume({ to: "/", origin: "own", decision: decision("Admin") }, SECRET), "/"));

test("a console link that needed a sign-in opens right after it", () => {
  const to = consolePath("111111111111", "Admin", "https://console.aws.amazon.com/s3/home");
  assert.ok(isSealed(resume({ to, origin: "link", decision: decision() }, SECRET), SECRET));
});

test("a tile that names a page of the console is asked about first", () => {
  const to = consolePath("111111111111", "Admin", "https://console.aws.amazon.com/s3/home");
  assert.equal(resume({ to, origin: "tile", decision: decision() }, SECRET), to);
});

const forged: readonly [what: string, path: string][] = [
  ["without one", "/console?account=1&role=2"],
  ["of another session", sealPath("/console?account=1&role=2", "t".repeat(43))],
  ["moved to another path", sealPath("/console?account=1&role=2", SECRET).replace("role=2", "role=3")],
  ["with more behind it", `${sealPath("/console?account=1&role=2", SECRET)}&destination=x`],
  ["cut short", sealPath("/console?account=1&role=2", SECRET).slice(0, -1)],
];
test("a seal of ours holds", () =>
  assert.ok(isSealed(sealPath("/console?account=1&role=2", SECRET), SECRET)));
for (const [what, path] of forged)
  test(`a path with a seal ${what} is not ours`, () => assert.ok(!isSealed(path, SECRET)));
