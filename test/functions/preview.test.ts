import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { handler } from "../../functions/admin.ts";
import { within } from "../../lib/core/deadline.ts";
import type { Impact } from "../../lib/core/impact.ts";
import { systemClock } from "../../lib/core/time.ts";
import { previewRules } from "../../lib/flows/preview.ts";
import { putPersonName, readPepper } from "../../lib/store/people.ts";
import { putSeen } from "../../lib/store/seen.ts";
import { person } from "../rules/things.ts";
import { ask, close, open, seed, sre, table, tokenOf } from "./administered.ts";

const PEOPLE = 40;
const idOf = (index: number) => `P${String(index).padStart(25, "0")}`;
const EDITORS = {
  kind: "Rule",
  id: "editors",
  connection: "okta",
  effect: "allow",
  when: [{ claim: "groups", equals: "editors" }],
  grant: { broker: ["editor"] },
};
const BOUNDED = {
  ...EDITORS,
  id: "sandbox-editors",
  when: [{ claim: "groups", equals: "sandbox-editors" }],
  grant: { broker: ["editor"], accounts: ["ou:/sandbox/**"] },
};
const objects = [...seed, EDITORS, BOUNDED];
/** Half of the people have it by one group; everybody had nothing. */
const WISHED = [
  ...objects,
  {
    kind: "Rule",
    id: "fresh",
    connection: "okta",
    effect: "allow",
    when: [{ claim: "groups", equals: "half" }],
    grant: { roles: ["ReadOnly"], accounts: ["111111111111"] },
  },
];

before(async () => {
  await open();
  await handler({ sekisho: "apply", objects, author: "test" });
  const now = systemClock.now();
  for (let index = 0; index < PEOPLE; index++) {
    const groups = index % 2 === 0 ? ["half"] : [];
    const identity = person({ subject: `s${index}`, claims: { groups } });
    await putSeen(table(), { personId: idOf(index), identity, seenAt: now, expiresAt: now + 1000 });
  }
  const name = { personId: idOf(0), connection: "okta", subject: "s0", name: "Ana", seenAt: now };
  await putPersonName(table(), name, now + 1000);
});
after(close);

const previewed = async (token: string, more: object = {}): Promise<Impact> => {
  const { body, status } = await ask("POST /api/admin/plan", token, {
    objects: WISHED,
    preview: {},
    ...more,
  });
  assert.equal(status, 200);
  return body.impact as Impact;
};

test("a plan says who of the people seen lately would gain what", async () => {
  const impact = await previewed(await sre());
  assert.equal(impact.replayed, PEOPLE);
  assert.equal(impact.cursor, undefined);
  assert.equal(impact.moves.length, PEOPLE / 2);
  for (const move of impact.moves) assert.deepEqual(move.gained, ["111111111111/ReadOnly"]);
});

test("a plan that does not ask is told nothing of people", async () => {
  const { body } = await ask("POST /api/admin/plan", await sre(), { objects: WISHED });
  assert.equal(body.impact, undefined);
});

test("an editor who plans what lies beyond his bounds is told that, and nothing of the people there", async () => {
  const token = await tokenOf({ claims: { groups: ["sandbox-editors"] } });
  const { body } = await ask("POST /api/admin/plan", token, { objects: WISHED, preview: {} });
  assert.ok(JSON.stringify(body.problems).includes("beyond the bounds"));
  assert.equal(body.impact, undefined);
});

const own = WISHED.map((one) =>
  one.id === "fresh" ? { ...one, grant: { roles: ["ReadOnly"], accounts: ["ou:/sandbox"] } } : one,
);

test("an editor whose bounds name accounts alone is told of nobody: a rule of his could ask anything of everybody", async () => {
  const token = await tokenOf({ claims: { groups: ["sandbox-editors"] } });
  const { status, body } = await ask("POST /api/admin/plan", token, { objects: own, preview: {} });
  assert.equal(status, 200);
  assert.equal((body.changes as unknown[]).length, 1);
  assert.equal(body.impact, undefined);
});

test("who administers sees names that are kept; an editor sees none", async () => {
  const named = ({ moves }: Impact) => moves.flatMap(({ name }) => name ?? []);
  assert.deepEqual(named(await previewed(await sre())), ["Ana"]);
  const editor = await tokenOf({ claims: { groups: ["editors"] } });
  const impact = await previewed(editor);
  assert.equal(impact.moves.length, PEOPLE / 2);
  assert.deepEqual(named(impact), []);
});

const brokerOf = () => ({
  table: table(),
  clock: systemClock,
  config: CONFIG,
  pepper: () => readPepper(table()),
});

test("parts of a replay are everybody once, whatever fits one answer", async () => {
  const broker = brokerOf();
  const wished = { objects: WISHED, author: { actor: "operator", name: "test" } } as const;
  const seen: string[] = [];
  let replayed = 0;
  let cursor: string | undefined;
  do {
    const { impact } = await previewRules(broker, wished, { cursor, most: 3 });
    assert.ok(impact !== undefined && impact.moves.length <= 3);
    seen.push(...impact.moves.map(({ personId }) => personId));
    replayed += impact.replayed;
    cursor = impact.cursor;
    if (cursor !== undefined) assert.ok((impact.of ?? 0) >= impact.replayed);
  } while (cursor !== undefined);
  assert.equal(replayed, PEOPLE);
  assert.equal(new Set(seen).size, PEOPLE / 2);
  assert.equal(seen.length, PEOPLE / 2);
});

test("a replay ends before the time of its request does, and says where", async () => {
  const broker = brokerOf();
  const wished = { objects: WISHED, author: { actor: "operator", name: "test" } } as const;
  const { impact } = await within(4.9, () => previewRules(broker, wished, {}));
  assert.equal(impact?.replayed, 1);
  assert.notEqual(impact.cursor, undefined);
});

test("a cursor that is none of ours is refused", async () => {
  for (const cursor of ["x", "256", "-1", "0.", "0.a b"]) {
    const asked = { objects: WISHED, preview: { cursor } };
    const { status, body } = await ask("POST /api/admin/plan", await sre(), asked);
    assert.deepEqual([status, body.code], [400, "request_invalid"], cursor);
  }
});

test("what has no shape is not replayed", async () => {
  const { body } = await ask("POST /api/admin/plan", await sre(), {
    objects: [{ kind: "Rule" }],
    preview: {},
  });
  assert.equal(body.impact, undefined);
});

test("an editor whose bounds name connections is told of people there, and of nobody who comes by another", async () => {
  const now = systemClock.now();
  const identity = person({ connection: "google", claims: { groups: ["half"] } });
  await putSeen(table(), { personId: "GOOGLER", identity, seenAt: now, expiresAt: now + 1000 });
  const [bounded, wide] = await Promise.all(
    ["google-editors", "both-editors"].map((group) => tokenOf({ claims: { groups: [group] } })),
  );
  const editor = (id: string, connections: readonly string[]) => ({
    ...EDITORS,
    id,
    when: [{ claim: "groups", equals: id }],
    grant: { broker: ["editor"], connections },
  });
  const more = [editor("google-editors", ["google"]), editor("both-editors", ["google", "okta"])];
  await handler({ sekisho: "apply", objects: [...objects, ...more], author: "test" });
  const fresh = WISHED.filter(({ id }) => id === "fresh").map((one) => ({ ...one, connection: "google" }));
  const wished = [...objects, ...more, ...fresh];
  assert.ok(bounded !== undefined && wide !== undefined);
  const impact = await previewed(bounded, { objects: wished });
  assert.deepEqual([impact.replayed, impact.moves.map(({ personId }) => personId)], [1, ["GOOGLER"]]);
  assert.equal((await previewed(wide, { objects: wished })).replayed, PEOPLE + 1);
});

const CONFIG = {
  url: "https://broker.example.com",
  table: "t",
  region: "us-east-1",
  privateHosts: [],
  envSecrets: "allowed",
} as const;
