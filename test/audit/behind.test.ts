import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { referenceFrom } from "../../lib/core/reference.ts";
import { queryAudit } from "../../lib/flows/query-audit.ts";
import { sealAudit } from "../../lib/flows/seal-audit.ts";
import { eventAt, NOON, newSealer, openAudit, type Surroundings, write } from "./surroundings.ts";

let audit: Surroundings;
const facets = { connection: "okta" };
before(async () => {
  audit = await openAudit(newSealer());
  const events = Array.from({ length: 12 }, (_, seed) => eventAt(NOON - 600, seed));
  await write(audit.table, events);
  await sealAudit(audit.broker);
});
after(() => audit.stop());

test("the trail of one facet tells what was sealed", async () => {
  const { events } = await queryAudit(audit.broker, { facets }, 50);
  assert.ok(events.length > 0);
});

test("a walk by facet that began before the first seal, and is behind its beginning by now, ends", async () => {
  const page = await queryAudit(audit.broker, { facets }, 50, referenceFrom(NOON - 3 * 86_400));
  assert.deepEqual([page.events, page.before], [[], undefined]);
});

test("a stretch of time that ends before it begins holds nothing", async () => {
  const turned = { facets, since: NOON - 300, until: NOON - 86_400 };
  assert.deepEqual((await queryAudit(audit.broker, turned, 50)).events, []);
});
