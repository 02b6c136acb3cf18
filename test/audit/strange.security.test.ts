import assert from "node:assert/strict";
import test from "node:test";
import { type AttributeValue, PutItemCommand } from "@aws-sdk/client-dynamodb";
import type { AuditEvent } from "../../lib/core/audit.ts";
import { referenceFrom } from "../../lib/core/reference.ts";
import { SHARDS, SLICE_SECONDS, shardOf } from "../../lib/core/seal.ts";
import { DEFAULT_SETTINGS } from "../../lib/core/settings.ts";
import { queryAudit } from "../../lib/flows/query-audit.ts";
import { sealAudit } from "../../lib/flows/seal-audit.ts";
import { PAGE } from "../../lib/flows/told-slice.ts";
import { auditPartition, partitionOf } from "../../lib/store/audit.ts";
import { EMPTY_WORLD } from "../../lib/store/snapshot.ts";
import { checked, eventAt, exportedPages, NOON, newSealer, openAudit, write } from "./surroundings.ts";

/** What no code of ours writes, and whoever took one function over may: a row of the table under the audit prefix. */
type Strange = (event: AuditEvent) => Record<string, AttributeValue>;

const itemOf = (event: AuditEvent, more: Record<string, AttributeValue> = {}): ReturnType<Strange> => ({
  pk: { S: auditPartition(event) },
  sk: { S: event.id },
  id: { S: event.id },
  at: { N: String(event.at) },
  kind: { S: "signout" },
  schema: { N: "1" },
  ...more,
});

const otherShard = (id: string): string => SHARDS.find((one) => one !== shardOf(id)) ?? "";

const strange: readonly (readonly [what: string, Strange])[] = [
  ["with a number that is too large", (event) => itemOf(event, { version: { N: "99999999999999999999" } })],
  ["with a number that is too exact", (event) => itemOf(event, { version: { N: "9007199254740993.5" } })],
  ["with half a surrogate pair", (event) => itemOf(event, { role: { S: "\ud800" } })],
  ["with a set and bytes", (event) => itemOf(event, { role: { SS: ["a"] }, code: { B: Buffer.from("x") } })],
  ["without any of its fields", ({ id, at }) => ({ pk: { S: auditPartition({ id, at }) }, sk: { S: id } })],
  [
    "in the partition of another shard",
    (event) => itemOf(event, { pk: { S: partitionOf("2026-11-22", otherShard(event.id)) } }),
  ],
  [
    "in the partition of another day",
    (event) => itemOf(event, { pk: { S: partitionOf("2026-11-23", shardOf(event.id)) } }),
  ],
  [
    "under an id that tells no time",
    (event) => {
      const id = `${event.id.slice(0, 10)}~${event.id.slice(11)}`;
      return itemOf(event, { sk: { S: id }, id: { S: id } });
    },
  ],
];

const sealer = newSealer();

for (const [what, make] of strange)
  test(`an event ${what} neither stops the seal nor breaks the proof of the others, and hides none of them`, async (t) => {
    const audit = await openAudit(sealer);
    t.after(() => audit.stop());
    const put = (event: AuditEvent) =>
      audit.table.client.send(new PutItemCommand({ TableName: audit.table.name, Item: make(event) }));
    const genuine = Array.from({ length: 12 }, (_, seed) => eventAt(NOON + seed * 20, seed));
    await write(audit.table, genuine);
    await put(eventAt(NOON + 50, 1));
    audit.at(NOON + SLICE_SECONDS + 200);
    assert.equal((await sealAudit(audit.broker)).digests.length, 1);
    // And one that comes when its slice was sealed already, found within the hour and at the end of the day.
    await put(eventAt(NOON + 60, 2));
    audit.at(NOON + 2 * SLICE_SECONDS + 200);
    assert.equal((await sealAudit(audit.broker)).digests.length, 1);
    audit.at(NOON + 13 * 3600);
    assert.ok((await sealAudit(audit.broker)).digests.length > 0);
    for (const bounds of [PAGE, { lines: 1, bytes: 1_000_000 }]) {
      const lines = await exportedPages(audit.table, bounds);
      const { findings, digests, events, unproven } = await checked(lines.flat());
      assert.deepEqual([findings, unproven], [[], 0]);
      assert.ok(digests >= 3 && events >= genuine.length, `${digests} digests, ${events} events`);
    }
    assert.deepEqual(
      await walked(audit.table),
      genuine
        .map(({ id }) => id)
        .toSorted()
        .reverse(),
    );
  });

/** Ids of every event of ours that a walk by pages of one finds. */
async function walked(table: Parameters<typeof queryAudit>[0]["table"]): Promise<string[]> {
  const world = async () => ({ ...EMPTY_WORLD, settings: DEFAULT_SETTINGS });
  const unused = async () => assert.fail("a walk reads no rules");
  const broker = {
    table,
    clock: { now: () => NOON + 14 * 3600 },
    rules: { world, head: unused, rules: unused },
  };
  const ids: string[] = [];
  let before: string | undefined;
  do {
    const page = await queryAudit(broker, { facets: {}, since: NOON - 60 }, 1, before);
    for (const event of page.events) {
      // It goes out as JSON.
      JSON.stringify(event);
      if (typeof event.accessKeyId === "string") ids.push(event.id);
    }
    assert.ok(page.before === undefined || page.before < (before ?? "~"), "a walk goes back in time");
    before = page.before;
  } while (before !== undefined && before > referenceFrom(NOON - 60));
  return ids;
}
