import assert from "node:assert/strict";
import test, { describe } from "node:test";
import { personId } from "../../lib/core/secret.ts";
import { toInstant } from "../../lib/core/time.ts";
import { readPepper } from "../../lib/store/people.ts";
import { readScheduled } from "../../lib/store/scheduled.ts";
import { putSeen } from "../../lib/store/seen.ts";
import { person } from "../rules/things.ts";
import { ask, table } from "./administered.ts";
import {
  ana,
  apply,
  at,
  BASE,
  byOperator,
  cancel,
  DUE,
  failsWith,
  more,
  START,
  scheduled,
  show,
  somebody,
  tick,
  trail,
  version,
} from "./scheduling.ts";

describe("what was scheduled", () => {
  test("comes into force when it is due, not before, and once", async () => {
    const id = await scheduled("new", { message: "On Monday" });
    const before = await version();
    await at(DUE - 1);
    assert.deepEqual(await tick(), { published: 0, failed: 0, "put off": 0 });
    assert.equal(await version(), before);
    assert.equal((await show(id)).state, "open");
    await at(DUE);
    assert.deepEqual(await tick(), { published: 1, failed: 0, "put off": 0 });
    assert.equal(await version(), before + 1);
    assert.deepEqual(await tick(), { published: 0, failed: 0, "put off": 0 });
    assert.equal(await version(), before + 1);
    const told = await show(id);
    assert.deepEqual([told.state, told.version, told.endedAt], ["published", before + 1, DUE]);
    const parameters = { version: String(before + 1) };
    const { body } = await ask("GET /api/admin/versions/{version}", ana, undefined, { parameters });
    assert.deepEqual(
      [body.scheduled, body.message, (body.author as { personId: string }).personId],
      [id, "On Monday", "P"],
    );
    const events = (await trail()).filter(({ detail }) => detail?.scheduled === id);
    assert.deepEqual(events.map(({ kind }) => kind).sort(), ["config.published", "config.scheduled"]);
  });

  test("tries people again when it is due", async () => {
    const id = personId(await readPepper(table()), "okta", "mika");
    const identity = person({ subject: "mika", claims: { groups: ["x"] } });
    const seen = { personId: id, identity, seenAt: START / 1000 - 60 };
    await putSeen(table(), { ...seen, expiresAt: DUE + 10 });
    const expect = [{ account: "333333333333", role: "ReadOnly", granted: true }];
    const mika = { kind: "Test", id: "mika-reads", who: { person: "okta/mika" }, expect };
    const objects = [...BASE, more("new"), mika];
    const plan = async () => String((await apply(objects, { at: toInstant(DUE) })).body.scheduled);
    const first = await plan();
    await at(DUE);
    assert.deepEqual(await tick(), { published: 1, failed: 0, "put off": 0 });
    assert.equal((await show(first)).state, "published");
    await byOperator(BASE);
    await at(START / 1000);
    const second = await plan();
    await putSeen(table(), { ...seen, expiresAt: DUE - 10 });
    await failsWith(second, "tests_failed");
  });

  test("is a rollback as well", async () => {
    const to = await version();
    await byOperator([...BASE, more("new")]);
    const parameters = { version: String(to) };
    const asked = { at: toInstant(DUE) };
    const answer = await ask("POST /api/admin/versions/{version}/rollback", ana, asked, { parameters });
    assert.equal(answer.body.outcome, "scheduled", JSON.stringify(answer.body));
    await at(DUE);
    await tick();
    const { body } = await ask("GET /api/admin/versions/{version}", ana, undefined, {
      parameters: { version: String(await version()) },
    });
    assert.equal(body.rollbackOf, to);
  });

  test("holds what was proven of its author until it is decided, and no longer", async () => {
    const id = await scheduled("new");
    assert.equal((await readScheduled(table(), id))?.askers[0]?.identity.subject, "sre");
    await at(DUE);
    await tick();
    assert.deepEqual((await readScheduled(table(), id))?.askers, []);
    assert.doesNotMatch(JSON.stringify(await show(id)), /groups|subject"/);
  });

  const refused: readonly [what: string, at: string][] = [
    ["without a zone", "2026-11-28T04:00:00"],
    ["as a day", "2026-11-29"],
    ["on a day that no calendar has", "2027-02-29T00:00Z"],
    ["in less than a minute", toInstant(START / 1000 + 59)],
    ["that is over", toInstant(START / 1000 - 60)],
    ["later than 90 days", toInstant(START / 1000 + 90 * 86_400 + 1)],
  ];
  for (const [what, at] of refused)
    test(`is not taken for a time ${what}`, async () => {
      const answer = await apply([...BASE, more("new")], { at });
      assert.deepEqual([answer.status, answer.body.code], [400, "request_invalid"]);
      assert.match((answer.body.about as { hint: string }).hint, /^at: /);
    });
  for (const [what, at] of [
    ["a minute ahead", toInstant(START / 1000 + 60)],
    ["90 days ahead", toInstant(START / 1000 + 90 * 86_400)],
    ["by another zone, without seconds", "2026-11-28T13:00+09:00"],
  ] as const)
    test(`is taken for a time ${what}`, async () => {
      const answer = await apply([...BASE, more("new")], { at });
      assert.equal(answer.body.outcome, "scheduled", JSON.stringify(answer.body));
      const cancelled = await cancel(String(answer.body.scheduled), ana);
      assert.equal(cancelled.status, 200);
    });
});

describe("what waits", () => {
  test("is ended by its author, by an administrator, and by an editor who may change all of it", async () => {
    const bounded = await somebody("sandbox");
    for (const token of [ana, bounded]) {
      const id = await scheduled("new");
      const before = await version();
      assert.equal((await cancel(id, token)).status, 200);
      assert.equal((await show(id)).state, "cancelled");
      assert.equal((await cancel(id, token)).body.code, "scheduled_unknown");
      await at(DUE);
      assert.deepEqual(await tick(), { published: 0, failed: 0, "put off": 0 });
      assert.equal(await version(), before);
      await at(START / 1000);
    }
    const events = await trail();
    assert.equal(events.filter(({ kind }) => kind === "config.schedule-cancelled").length >= 2, true);
  });

  test("is not ended by an editor beyond whose right it is, nor by somebody who may read", async () => {
    const objects = BASE.map((one) => (one.id === "okta" ? { ...one, title: "New" } : one));
    const { body } = await apply(objects, { at: toInstant(DUE) });
    assert.equal(
      (await cancel(String(body.scheduled), await somebody("editors"))).body.code,
      "right_exceeded",
    );
    assert.equal((await cancel(String(body.scheduled), await somebody("dev"))).body.code, "admin_required");
    assert.equal((await cancel(String(body.scheduled), ana)).status, 200);
  });

  test("is listed page by page, and may be asked for by its state", async () => {
    const ids: string[] = [];
    for (const hours of [1, 2, 3]) ids.unshift(await scheduled("new", { at: toInstant(DUE + hours * 3600) }));
    const list = async (query: string) =>
      (await ask("GET /api/admin/scheduled", ana, undefined, { query })).body as {
        scheduled: { id: string; state: string }[];
        cursor?: string;
      };
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await list(`most=2${cursor === undefined ? "" : `&cursor=${cursor}`}`);
      assert.ok(page.scheduled.length <= 2);
      found.push(...page.scheduled.map(({ id }) => id));
      cursor = page.cursor;
    } while (cursor !== undefined);
    assert.deepEqual(
      found.filter((id) => ids.includes(id)),
      ids,
    );
    assert.equal(new Set(found).size, found.length);
    const open = await list("most=100&state=open");
    assert.deepEqual(
      open.scheduled.map(({ id }) => id),
      ids,
    );
    assert.ok(open.scheduled.every(({ state }) => state === "open"));
    for (const id of ids) await cancel(id, ana);
  });

  test("is refused where fifty wait", async () => {
    const ids: string[] = [];
    for (let count = 0; count < 50; count++) ids.push(await scheduled("new"));
    const answer = await apply([...BASE, more("new")], { at: toInstant(DUE) });
    assert.equal(answer.body.code, "request_invalid");
    for (const id of ids) await cancel(id, ana);
  });
});
