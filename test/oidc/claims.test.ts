import assert from "node:assert/strict";
import test from "node:test";
import { cutNames, mapClaims } from "../../lib/oidc/claims.ts";

const map = { groups: "groups", team: "team" };

test("a claim that fits is kept whole and is not cut", () => {
  const claims = { groups: Array.from({ length: 5000 }, (_, place) => `g${place}`), team: "t".repeat(2048) };
  assert.deepEqual(cutNames(claims, map), []);
  assert.equal(mapClaims(claims, map).groups?.length, 5000);
});

const large: readonly [what: string, claims: Record<string, unknown>][] = [
  [
    "more values than are kept",
    { groups: Array.from({ length: 5001 }, (_, place) => `g${place}`), team: "a" },
  ],
  ["a value longer than is kept", { groups: ["sre", "x".repeat(2049)], team: "a" }],
];
for (const [what, claims] of large)
  test(`a claim with ${what} is unknown as a whole: the value left out may be the one a deny speaks of`, () => {
    assert.deepEqual(cutNames(claims, map), ["groups"]);
    assert.deepEqual(mapClaims(claims, map), { team: ["a"] });
  });
