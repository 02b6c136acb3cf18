import assert from "node:assert/strict";
import test from "node:test";
import { BatchWriteItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { isRefusal } from "../../lib/core/errors.ts";
import { newReference } from "../../lib/core/secret.ts";
import { readIndex, writeIndex } from "../../lib/store/audit-index.ts";
import { toItem } from "../../lib/store/item.ts";
import type { Table } from "../../lib/store/table.ts";
import { writeNew } from "../../lib/store/write-new.ts";
import { freshTable, START } from "./published.ts";

/** Takes so many items of a batch at most, and says of the rest that it found no time for them. */
function takingInPart(table: Table, most: number) {
  const asked: number[] = [];
  const client = new Proxy(table.client, {
    get(target, name) {
      if (name !== "send") return Reflect.get(target, name);
      return async (command: BatchWriteItemCommand) => {
        const all = command.input.RequestItems?.[table.name] ?? [];
        asked.push(all.length);
        const [done, left] = [all.slice(0, most), all.slice(most)];
        if (done.length > 0)
          await target.send(new BatchWriteItemCommand({ RequestItems: { [table.name]: done } }));
        return { UnprocessedItems: left.length === 0 ? {} : { [table.name]: left } };
      };
    },
  });
  return { table: { client, name: table.name } satisfies Table, asked };
}
const items = (count: number) =>
  Array.from({ length: count }, (_, index) => toItem(`X#${index}`, "x", { schema: 1, index }));
const count = async ({ client, name }: Table) =>
  (await client.send(new ScanCommand({ TableName: name, Select: "COUNT" }))).Count;

test("new items go 25 at a time, each once", async () => {
  const table = await freshTable();
  const part = takingInPart(table, 25);
  await writeNew(part.table, items(130));
  assert.deepEqual(part.asked.toSorted(), [25, 25, 25, 25, 25, 5].toSorted());
  assert.equal(await count(table), 130);
});

test("what the table found no time for is sent again, until all of it is there", async () => {
  const table = await freshTable();
  const part = takingInPart(table, 10);
  await writeNew(part.table, items(25));
  assert.deepEqual(part.asked, [25, 15, 5]);
  assert.equal(await count(table), 25);
});

test("what the table never finds time for is a failure, and not left out", async () => {
  const part = takingInPart(await freshTable(), 0);
  await assert.rejects(writeNew(part.table, items(3)), (thrown) => isRefusal(thrown, "broker_unavailable"));
});

test("whoever files the same events again writes over nothing, and each of them is found once", async () => {
  const table = await freshTable();
  const event = { id: newReference(START), at: START, kind: "signout" } as const;
  await writeIndex(table, [event], START + 9);
  const before = await count(table);
  await writeIndex(table, [event], START + 9);
  assert.equal(await count(table), 2 * (before ?? 0));
  const found: string[] = [];
  const all = { from: START - 300, to: START + 300 };
  for await (const { refs } of readIndex(table, ["kind", "signout"], all, () => {})) found.push(...refs);
  assert.equal(found.length, 1);
});
