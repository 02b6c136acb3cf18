import assert from "node:assert/strict";
import test from "node:test";
import { within } from "../../lib/core/deadline.ts";
import { referenceFrom } from "../../lib/core/reference.ts";
import { SLICE_SECONDS } from "../../lib/core/seal.ts";
import type { ExportLine } from "../../lib/core/seal-lines.ts";
import { gather, type SealBounds } from "../../lib/flows/next-slice.ts";
import { sealAudit } from "../../lib/flows/seal-audit.ts";
import { PAGE, sizeOf } from "../../lib/flows/told-slice.ts";
import { latestDigest } from "../../lib/store/seals.ts";
import type { Table } from "../../lib/store/table.ts";
import {
  checked,
  eventAt,
  exported,
  exportedPages,
  failing,
  NOON,
  newSealer,
  openAudit,
  type Surroundings,
  write,
} from "./surroundings.ts";

const EVENTS = 400;
const BOUNDS: SealBounds = { events: 25, read: 2 };
/** Around midnight there would be 32. */
const PARTITIONS = 16;

const sealer = newSealer();

/** Counts the whole events that were read since the last digest was written: no more can be held. */
function counting(table: Table) {
  const counted = { most: 0, since: 0, digests: 0 };
  const send = async (command: { readonly input: Record<string, unknown> }) => {
    const answer = await table.client.send(command as never);
    const items = "Items" in answer ? (answer.Items ?? []) : [];
    if ("Item" in command.input && (command.input.Item as { pk: { S?: string } }).pk.S === "SEAL") {
      counted.since = 0;
      counted.digests++;
    }
    counted.since += items.filter((item) => "kind" in item).length;
    counted.most = Math.max(counted.most, counted.since);
    return answer;
  };
  const client = { send } as unknown as Table["client"];
  return { counted, table: { name: table.name, client } };
}

/** One slice of time with so many events in it, on an empty table of its own. */
async function busy(t: test.TestContext, events = EVENTS): Promise<Surroundings> {
  const one = await openAudit(sealer);
  t.after(() => one.stop());
  one.at(NOON + 200);
  await sealAudit(one.broker);
  const step = (SLICE_SECONDS - 1) / events;
  await write(
    one.table,
    Array.from({ length: events }, (_, seed) => eventAt(NOON + seed * step, seed)),
  );
  one.at(NOON + SLICE_SECONDS + 200);
  return one;
}

test("however many events a slice of time has, no more of them are held than a slice and one read of each shard", async (t) => {
  const one = await busy(t);
  const { table, counted } = counting(one.table);
  const { digests, behindSeconds } = await sealAudit({ ...one.broker, table }, BOUNDS);
  assert.ok(counted.most <= BOUNDS.events + PARTITIONS * BOUNDS.read, `${counted.most} at once`);
  assert.ok(counted.most >= BOUNDS.events && counted.digests === digests.length);
  assert.ok(digests.length >= EVENTS / BOUNDS.events, `${digests.length} slices`);
  for (const digest of digests) assert.ok(digest.events <= BOUNDS.events, `${digest.events} events`);
  assert.equal(digests.at(-1)?.to, NOON + SLICE_SECONDS);
  assert.equal(behindSeconds, 200);
  const { findings, events } = await checked(await exported(one.table));
  assert.deepEqual([findings, events], [[], EVENTS]);
});

test("what a round has sealed when it is killed stays sealed, and the next one goes on after it", async (t) => {
  const one = await busy(t, 100);
  let killed = 0;
  for (let number = 1; ; killed++) {
    const table = failing(one.table, 100, "before");
    const round = await sealAudit({ ...one.broker, table }, BOUNDS).catch((thrown: Error) => thrown.message);
    const last = (await latestDigest(one.table))?.digest.number ?? 0;
    if (round !== "killed") break;
    assert.ok(last > number, "a round that is killed gets on all the same");
    number = last;
  }
  assert.ok(killed > 1, `killed ${killed} times`);
  const { findings, events } = await checked(await exported(one.table));
  assert.deepEqual([findings, events], [[], 100]);
});

test("a round that has little time left begins no slice, and leaves it to the next one", async (t) => {
  const one = await busy(t, 30);
  const { digests, behindSeconds } = await within(40, () => sealAudit(one.broker, BOUNDS));
  assert.deepEqual([digests, behindSeconds], [[], 200 + SLICE_SECONDS]);
  const next = await within(60, () => sealAudit(one.broker, BOUNDS));
  assert.equal(
    next.digests.reduce((sum, digest) => sum + digest.events, 0),
    30,
  );
});

/** Ends of the slices that events at these instants are sealed in, three in each. */
async function endsOf(t: test.TestContext, instants: readonly number[]): Promise<(readonly number[])[]> {
  const one = await openAudit(sealer);
  t.after(() => one.stop());
  const events = instants.map((at, seed) => eventAt(at, seed));
  await write(one.table, events);
  const ends: (readonly number[])[] = [];
  for (let from = NOON; from < NOON + SLICE_SECONDS; from = ends.at(-1)?.[0] ?? Number.POSITIVE_INFINITY) {
    const bounds = { events: 3, read: 2 };
    const slice = await gather(one.table, from, NOON + SLICE_SECONDS, bounds);
    assert.equal(slice.from, from);
    for (const { id } of slice.events)
      assert.ok(id >= referenceFrom(slice.from) && id < referenceFrom(slice.to), `${id} is of this slice`);
    ends.push([slice.to, slice.events.length]);
  }
  return ends;
}

test("a slice that is full ends with a second, within one second with a millisecond, and never within that", async (t) => {
  const at = (seconds: number) => NOON + seconds;
  assert.deepEqual(await endsOf(t, [1, 2, 3.5, 3.6, 4].map(at)), [
    [NOON + 3, 2],
    [NOON + SLICE_SECONDS, 3],
  ]);
  assert.deepEqual(await endsOf(t, [7.1, 7.2, 7.2, 7.2, 7.3].map(at)), [
    [NOON + 7.2, 1],
    [NOON + 7.3, 3],
    [NOON + SLICE_SECONDS, 1],
  ]);
  assert.deepEqual(await endsOf(t, [9.5, 9.5, 9.5, 9.5, 9.5, 9.6].map(at)), [
    [NOON + 9.6, 5],
    [NOON + SLICE_SECONDS, 1],
  ]);
});

test("late events of many slices are found in one look, and each is sealed once", async (t) => {
  const one = await busy(t, 100);
  await sealAudit(one.broker, { events: 10, read: 5 });
  const late = Array.from({ length: 40 }, (_, seed) => eventAt(NOON + seed * 7, seed));
  await write(one.table, late);
  one.at(NOON + 2 * SLICE_SECONDS + 200);
  const { digests } = await sealAudit(one.broker, BOUNDS);
  assert.deepEqual(
    digests.map((digest) => digest.late),
    [late.map(({ id }) => id).sort()],
  );
  one.at(NOON + 3 * SLICE_SECONDS + 200);
  const again = await sealAudit(one.broker, BOUNDS);
  assert.deepEqual(
    again.digests.flatMap((digest) => digest.late),
    [],
  );
  assert.deepEqual((await checked(await exported(one.table))).findings, []);
});

test("an export whose digests afterwards are more than a page goes on with them in the next, and verifies", async (t) => {
  const one = await busy(t, 100);
  await sealAudit(one.broker, { events: 5, read: 5 });
  const span = { since: 0, until: NOON + 60 };
  const isLater = ({ type }: ExportLine) => type === "later";
  const whole = await exportedPages(one.table, PAGE, span);
  assert.ok(whole.flat().filter(isLater).length > 10);
  const bounds = { lines: 4, bytes: 3 * Math.max(...whole.flat().filter(isLater).map(sizeOf)) };
  const pages = await exportedPages(one.table, bounds, span);
  for (const page of pages) assert.ok(page.filter(isLater).length <= 3);
  assert.deepEqual(pages.flat(), whole.flat());
  assert.deepEqual((await checked(pages.flat())).findings, []);
});
