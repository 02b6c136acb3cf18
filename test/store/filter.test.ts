import assert from "node:assert/strict";
import test, { describe } from "node:test";
import fc from "fast-check";
import { bucketId } from "../../lib/store/buckets.ts";
import { MOST_FILTER_BYTES, openFilter, toFilter } from "../../lib/store/filter.ts";

const MOST = (MOST_FILTER_BYTES * 8) / 10;
const idsOf = (count: number, name: string) =>
  Array.from({ length: count }, (_, at) => bucketId(`okta\nequals\n${name}\n${at}`));
const filterOf = (ids: readonly string[]) => {
  const chunk = toFilter(ids);
  assert.ok(chunk !== undefined);
  return openFilter(chunk.bytes);
};

describe("a filter", () => {
  test("names every bucket of its version, whatever they are filed under", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary" }), { maxLength: 2000 }), (anchors) => {
        const ids = anchors.map(bucketId);
        assert.ok(ids.every(filterOf(ids)));
      }),
    );
    for (const count of [1, 50, 51, 52, 3000, MOST]) {
      const ids = idsOf(count, "groups");
      assert.ok(ids.every(filterOf(ids)), `${count} buckets`);
    }
  });

  test("names few of what is no bucket, at every size", () => {
    for (const count of [0, 100, 3000, 30_000]) {
      const named = idsOf(20_000, "others").filter(filterOf(idsOf(count, "groups"))).length;
      // One in a hundred is 200; chance adds 14 now and then.
      assert.ok(named < 400, `${named} of 20,000 with ${count} buckets`);
    }
  });

  test("is the same for the same buckets in any order", () => {
    const ids = idsOf(500, "groups");
    assert.deepEqual(toFilter(ids.toReversed()), toFilter(ids));
  });

  test("is not made where reading it costs more than it saves", () => {
    assert.equal(toFilter(idsOf(MOST, "groups"))?.bytes.length, MOST_FILTER_BYTES);
    assert.ok(toFilter(idsOf(MOST + 1, "groups")) === undefined);
  });
});
