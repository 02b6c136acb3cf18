import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { canonicalJson } from "../../lib/core/canonical.ts";
import { referenceFrom, timeOfReference } from "../../lib/core/reference.ts";
import { SLICE_SECONDS } from "../../lib/core/seal.ts";
import { newReference } from "../../lib/core/secret.ts";
import { sealAudit } from "../../lib/flows/seal-audit.ts";
import { readDigests } from "../../lib/store/seals.ts";
import {
  checked,
  eventAt,
  exported,
  failing,
  NOON,
  newSealer,
  openAudit,
  type Surroundings,
  write,
} from "./surroundings.ts";

const sealer = newSealer();
let audit: Surroundings;
before(async () => {
  audit = await openAudit(sealer);
});
after(() => audit.stop());

/** Each test has days of its own in the one table. */
const chainOf = () => readDigests(audit.table, 1, 100_000);

test("canonical JSON is what RFC 8785 writes", () => {
  // Section 3.2.2 and 3.2.3 of the RFC.
  const sample = {
    numbers: [Number("333333333.33333329"), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
    string: '€$\u000f\nA\'B"\\\\"/',
    literals: [null, true, false],
  };
  assert.equal(
    canonicalJson(sample),
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  );
  const sorted = { "€": 5, "\r": 1, "\ufb33": 6, "1": 2, "😀": 7, "\u0080": 3, ö: 4 };
  assert.equal(canonicalJson(sorted), '{"\\r":1,"1":2,"\u0080":3,"ö":4,"€":5,"😀":7,"\ufb33":6}');
  assert.equal(canonicalJson({ b: undefined, a: -0 }), '{"a":0}');
  for (const bad of [Number.NaN, { a: Number.POSITIVE_INFINITY }, ["\ud800"], () => 1])
    assert.throws(() => canonicalJson(bad), TypeError);
});

test("a reference tells its time, and stands between the instants around it", () => {
  for (const at of [NOON, NOON + 0.001, NOON + 0.123, NOON + 299.999]) {
    const id = newReference(at);
    assert.equal(timeOfReference(id), at);
    assert.ok(referenceFrom(at) < id && id < referenceFrom(at + 0.001), String(at));
  }
  assert.equal(timeOfReference("01J-and-so-on"), undefined);
});

test("a slice is sealed once it is over for three minutes, and an empty one has its digest too", async () => {
  const begin = NOON;
  await write(audit.table, [eventAt(begin + 1, 1), eventAt(begin + SLICE_SECONDS, 2)]);
  audit.at(begin + SLICE_SECONDS + 179);
  const [first] = (await sealAudit(audit.broker)).digests;
  assert.equal(first?.to, begin, "the first round seals what was before");
  assert.deepEqual((await sealAudit(audit.broker)).digests, [], "there is nothing to seal yet");
  for (const [slice, events] of [1, 1, 0].entries()) {
    audit.at(begin + (slice + 1) * SLICE_SECONDS + 180);
    const { digests } = await sealAudit(audit.broker);
    assert.deepEqual(
      digests.map((digest) => [digest.from, digest.to, digest.events]),
      [[begin + slice * SLICE_SECONDS, begin + (slice + 1) * SLICE_SECONDS, events]],
    );
  }
  const { findings, events, digests } = await checked(await exported(audit.table));
  assert.deepEqual([findings, events, digests], [[], 2, 4]);
});

test("after an outage one slice takes in everything", async () => {
  const begin = NOON + 3 * SLICE_SECONDS;
  const hours = Array.from({ length: 30 }, (_, hour) => eventAt(begin + hour * 3600, hour));
  await write(audit.table, hours);
  audit.at(begin + 30 * 3600 + 200);
  const { digests } = await sealAudit(audit.broker);
  assert.deepEqual(
    digests.map(({ from, to, events }) => [from, to, events]),
    [[begin, begin + 30 * 3600, 30]],
  );
  assert.deepEqual((await checked(await exported(audit.table))).findings, []);
});

test("an event that comes within the hour is sealed in the next slice and marked", async () => {
  const begin = (await chainOf()).at(-1)?.digest.to ?? assert.fail();
  const late = [eventAt(begin - 3599, 1), eventAt(begin - 600, 2), eventAt(begin - 1, 3)];
  await write(audit.table, late);
  audit.at(begin + SLICE_SECONDS + 200);
  const [next] = (await sealAudit(audit.broker)).digests;
  assert.deepEqual(
    next?.late,
    late.map(({ id }) => id),
  );
  audit.at(begin + 2 * SLICE_SECONDS + 200);
  const again = (await sealAudit(audit.broker)).digests.flatMap((digest) => digest.late);
  assert.deepEqual(again, [], "what was sealed late is late no more");
  assert.deepEqual((await checked(await exported(audit.table))).findings, []);
});

for (const days of [1, 2])
  test(`an event that comes later than the hour is sealed when its time is ${days} days ago, and marked, once`, async (t) => {
    const one = await openAudit(sealer);
    t.after(() => one.stop());
    one.at(NOON + 200);
    await sealAudit(one.broker);
    const at = NOON + 20 * SLICE_SECONDS;
    const due = at + days * 86_400;
    const found: (readonly [number, readonly string[]])[] = [];
    let late: string | undefined;
    const isNear = (now: number) => now >= due - 21_600 && now < due + 900;
    // Rounds of six hours, and around the time it is due of five minutes.
    for (let now = NOON; now < at + 180_000; now += isNear(now) ? SLICE_SECONDS : 21_600) {
      one.at(now + SLICE_SECONDS + 180);
      for (const digest of (await sealAudit(one.broker)).digests)
        if (digest.late.length > 0) found.push([digest.from, digest.late]);
      if (late === undefined && now > due - 79_000) {
        const event = eventAt(at, days);
        await write(one.table, [event]);
        late = event.id;
      }
    }
    assert.deepEqual(found, [[due, [late]]]);
    assert.deepEqual((await checked(await exported(one.table))).findings, []);
  });

test("an event that turns up when nobody looks any more is told by verify, not lost", async () => {
  const begin = (await chainOf()).at(-1)?.digest.to ?? assert.fail();
  const hidden = eventAt(begin - 3600 * 50, 3);
  await write(audit.table, [hidden]);
  audit.at(begin + 3600);
  assert.deepEqual(
    (await sealAudit(audit.broker)).digests.flatMap(({ late }) => late),
    [],
  );
  const { findings } = await checked(await exported(audit.table));
  assert.equal(findings.length, 1);
  assert.equal(findings[0]?.code, "event_inserted");
  assert.ok(findings[0]?.where.endsWith(hidden.id));
});

for (const when of ["before", "after"] as const)
  test(`a worker killed ${when} any write leaves a chain that the next one continues`, async (t) => {
    const one = await openAudit(sealer);
    t.after(() => one.stop());
    one.at(NOON + 200);
    await sealAudit(one.broker);
    let killed = 0;
    for (let nth = 1, slice = 0; ; nth++, slice++) {
      const begin = NOON + slice * SLICE_SECONDS;
      await write(one.table, [eventAt(begin + 1, slice), eventAt(begin + 2, slice + 1)]);
      one.at(begin + SLICE_SECONDS + 200);
      const table = failing(one.table, nth, when);
      const round = await sealAudit({ ...one.broker, table }).catch((thrown: Error) => thrown.message);
      if (round === "killed") killed++;
      await sealAudit(one.broker);
      if (round !== "killed") break;
    }
    assert.ok(killed > 15, `${killed} places to be killed at`);
    const { findings, events, digests } = await checked(await exported(one.table));
    assert.deepEqual(findings, []);
    assert.equal(events, 2 * (killed + 1));
    assert.equal(digests, killed + 2);
  });

test("of many workers at once one seals each slice, and nothing is sealed twice", async (t) => {
  const one = await openAudit(sealer);
  t.after(() => one.stop());
  one.at(NOON + 200);
  await sealAudit(one.broker);
  for (let slice = 0; slice < 5; slice++) {
    const begin = NOON + slice * SLICE_SECONDS;
    await write(
      one.table,
      Array.from({ length: 20 }, (_, seed) => eventAt(begin + seed, seed)),
    );
    one.at(begin + SLICE_SECONDS + 200);
    const rounds = await Promise.all(Array.from({ length: 4 }, () => sealAudit(one.broker)));
    assert.equal(rounds.flatMap(({ digests }) => digests).length, 1);
  }
  const { findings, events, digests } = await checked(await exported(one.table));
  assert.deepEqual([findings, events, digests], [[], 100, 6]);
});

test("an export begins and ends where it is asked, and verifies by itself", async () => {
  const { digest } = (await chainOf())[2] ?? assert.fail();
  const lines = await exported(audit.table, { since: digest.from, until: digest.to + 1 });
  const [first] = lines;
  assert.equal(first?.type === "audit" && first.before?.digest.number, 2);
  const { findings, from, to } = await checked(lines);
  assert.deepEqual(findings, []);
  assert.equal(from, digest.from);
  assert.ok((to ?? 0) > digest.to);
});

test("events that expired are no finding once their time is over, and one before it", async () => {
  const lines = (await exported(audit.table)).filter(({ type }) => type !== "event");
  const ended = lines.map((line) => (line.type === "end" ? { ...line, events: 0 } : line));
  const { checkExport } = await import("../../lib/core/seal-check.ts");
  const told = () => ended.map((line) => JSON.stringify(line));
  const trust = { keys: [], anchors: [] };
  const now = await checkExport(told, trust, NOON);
  assert.ok(now.findings.every(({ code }) => code === "event_removed") && now.findings.length > 0);
  const later = await checkExport(told, trust, NOON + 500 * 86_400);
  assert.deepEqual(later.findings, []);
  assert.ok(later.expired > 0);
});
