import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";
import { personId } from "../../lib/core/secret.ts";
import { putSeen, SEEN_SHARDS } from "../../lib/store/seen.ts";
import { aboutHowMany, type Place, walkSeen } from "../../lib/store/walk-seen.ts";
import { person } from "../rules/things.ts";
import { freshTable, START } from "./published.ts";

const shardOf = (id: string) => createHash("sha256").update(id).digest("hex").slice(0, 2);
const ids = (count: number) => Array.from({ length: count }, (_, at) => personId("p", "okta", String(at)));
/** People of the last three shards alone, so that a walk begins near its end. */
const LAST = ids(1500).filter((id) => shardOf(id) >= "fd");
const BEGIN: Place = { shard: 0xfd };

async function crowd() {
  const table = await freshTable();
  const seen = { identity: person(), seenAt: START, expiresAt: START + 60 };
  await Promise.all(LAST.map((id) => putSeen(table, { personId: id, ...seen })));
  return table;
}

test("a walk meets everybody once, however few are read at a time", async () => {
  const table = await crowd();
  for (const read of [1, 3, 250]) {
    const met: string[] = [];
    for await (const { seen } of walkSeen(table, START, BEGIN, read))
      met.push(...seen.map((one) => one.personId));
    assert.deepEqual(met.toSorted(), LAST.toSorted());
  }
});

test("a walk that goes on from the end of any stretch meets whom the first had not met", async () => {
  const table = await crowd();
  const met: string[] = [];
  for (let place = BEGIN; place.shard < SEEN_SHARDS.length; )
    for await (const { seen, end } of walkSeen(table, START, place, 2)) {
      met.push(...seen.map((one) => one.personId));
      place = end;
      break;
    }
  assert.deepEqual(met.toSorted(), LAST.toSorted());
});

test("how many there are is told more or less from any place on, and exactly at the end", () => {
  const all = ids(20_000).sort((a, b) => (shardOf(a) + a < shardOf(b) + b ? -1 : 1));
  for (const met of [2000, 5000, 19_000]) {
    const after = all[met - 1] ?? "";
    const about = aboutHowMany(met, { shard: SEEN_SHARDS.indexOf(shardOf(after)), after });
    assert.ok(Math.abs(about - 20_000) < 1500, `${about} after ${met}`);
  }
  assert.equal(aboutHowMany(7, { shard: SEEN_SHARDS.length }), 7);
});
