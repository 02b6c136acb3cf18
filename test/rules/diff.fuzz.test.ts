import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { canonical, diff } from "../../lib/rules/diff.ts";

const value = fc.jsonValue({ maxDepth: 3 });

test("an object is changed exactly where its canonical text is another", () => {
  let changed = 0;
  const pair = fc.oneof(
    fc.tuple(value, value),
    value.map((one): [typeof one, typeof one] => [one, structuredClone(one)]),
  );
  fc.assert(
    fc.property(pair, ([one, other]) => {
      const [before, after] = [one, other].map((held) => ({ kind: "Rule", id: "r", when: held }));
      if (before === undefined || after === undefined) return;
      const isChanged = diff([before], [after]).length > 0;
      assert.equal(isChanged, canonical(before) !== canonical(after));
      if (isChanged) changed++;
    }),
    { numRuns: 1000 },
  );
  assert.ok(changed > 100, `${changed} of 1000`);
});
