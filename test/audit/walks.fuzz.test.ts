import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import fc from "fast-check";
import type { AuditEvent } from "../../lib/core/audit.ts";
import { SLICE_SECONDS } from "../../lib/core/seal.ts";
import { queryAudit } from "../../lib/flows/query-audit.ts";
import { sealAudit } from "../../lib/flows/seal-audit.ts";
import { FACETS, type Facet, facetsOf } from "../../lib/store/audit-index.ts";
import { latestDigest } from "../../lib/store/seals.ts";
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

/** What may happen to a trail, one after the other. */
type Happening =
  | { readonly what: "write"; readonly agoSeconds: number; readonly seed: number }
  | { readonly what: "seal"; readonly afterSeconds: number; readonly killedAt: number }
  | { readonly what: "walk"; readonly facet: Facet | "none"; readonly seed: number; readonly limit: number }
  | { readonly what: "page" };

const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      what: fc.constant("write" as const),
      // Most of them as they come, some so late that their slice was sealed.
      agoSeconds: fc.oneof(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 3000 })),
      seed: fc.nat(50),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant("seal" as const),
      afterSeconds: fc.integer({ min: 1, max: 3 * SLICE_SECONDS }),
      killedAt: fc.integer({ min: 1, max: 60 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constant("walk" as const),
      facet: fc.constantFrom("none" as const, ...FACETS),
      seed: fc.nat(20),
      limit: fc.integer({ min: 2, max: 9 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ what: fc.constant("page" as const) }) },
);

/** A walk through the trail, and what was there when it began. */
interface Walk {
  readonly facets: Partial<Record<Facet, string>>;
  readonly limit: number;
  readonly owed: readonly AuditEvent[];
  readonly found: string[];
  before: string | undefined;
  over: boolean;
}

let trail: Surroundings;
let now = NOON;
before(async () => {
  // Before the first seal a walk goes back over all days that are kept.
  trail = await openAudit(newSealer(), { auditRetentionDays: 5 });
});
after(() => trail.stop());

const isOf = (facets: Walk["facets"]) => (event: AuditEvent) =>
  Object.entries(facets).every(([facet, value]) =>
    facetsOf({ ...event }).some(([name, held]) => name === facet && held === value),
  );

async function turnPage(walk: Walk): Promise<void> {
  const page = await queryAudit(trail.broker, { facets: walk.facets }, walk.limit, walk.before);
  walk.found.push(...page.events.map(({ id }) => id));
  seen.pages++;
  walk.before = page.before;
  walk.over = page.before === undefined;
}

function judge(walk: Walk): void {
  assert.deepEqual(walk.found, walk.found.toSorted().reverse(), "newest first");
  assert.equal(new Set(walk.found).size, walk.found.length, "none twice");
  const missed = walk.owed.filter(({ id }) => !walk.found.includes(id));
  assert.deepEqual(missed, [], "none left out that was sealed when the walk began");
}

const seen = { late: 0, killed: 0, walks: 0, pages: 0, events: 0 };
const written: AuditEvent[] = [];
let walks: Walk[] = [];

const happens: {
  readonly [What in Happening["what"]]: (one: Extract<Happening, { what: What }>) => Promise<void>;
} = {
  write: async ({ agoSeconds, seed }) => {
    const event = eventAt(now - agoSeconds, seed);
    await write(trail.table, [event]);
    written.push(event);
  },
  seal: async ({ afterSeconds, killedAt }) => {
    now += afterSeconds;
    trail.at(now);
    const table = failing(trail.table, killedAt, killedAt % 2 === 0 ? "before" : "after");
    await sealAudit({ ...trail.broker, table }).catch(() => {
      seen.killed++;
    });
  },
  walk: async ({ facet, seed, limit }) => {
    const example = eventAt(now, seed);
    const value = facetsOf({ ...example }).find(([name]) => name === facet)?.[1];
    const facets = value === undefined ? {} : { [facet]: value };
    const lines = await exported(trail.table, { since: now - 86_400, until: now });
    const sealed = new Set(
      lines.flatMap((line) => (line.type === "leaves" ? line.leaves.map(([id]) => id) : [])),
    );
    const owed = written.filter(isOf(facets)).filter(({ id }) => sealed.has(id));
    walks.push({ facets, limit, owed, found: [], before: undefined, over: false });
    seen.walks++;
  },
  page: async () => {
    for (const walk of walks.filter(({ over }) => !over)) await turnPage(walk);
  },
};

async function finish(walk: Walk): Promise<void> {
  while (!walk.over) await turnPage(walk);
  judge(walk);
}

test("whatever happens, what is sealed verifies, and a walk leaves nothing out and repeats nothing", async (t) => {
  const story = fc.array(happening, { minLength: 20, maxLength: 30 });
  const property = fc.asyncProperty(story, async (happenings) => {
    walks = [];
    for (const one of happenings) await happens[one.what](one as never);
    for (const walk of walks) await finish(walk);
  });
  await fc.assert(property, { numRuns: 4, endOnFailure: true });
  // Chance may have written nothing into a slice that was sealed.
  await sealAudit(trail.broker);
  await happens.write({ what: "write", agoSeconds: 3000, seed: 1 });
  now += 3600;
  trail.at(now);
  await sealAudit(trail.broker);
  const lines = await exported(trail.table);
  const { findings, events } = await checked(lines);
  assert.deepEqual(findings, []);
  seen.late = lines.flatMap((line) => (line.type === "digest" ? line.digest.late : [])).length;
  seen.events = events;
  const sealed = new Set(lines.flatMap((line) => (line.type === "event" ? [line.event.id] : [])));
  const sealedTo = (await latestDigest(trail.table))?.digest.to ?? 0;
  const forgotten = written.filter(({ id, at }) => at < sealedTo && !sealed.has(id));
  assert.deepEqual(forgotten, [], "every event is sealed");
  t.diagnostic(JSON.stringify(seen));
  for (const [what, count] of Object.entries(seen)) assert.ok(count > 0, `no ${what}`);
});
