import assert from "node:assert/strict";
import test from "node:test";
import { gunzipSync } from "node:zlib";
import { SLICE_SECONDS } from "../../lib/core/seal.ts";
import { sealAudit } from "../../lib/flows/seal-audit.ts";
import { PAGE } from "../../lib/flows/told-slice.ts";
import { latestDigest } from "../../lib/store/seals.ts";
import { BUCKET, BUCKET_KEY, type Outside, openOutside } from "./places.ts";
import { eventAt, failing, NOON, newSealer, openAudit, type Surroundings, write } from "./surroundings.ts";

const SLICE_EVENTS = 12;

async function open(
  t: test.TestContext,
  format: "event" | "ocsf" = "event",
  key: Parameters<typeof openOutside>[2] = {},
) {
  const audit = await openAudit(newSealer());
  t.after(() => audit.stop());
  const outside = await openOutside(audit, format, key);
  t.after(() => outside.places.stop());
  audit.at(NOON + 200);
  await sealAudit(audit.broker);
  let slices = 0;
  /** One more slice, with events in it, and none where it shall be empty. */
  const seal = async (events = SLICE_EVENTS) => {
    const begin = NOON + slices++ * SLICE_SECONDS;
    const written = Array.from({ length: events }, (_, seed) => eventAt(begin + seed, seed));
    await write(audit.table, written);
    audit.at(begin + SLICE_SECONDS + 200);
    await sealAudit(audit.broker);
    return written;
  };
  return { audit, seal, ...outside };
}

const idsOn = ({ places }: Outside): string[] =>
  places.events
    .filter(({ DetailType }) => DetailType !== "audit.sealed")
    .map(({ Detail }) => (JSON.parse(Detail) as { id: string }).id)
    .sort();
const idsOf = (events: readonly { readonly id: string }[]): string[] => events.map(({ id }) => id).sort();
const keysIn = ({ places }: Outside): string[] => [...places.objects.keys()].sort();
const PREFIX = `${BUCKET.name}/${BUCKET.prefix}`;

/** Everything once more, to a bucket that knows nothing of it, by key without the prefix. */
async function againElsewhere(t: test.TestContext, audit: Surroundings, bounds = PAGE) {
  const { places, again } = await openOutside(audit);
  t.after(() => places.stop());
  await again(bounds);
  return new Map([...places.objects].map(([key, body]) => [key.replace(`${BUCKET.name}/again/`, ""), body]));
}

test("each event of a sealed slice is on the bus as it was stored, and what was announced of its digest after it", async (t) => {
  const it = await open(t);
  const written = await it.seal();
  const [shipped] = await it.ship(["bus"]);
  assert.deepEqual(shipped, { sink: "bus", slices: 1, events: SLICE_EVENTS, behindSeconds: 0 });
  const told = it.places.events.slice(0, -1);
  const byId = new Map(told.map((one) => [JSON.parse(one.Detail).id, one]));
  for (const event of written) {
    const one = byId.get(event.id) ?? assert.fail(`no ${event.id}`);
    assert.deepEqual(JSON.parse(one.Detail), event);
    assert.deepEqual([one.Source, one.DetailType, one.Time], ["sekisho", event.kind, event.at]);
  }
  const last = it.places.events.at(-1);
  assert.equal(last?.DetailType, "audit.sealed");
  assert.equal(JSON.parse(last?.Detail ?? "{}").number, (await latestDigest(it.audit.table))?.digest.number);
  assert.equal(told.length, SLICE_EVENTS);
});

test("a bus that asks for OCSF is told in OCSF, and of what has no class there nothing", async (t) => {
  const it = await open(t, "ocsf");
  await write(it.audit.table, [
    eventAt(NOON + 1, 1, "config.published"),
    eventAt(NOON + 2, 1, "signin.finished"),
  ]);
  await it.seal(0);
  await it.ship(["bus"]);
  assert.deepEqual(
    it.places.events.map(({ DetailType, Detail }) => [DetailType, JSON.parse(Detail).class_uid]),
    [
      ["signin.finished", 3002],
      ["audit.sealed", undefined],
    ],
  );
});

test("a slice is one object of lines and its digest beside it; an empty one is its digest alone", async (t) => {
  const it = await open(t);
  const written = await it.seal();
  await it.seal(0);
  const [shipped] = await it.ship(["bucket"]);
  assert.deepEqual(shipped, { sink: "bucket", slices: 3, events: SLICE_EVENTS, behindSeconds: 0 });
  assert.deepEqual(keysIn(it), [
    `${PREFIX}/2026/11/20/120000-0000000001-digest.ndjson`,
    `${PREFIX}/2026/11/22/120000-0000000002-0000.ndjson.gz`,
    `${PREFIX}/2026/11/22/120000-0000000002-digest.ndjson`,
    `${PREFIX}/2026/11/22/120500-0000000003-digest.ndjson`,
  ]);
  const lines = gunzipSync(it.places.objects.get(keysIn(it)[1] ?? "") ?? "")
    .toString("utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const events = lines.filter(({ type }) => type === "event").map(({ event }) => event);
  assert.deepEqual(idsOf(events), idsOf(written));
});

test("a slice too large for one object goes in parts, and the digest comes last", async (t) => {
  const it = await open(t);
  await it.seal(40);
  await it.ship(["bucket"], { bounds: { lines: 10, bytes: 100_000 } });
  const parts = keysIn(it).filter((key) => key.endsWith(".gz"));
  assert.ok(parts.length >= 4, `${parts.length} parts`);
  const names = it.places.asked.map(({ resource }) => resource);
  assert.ok(names.at(-1)?.endsWith("0000000002-digest.ndjson"));
});

test("while a sink is down the other one goes on, and later nothing is missing", async (t) => {
  const it = await open(t);
  const all = [...(await it.seal())];
  await it.ship(["bus", "bucket"]);
  it.places.fault = ({ operation }) => (operation === "PutEvents" ? 500 : undefined);
  for (let round = 0; round < 3; round++) {
    all.push(...(await it.seal()));
    const [bus, bucket] = await it.ship(["bus", "bucket"]);
    assert.match(bus?.failed ?? "", /^broker_unavailable InternalException$/);
    assert.equal(bus?.behindSeconds, 200 + round * SLICE_SECONDS);
    assert.deepEqual([bucket?.slices, bucket?.failed, bucket?.behindSeconds], [1, undefined, 0]);
  }
  it.places.fault = () => undefined;
  const [bus] = await it.ship(["bus"]);
  assert.deepEqual([bus?.slices, bus?.behindSeconds], [3, 0]);
  assert.deepEqual(idsOn(it), idsOf(all));
});

test("of a call that was half taken only the other half is sent again", async (t) => {
  const it = await open(t);
  const written = await it.seal();
  it.places.fault = (_, nth) => (nth === 1 ? [2, 5] : undefined);
  await it.ship(["bus"]);
  assert.deepEqual(idsOn(it), idsOf(written));
  assert.deepEqual(it.places.calls, [10, 2, 3]);
});

test("no call holds more than 256 KB, and an event that none holds is told of without its content", async (t) => {
  const it = await open(t);
  const large = Array.from({ length: 8 }, (_, seed) => ({
    ...eventAt(NOON + seed, seed),
    detail: { text: "x".repeat(60_000) },
  }));
  const huge = { ...eventAt(NOON + 9, 1), detail: { text: "x".repeat(300_000) } };
  await write(it.audit.table, [...large, huge]);
  await it.seal(0);
  const [shipped] = await it.ship(["bus"]);
  assert.equal(shipped?.failed, undefined);
  assert.deepEqual(idsOn(it), idsOf([...large, huge]));
  const told = it.places.events.map(({ Detail }) => JSON.parse(Detail)).find(({ id }) => id === huge.id);
  assert.deepEqual(told, { id: huge.id, at: huge.at, kind: huge.kind, omitted: true });
});

for (const when of ["before", "after"] as const)
  test(`a worker killed ${when} it marks a parcel leaves nothing out, and the same objects`, async (t) => {
    const it = await open(t);
    const written = await it.seal(30);
    const bounds = { lines: 8, bytes: 100_000 };
    let killed = 0;
    for (; ; killed++) {
      const table = failing(it.audit.table, 2, when);
      const [bucket, bus] = await it.ship(["bucket", "bus"], { bounds, table });
      if (bucket?.failed === undefined && bus?.failed === undefined) break;
      assert.ok(killed < 200, "it gets nowhere");
    }
    assert.ok(killed > 2, `${killed} times`);
    assert.deepEqual([...new Set(idsOn(it))], idsOf(written));
    const again = await againElsewhere(t, it.audit, bounds);
    assert.deepEqual(
      [...again.keys()].sort(),
      keysIn(it).map((key) => key.replace(`${PREFIX}/`, "")),
    );
    for (const key of again.keys())
      assert.deepEqual(again.get(key), it.places.objects.get(`${PREFIX}/${key}`));
  });

test("an event that came late goes with the slice it is sealed in, and the one before makes the same object", async (t) => {
  const it = await open(t);
  await it.seal();
  await it.ship(["bucket"]);
  const late = eventAt(NOON + 3, 7);
  await write(it.audit.table, [late]);
  await it.seal();
  await it.ship(["bucket"]);
  const [first, second] = keysIn(it).filter((key) => key.endsWith(".gz"));
  assert.ok(gunzipSync(it.places.objects.get(second ?? "") ?? "").includes(late.id));
  const again = await againElsewhere(t, it.audit);
  assert.deepEqual(again.get(first?.replace(`${PREFIX}/`, "") ?? ""), it.places.objects.get(first ?? ""));
});

test("a bucket of another account is not written to", async (t) => {
  // Its name was given up, and somebody else took it, who lets everybody write.
  const it = await open(t, "event", { owner: "333333333333" });
  await it.seal();
  const [shipped] = await it.ship(["bucket"]);
  assert.match(shipped?.failed ?? "", /^broker_unavailable AccessDenied$/);
  assert.equal(it.places.asked[0]?.owner, BUCKET.owner);
  assert.equal(it.places.objects.size, 0);
});

test("a bucket stands in any region, and takes what is encrypted with its key and nothing else", async (t) => {
  for (const [needed, used, isTaken] of [
    [undefined, undefined, true],
    [BUCKET_KEY, BUCKET_KEY, true],
    [BUCKET_KEY, undefined, false],
    [undefined, BUCKET_KEY, false],
  ] as const) {
    const it = await open(t, "event", { ...(needed && { needed }), ...(used && { used }) });
    await it.seal();
    const [shipped] = await it.ship(["bucket"]);
    assert.equal(shipped?.failed === undefined, isTaken, `${needed} ${used}`);
    assert.equal(it.places.objects.size > 0, isTaken);
    assert.deepEqual(
      [...new Set(it.places.asked.map(({ region, key }) => `${region} ${key}`))],
      [`${BUCKET.region} ${used}`],
    );
  }
});

test("a sink that is turned on later is told of the last slice by a bus, of all by a bucket", async (t) => {
  const it = await open(t);
  await it.seal();
  const last = await it.seal();
  const [bus, bucket] = await it.ship(["bus", "bucket"]);
  assert.deepEqual([bus?.slices, bucket?.slices], [1, 3]);
  assert.deepEqual(idsOn(it), idsOf(last));
});

test("of two workers at once both leave a whole trail outside", async (t) => {
  const it = await open(t);
  const written = [...(await it.seal()), ...(await it.seal())];
  await Promise.all([it.ship(["bucket"]), it.ship(["bucket"]), it.ship(["bucket"])]);
  const [shipped] = await it.ship(["bucket"]);
  assert.equal(shipped?.behindSeconds, 0);
  const found = keysIn(it)
    .filter((key) => key.endsWith(".gz"))
    .flatMap((key) =>
      gunzipSync(it.places.objects.get(key) ?? "")
        .toString("utf8")
        .trim()
        .split("\n"),
    )
    .map((line) => JSON.parse(line))
    .filter(({ type }) => type === "event");
  assert.deepEqual(idsOf(found.map(({ event }) => event)), idsOf(written));
});
