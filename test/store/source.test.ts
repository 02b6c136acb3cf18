import assert from "node:assert/strict";
import test, { describe } from "node:test";
import { isRefusal } from "../../lib/core/errors.ts";
import { forgetApplied, markApplied, readApplied } from "../../lib/store/applied.ts";
import { publishEdition } from "../../lib/store/publish.ts";
import { readHead } from "../../lib/store/rules.ts";
import { readSource, writeSource } from "../../lib/store/source.ts";
import { listVersions, readVersion } from "../../lib/store/version-records.ts";
import { counting, edition, freshTable, publish, START } from "./published.ts";

const objects = (count: number, changed?: number): string[] =>
  Array.from({ length: count }, (_, index) =>
    JSON.stringify({ id: `rule-${String(index).padStart(6, "0")}`, changed: index === changed }),
  );
const puts = (sent: readonly string[]) => sent.filter((one) => one === "PutItemCommand").length;

describe("a source", () => {
  for (const count of [0, 1, 255, 3000])
    test(`of ${count} objects comes back as it was written`, async () => {
      const table = await freshTable();
      const source = await writeSource(table, objects(count), [], 1);
      assert.deepEqual(await readSource(table, source), objects(count));
    });

  test("one changed object of 5000 writes its page and the list of pages, and the older source stays", async () => {
    const table = await freshTable();
    const before = await writeSource(table, objects(5000), [], 1);
    const counted = counting(table);
    const after = await writeSource(counted.table, objects(5000, 2500), before, 2);
    assert.equal(puts(counted.sent), 2);
    assert.deepEqual(await readSource(table, before), objects(5000));
    assert.deepEqual(await readSource(table, after), objects(5000, 2500));
  });

  test("an object that is added in front moves no other page", async () => {
    const table = await freshTable();
    const before = await writeSource(table, objects(5000), [], 1);
    const counted = counting(table);
    await writeSource(counted.table, ['{"id":"new"}', ...objects(5000)], before, 2);
    assert.equal(puts(counted.sent), 2);
  });

  test("of nothing but large objects is cut all the same", async () => {
    const table = await freshTable();
    const large = Array.from({ length: 4 }, (_, index) => JSON.stringify(`${index}`.repeat(400_000)));
    const source = await writeSource(table, large, [], 1);
    assert.deepEqual(await readSource(table, source), large);
  });
});

describe("versions", () => {
  test("hold what each of them said, however many came after", async () => {
    const table = await freshTable();
    for (const [at, ids] of [["a1"], ["a1", "b1"], ["b1"], ["c1"]].entries())
      await publish(table, START + at * 40 * 86_400, ...ids);
    const said = async (version: number) =>
      (await readSource(table, (await readVersion(table, version))?.source ?? [])).map(
        (text) => JSON.parse(text).id,
      );
    assert.deepEqual(await Promise.all([1, 2, 3, 4].map(said)), [["a1"], ["a1", "b1"], ["b1"], ["c1"]]);
  });

  test("are listed page by page, each once, the latest first", async () => {
    const table = await freshTable();
    for (let count = 1; count <= 7; count++) await publish(table, START + count, `a${count}`);
    const seen: number[] = [];
    let before: number | undefined;
    do {
      const page = await listVersions(table, { most: 3, ...(before === undefined ? {} : { before }) });
      seen.push(...page.versions.map(({ version }) => version));
      before = page.more;
    } while (before !== undefined);
    assert.deepEqual(seen, [7, 6, 5, 4, 3, 2, 1]);
  });
});

describe("what was applied from files", () => {
  const from = (origin: string, ...ids: string[]) => {
    const one = edition(...ids);
    return { ...one, mark: origin, facts: { ...one.facts, origin } };
  };

  test("is known from the moment it is published, of each name apart", async () => {
    const table = await freshTable();
    await publish(table, START, "a1");
    await publishEdition(table, await readHead(table), from("x", "b1"), START);
    await publishEdition(table, await readHead(table), from("y", "c1"), START);
    await publish(table, START, "a1");
    assert.deepEqual(await readApplied(table), { x: 2, y: 3 });
  });

  test("may be what is published already, unless that is no longer the case", async () => {
    const table = await freshTable();
    await publish(table, START, "a1");
    await markApplied(table, "x", 1);
    assert.deepEqual(await readApplied(table), { x: 1 });
    await publish(table, START, "b1");
    await markApplied(table, "x", 1);
    await markApplied(table, "y", 1);
    assert.deepEqual(await readApplied(table), { x: 1 });
  });

  test("is forgotten of one name and nothing else of HEAD is touched, and a second time is as good", async () => {
    const table = await freshTable();
    await publishEdition(table, await readHead(table), from("github.com/x", "a1"), START);
    await publishEdition(table, await readHead(table), from("y", "b1"), START);
    const head = await readHead(table);
    await forgetApplied(table, "github.com/x", 1);
    await forgetApplied(table, "github.com/x", 1);
    assert.deepEqual(await readApplied(table), { y: 2 });
    assert.deepEqual(await readHead(table), head);
    await publish(table, START, "c1");
    assert.deepEqual(await readApplied(table), { y: 2 });
  });

  test("is not forgotten where it was applied again meanwhile", async () => {
    const table = await freshTable();
    await publishEdition(table, await readHead(table), from("x", "a1"), START);
    await publishEdition(table, await readHead(table), from("x", "b1"), START);
    await assert.rejects(forgetApplied(table, "x", 1), (thrown) => isRefusal(thrown, "configuration_moved"));
    assert.deepEqual(await readApplied(table), { x: 2 });
  });
});
