import assert from "node:assert/strict";
import test, { beforeEach, describe } from "node:test";
import { broker } from "../../functions/admin/open.ts";
import { toInstant } from "../../lib/core/time.ts";
import { approveProposal } from "../../lib/flows/proposals.ts";
import { cancelScheduled } from "../../lib/flows/scheduled.ts";
import { readApplied } from "../../lib/store/applied.ts";
import { readProposal } from "../../lib/store/proposals.ts";
import { readScheduled } from "../../lib/store/scheduled.ts";
import { person } from "../rules/things.ts";
import { ask, table, tokenOf } from "./administered.ts";
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
  START,
  show,
  somebody,
  tick,
  version,
} from "./scheduling.ts";

const TWO: Objects = [
  ...BASE.map((one) => (one.kind === "Settings" ? { ...one, twoPerson: { kinds: ["Rule"] } } : one)),
  right("second", "second", { broker: ["admin"] }),
  right("third", "third", { broker: ["admin"] }),
];
const NEW = [...TWO, more("new")];
beforeEach(async () => {
  await byOperator(TWO);
});

const ben = () => somebody("second");
async function proposed(objects: Objects, extra: Record<string, unknown> = {}, token = ana) {
  const { body } = await apply(objects, extra, token);
  assert.equal(body.outcome, "proposed", JSON.stringify(body));
  const id = String(body.proposal);
  const hash = (await readProposal(table(), id))?.hash ?? "";
  return { id, hash, dueAt: body.dueAt };
}
const approve = (token: string, { id, hash }: { id: string; hash: string }) =>
  ask("POST /api/admin/proposals/{proposal}/approve", token, { hash }, { parameters: { proposal: id } });
const later = { at: toInstant(DUE) };
async function agreed(objects: Objects, token = ana): Promise<string> {
  const { body } = await approve(await ben(), await proposed(objects, later, token));
  assert.equal(body.outcome, "scheduled", JSON.stringify(body));
  return String(body.scheduled);
}

describe("what takes two people and shall wait", () => {
  test("waits once the second agreed, and comes into force in the name of both", async () => {
    const proposal = await proposed(NEW, later);
    assert.equal(proposal.dueAt, DUE);
    const before = await version();
    const { body } = await approve(await ben(), proposal);
    assert.deepEqual([body.outcome, body.dueAt], ["scheduled", DUE]);
    assert.equal(await version(), before);
    const kept = await readProposal(table(), proposal.id);
    assert.deepEqual(
      [kept?.verdict, kept?.asker],
      ["scheduled", undefined],
      "who proposed is kept with what waits",
    );
    await at(DUE);
    assert.equal((await tick()).published, 1);
    const parameters = { version: String(await version()) };
    const told = (await ask("GET /api/admin/versions/{version}", ana, undefined, { parameters })).body;
    assert.equal((told.author as { personId: string }).personId, "P");
    assert.equal((told.approver as { personId: string }).personId, "second");
    assert.equal((await show(String(body.scheduled))).proposal, proposal.id);
  });

  test("is remembered as applied from the files of whoever proposed", async () => {
    const proposal = await proposed(NEW, { ...later, origin: "files" });
    await approve(await ben(), proposal);
    await at(DUE);
    assert.equal((await tick()).published, 1);
    assert.equal((await readApplied(table())).files, await version());
  });

  test("is published at once where its time came before anybody agreed", async () => {
    const proposal = await proposed(NEW, later);
    await at(DUE);
    const { body } = await approve(await ben(), proposal);
    assert.equal(body.outcome, "published", JSON.stringify(body));
  });

  test("waits once, however often it is agreed to at the same time", async () => {
    const proposal = await proposed(NEW, later);
    const tokens = [await ben(), await tokenOf({ claims: { groups: ["third"] } }, "api", "T")];
    const answers = await Promise.all(tokens.map((token) => approve(token, proposal)));
    const ids = answers.flatMap(({ body }) => (body.outcome === "scheduled" ? [body.scheduled] : []));
    assert.equal(new Set(ids).size, 1, JSON.stringify(answers));
    await at(DUE);
    assert.deepEqual(await tick(), { published: 1, failed: 0, "put off": 0 });
  });

  test("fails when whoever proposed has no right any more", async () => {
    await byOperator([...TWO, right("fourth", "fourth", { broker: ["admin"] })]);
    const id = await agreed(
      [...NEW, right("fourth", "fourth", { broker: ["admin"] })],
      await somebody("fourth"),
    );
    const one = await readScheduled(table(), id);
    assert.deepEqual(
      one?.askers.map(({ personId }) => personId),
      ["fourth", "second"],
    );
    await withoutMoving(id, async () => byOperator(TWO));
    await failsWith(id, "right_exceeded", "second");
  });

  test("fails when whoever agreed has no right any more", async () => {
    const id = await agreed(NEW);
    await withoutMoving(id, async () => byOperator(TWO.filter((one) => one.id !== "second")));
    await failsWith(id, "right_exceeded", "second");
  });

  test("never goes over what was published in between, whatever was said", async () => {
    const { body } = await approve(await ben(), await proposed(NEW, { ...later, overwrite: true }));
    const deploy = TWO.map((one) => (one.name === "Deploy" ? { ...one, description: "Ship" } : one));
    assert.equal((await apply(deploy)).body.outcome, "published");
    await failsWith(String(body.scheduled), "configuration_moved", "second");
  });
});

/** Makes something of what is published otherwise, and what waits believe that it was compared with that. */
async function withoutMoving(id: string, act: () => Promise<unknown>): Promise<void> {
  await act();
  const { changeScheduled } = await import("../../lib/store/scheduled.ts");
  const one = await readScheduled(table(), id);
  assert.ok(one);
  assert.ok(await changeScheduled(table(), one, { base: await version() }));
}

test("what two people agreed to is cancelled by no program, unless it proposed it", async () => {
  const id = await agreed(NEW);
  const identity = person({ kind: "workload", connection: "ci", claims: {} });
  const author = { actor: "workload", name: "ci", personId: "CI", identity, reach: "everything" } as const;
  const asked = { id, author, reference: "01M8FPHN67AT57BFYH4XJRR76W" };
  await assert.rejects(cancelScheduled(broker(), asked), { code: "approval_not_yours" });
  assert.equal((await readScheduled(table(), id))?.verdict, "open");
  await cancelScheduled(broker(), { ...asked, author: { ...author, personId: "P" } });
  assert.equal((await readScheduled(table(), id))?.verdict, "cancelled");
});

describe("agreeing asks all over again", () => {
  test("whether a test of it is red by then", async () => {
    const guest = {
      kind: "Test",
      id: "guest",
      who: { connection: "okta", claims: { groups: ["guests"] } },
      expect: [{ account: "333333333333", role: "ReadOnly", granted: true }],
    };
    const until = right("until", "guests", { roles: ["ReadOnly"], accounts: ["ou:/sandbox"] });
    const proposal = await proposed([...TWO, { ...until, until: toInstant(START / 1000 + 600) }, guest]);
    await at(START / 1000 + 900);
    const { status, body } = await approve(await ben(), proposal);
    assert.deepEqual([status, body.code], [422, "tests_failed"]);
    assert.equal((await readProposal(table(), proposal.id))?.verdict, "open");
  });

  test("whether it locks out whoever agrees", async () => {
    const proposal = await proposed(TWO.filter(({ id }) => id !== "second"));
    const { status, body } = await approve(await ben(), proposal);
    assert.deepEqual([status, body.code], [409, "would_lock_out"]);
  });

  test("whether it is right as a whole", async () => {
    const proposal = await proposed(NEW);
    const held = broker();
    // A place that takes no secrets of its environment any more, which the demo providers have.
    const strict = { ...held, config: { ...held.config, envSecrets: "refused" as const } };
    const identity = person({ claims: { groups: ["second"] } });
    const author = { actor: "person", name: "Ben", personId: "BEN", identity, reach: "everything" } as const;
    const outcome = await approveProposal(strict, {
      ...proposal,
      author,
      reference: "01M8FPHN67AT57BFYH4XJRR76V",
    });
    assert.ok(outcome.outcome === "refused" && outcome.code === "configuration_invalid", outcome.outcome);
  });

  test("and no program may, whatever its right", async () => {
    const proposal = await proposed(NEW);
    const identity = person({ kind: "workload", connection: "ci", claims: {} });
    const author = { actor: "workload", name: "ci", personId: "CI", identity, reach: "everything" } as const;
    await assert.rejects(
      approveProposal(broker(), { ...proposal, author, reference: "01M8FPHN67AT57BFYH4XJRR76V" }),
      { code: "approval_not_yours" },
    );
  });
});
