import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test, { describe } from "node:test";
import * as v from "valibot";
import { ROOT } from "../../../infra/build.ts";
import { isRefusal } from "../../../lib/core/errors.ts";
import { putIf, putUnder, readItem, toItem } from "../../../lib/store/item.ts";
import { decideProposal, putProposal, readProposal } from "../../../lib/store/proposals.ts";
import { readHead } from "../../../lib/store/rules.ts";
import { readSnapshot } from "../../../lib/store/snapshot.ts";
import { freshTable } from "../../store/published.ts";
import { CLASSES, renumber, stored } from "./newer.ts";
import { LATER, NOW, proposal } from "./newer-items.ts";

test("every class of items that is written down is looked at here", (t) => {
  const page = readFileSync(join(ROOT, "docs/storage.md"), "utf8");
  const listed = [...new Set([...page.matchAll(/^\| `([A-Z]+)[#`]/gm)].map(([, kind]) => kind ?? ""))];
  assert.deepEqual(listed.toSorted(), Object.keys(CLASSES).toSorted());
  const verbs = Object.values(CLASSES).flatMap((one) => one.verbs);
  assert.ok(listed.length >= 14 && verbs.length >= 30);
  t.diagnostic(`${listed.length} classes, ${verbs.length} verbs`);
});

for (const [kind, { make, verbs }] of Object.entries(CLASSES))
  describe(`${kind} of newer code`, () => {
    for (const [name, how, end] of verbs)
      test(`${name}: ${end}, and it stays as it was`, async () => {
        const table = await freshTable();
        await make(table);
        await renumber(table, kind, NEWER);
        const before = await stored(table, kind);
        assert.ok(before.length > 0 && before.every(({ schema }) => schema === NEWER), "it is there");
        const thrown = await how(table).then(() => undefined, toThrown);
        const code = isRefusal(thrown) ? thrown.code : thrown === undefined ? "held" : (thrown as Error).name;
        assert.equal(code, end, String((thrown as Error | undefined)?.stack));
        const after = await stored(table, kind);
        for (const item of before)
          assert.deepEqual(
            after.find(({ pk, sk }) => pk === item.pk && sk === item.sk),
            item,
          );
      });
  });

const toThrown = (thrown: unknown): unknown => thrown;

test("a configuration that newer code compiled is read by nobody older, whatever it lies in", () => {
  const text = JSON.stringify({ schema: 2, settings: {}, connections: [], roles: [] });
  assert.throws(() => readSnapshot(text, 1), { code: "broker_updating" });
});

/** A number that no class of ours has come to. */
const NEWER = 9;

describe("an item of older code", () => {
  const Name = v.object({ schema: v.literal(3), first: v.string(), last: v.string() });
  const ages = {
    now: 3,
    older: {
      1: ({ text }: Readonly<Record<string, unknown>>) => ({ name: text }),
      2: ({ name }: Readonly<Record<string, unknown>>) => {
        const [first, last] = String(name).split(" ");
        return { first, last };
      },
    },
  };
  const readAs = async (item: object) => {
    const table = await freshTable();
    await putUnder(table, toItem("NAME#1", "NAME", item));
    return readItem(table, "NAME#1", "NAME", Name, ages);
  };
  const now = { schema: 3, first: "Ada", last: "Lovelace" };

  test("becomes one of now when it is read, by every step in between", async () => {
    assert.deepEqual(await readAs({ schema: 1, text: "Ada Lovelace" }), now);
    assert.deepEqual(await readAs({ schema: 2, name: "Ada Lovelace" }), now);
    assert.deepEqual(await readAs(now), now);
  });

  test("that nobody knows any more, or one without a number, is a fault and not a guess", async () => {
    await assert.rejects(readAs({ ...now, schema: 0 }), { code: "broker_fault" });
    await assert.rejects(readAs({ ...now, schema: "3" }), { code: "broker_fault" });
    await assert.rejects(readAs({ first: "Ada", last: "Lovelace" }), { code: "broker_fault" });
    await assert.rejects(readAs({ ...now, schema: 4 }), { code: "broker_updating" });
  });

  test("that has no number is refused, of a class that had one shape alone", async () => {
    const table = await freshTable();
    await CLASSES.HEAD?.make(table);
    await renumber(table, "HEAD", 0);
    await assert.rejects(readHead(table), { code: "broker_fault" });
  });
});

describe("a proposal with a time", () => {
  /** What code read that knew of no times: it would have published at once. */
  const Before = v.object({ schema: v.literal(1), id: v.string(), verdict: v.string() });
  const timed = { ...proposal, dueAt: LATER };

  test("is not read by code that knows of no times, nor written over by it", async () => {
    const table = await freshTable();
    await putProposal(table, timed);
    await assert.rejects(readItem(table, "PROPOSAL", "p", Before), { code: "broker_updating" });
    const decided = toItem("PROPOSAL", "p", { ...timed, schema: 1, verdict: "rejected" });
    assert.equal(await putIf(table, decided, "attribute_exists(pk)"), false);
    assert.deepEqual(await readProposal(table, "p"), timed);
  });

  test("is decided by code of now, and so is one of the shape before", async () => {
    const table = await freshTable();
    await putProposal(table, timed);
    assert.equal(await decideProposal(table, timed, "rejected", NOW), true);
    await putUnder(table, toItem("PROPOSAL", "q", { ...proposal, schema: 1, id: "q" }));
    const older = await readProposal(table, "q");
    assert.deepEqual(older, { ...proposal, id: "q" });
    assert.equal(await decideProposal(table, older, "rejected", NOW), true);
    assert.equal((await readProposal(table, "q"))?.verdict, "rejected");
  });
});
