import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";
import { type Digest, digestText, SLICE_SECONDS, sealSlice } from "../../lib/core/seal.ts";
import { checkExport } from "../../lib/core/seal-check.ts";
import type { ExportLine } from "../../lib/core/seal-lines.ts";
import { sealAudit } from "../../lib/flows/seal-audit.ts";
import { checked, codesOf, eventAt, exported, NOON, newSealer, openAudit, write } from "./surroundings.ts";

const sealer = newSealer();

type Line<Type extends ExportLine["type"]> = Extract<ExportLine, { type: Type }>;
const isEvent = (line: ExportLine): line is Line<"event"> => line.type === "event";
const isDigest = (line: ExportLine): line is Line<"digest"> => line.type === "digest";

/** The end as it would be after what was done before it: nothing signs it. */
function withEnd(lines: readonly ExportLine[]): ExportLine[] {
  const digests = lines.filter(isDigest).length;
  const events = lines.filter(isEvent).length;
  return [...lines.filter(({ type }) => type !== "end"), { type: "end", digests, events }];
}

const altered = (lines: readonly ExportLine[], place: number): ExportLine[] => {
  const line = lines[place];
  assert.ok(line?.type === "event");
  return lines.with(place, { ...line, event: { ...line.event, role: "Admin-2" } });
};

/** A trail whose second slice holds an event of the first one's time. */
async function trailWithLate(): Promise<{ readonly lines: ExportLine[]; readonly id: string }> {
  const late = await openAudit(sealer);
  try {
    await write(late.table, [eventAt(NOON + 1, 1), eventAt(NOON + 2, 2)]);
    late.at(NOON + SLICE_SECONDS + 200);
    await sealAudit(late.broker);
    const event = eventAt(NOON + 3, 3);
    await write(late.table, [event, eventAt(NOON + SLICE_SECONDS + 1, 4)]);
    late.at(NOON + 2 * SLICE_SECONDS + 200);
    await sealAudit(late.broker);
    return { lines: await exported(late.table), id: event.id };
  } finally {
    await late.stop();
  }
}

test("a late event stands twice, and altering either copy is told", async () => {
  const { lines, id } = await trailWithLate();
  assert.deepEqual((await checked(lines)).findings, []);
  const places = [...lines.keys()].filter((at) => {
    const line = lines[at];
    return line?.type === "event" && line.event.id === id;
  });
  assert.equal(places.length, 2);
  for (const place of places) {
    const line = lines[place];
    assert.ok(line?.type === "event");
    const { findings } = await checked(altered(lines, place));
    assert.deepEqual([...new Set(findings.map(({ code }) => code))], ["event_altered"]);
    assert.ok(findings.some(({ where }) => where.startsWith(`slice ${line.slice}`) && where.endsWith(id)));
  }
});

test("a copy of a late event in a slice of another time is told", async () => {
  const { lines, id } = await trailWithLate();
  const line = lines.find((one) => one.type === "event" && one.event.id === id) ?? assert.fail();
  assert.ok(line.type === "event");
  const place = lines.findLastIndex(isDigest);
  const digest = lines[place];
  assert.ok(digest?.type === "digest");
  // A third slice that is empty, and holds nothing of the first one's time.
  const third = await sealedAfter(digest.digest);
  const more = [
    ...lines.slice(0, -1),
    { ...line, slice: third.digest.number },
    { type: "digest" as const, ...third },
  ];
  assert.deepEqual(codesOf(await checked(withEnd([...more, { type: "end", digests: 0, events: 0 }]))), [
    "event_misplaced",
  ]);
});

async function sealedAfter(previous: Digest): Promise<{ digest: Digest; signature: string }> {
  const { digest } = sealSlice({
    previous,
    from: previous.to,
    to: previous.to + SLICE_SECONDS,
    sealedAt: previous.sealedAt + SLICE_SECONDS,
    keptUntil: previous.keptUntil + SLICE_SECONDS,
    key: sealer.publicKey,
    events: [],
    late: [],
  });
  const hash = createHash("sha256").update(digestText(digest)).digest();
  return { digest, signature: Buffer.from(await sealer.sign(hash)).toString("base64") };
}

test("a late event whose seal lies beyond the export is counted as proven by nothing, and not as whole", async () => {
  const { lines } = await trailWithLate();
  assert.equal((await checked(lines)).unproven, 0);
  const end = lines.findIndex(isDigest);
  const [first, later] = [lines.slice(0, end + 1), lines.slice(end + 1).filter(isDigest)];
  const cut = [...first, ...later.map((line): ExportLine => ({ ...line, type: "later" }))];
  const { findings, unproven } = await checked(withEnd(cut));
  assert.deepEqual(findings, []);
  assert.equal(unproven, 1);
});

test("what is left of a slice whose time is over is held against its leaves, and without them proven by nothing", async () => {
  const { lines, id } = await trailWithLate();
  const isOwn = (line: ExportLine) => isEvent(line) && line.event.id !== id;
  const later = (lines: readonly ExportLine[]) =>
    checkExport(
      () => withEnd(lines).map((line) => JSON.stringify(line)),
      { keys: [], anchors: [] },
      NOON + 500 * 86_400,
    );
  const place = lines.findIndex(isOwn);
  const gone = lines.toSpliced(place, 1);
  assert.deepEqual([codesOf(await later(gone)), (await later(gone)).unproven], [[], 0]);
  const forged = altered(gone, gone.findIndex(isOwn));
  assert.deepEqual(codesOf(await later(forged)), ["event_altered"]);
  const bare = await later(forged.filter(({ type }) => type !== "leaves"));
  assert.deepEqual(codesOf(bare), []);
  assert.ok(bare.unproven > 0);
});
