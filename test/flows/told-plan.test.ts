import assert from "node:assert/strict";
import test from "node:test";
import type { Drift } from "../../lib/flows/drift.ts";
import { MOST_CHANGES, tellChanges, tellDrift, tellProblems } from "../../lib/flows/told-plan.ts";
import type { Change } from "../../lib/rules/diff.ts";

const changes = (count: number, field: unknown = "x", id = ""): Change[] =>
  Array.from({ length: count }, (_, at) => ({
    what: at % 3 === 0 ? "added" : "changed",
    kind: "Rule",
    id: `r${at}${id}`,
    fields: [{ path: "description", before: field, after: field }],
  }));
const bytesOf = (told: unknown): number => Buffer.byteLength(JSON.stringify(told));
/** Lambda answers 6 MB; changes, drift and problems share it with the impact. */
const MOST_BYTES = 1_300_000;

test("few changes are told whole", () => {
  const few = changes(MOST_CHANGES);
  assert.deepEqual(tellChanges(few), { changes: few });
});

const TABLE: readonly [what: string, all: readonly Change[]][] = [
  ["small", changes(50_000)],
  ["with fields of 3 kB", changes(50_000, "v".repeat(3000))],
  ["with fields of a megabyte", changes(30, "v".repeat(1_000_000))],
  ["with text of three bytes a letter", changes(5000, "許".repeat(3000))],
  ["with names of 100 kB", changes(3000, "x", "n".repeat(100_000))],
];
for (const [what, all] of TABLE)
  test(`changes ${what} fit one answer each, and asking on tells every one once`, () => {
    const told: string[] = [];
    for (let next: number | undefined = 0; next !== undefined; ) {
      const answer: ReturnType<typeof tellChanges> = tellChanges(all, next);
      assert.ok(bytesOf(answer) < MOST_BYTES, `${bytesOf(answer)} bytes`);
      assert.ok(answer.changes.length > 0 && answer.changes.length <= MOST_CHANGES);
      told.push(...answer.changes.map(({ id }) => id.slice(0, 20)));
      const { all: counts } = answer.rest ?? {};
      if (counts !== undefined) assert.equal(counts.added + counts.changed + counts.removed, all.length);
      next = answer.rest?.next;
    }
    assert.deepEqual(
      told,
      all.map(({ id }) => id.slice(0, 20)),
    );
  });

test("of much drift what would be lost is told first", () => {
  const all = changes(50_000).map((one, at) => ({ ...one, fate: at < 49_000 ? "kept" : "undone" }) as const);
  const told = tellDrift({ since: 1, changes: all, versions: [] } satisfies Drift);
  assert.ok(bytesOf(told) < MOST_BYTES);
  assert.ok(told.changes.every(({ fate }) => fate === "undone"));
  assert.equal((told.rest?.all.added ?? 0) + (told.rest?.all.changed ?? 0), 50_000);
});

test("problems fit, whatever names stand in them", () => {
  const problem = { severity: "error", kind: "Rule", path: ["p".repeat(9000)], fix: "Remove it." } as const;
  const all = Array.from({ length: 1001 }, (_, at) => ({
    ...problem,
    id: "n".repeat(100_000),
    message: `${"m".repeat(100_000)}${at}`,
  }));
  assert.ok(bytesOf(tellProblems(all)) < MOST_BYTES);
});
