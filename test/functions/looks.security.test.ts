import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { handler } from "../../functions/admin.ts";
import { systemClock } from "../../lib/core/time.ts";
import { readEvents } from "../../lib/store/audit-events.ts";
import { ask, close, open, seed, sre, table } from "./administered.ts";

before(async () => {
  await open();
  await handler({ sekisho: "apply", objects: seed, author: "test" });
});
after(close);

const ADDRESS = "mika@example.com";
const trail = async () => {
  const now = systemClock.now();
  return JSON.stringify(await readEvents(table(), now - 3600, now + 60));
};

for (const route of ["GET /api/admin/access", "GET /api/admin/audit/events"])
  test(`${route}: who is asked about by anything but an id is not looked for, and does not enter the trail`, async () => {
    const query = `person=${encodeURIComponent(ADDRESS)}`;
    const { status, body } = await ask(route, await sre(), undefined, { query });
    assert.deepEqual([status, body.code], [400, "request_invalid"]);
    assert.equal((await trail()).includes(ADDRESS), false);
  });

test("a role that is asked about and may be an address does not enter the trail", async () => {
  const query = `role=${encodeURIComponent(ADDRESS)}`;
  const { status } = await ask("GET /api/admin/access", await sre(), undefined, { query });
  assert.equal(status, 200);
  const told = await trail();
  assert.equal(told.includes('"what":"access"'), true);
  assert.equal(told.includes(ADDRESS), false);
});
