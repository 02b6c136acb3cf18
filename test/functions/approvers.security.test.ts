import assert from "node:assert/strict";
import test, { after, before, describe } from "node:test";
import { broker } from "../../functions/admin/open.ts";
import { handler } from "../../functions/admin.ts";
import { rollOver } from "../../lib/connectors/saml-rollover.ts";
import { approveProposal } from "../../lib/flows/proposals.ts";
import { approveKeys, certificateFingerprint } from "../../lib/flows/provider-keys.ts";
import { publishRules } from "../../lib/flows/publish-rules.ts";
import { readConnectionState, writeConnectionState } from "../../lib/store/connections.ts";
import { readProposal } from "../../lib/store/proposals.ts";
import { putSeen } from "../../lib/store/seen.ts";
import { person } from "../rules/things.ts";
import { ask, close, open, seed, table, tokenOf } from "./administered.ts";

type Objects = readonly Record<string, unknown>[];
const admins = (connection: string) => ({
  kind: "Rule",
  id: `${connection}-admins`,
  connection,
  effect: "allow",
  when: [{ claim: "groups", equals: "sre" }],
  grant: { broker: ["admin"] },
});
const PUBLISHED: Objects = [
  ...seed,
  admins("google"),
  admins("entra"),
  { ...admins("ci"), when: [{ claim: "repository", equals: "acme/rules" }] },
];
const two = (more: object, objects = PUBLISHED): Objects =>
  objects.map((one) => (one.kind === "Settings" ? { ...one, twoPerson: { kinds: ["Rule"], ...more } } : one));
const without = (objects: Objects) => objects.filter(({ id }) => id !== "support");

const from = (connection: string, personId: string) =>
  tokenOf({ connection, claims: { groups: ["sre"] }, subject: personId }, "api", personId);
const byOperator = (objects: Objects) =>
  handler({ sekisho: "apply", objects, author: "operator" }) as Promise<{
    outcome: string;
    problems: unknown;
  }>;
async function publish(objects: Objects): Promise<void> {
  const { outcome, problems } = await byOperator(objects);
  assert.ok(outcome === "published" || outcome === "unchanged", JSON.stringify(problems));
}
async function propose(objects: Objects) {
  const { body } = await ask("POST /api/admin/apply", await from("okta", "ANA"), { objects });
  assert.equal(body.outcome, "proposed", JSON.stringify(body));
  const id = String(body.proposal);
  return { id, hash: (await readProposal(table(), id))?.hash ?? "" };
}
const approve = async (connection: string, personId: string, { id, hash }: { id: string; hash: string }) => {
  const token = await from(connection, personId);
  const parameters = { proposal: id };
  return ask("POST /api/admin/proposals/{proposal}/approve", token, { hash }, { parameters });
};

before(open);
after(close);

test("the second person comes by the connection of the first: one human may have two accounts", async () => {
  await publish(two({}));
  const proposal = await propose(without(two({})));
  const other = await approve("google", "ANA-AT-HOME", proposal);
  assert.deepEqual([other.status, other.body.code], [403, "approval_not_yours"]);
  assert.match(JSON.stringify(other.body), /signs in by okta/);
  assert.equal((await approve("okta", "BEN", proposal)).body.outcome, "published");
});

test("or by one that the published settings name, and then by no other", async () => {
  const objects = two({ approvers: ["google"] });
  await publish(objects);
  const proposal = await propose(without(objects));
  for (const connection of ["entra", "okta"]) {
    const other = await approve(connection, "BEN", proposal);
    assert.deepEqual([other.status, other.body.code], [403, "approval_not_yours"], connection);
  }
  assert.equal((await approve("google", "BEN", proposal)).body.outcome, "published");
});

test("what is proposed does not say who agrees to it", async () => {
  await publish(two({}));
  const proposal = await propose(two({ approvers: ["google"] }));
  assert.equal((await approve("google", "ANA-AT-HOME", proposal)).body.code, "approval_not_yours");
});

test("of what a program proposed, a person by any connection is the second", async () => {
  const objects = two({});
  await publish(objects);
  const identity = person({ kind: "workload", connection: "ci", claims: { repository: ["acme/rules"] } });
  const reference = "01M8FPHN67AT57BFYH4XJRR76V";
  const author = { actor: "workload", name: "ci", personId: "CI", identity, reach: "everything" } as const;
  const outcome = await publishRules(broker(), { objects: without(objects), author, reference });
  assert.equal(outcome.outcome, "proposed", JSON.stringify(outcome));
  const hash = (await readProposal(table(), reference))?.hash ?? "";
  await assert.rejects(approveProposal(broker(), { id: reference, author, reference, hash }), {
    code: "approval_not_yours",
  });
  assert.equal((await approve("google", "BEN", { id: reference, hash })).body.outcome, "published");
});

test("a connection by which nobody could agree is not named", async () => {
  for (const approvers of [["nowhere"], ["ci"]]) {
    const { outcome, problems } = await byOperator(two({ approvers }));
    assert.equal(outcome, "refused");
    assert.match(JSON.stringify(problems), /Nobody who could agree comes by/);
  }
});

test("whom IAM lets in needs no second, whoever is named", async () => {
  await publish(two({ approvers: ["google"] }));
  await publish(PUBLISHED);
});

describe("a provider's key that waits, where connections take two people", () => {
  const certificate = Buffer.from("a certificate that waits").toString("base64");
  const KEY = { certificate, seenAt: 1, pending: true };
  const fingerprint = certificateFingerprint(certificate);
  const connections: Objects = two({ kinds: ["Connection"] });
  const judge = async (verb: "approve" | "end", connection: string, personId: string) => {
    const route = `POST /api/admin/connections/{connection}/${verb}`;
    const asked = { parameters: { connection: "google" } };
    return ask(route, await from(connection, personId), { fingerprints: [fingerprint] }, asked);
  };
  const key = async () => (await readConnectionState(table(), "google"))?.keys[0];
  async function waiting(objects: Objects, agreedAt?: number): Promise<void> {
    await publish(objects);
    const before = await readConnectionState(table(), "google");
    const refreshedAt = (before?.refreshedAt ?? 5) + 1;
    const agreed = { actor: "person", connection: "okta", marks: ["ANA"], at: agreedAt ?? 0 } as const;
    const keys = [agreedAt === undefined ? KEY : { ...KEY, agreed }];
    assert.ok(await writeConnectionState(table(), before, { connection: "google", keys, refreshedAt }));
  }

  test("is believed when the second says so, and the first alone never makes it", async () => {
    await waiting(connections);
    const first = await judge("approve", "okta", "ANA");
    const [shown] = first.body.keys as { pending?: boolean; agreedAt?: number }[];
    assert.equal(shown?.pending, true, JSON.stringify(first.body));
    assert.ok((shown?.agreedAt ?? 0) > 0);
    for (const [connection, who] of [
      ["okta", "ANA"],
      ["entra", "ANA-AT-HOME"],
    ] as const)
      assert.equal((await judge("approve", connection, who)).body.code, "approval_not_yours", who);
    assert.equal((await key())?.pending, true);
    const second = await judge("approve", "okta", "BEN");
    assert.deepEqual(second.body.keys, [{ fingerprint, seenAt: 1 }]);
    assert.deepEqual(await key(), { certificate, seenAt: 1 });
  });

  test("waits on through a refresh of the provider, with what the first said", async () => {
    await waiting(connections, 50);
    const before = (await readConnectionState(table(), "google"))?.keys;
    const { keys } = rollOver(before, [certificate], { now: 60, newKeys: "wait" });
    assert.deepEqual(keys, before);
  });

  test("asks for the first again when its time is over", async () => {
    await waiting(connections, 50);
    await judge("approve", "okta", "BEN");
    assert.equal((await key())?.pending, true);
    assert.deepEqual((await key())?.agreed?.marks[0], "BEN");
  });

  test("is believed by the word of no program, where a person said the first", async () => {
    await waiting(connections, Math.floor(Date.now() / 1000));
    const identity = person({ kind: "workload", connection: "okta", claims: {} });
    const author = { actor: "workload", name: "ci", personId: "CI", identity, reach: "everything" } as const;
    const by = { author, reference: "01M8FPHN67AT57BFYH4XJRR76Z" };
    await assert.rejects(approveKeys(broker(), "google", [fingerprint], by), { code: "approval_not_yours" });
  });

  test("is ended by one person: a key that was stolen waits for nobody", async () => {
    await waiting(connections, Math.floor(Date.now() / 1000));
    assert.equal((await judge("end", "okta", "ANA")).status, 200);
    assert.deepEqual(await key(), { ...KEY, endsAt: 0 });
  });

  test("takes one where only other kinds take two", async () => {
    await waiting(two({ kinds: ["Rule"] }));
    assert.deepEqual((await judge("approve", "okta", "ANA")).body.keys, [{ fingerprint, seenAt: 1 }]);
  });
});

test("the second person is told who gains and who loses, as the first was", async () => {
  const now = Math.floor(Date.now() / 1000);
  const identity = person({ connection: "okta", subject: "X", claims: { groups: ["x"] } });
  await putSeen(table(), { personId: "X", identity, seenAt: now, expiresAt: now + 1000 });
  await publish(two({}));
  const grant = { roles: ["ReadOnly"], accounts: ["ou:/sandbox"] };
  const fresh = { ...admins("okta"), id: "new", when: [{ claim: "groups", equals: "x" }], grant };
  const { id } = await propose([...two({}), fresh]);
  const parameters = { proposal: id };
  const token = await from("okta", "BEN");
  const { body } = await ask("GET /api/admin/proposals/{proposal}", token, undefined, { parameters });
  const { impact } = body.plan as { impact?: { moves: { personId: string; gained: string[] }[] } };
  assert.deepEqual(
    impact?.moves.map(({ personId }) => personId),
    ["X"],
  );
  assert.ok((impact?.moves[0]?.gained.length ?? 0) > 0);
});
