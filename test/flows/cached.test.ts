import assert from "node:assert/strict";
import test from "node:test";
import { cached } from "../../lib/flows/cached.ts";

const NOW = 1_795_340_460;

test("what is remembered is no older than it may be, also when the clock is set back", async () => {
  const clock = { at: NOW, now: () => clock.at };
  let loads = 0;
  const read = cached(clock, 5, async (_: "key") => ++loads);
  assert.equal(await read("key"), 1);
  clock.at += 4;
  assert.equal(await read("key"), 1);
  clock.at -= 600;
  assert.equal(await read("key"), 2, "of what is yet to come nobody knows how old it is");
  clock.at += 4;
  assert.equal(await read("key"), 2);
  clock.at += 600;
  assert.equal(await read("key"), 3);
});
