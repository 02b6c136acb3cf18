import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { SLICE_SECONDS } from "../../lib/core/seal.ts";
import type { ExportLine } from "../../lib/core/seal-lines.ts";
import { sealAudit } from "../../lib/flows/seal-audit.ts";
import { type Bounds, PAGE, sizeOf } from "../../lib/flows/told-slice.ts";
import {
  checked,
  eventAt,
  exportedPages,
  newSealer,
  openAudit,
  type Surroundings,
  write,
} from "./surroundings.ts";

/** Just before midnight: what a request writes after it lies under another day than its id says. */
const EVE = Date.parse("2026-11-22T23:55:00Z") / 1000;
const EVENTS = 150;

let audit: Surroundings;
before(async () => {
  audit = await openAudit(newSealer());
  audit.at(EVE + 200);
  await sealAudit(audit.broker);
  const events = Array.from({ length: EVENTS }, (_, seed) => {
    const event = eventAt(EVE + 2 * seed, seed);
    return seed % 3 === 0 ? { ...event, at: EVE + SLICE_SECONDS + 1 } : event;
  });
  await write(audit.table, events);
  audit.at(EVE + SLICE_SECONDS + 200);
  await sealAudit(audit.broker);
  // Late ones, more than a page of them.
  await write(
    audit.table,
    Array.from({ length: 40 }, (_, seed) => eventAt(EVE + seed, seed)),
  );
  audit.at(EVE + 2 * SLICE_SECONDS + 200);
  await sealAudit(audit.broker);
});
after(() => audit.stop());

const small: readonly (readonly [what: string, bounds: Bounds])[] = [
  ["one line", { lines: 1, bytes: 1_000_000 }],
  ["seven lines", { lines: 7, bytes: 1_000_000 }],
  ["a thousand bytes", { lines: 1000, bytes: 1000 }],
  ["four thousand bytes", { lines: 20, bytes: 4000 }],
];

for (const [what, bounds] of small)
  test(`a slice larger than a page of ${what} is exported in pages that hold no more, and verifies`, async () => {
    const whole = (await exportedPages(audit.table, PAGE)).flat();
    const pages = await exportedPages(audit.table, bounds);
    // A digest that ends a page is told with it; the first page and the last are a beginning and an end.
    const bodies = pages.slice(1, -1).map((page) => page.filter(({ type }) => type !== "digest"));
    for (const page of bodies) {
      assert.ok(page.length <= bounds.lines, `${page.length} lines`);
      const bytes = page.reduce((sum, line) => sum + sizeOf(line), 0);
      assert.ok(page.length === 1 || bytes <= bounds.bytes, `${bytes} bytes`);
    }
    assert.ok(bodies.length > 15, `${bodies.length} pages`);
    assert.deepEqual(pages.flat(), whole);
    const { findings, events } = await checked(pages.flat());
    assert.deepEqual(findings, []);
    // A late event stands in the slice of its time and where it is sealed.
    assert.equal(events, EVENTS + 2 * 40);
  });

test("a list of leaves in several lines is one list", async () => {
  const lines = (await exportedPages(audit.table, PAGE)).flat();
  const parted = lines.flatMap((line): ExportLine[] => {
    if (line.type !== "leaves") return [line];
    return line.leaves.map((leaf) => ({ ...line, leaves: [leaf] }));
  });
  assert.ok(parted.length > lines.length + 100);
  const place = parted.findLastIndex((line) => line.type === "event" && line.slice === 2);
  const line = parted[place];
  assert.ok(line?.type === "event");
  parted[place] = { ...line, event: { ...line.event, role: "Other" } };
  const { findings } = await checked(parted);
  assert.deepEqual(
    findings.map(({ code, where }) => [code, where.endsWith(`event ${line.event.id}`)]),
    [["event_altered", true]],
  );
});
