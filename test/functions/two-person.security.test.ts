import assert from "node:assert/strict";
import test, { after, before, beforeEach, describe } from "node:test";
import { broker } from "../../functions/admin/open.ts";
import { handler } from "../../functions/admin.ts";
import { fingerprint, newSecret } from "../../lib/core/secret.ts";
import { rejectProposal } from "../../lib/flows/proposals.ts";
import { putGrant } from "../../lib/store/grants.ts";
import { decideProposal, holdProposal, readProposal, releaseProposal } from "../../lib/store/proposals.ts";
import { person } from "../rules/things.ts";
import { ask, close, open, seed, table } from "./administered.ts";

type Objects = readonly Record<string, unknown>[];
const right = (id: string, group: string, broker: readonly string[], connection = "okta") => ({
  kind: "Rule",
  id,
  connection,
  effect: "allow",
  when: [{ claim: "groups", equals: group }],
  grant: { broker },
});
const more = (id: string) => ({
  ...right(id, "x", []),
  grant: { roles: ["ReadOnly"], accounts: ["ou:/sandbox"] },
});
const settings = (twoPerson: object | undefined): Objects =>
  seed.map((one) => (one.kind === "Settings" && twoPerson !== undefined ? { ...one, twoPerson } : one));
const PUBLISHED: Objects = [
  ...settings({ kinds: ["Rule", "Connection", "Scope"], approvers: ["okta", "google"] }),
  right("google-admins", "sre", ["admin"], "google"),
  right("editors", "editors", ["editor"]),
];

/** Somebody with a token: who they are, and what their provider says of them. */
async function somebody(
  personId: string,
  more: { group?: string; connection?: string; email?: string } = {},
): Promise<string> {
  const token = `sk_${newSecret()}`;
  const now = Math.floor(Date.now() / 1000);
  const email = more.email === undefined ? {} : { email: [more.email] };
  await putGrant(table(), {
    schema: 1,
    id: fingerprint(token),
    kind: "token",
    purpose: "api",
    personId,
    identity: person({
      connection: more.connection ?? "okta",
      subject: personId,
      claims: { groups: [more.group ?? "sre"], ...email },
    }),
    issuedAt: now,
    expiresAt: now + 600,
  });
  return token;
}

const version = async () => (await ask("GET /api/admin/configuration", ana)).body.version as number;
const propose = async (objects: Objects, token = ana) => {
  const answer = await ask("POST /api/admin/apply", token, { objects, message: "Please" });
  assert.deepEqual([answer.status, answer.body.outcome], [200, "proposed"], JSON.stringify(answer.body));
  const id = String(answer.body.proposal);
  const { body } = await ask("GET /api/admin/proposals/{proposal}", token, undefined, {
    parameters: { proposal: id },
  });
  return { id, hash: String(body.hash), body };
};
const approve = (token: string, { id, hash }: { id: string; hash: string }) =>
  ask("POST /api/admin/proposals/{proposal}/approve", token, { hash }, { parameters: { proposal: id } });
const byOperator = (objects: Objects) =>
  handler({ sekisho: "apply", objects, author: "operator" }) as Promise<{ outcome: string }>;

let ana: string;
let ben: string;
before(async () => {
  await open();
  ana = await somebody("ANA", { email: "ana@example.com" });
  ben = await somebody("BEN", { email: "ben@example.com" });
});
after(close);
beforeEach(async () => {
  const { outcome } = await byOperator(PUBLISHED);
  assert.ok(outcome === "published" || outcome === "unchanged", outcome);
});

describe("what takes two people", () => {
  test("is published by the second, in the name of both", async () => {
    const before = await version();
    const proposal = await propose([...PUBLISHED, more("new")]);
    assert.equal(await version(), before, "nothing is in force yet");
    const plan = proposal.body.plan as { changes: { id: string }[] };
    assert.deepEqual(
      plan.changes.map(({ id }) => id),
      ["new"],
    );
    const answer = await approve(ben, proposal);
    assert.deepEqual([answer.status, answer.body.outcome], [200, "published"], JSON.stringify(answer.body));
    const parameters = { version: String(answer.body.published) };
    const { body } = await ask("GET /api/admin/versions/{version}", ben, undefined, { parameters });
    assert.equal((body.author as { personId: string }).personId, "ANA");
    assert.equal((body.approver as { personId: string }).personId, "BEN");
    assert.equal((await approve(ben, proposal)).body.code, "proposal_unknown", "once");
  });

  const covered: readonly [what: string, objects: Objects][] = [
    ["a rule", [...PUBLISHED, more("new")]],
    ["a rule that is taken away", PUBLISHED.filter(({ id }) => id !== "support")],
    [
      "a claim map",
      PUBLISHED.map((one) => (one.id === "entra" ? { ...one, claims: { groups: "groups" } } : one)),
    ],
    ["a scope", PUBLISHED.map((one) => (one.id === "s3-read" ? { ...one, maxSeconds: 900 } : one))],
    ["its own switch, off", [...settings(undefined), ...PUBLISHED.slice(seed.length)]],
    [
      "its own switch, narrower",
      PUBLISHED.map((one) => (one.kind === "Settings" ? { ...one, twoPerson: { kinds: ["Role"] } } : one)),
    ],
    ["its own switch, gone with all settings", PUBLISHED.filter(({ kind }) => kind !== "Settings")],
    [
      "a rule and its own switch at once",
      [...settings(undefined), ...PUBLISHED.slice(seed.length), more("new")],
    ],
  ];
  for (const [what, objects] of covered)
    test(`is ${what}`, async () => {
      const before = await version();
      await propose(objects);
      assert.equal(await version(), before);
    });

  test("is going back as well", async () => {
    await byOperator([...PUBLISHED, more("new")]);
    const to = (await version()) - 1;
    const before = await version();
    const parameters = { version: String(to) };
    const answer = await ask("POST /api/admin/versions/{version}/rollback", ana, {}, { parameters });
    assert.equal(answer.body.outcome, "proposed");
    assert.equal(await version(), before);
  });

  test("is not what nobody listed, nor what an operator does whom IAM lets in", async () => {
    const objects = PUBLISHED.map((one) => (one.name === "Deploy" ? { ...one, description: "Ship" } : one));
    const answer = await ask("POST /api/admin/apply", ana, { objects });
    assert.equal(answer.body.outcome, "published");
    assert.equal((await byOperator([...PUBLISHED, more("new")])).outcome, "published");
  });
});

describe("a proposal is not agreed to", () => {
  const NEW = [...PUBLISHED, more("new")];
  const others: readonly [what: string, token: () => Promise<string>, status: number, code: string][] = [
    ["by whoever made it", async () => ana, 403, "approval_not_yours"],
    ["by them with another token", () => somebody("ANA"), 403, "approval_not_yours"],
    [
      "by them by another connection",
      () => somebody("ANA2", { connection: "google", email: "Ana@Example.com " }),
      403,
      "approval_not_yours",
    ],
    [
      "by them by another connection that writes their address in other characters",
      () => somebody("ANA3", { connection: "google", email: "ana＠example.com" }),
      403,
      "approval_not_yours",
    ],
    ["by somebody who may read", () => somebody("EVA", { group: "dev" }), 403, "admin_required"],
  ];
  for (const [what, token, status, code] of others)
    test(what, async () => {
      const before = await version();
      const answer = await approve(await token(), await propose(NEW));
      assert.deepEqual([answer.status, answer.body.code], [status, code]);
      assert.equal(await version(), before);
    });

  test("by an editor beyond whose right it is", async () => {
    const claims = PUBLISHED.map((one) => (one.id === "okta" ? { ...one, title: "Other" } : one));
    const answer = await approve(await somebody("EDI", { group: "editors" }), await propose(claims));
    assert.deepEqual([answer.status, answer.body.code], [403, "right_exceeded"]);
  });

  test("when another version was published since", async () => {
    const proposal = await propose(NEW);
    await byOperator([...PUBLISHED, more("other")]);
    const answer = await approve(ben, proposal);
    assert.deepEqual([answer.status, answer.body.code], [412, "configuration_moved"]);
    assert.match(JSON.stringify(answer.body.about), /whoever proposed it applies it again/);
    const { body } = await ask("GET /api/admin/proposals", ben);
    assert.equal((body.proposals as { state: string }[])[0]?.state, "outdated");
  });

  test("that is not the one that was looked at", async () => {
    const [one, other] = [await propose(NEW), await propose([...PUBLISHED, more("worse")])];
    const answer = await approve(ben, { id: other.id, hash: one.hash });
    assert.deepEqual([answer.status, answer.body.code], [412, "configuration_moved"]);
  });

  test("when it was closed", async () => {
    const proposal = await propose(NEW);
    const parameters = { proposal: proposal.id };
    const closed = await ask("POST /api/admin/proposals/{proposal}/reject", ben, {}, { parameters });
    assert.equal(closed.status, 200);
    const answer = await approve(ben, proposal);
    assert.deepEqual([answer.status, answer.body.code], [404, "proposal_unknown"]);
    const { body } = await ask("GET /api/admin/proposals", ben);
    const found = (body.proposals as { id: string; state: string }[]).find(({ id }) => id === proposal.id);
    assert.equal(found?.state, "rejected");
  });

  test("when its time is over", async () => {
    const { id } = await propose(NEW);
    const proposal = await readProposal(table(), id);
    assert.ok(proposal);
    assert.equal(await decideProposal(table(), proposal, "published", proposal.expiresAt), false);
    assert.equal(await decideProposal(table(), proposal, "published", proposal.expiresAt - 1), true);
    assert.equal(await decideProposal(table(), proposal, "rejected", proposal.expiresAt - 1), false, "once");
  });

  test("that is not there", async () => {
    const answer = await approve(ben, { id: "01M8FPHN67AT57BFYH4XJRR76V", hash: "x" });
    assert.deepEqual([answer.status, answer.body.code], [404, "proposal_unknown"]);
  });
});

const reject = (token: string, { id }: { readonly id: string }) =>
  ask("POST /api/admin/proposals/{proposal}/reject", token, {}, { parameters: { proposal: id } });

describe("a proposal is closed", () => {
  const NEW = [...PUBLISHED, more("new")];
  const BOUNDED = [
    ...PUBLISHED,
    {
      ...right("sandbox", "sandbox", ["editor"]),
      grant: { broker: ["editor"], accounts: ["ou:/sandbox/**"] },
    },
  ];
  const within = [...BOUNDED, more("new")];
  const beyond = [...BOUNDED, { ...more("new"), grant: { roles: ["ReadOnly"], accounts: ["ou:/prod"] } }];

  test("by whoever made it, within bounds or not", async () => {
    await byOperator(BOUNDED);
    const sam = await somebody("SAM", { group: "sandbox" });
    assert.equal((await reject(sam, await propose(within, sam))).status, 200);
  });
  test("by somebody who could have agreed to it, and by no editor whose bounds it lies beyond", async () => {
    await byOperator(BOUNDED);
    const sam = await somebody("SAM", { group: "sandbox" });
    assert.equal((await reject(sam, await propose(within))).status, 200);
    const proposal = await propose(beyond);
    const answer = await reject(sam, proposal);
    assert.deepEqual([answer.status, answer.body.code], [403, "right_exceeded"]);
    assert.equal((await readProposal(table(), proposal.id))?.verdict, "open");
    assert.equal((await reject(ben, proposal)).status, 200);
  });
  test("by no program that did not make it, whatever its right", async () => {
    const proposal = await propose(NEW);
    const identity = person({ kind: "workload", connection: "github", claims: {} });
    const author = { actor: "workload", name: "ci", personId: "CI", identity, reach: "everything" } as const;
    const asked = { id: proposal.id, author, reference: "01M8FPHN67AT57BFYH4XJRR76V" };
    await assert.rejects(rejectProposal(broker(), asked), { code: "approval_not_yours" });
    assert.equal((await readProposal(table(), proposal.id))?.verdict, "open");
  });
  test("or agreed to, never both: while somebody publishes it nobody closes it", async () => {
    const { id, hash } = await propose(NEW);
    const proposal = await readProposal(table(), id);
    assert.ok(proposal);
    const now = Math.floor(Date.now() / 1000);
    const held = await holdProposal(table(), proposal, now);
    assert.ok(held);
    assert.equal(await holdProposal(table(), proposal, now), undefined, "once");
    for (const answer of [
      await reject(ben, { id }),
      await reject(ana, { id }),
      await approve(ben, { id, hash }),
    ])
      assert.deepEqual([answer.status, answer.body.code], [409, "publish_in_progress"]);
    await releaseProposal(table(), held);
    assert.equal((await reject(ana, { id })).status, 200);
    assert.equal(await decideProposal(table(), held, "published", now), false);
  });
  test("or agreed to by many at once, and one of them is heard", async () => {
    for (let round = 0; round < 4; round++) {
      await byOperator(PUBLISHED);
      const before = await version();
      const proposal = await propose(NEW);
      const [agreed, closed] = await Promise.all([approve(ben, proposal), reject(ana, proposal)]);
      const kept = await readProposal(table(), proposal.id);
      const isOut = (await version()) !== before;
      assert.equal(agreed.status === 200, isOut);
      assert.equal(closed.status === 200, !isOut);
      assert.equal(kept?.verdict, isOut ? "published" : "rejected");
    }
  });
  test("no more than it is decided for good where publishing it was refused", async () => {
    const proposal = await propose(NEW);
    await byOperator([...PUBLISHED, more("other")]);
    assert.equal((await approve(ben, proposal)).body.code, "configuration_moved");
    assert.equal((await reject(ana, proposal)).status, 200, "it was given back at once");
  });
});
