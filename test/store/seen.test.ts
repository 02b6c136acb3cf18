import assert from "node:assert/strict";
import test from "node:test";
import { personId } from "../../lib/core/secret.ts";
import { readPepper } from "../../lib/store/people.ts";
import { findSeen, listSeen, putSeen, SEEN_SHARDS } from "../../lib/store/seen.ts";
import type { Table } from "../../lib/store/table.ts";
import { person } from "../rules/things.ts";
import { freshTable, START } from "./published.ts";

const LATER = START + 86_400;
const seen = (id: string, expiresAt = LATER) => ({
  personId: id,
  identity: { ...person(), claims: { groups: [id] } },
  seenAt: START,
  expiresAt,
});
const see = (table: Table, ...ids: string[]) => Promise.all(ids.map((id) => putSeen(table, seen(id))));

/** Everybody, by following every page of every shard. */
async function everybody(table: Table, most: number): Promise<string[]> {
  const found: string[] = [];
  for (const shard of SEEN_SHARDS) {
    for (let after: string | undefined, more = true; more; more = after !== undefined) {
      const page = await listSeen(table, shard, {
        now: START,
        most,
        ...(after === undefined ? {} : { after }),
      });
      assert.ok(page.seen.length <= most);
      found.push(...page.seen.map((one) => one.personId));
      after = page.next;
    }
  }
  return found;
}

test("whoever was seen is found by id, with the claims they had", async () => {
  const table = await freshTable();
  await see(table, "A", "B");
  const found = await findSeen(table, "A", START);
  assert.deepEqual(found?.identity.claims, { groups: ["A"] });
  assert.equal(await findSeen(table, "C", START), undefined);
});

test("whoever was seen is found as their provider knows them", async () => {
  const table = await freshTable();
  const id = personId(await readPepper(table), "okta", "sre");
  await see(table, id);
  assert.equal((await findSeen(table, { connection: "okta", subject: "sre" }, START))?.personId, id);
  assert.equal(await findSeen(table, { connection: "entra", subject: "sre" }, START), undefined);
});

test("the pages of the shards list everybody once", async () => {
  const table = await freshTable();
  const ids = Array.from({ length: 300 }, (_, at) => `P${at}`);
  await see(table, ...ids);
  assert.deepEqual((await everybody(table, 1)).sort(), ids.sort());
});

test("the latest sign-in is what is remembered", async () => {
  const table = await freshTable();
  await see(table, "A");
  await putSeen(table, { ...seen("A"), identity: { ...person(), claims: { groups: ["left"] } } });
  assert.deepEqual((await findSeen(table, "A", START))?.identity.claims, { groups: ["left"] });
});

test("whose time is over is not there, whether the table swept or not", async () => {
  const table = await freshTable();
  await see(table, "A");
  assert.equal(await findSeen(table, "A", LATER), undefined);
  const pages = await Promise.all(
    SEEN_SHARDS.map((shard) => listSeen(table, shard, { now: LATER, most: 9 })),
  );
  assert.deepEqual(
    pages.flatMap((page) => page.seen),
    [],
  );
});
