import assert from "node:assert/strict";
import test from "node:test";
import { type Flag, flagsOf, type Impact, joinImpacts, type Move } from "../../lib/core/impact.ts";
import { MOST_FLAGS, MOST_OF_ONE, tellImpact } from "../../lib/flows/told-impact.ts";

const rights = (count: number): string[] =>
  Array.from({ length: count }, (_, at) => `${100_000_000_000 + at}/${"R".repeat(64)}`);
const move = (gained: number, lost: number): Move => ({
  personId: "P",
  connection: "okta",
  gained: rights(gained),
  lost: rights(lost),
  before: lost,
  after: gained,
});
const flags = (count: number, weight: Flag["weight"]): Flag[] =>
  Array.from({ length: count }, (_, at) => ({
    code: weight === "high" ? "deny_removed" : "first_grant_of_account",
    weight,
    about: `${weight}${at}`,
    people: 0,
    examples: [],
  }));
const impact = (moves: readonly Move[], all: readonly Flag[]): Impact => ({
  replayed: 1,
  administrators: { before: 1, after: 1 },
  moves: [...moves],
  flags: [...all],
  many: 25,
});

test("what fits is told whole", () => {
  const small = impact([move(MOST_OF_ONE, MOST_OF_ONE)], flags(MOST_FLAGS, "notice"));
  assert.deepEqual(tellImpact(small), small);
});

test("of a person with very many rights some are named and the rest are counted", () => {
  const { moves } = tellImpact(impact([move(MOST_OF_ONE + 7, MOST_OF_ONE + 2), move(1, 0)], []));
  assert.deepEqual(
    moves.map(({ gained, lost, more }) => [gained.length, lost.length, more]),
    [
      [MOST_OF_ONE, MOST_OF_ONE, 9],
      [1, 0, undefined],
    ],
  );
});

test("of very many flags the heavy ones are told first, however late they come, and no count is lost", () => {
  const told = tellImpact(impact([], [...flags(MOST_FLAGS, "notice"), ...flags(3, "high")]));
  assert.equal(told.flags.length, MOST_FLAGS);
  assert.equal(told.flags.filter(({ weight }) => weight === "high").length, 3);
  assert.equal(told.moreFlags, 3);
  assert.equal(joinImpacts(told, told).moreFlags, 6);
  assert.equal(joinImpacts(told, impact([], [])).moreFlags, 3);
  assert.ok(flagsOf(told).every(({ weight }, at) => weight === "high" || at >= 3));
});

test("the largest impact leaves the rest of an answer its room", () => {
  // One right each until 5,000 are told, and then somebody with a million.
  const many = [...Array.from({ length: 4999 }, () => move(1, 0)), move(1_000_000, 1_000_000)];
  const told = tellImpact(impact(many, [...flags(500_000, "high"), ...flags(500_000, "notice")]));
  const bytes = Buffer.byteLength(JSON.stringify(told));
  assert.ok(bytes < 2_000_000, `${bytes}`);
});
