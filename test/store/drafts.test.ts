import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { MOST_PARTS } from "../../lib/core/limits.ts";
import { DRAFT_SECONDS, putPart, readPartBytes, readParts } from "../../lib/store/drafts.ts";
import { putIf, toItem } from "../../lib/store/item.ts";
import { startDynamo } from "../support/dynamodb.ts";

const NOW = 1_795_340_460;
let dynamo: Awaited<ReturnType<typeof startDynamo>>;
before(async () => {
  dynamo = await startDynamo();
});
after(() => dynamo.stop());

const part = (hash: string) => ({
  hash,
  bytes: new Uint8Array([1, 2]),
  objects: 3,
  characters: 9,
  values: 3,
});
async function read(owner: string, hashes: readonly string[], now: number): Promise<number> {
  let found = 0;
  for await (const bytes of readPartBytes(dynamo.table, owner, hashes, now)) found += bytes.length;
  return found;
}

test("a part is there for a day, and by the clock, not by the sweep", async () => {
  const until = await putPart(dynamo.table, "day", part("a"), NOW);
  assert.equal(until, NOW + DRAFT_SECONDS);
  assert.equal(await read("day", ["a", "a"], until - 1), 4);
  assert.deepEqual(Object.keys(await readParts(dynamo.table, "day", until - 1)), ["a"]);
  await assert.rejects(read("day", ["a"], until), { code: "draft_incomplete" });
  assert.deepEqual(await readParts(dynamo.table, "day", until), {});
});

test("sending a part again keeps it longer", async () => {
  await putPart(dynamo.table, "again", part("a"), NOW);
  const until = await putPart(dynamo.table, "again", part("a"), NOW + 1000);
  assert.equal(await read("again", ["a"], until - 1), 2);
});

test("of parts that come at once none is forgotten", async () => {
  const hashes = ["a", "b", "c", "d"];
  await Promise.all(hashes.map((hash) => putPart(dynamo.table, "many", part(hash), NOW)));
  assert.deepEqual(Object.keys(await readParts(dynamo.table, "many", NOW)).sort(), hashes);
});

test("an author keeps as many parts as are allowed; those whose time is over make room", async () => {
  const entries = Array.from({ length: MOST_PARTS }, (_, at) => [
    `p${at}`,
    { expiresAt: NOW + 10, objects: 1, characters: 1, values: 1 },
  ]);
  const list = { schema: 1, revision: 1, parts: Object.fromEntries(entries) };
  assert.ok(await putIf(dynamo.table, toItem("DRAFT#full", "LIST", list)));
  await assert.rejects(putPart(dynamo.table, "full", part("x"), NOW), { code: "draft_full" });
  await assert.rejects(read("full", ["x"], NOW), { code: "draft_incomplete" }, "its bytes were not kept");
  await putPart(dynamo.table, "full", part("p3"), NOW);
  await putPart(dynamo.table, "full", part("x"), NOW + 10);
  assert.deepEqual(Object.keys(await readParts(dynamo.table, "full", NOW + 11)).sort(), ["p3", "x"]);
});

test("parts of one author are not those of another", async () => {
  await putPart(dynamo.table, "mine", part("a"), NOW);
  await assert.rejects(read("yours", ["a"], NOW), { code: "draft_incomplete" });
});
