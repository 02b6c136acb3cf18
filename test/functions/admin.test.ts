import assert from "node:assert/strict";
import test, { after, before, describe } from "node:test";
import { gzipSync } from "node:zlib";
import { handler } from "../../functions/admin.ts";
import { writeConnectionState } from "../../lib/store/connections.ts";
import { ask, close, open, seed, sre, table, tokenOf, written } from "./administered.ts";

before(open);
after(close);

describe("an operator whom IAM let in", () => {
  test("what nests without end is a problem with its limit, whichever way it comes, and no fault", async () => {
    const deep = JSON.parse(`${"[".repeat(20_000)}${"]".repeat(20_000)}`);
    for (const object of [
      { kind: "Rule", id: "x", when: deep },
      { x: deep },
      { kind: "Settings", x: deep },
    ]) {
      const planned = await handler({ sekisho: "plan", author: "test", objects: [object] });
      const { problems, unreadable } = planned as { problems: { message: string }[]; unreadable?: true };
      assert.equal(unreadable, true);
      assert.match(problems[0]?.message ?? "", /deeper than 32 levels|`kind` is missing/);
    }
  });

  test("publishes the first configuration", async () => {
    const answer = await handler({ sekisho: "apply", objects: seed, author: "local seed" });
    assert.deepEqual(
      { ...answer, reference: "", changes: [], problems: [] },
      { version: 0, changes: [], problems: [], outcome: "published", published: 1, reference: "" },
    );
  });

  test("is told what is wrong, and nothing changes", async () => {
    const objects = [
      ...seed,
      { kind: "Rule", id: "x", connection: "octa", effect: "allow", when: [], grant: {} },
    ];
    const answer = (await handler({ sekisho: "apply", objects, author: "somebody" })) as Record<
      string,
      unknown
    >;
    assert.equal(answer.code, "configuration_invalid");
    assert.ok(JSON.stringify(answer.problems).includes("Did you mean `okta`?"));
  });

  test("stores, lists and forgets keys, but none that is in use", async () => {
    const certificate = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----";
    const used = { purpose: "sp-sign", keyId: "k1", certificate, state: "active", createdAt: 1 };
    const old = { ...used, keyId: "k0", state: "retired", createdAt: 0 };
    const put = (await handler({ sekisho: "put-keys", keys: [used, old] })) as Record<string, unknown>;
    assert.equal(put.stored, 2);
    await handler({ sekisho: "drop-keys", keys: [{ purpose: "sp-sign", keyId: "k0" }] });
    await assert.rejects(handler({ sekisho: "drop-keys", keys: [{ purpose: "sp-sign", keyId: "k1" }] }), {
      name: "request_invalid",
    });
    const listed = (await handler({ sekisho: "list-keys" })) as Record<string, unknown>;
    assert.deepEqual(listed.keys, [used]);
  });

  const wrong: readonly unknown[] = [
    undefined,
    null,
    [],
    "apply",
    {},
    { sekisho: "nothing" },
    { sekisho: "apply", author: "x" },
    { sekisho: "apply", objectsGzip: "AAAA", author: "x" },
    { sekisho: "recover", connection: "okta" },
    { sekisho: "put-keys", keys: [] },
  ];
  for (const payload of wrong)
    test(`who asks ${JSON.stringify(payload)} is refused`, async () => {
      await assert.rejects(handler(payload), { name: "request_invalid" });
    });
});

describe("an administrator", () => {
  test("reads the configuration as it was written", async () => {
    const { body } = await ask("GET /api/admin/configuration", await sre());
    assert.equal(body.version, 1);
    assert.equal((body.objects as unknown[]).length, seed.length);
  });

  test("sees what would change, and nothing changes", async () => {
    const objects = seed
      .filter(({ id }) => id !== "support")
      .map((one) => (one.id === "sre-prod" ? { ...one, priority: 7 } : one));
    const plan = await ask("POST /api/admin/plan", await sre(), {
      objects: [...objects, { ...seed.find(({ id }) => id === "support"), id: "helpdesk" }],
    });
    assert.deepEqual(plan.body.changes, [
      { what: "added", kind: "Rule", id: "helpdesk", fields: [] },
      { what: "changed", kind: "Rule", id: "sre-prod", fields: [{ path: "priority", after: 7 }] },
      { what: "removed", kind: "Rule", id: "support", fields: [] },
    ]);
    assert.deepEqual(plan.body.problems, []);
    assert.equal((await ask("GET /api/admin/configuration", await sre())).body.version, 1);
  });

  test("cannot lock themselves out, by plan or by apply", async () => {
    const objects = seed.filter(({ id }) => id !== "sre-administers");
    const plan = await ask("POST /api/admin/plan", await sre(), { objects });
    assert.match(JSON.stringify(plan.body.problems), /no longer be an administrator/);
    const apply = await ask("POST /api/admin/apply", await sre(), { objects });
    assert.equal(apply.status, 409);
    assert.equal(apply.body.code, "would_lock_out");
    const first = await ask("POST /api/admin/plan", await tokenOf({ subject: "first" }), { objects });
    assert.deepEqual(first.body.problems, []);
  });

  test("cannot switch off the connection they came by, nor deny themselves", async () => {
    const off = seed.map((one) =>
      one.id === "okta" && one.kind === "Connection" ? { ...one, enabled: false } : one,
    );
    assert.equal(
      (await ask("POST /api/admin/apply", await sre(), { objects: off })).body.code,
      "would_lock_out",
    );
    const when = [{ claim: "groups", equals: "sre" }];
    const deny = {
      kind: "Rule",
      id: "no",
      connection: "*",
      effect: "deny",
      when,
      grant: { broker: ["admin"] },
    };
    const denied = await ask("POST /api/admin/apply", await sre(), { objects: [...seed, deny] });
    assert.equal(denied.body.code, "would_lock_out");
  });

  test("publishes on top of the version they saw, and only that", async () => {
    const objects = seed.map((one) => (one.kind === "Settings" ? { ...one, organization: "Changed" } : one));
    const late = await ask("POST /api/admin/apply", await sre(), { objects, ifVersion: 7 });
    assert.equal(late.body.code, "configuration_moved");
    const objectsGzip = gzipSync(JSON.stringify(objects)).toString("base64");
    const done = await ask("POST /api/admin/apply", await sre(), {
      objectsGzip,
      ifVersion: 1,
      message: "rename",
    });
    assert.deepEqual([done.status, done.body.outcome, done.body.published], [200, "published", 2]);
    const again = await ask("POST /api/admin/apply", await sre(), { objects: [...objects].reverse() });
    assert.deepEqual([again.body.outcome, again.body.version], ["unchanged", 2]);
    const { body } = await ask("GET /api/admin/versions", await sre());
    const [latest] = body.versions as Record<string, unknown>[];
    assert.deepEqual([latest?.version, latest?.state, latest?.message], [2, "published", "rename"]);
  });

  test("asks what the rules decide of somebody, and of themselves", async () => {
    const who = {
      connection: "google",
      claims: { groups: "support@groups.example.com" },
      at: Date.UTC(2026, 0, 5, 3) / 1000,
    };
    const { body } = await ask("POST /api/admin/explain", await sre(), who);
    assert.deepEqual(
      (body.roles as { role: string }[]).map(({ role }) => role),
      ["ReadOnly", "Support"],
    );
    const night = await ask("POST /api/admin/explain", await sre(), {
      ...who,
      at: Date.UTC(2026, 0, 5, 15) / 1000,
    });
    assert.deepEqual(night.body.denied, [
      { accountId: "111111111111", role: "ReadOnly", rules: ["no-prod-at-night"] },
    ]);
    const own = await ask("POST /api/admin/explain", await sre(), {});
    assert.deepEqual(own.body.broker, ["admin"]);
    assert.equal((await ask("POST /api/admin/explain", await sre(), { connection: "nowhere" })).status, 404);
  });

  test("believes a key that waited, by its fingerprint and no other", async () => {
    const certificate = Buffer.from("a certificate").toString("base64");
    const state = { connection: "google", keys: [{ certificate, seenAt: 1, pending: true }], refreshedAt: 5 };
    await writeConnectionState(table(), undefined, state);
    const listed = await ask("GET /api/admin/connections", await sre());
    const google = (listed.body.connections as { id: string; keys: { fingerprint: string }[] }[]).find(
      ({ id }) => id === "google",
    );
    const mark = google?.keys[0]?.fingerprint ?? "";
    const approve = async (...fingerprints: string[]) =>
      ask(
        "POST /api/admin/connections/{connection}/approve",
        await sre(),
        { fingerprints },
        { parameters: { connection: "google" } },
      );
    assert.equal((await approve("00".repeat(32))).status, 400);
    assert.deepEqual((await approve(mark)).body.keys, [{ fingerprint: mark, seenAt: 1 }]);
    assert.equal((await approve(mark)).status, 400, "once");
  });

  test("ends a key at once, by its fingerprint and no other", async () => {
    const certificate = Buffer.from("another certificate").toString("base64");
    const state = { connection: "entra", keys: [{ certificate, seenAt: 1 }], refreshedAt: 5 };
    await writeConnectionState(table(), undefined, state);
    const listed = await ask("GET /api/admin/connections", await sre());
    const entra = (listed.body.connections as { id: string; keys: { fingerprint: string }[] }[]).find(
      ({ id }) => id === "entra",
    );
    const mark = entra?.keys[0]?.fingerprint ?? "";
    const end = async (...fingerprints: string[]) =>
      ask(
        "POST /api/admin/connections/{connection}/end",
        await sre(),
        { fingerprints },
        { parameters: { connection: "entra" } },
      );
    assert.equal((await end("00".repeat(32))).status, 400);
    assert.equal((await end(mark, "00".repeat(32))).status, 400, "all of them or none");
    const [key] = (await end(mark)).body.keys as { fingerprint: string; endsAt: number }[];
    assert.equal(key?.fingerprint, mark);
    assert.equal(key?.endsAt, 0, "before whatever any clock says");
    assert.equal((await end(mark)).status, 400, "once");
  });
});

describe("a way back in", () => {
  test("gives one person administration by a rule of its own, and is recorded as that", async () => {
    const token = await tokenOf({ connection: "entra", subject: "tid/oid" });
    const answer = (await handler({ sekisho: "recover", connection: "entra", subject: "tid/oid" })) as Record<
      string,
      unknown
    >;
    assert.match(String(answer.rule), /^recovery-[0-9a-f]{12}$/);
    const again = (await handler({ sekisho: "recover", connection: "entra", subject: "tid/oid" })) as Record<
      string,
      unknown
    >;
    assert.deepEqual([again.rule, again.version], [answer.rule, answer.version]);
    assert.equal((await ask("GET /api/admin/versions", token)).status, 200, "at once");
    const { body } = await ask("POST /api/admin/plan", await sre(), { objects: seed });
    assert.ok((body.changes as { id: string }[]).some(({ id }) => id === answer.rule));
  });

  test("knows connections alone", async () => {
    const asked = handler({ sekisho: "recover", connection: "nowhere", subject: "x" });
    await assert.rejects(asked, { name: "connection_unknown" });
  });
});

test("no log line holds a token, a claim value or a subject", () => {
  assert.ok(written.length > 20, "lines were written");
  assert.doesNotMatch(written.join("\n"), /sk_|tid\/oid|groups\.example\.com/);
});
