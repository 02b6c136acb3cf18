import assert from "node:assert/strict";
import test, { after, before, describe } from "node:test";
import { DeleteItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { handler } from "../../functions/admin.ts";
import { putPersonName } from "../../lib/store/people.ts";
import { type Answer, ask, close, open, seed, sre, table } from "./administered.ts";

const RULES = "POST /api/admin/apply";
const more = (id: string, group = id) => ({
  kind: "Rule",
  id,
  connection: "okta",
  effect: "allow",
  when: [{ claim: "groups", equals: group }],
  grant: { roles: ["ReadOnly"], accounts: ["333333333333"] },
});

let token: string;
before(async () => {
  await open();
  await handler({ sekisho: "apply", objects: seed, author: "local seed" });
  token = await sre();
  await ask(RULES, token, { objects: [...seed, more("one")], message: "One more" });
  await ask(RULES, token, { objects: [...seed, more("one", "others"), more("two")] });
});
after(close);

const get = (path: string, parameters = {}, query = "") =>
  ask(`GET /api/admin/versions${path}`, token, undefined, { parameters, query });
const back = (version: string, body: object = {}, headers: object = {}): Promise<Answer> =>
  ask("POST /api/admin/versions/{version}/rollback", token, body, { parameters: { version }, headers });
const called = (of: unknown) =>
  (of as { kind: string; id: string; what: string }[]).map(({ what, kind, id }) => `${what} ${kind} ${id}`);

describe("a version", () => {
  test("tells who, when, why, and what it changed", async () => {
    const { body } = await get("/{version}", { version: "2" });
    assert.equal(body.message, "One more");
    assert.equal(body.base, 1);
    assert.deepEqual(body.changes, { added: 1, changed: 0, removed: 0 });
    assert.deepEqual(body.author, { actor: "person", personId: "P", connection: "okta" });
    assert.deepEqual(called(body.differences), ["added Rule one"]);
  });

  test("calls people by their name only while that is kept", async () => {
    const now = Math.floor(Date.now() / 1000);
    const name = { personId: "P", connection: "okta", subject: "s", name: "Ana", seenAt: now };
    const author = async () => ((await get("")).body.versions as { author: { name?: string } }[])[0]?.author;
    await putPersonName(table(), name, now + 60);
    assert.equal((await author())?.name, "Ana");
    await putPersonName(table(), name, now - 1);
    assert.equal((await author())?.name, undefined);
    await putPersonName(table(), name, now + 60);
    const Key = marshall({ pk: "PERSON#P", sk: "NAME" });
    await table().client.send(new DeleteItemCommand({ TableName: table().name, Key }));
    assert.deepEqual(await author(), { actor: "person", personId: "P", connection: "okta" });
  });

  test("is compared with another, or with what is published", async () => {
    const to = await get("/{version}/diff", { version: "1" }, "to=2");
    assert.deepEqual(called(to.body.changes), ["added Rule one"]);
    const back = await get("/{version}/diff", { version: "2" }, "to=1");
    assert.deepEqual(called(back.body.changes), ["removed Rule one"]);
    const now = await get("/{version}/diff", { version: "2" });
    assert.deepEqual(called(now.body.changes), ["changed Rule one", "added Rule two"]);
    const [{ fields }] = now.body.changes as [{ fields: unknown }];
    assert.deepEqual(fields, [
      {
        path: "when",
        before: [{ claim: "groups", equals: "one" }],
        after: [{ claim: "groups", equals: "others" }],
      },
    ]);
  });

  test("hands out what it holds, page by page and of one kind", async () => {
    const objects: unknown[] = [];
    let cursor: unknown;
    do {
      const query = `kind=Rule&most=4${cursor === undefined ? "" : `&cursor=${cursor}`}`;
      const { body } = await get("/{version}/objects", { version: "2" }, query);
      objects.push(...(body.objects as unknown[]));
      cursor = body.cursor;
    } while (cursor !== undefined);
    const rules = [...seed, more("one")].filter(({ kind }) => kind === "Rule");
    const ids = (of: readonly unknown[]) => of.map((one) => (one as { id: string }).id).sort();
    assert.deepEqual(ids(objects), ids(rules));
  });

  test("goes on with the question it began with, and with no other", async () => {
    const { body } = await get("/{version}/objects", { version: "2" }, "most=2");
    const on = (version: string, query: string) =>
      get("/{version}/objects", { version }, `${query}cursor=${body.cursor}`);
    assert.equal((await on("2", "most=2&")).status, 200);
    assert.equal((await on("2", "kind=Role&")).body.code, "request_invalid", "the first ones are left out");
    assert.equal((await on("1", "")).body.code, "request_invalid", "another version is told");
  });

  test("is never written again", async () => {
    const before = await get("/{version}", { version: "1" });
    await back("2");
    await back("3");
    assert.deepEqual((await get("/{version}", { version: "1" })).body, before.body);
  });

  const wrong: readonly [path: string, version: string, query: string, status: number, code: string][] = [
    ["/{version}", "99", "", 404, "version_unknown"],
    ["/{version}", "one", "", 400, "request_invalid"],
    ["/{version}", "-1", "", 400, "request_invalid"],
    ["/{version}/diff", "1", "to=99", 404, "version_unknown"],
    ["/{version}/diff", "1", "to=x", 400, "request_invalid"],
    ["/{version}/objects", "99", "", 404, "version_unknown"],
    ["/{version}/objects", "1", "cursor=nonsense", 400, "request_invalid"],
    ["/{version}/objects", "1", "cursor=1.-3", 400, "request_invalid"],
    ["/{version}/objects", "1", "kind=Rules", 400, "request_invalid"],
    ["", "", "cursor=1.2", 400, "request_invalid"],
    ["", "", "most=0", 400, "request_invalid"],
  ];
  for (const [path, version, query, status, code] of wrong)
    test(`GET ${path.replace("{version}", version)}?${query} is refused`, async () => {
      const answer = await get(path, { version }, query);
      assert.deepEqual([answer.status, answer.body.code], [status, code]);
    });
});

describe("going back", () => {
  test("publishes what was said then as a new version, with a reason of its own", async () => {
    const { status, body } = await back("1", { message: "One was wrong" });
    assert.equal(status, 200, JSON.stringify(body));
    const { body: made } = await get("/{version}", { version: String(body.published) });
    assert.equal(made.rollbackOf, 1);
    assert.equal(made.message, "One was wrong");
    assert.equal(made.hash, (await get("/{version}", { version: "1" })).body.hash);
    const { body: live } = await ask("GET /api/admin/configuration", token);
    assert.equal((live.objects as unknown[]).length, seed.length);
  });

  test("to what is published changes nothing", async () => {
    await back("2");
    const { body } = await back("2");
    assert.equal(body.outcome, "unchanged");
  });

  test("is shown before it is done", async () => {
    await back("2");
    const version = "3";
    const plan = await ask("POST /api/admin/versions/{version}/plan", token, {}, { parameters: { version } });
    assert.deepEqual(called(plan.body.changes), ["changed Rule one", "added Rule two"]);
    const now = await get("/{version}/diff", { version: "2" });
    assert.deepEqual(now.body.changes, []);
  });

  test("is refused where it would lock its author out", async () => {
    const objects = seed.filter(({ id }) => id !== "sre-administers");
    const done = (await handler({ sekisho: "apply", objects, author: "operator" })) as { published: number };
    const locked = String(done.published);
    await handler({ sekisho: "rollback", to: 2, author: "operator" });
    const answer = await back(locked);
    assert.deepEqual([answer.status, answer.body.code], [409, "would_lock_out"]);
  });

  test("to a version that never was in force is refused", async () => {
    const answer = await back("99");
    assert.deepEqual([answer.status, answer.body.code], [404, "version_unknown"]);
  });

  test("by an operator is told as theirs", async () => {
    const done = (await handler({ sekisho: "rollback", to: 1, author: "ops" })) as { published: number };
    const { body } = await get("/{version}", { version: String(done.published) });
    assert.deepEqual(body.author, { actor: "operator", name: "ops" });
  });
});

describe("If-Match", () => {
  const published = async () => (await ask("GET /api/admin/configuration", token)).body.version as number;

  test("of what is published lets a write pass", async () => {
    const answer = await back("2", {}, { "if-match": `"${await published()}"` });
    assert.equal(answer.status, 200);
  });

  const writes: readonly [what: string, write: (headers: object, body: object) => Promise<Answer>][] = [
    ["apply", (headers, body) => ask(RULES, token, { objects: seed, ...body }, { headers })],
    ["a rollback", (headers, body) => back("1", body, headers)],
  ];
  for (const [what, write] of writes) {
    test(`of an older version stops ${what} with 412 and changes nothing`, async () => {
      const version = await published();
      const answer = await write({ "if-match": `"${version - 1}"` }, {});
      assert.deepEqual([answer.status, answer.body.code], [412, "configuration_moved"]);
      assert.equal(await published(), version);
    });
    test(`that is none of ours, or says otherwise than the body, stops ${what}`, async () => {
      const version = await published();
      for (const [tag, body] of [
        ["7", {}],
        ['W/"7"', {}],
        ["*", {}],
        [`"${version}"`, { ifVersion: version - 1 }],
      ] as const) {
        const answer = await write({ "if-match": tag }, body);
        assert.deepEqual([answer.status, answer.body.code], [400, "request_invalid"], tag);
      }
      assert.equal(await published(), version);
    });
  }
});
