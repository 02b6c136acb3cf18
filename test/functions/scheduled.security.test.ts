import assert from "node:assert/strict";
import test, { describe } from "node:test";
import { handler } from "../../functions/admin.ts";
import { toInstant } from "../../lib/core/time.ts";
import { putSeen } from "../../lib/store/seen.ts";
import { person } from "../rules/things.ts";
import { ask, table } from "./administered.ts";
import {
  ana,
  apply,
  at,
  BASE,
  byOperator,
  DUE,
  failsWith,
  more,
  type Objects,
  right,
  scheduled,
  show,
  somebody,
  tick,
  version,
} from "./scheduling.ts";

describe("what could not be published is not scheduled", () => {
  const broken: readonly [what: string, objects: Objects, group: string, status: number, code: string][] = [
    ["with mistakes", [...BASE, { kind: "Rule", id: "x" }], "sre", 422, "configuration_invalid"],
    [
      "with a red test",
      [
        ...BASE,
        {
          kind: "Test",
          id: "red",
          who: { connection: "okta" },
          expect: [{ broker: "admin", granted: true }],
        },
      ],
      "sre",
      422,
      "tests_failed",
    ],
    [
      "that locks its author out",
      BASE.filter(({ id }) => id !== "sre-administers"),
      "sre",
      409,
      "would_lock_out",
    ],
    ["beyond an editor's right", BASE.filter(({ id }) => id !== "okta"), "editors", 403, "right_exceeded"],
    [
      "beyond the bounds of an editor",
      [...BASE, right("far", "x", { roles: ["ReadOnly"], accounts: ["111111111111"] })],
      "sandbox",
      403,
      "right_exceeded",
    ],
  ];
  for (const [what, objects, group, status, code] of broken)
    test(what, async () => {
      const answer = await apply(objects, { at: toInstant(DUE) }, await somebody(group));
      assert.deepEqual(
        [answer.status, answer.body.code],
        [status, code],
        JSON.stringify(answer.body.problems),
      );
    });

  test("by somebody who may only read", async () => {
    const answer = await apply([...BASE, more("new")], { at: toInstant(DUE) }, await somebody("dev"));
    assert.deepEqual([answer.status, answer.body.code], [403, "admin_required"]);
  });

  test("for a time by which its author would have no right any more", async () => {
    const ends = { ...right("until", "guests", { broker: ["editor"] }), until: toInstant(DUE - 60) };
    await byOperator([...BASE, ends]);
    const answer = await apply(
      [...BASE, ends, more("new")],
      { at: toInstant(DUE) },
      await somebody("guests"),
    );
    assert.deepEqual([answer.status, answer.body.code], [403, "right_exceeded"]);
  });

  test("on a version that is not the one that was looked at", async () => {
    const answer = await apply([...BASE, more("new")], { at: toInstant(DUE), ifVersion: 1e6 });
    assert.deepEqual([answer.status, answer.body.code], [412, "configuration_moved"]);
  });

  test("by whoever is let in by IAM, and then it is not published at once either", async () => {
    const before = await version();
    const sent = { objects: [...BASE, more("new")], author: "operator", at: toInstant(DUE) };
    await assert.rejects(handler({ sekisho: "apply", ...sent }), { name: "request_invalid" });
    await assert.rejects(handler({ sekisho: "rollback", to: 1, author: "operator", at: toInstant(DUE) }), {
      name: "request_invalid",
    });
    assert.equal(await version(), before);
  });
});

describe("what is due fails", () => {
  test("when another version was published since", async () => {
    const id = await scheduled("new");
    await apply([...BASE, more("other")]);
    await failsWith(id, "configuration_moved");
  });

  test("when its author has no right any more by the rules that are published", async () => {
    const extra = { ...right("second", "second", { broker: ["admin"] }) };
    await byOperator([...BASE, extra]);
    const answer = await apply(
      [...BASE, extra, more("new")],
      { at: toInstant(DUE), overwrite: true },
      await somebody("second"),
    );
    assert.equal(answer.body.outcome, "scheduled");
    await apply(BASE);
    await failsWith(String(answer.body.scheduled), "right_exceeded", "second");
  });

  test("when its author's right reaches less far", async () => {
    const extra = right("second", "second", { broker: ["admin"] });
    const less = right("second", "second", { broker: ["editor"] });
    await byOperator([...BASE, extra]);
    const objects = [...BASE.map((one) => (one.id === "okta" ? { ...one, title: "New" } : one)), extra];
    const answer = await apply(objects, { at: toInstant(DUE), overwrite: true }, await somebody("second"));
    assert.equal(answer.body.outcome, "scheduled");
    await apply([...BASE, less]);
    await failsWith(String(answer.body.scheduled), "right_exceeded", "second");
  });

  test("when its author came again since, without the group", async () => {
    const id = await scheduled("new");
    const identity = person({ subject: "sre", claims: { groups: ["dev"] } });
    await putSeen(table(), { personId: "P", identity, seenAt: DUE - 60, expiresAt: DUE + 60 });
    await failsWith(id, "right_exceeded");
    const again = person({ subject: "sre", claims: { groups: ["sre"] } });
    await putSeen(table(), { personId: "P", identity: again, seenAt: DUE, expiresAt: DUE + 60 });
  });

  test("when a test of it is red by then", async () => {
    const until = { ...right("until", "guests", { roles: ["ReadOnly"], accounts: ["ou:/sandbox"] }) };
    const guest = {
      kind: "Test",
      id: "guest",
      who: { connection: "okta", claims: { groups: ["guests"] } },
      expect: [{ account: "333333333333", role: "ReadOnly", granted: true }],
    };
    const objects = [...BASE, { ...until, until: toInstant(DUE - 60) }, guest];
    const answer = await apply(objects, { at: toInstant(DUE) });
    assert.equal(answer.body.outcome, "scheduled", JSON.stringify(answer.body));
    await failsWith(String(answer.body.scheduled), "tests_failed");
  });

  test("when by then it takes two people", async () => {
    const id = await scheduled("new", { overwrite: true });
    const two = BASE.map((one) =>
      one.kind === "Settings" ? { ...one, twoPerson: { kinds: ["Rule"] } } : one,
    );
    await apply(two);
    await failsWith(id, "approval_needed");
  });

  test("when nobody came for an hour", async () => {
    const id = await scheduled("new");
    await at(DUE + 3600);
    assert.equal((await show(id)).code, "schedule_missed");
    assert.equal((await tick()).failed, 1);
    assert.equal((await show(id)).state, "failed");
  });
});

describe("a version that was published in between", () => {
  test("is gone over where that was said", async () => {
    const id = await scheduled("new", { overwrite: true });
    await apply([...BASE, more("other")]);
    await at(DUE);
    assert.equal((await tick()).published, 1);
    assert.equal((await show(id)).state, "published");
    const { objects } = (await ask("GET /api/admin/configuration", ana)).body as { objects: Objects };
    assert.ok(objects.some((one) => one.id === "new") && !objects.some((one) => one.id === "other"));
  });

  test("is never gone over where an operator published: a recovery lasts, and nothing holds it up", async () => {
    const id = await scheduled("new", { overwrite: true });
    const recovered = (await handler({ sekisho: "recover", connection: "okta", subject: "back" })) as {
      rule: string;
    };
    await failsWith(id, "configuration_moved");
    const { objects } = (await ask("GET /api/admin/configuration", ana)).body as { objects: Objects };
    assert.ok(objects.some((one) => one.id === recovered.rule));
  });
});
