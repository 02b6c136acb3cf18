import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test, { after, before } from "node:test";
import { referenceFrom } from "../../lib/core/reference.ts";
import { type Digest, digestHash, digestText, SLICE_SECONDS, shardOf } from "../../lib/core/seal.ts";
import type { ExportLine } from "../../lib/core/seal-lines.ts";
import { sealAudit } from "../../lib/flows/seal-audit.ts";
import {
  checked,
  codesOf,
  eventAt,
  exported,
  NOON,
  newSealer,
  openAudit,
  type Surroundings,
  write,
} from "./surroundings.ts";

const sealer = newSealer();
const other = newSealer();

let audit: Surroundings;
let genuine: readonly ExportLine[];
before(async () => {
  audit = await openAudit(sealer);
  for (let slice = 0; slice < 4; slice++) {
    const begin = NOON + slice * SLICE_SECONDS;
    await write(
      audit.table,
      Array.from({ length: 40 }, (_, seed) => eventAt(begin + seed, seed)),
    );
    audit.at(begin + SLICE_SECONDS + 200);
    await sealAudit(audit.broker);
  }
  genuine = await exported(audit.table);
});
after(() => audit.stop());

type Line<Type extends ExportLine["type"]> = Extract<ExportLine, { type: Type }>;

const isEvent = (line: ExportLine): line is Line<"event"> => line.type === "event";
const isDigest = (line: ExportLine): line is Line<"digest"> => line.type === "digest";
const placeOf = (lines: readonly ExportLine[], fits: (line: ExportLine) => boolean) => {
  const place = lines.findIndex(fits);
  assert.ok(place > 0);
  return place;
};
/** Any event of a slice. */
const eventOf = (slice: number) => (line: ExportLine) => isEvent(line) && line.slice === slice;
const digestOf = (number: number) => (line: ExportLine) => isDigest(line) && line.digest.number === number;

/** One line replaced by others. */
const replaced = (lines: readonly ExportLine[], place: number, ...by: readonly ExportLine[]) =>
  lines.toSpliced(place, 1, ...by);

function changedEvent(lines: readonly ExportLine[], change: object): ExportLine[] {
  const place = placeOf(lines, eventOf(2));
  const line = lines[place];
  assert.ok(line?.type === "event");
  return replaced(lines, place, { ...line, event: { ...line.event, ...change } });
}

async function changedDigest(
  number: number,
  change: (digest: Digest) => object,
  by?: typeof sealer,
): Promise<ExportLine[]> {
  const place = placeOf(genuine, digestOf(number));
  const line = genuine[place];
  assert.ok(line?.type === "digest");
  const digest = { ...line.digest, ...change(line.digest) };
  const hash = createHash("sha256").update(digestText(digest)).digest();
  const signature = by === undefined ? line.signature : Buffer.from(await by.sign(hash)).toString("base64");
  return replaced(genuine, place, { type: "digest", digest, signature });
}

/** The end as it would be after what was taken away: nothing signs it. */
function withEnd(lines: readonly ExportLine[]): ExportLine[] {
  const digests = lines.filter(isDigest).length;
  const events = lines.filter(isEvent).length;
  return [...lines.filter(({ type }) => type !== "end"), { type: "end", digests, events }];
}

const without = (fits: (line: ExportLine) => boolean): ExportLine[] => {
  const place = placeOf(genuine, fits);
  return withEnd(genuine.toSpliced(place, 1));
};

const lastHash = (): string => {
  const last = genuine.findLast(isDigest);
  return last === undefined ? "" : digestHash(last.digest);
};

test("what was sealed and exported verifies, and something was looked at", async () => {
  const result = await checked(genuine, { keys: [sealer.publicKey], anchors: [lastHash()] });
  assert.deepEqual(result.findings, []);
  assert.equal(result.events, 160);
  assert.equal(result.digests, 4);
});

/** An event of the second slice's time that stands before all others of its shard, and its id. */
function inserted(): { readonly lines: ExportLine[]; readonly id: string } {
  const event = eventAt(NOON + SLICE_SECONDS + 7, 7);
  const place = placeOf(
    genuine,
    (line) => isEvent(line) && line.slice === 2 && shardOf(line.event.id) >= shardOf(event.id),
  );
  const id = `${referenceFrom(NOON + SLICE_SECONDS)}${event.id.slice(10)}`;
  return {
    lines: withEnd(genuine.toSpliced(place, 0, { type: "event", slice: 2, event: { ...event, id } })),
    id,
  };
}

const breaks: readonly (readonly [what: string, () => ExportLine[] | Promise<ExportLine[]>, string[]])[] = [
  ["a field of an event altered", () => changedEvent(genuine, { role: "ReadOnly-2" }), ["event_altered"]],
  ["a field added to an event", () => changedEvent(genuine, { code: "x" }), ["event_altered"]],
  ["an event removed", () => without(eventOf(2)), ["event_removed"]],
  ["an event inserted", () => inserted().lines, ["event_inserted"]],
  [
    "an event told twice",
    () => {
      const place = placeOf(genuine, eventOf(3));
      const line = genuine[place] ?? assert.fail();
      return withEnd(genuine.toSpliced(place, 0, line));
    },
    ["event_repeated"],
  ],
  [
    "two events of a shard in each other's place",
    () => {
      const place = genuine.findIndex((line, at) => {
        const next = genuine[at + 1];
        return isEvent(line) && next?.type === "event";
      });
      const [one, two] = [genuine[place] ?? assert.fail(), genuine[place + 1] ?? assert.fail()];
      return genuine.toSpliced(place, 2, two, one);
    },
    ["event_reordered"],
  ],
  ["a digest removed", () => without(digestOf(2)), ["digest_missing"]],
  [
    "a digest and all its events removed",
    () => withEnd(genuine.filter((line) => !(eventOf(2)(line) || digestOf(2)(line)))),
    ["digest_missing"],
  ],
  [
    "a signature forged",
    async () => {
      const place = placeOf(genuine, digestOf(3));
      const line = genuine[place];
      assert.ok(line?.type === "digest");
      const hash = createHash("sha256").update(digestText(line.digest)).digest();
      const signature = Buffer.from(await other.sign(hash)).toString("base64");
      return replaced(genuine, place, { ...line, signature });
    },
    ["signature_invalid"],
  ],
  [
    "the last digest signed anew with another key",
    () => changedDigest(4, () => ({ key: other.publicKey }), other),
    ["key_unknown"],
  ],
  [
    "the tail cut off in the middle of a slice",
    () => genuine.slice(0, placeOf(genuine, eventOf(3)) + 5),
    ["digest_missing", "end_missing"],
  ],
  [
    "the tail cut off after a digest",
    () => genuine.slice(0, placeOf(genuine, digestOf(3)) + 1),
    ["end_missing"],
  ],
  [
    "two slices in each other's place",
    () => {
      const swapped = { 2: 3, 3: 2 } as Readonly<Record<number, number>>;
      const parts = Map.groupBy(genuine, (line) =>
        "slice" in line ? line.slice : isDigest(line) ? line.digest.number : line.type === "audit" ? 0 : 9,
      );
      return [...parts.keys()].toSorted().flatMap((number) => parts.get(swapped[number] ?? number) ?? []);
    },
    ["digest_misplaced", "digest_missing"],
  ],
  [
    "the events of two slices exchanged",
    () =>
      genuine.map((line) =>
        "slice" in line && (line.slice === 2 || line.slice === 3) ? { ...line, slice: 5 - line.slice } : line,
      ),
    ["digest_missing", "event_removed"],
  ],
  [
    "a count changed",
    () => changedDigest(2, ({ events }) => ({ events: events - 1 })),
    ["count_wrong", "link_broken", "signature_invalid"],
  ],
  [
    "a count changed by whoever can sign",
    () => changedDigest(2, ({ events }) => ({ events: events - 1 }), sealer),
    ["count_wrong", "link_broken"],
  ],
  [
    "the beginning cut off",
    () => genuine.slice(placeOf(genuine, digestOf(1)) + 1),
    ["beginning_missing", "digest_missing", "end_differs"],
  ],
  ["a line that is none", () => genuine.toSpliced(5, 0, JSON.parse('{"type":"other"}')), ["line_unreadable"]],
];

for (const [what, broken, codes] of breaks)
  test(`${what}: verify says ${codes.join(", ")}`, async () => {
    const result = await checked(await broken());
    assert.deepEqual(codesOf(result), codes, JSON.stringify(result.findings, undefined, 1));
  });

test("verify names the event that was altered, removed or inserted", async () => {
  const place = placeOf(genuine, eventOf(2));
  const line = genuine[place];
  assert.ok(line?.type === "event");
  const more = inserted();
  for (const [lines, id] of [
    [changedEvent(genuine, { at: 1 }), line.event.id],
    [without(eventOf(2)), line.event.id],
    [more.lines, more.id],
  ] as const) {
    const { findings } = await checked(lines);
    assert.equal(findings.length, 1);
    assert.match(findings[0]?.where ?? "", new RegExp(`^slice 2, shard ., event ${id}$`));
  }
});

test("without leaves it still says in which slice and shard", async () => {
  const bare = (lines: readonly ExportLine[]) => lines.filter(({ type }) => type !== "leaves");
  assert.deepEqual((await checked(bare(genuine))).findings, []);
  const { findings } = await checked(bare(changedEvent(genuine, { at: 1 })));
  assert.deepEqual(
    findings.map(({ code, where }) => [code, /^slice 2, shard .$/.test(where)]),
    [["event_altered", true]],
  );
});

test("whoever keeps the hash of a digest elsewhere notices that the end is cut off and mended", async () => {
  const cut = withEnd(genuine.slice(0, placeOf(genuine, digestOf(3)) + 1));
  assert.deepEqual(codesOf(await checked(cut)), []);
  assert.deepEqual(codesOf(await checked(cut, { anchors: [lastHash()] })), ["anchor_missing"]);
});

test("a whole chain made anew with another key is told by the key that is trusted", async () => {
  assert.deepEqual(codesOf(await checked(genuine, { keys: [other.publicKey] })), ["key_unknown"]);
});
