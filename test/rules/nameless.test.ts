import assert from "node:assert/strict";
import test from "node:test";
import { diff, type Written } from "../../lib/rules/diff.ts";
import { outOfReach } from "../../lib/rules/reach.ts";

const NAMELESS: readonly Written[] = [
  { kind: "Role", id: "Admin" },
  { kind: "Role", name: { first: "Admin" }, accounts: [{}, undefined] },
  { kind: "Rule" },
  { kind: "Rule", id: null },
  { id: "x" },
  { kind: {} },
];

for (const object of NAMELESS)
  test(`no word stands in for a name that is missing: ${JSON.stringify(object)}`, () => {
    const changes = diff([], [object, { kind: "Role", name: "Other" }]);
    const said = outOfReach([{ rule: "bounded", accounts: ["ou:/dev"] }], changes, [], [object]);
    assert.ok(said.length > 0);
    assert.doesNotMatch(JSON.stringify([changes, said]), /undefined|null|\[object/);
  });
