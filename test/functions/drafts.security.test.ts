import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import test, { after, before } from "node:test";
import { gzipSync } from "node:zlib";
import { ScanCommand } from "@aws-sdk/client-dynamodb";
import { handler } from "../../functions/admin.ts";
import { ask, close, open, seed, sre, table, tokenOf } from "./administered.ts";

before(async () => {
  await open();
  await handler({ sekisho: "apply", author: "first", objects: seed });
});
after(close);

/** Keys of a class that the table holds. */
async function keysOf(prefix: string): Promise<readonly string[]> {
  const { client, name } = table();
  const { Items = [] } = await client.send(new ScanCommand({ TableName: name }));
  const keys = Items.map(({ pk, sk, revision }) => `${pk?.S} ${sk?.S} ${revision?.N ?? ""}`);
  return keys.filter((key) => key.startsWith(prefix)).sort();
}

interface Cut {
  readonly part: string;
  readonly gzip: string;
}

const cut = (text: string): Cut => ({
  part: createHash("sha256").update(text).digest("base64url"),
  gzip: gzipSync(text).toString("base64"),
});
const lines = (objects: readonly unknown[]): string =>
  objects.map((one) => `${JSON.stringify(one)}\n`).join("");
const halves = (objects: readonly unknown[]): [Cut, Cut] => [
  cut(lines(objects.slice(0, 5))),
  cut(lines(objects.slice(5))),
];

const send = (token: string, { part, gzip }: Cut) =>
  ask("PUT /api/admin/drafts/{part}", token, { gzip }, { parameters: { part } });
const there = async (token: string) => (await ask("GET /api/admin/drafts", token)).body.parts;
const draftOf = (cuts: readonly Cut[]) => ({ parts: cuts.map(({ part }) => part) });

const another = {
  kind: "Rule",
  id: "one-more",
  connection: "okta",
  effect: "allow",
  when: [{ claim: "groups", equals: "dev" }],
  grant: { roles: ["ReadOnly"], accounts: ["333333333333"] },
};

test("what comes in parts is planned and published as what comes whole", async () => {
  const token = await sre();
  const wished = [...seed, another];
  const cuts = halves(wished);
  const before = await keysOf("AUDIT#");
  assert.ok(before.length > 0);
  for (const one of cuts) assert.equal((await send(token, one)).status, 200);
  assert.deepEqual(await there(token), cuts.map(({ part }) => part).sort());
  assert.deepEqual(await keysOf("AUDIT#"), before, "a part that is kept is no event");
  const whole = await ask("POST /api/admin/plan", token, { objects: wished });
  const inParts = await ask("POST /api/admin/plan", token, { draft: draftOf(cuts) });
  assert.equal(inParts.status, 200);
  assert.deepEqual(inParts.body, whole.body);
  const published = await ask("POST /api/admin/apply", token, { draft: draftOf(cuts) });
  assert.equal(published.body.outcome, "published");
  const again = await ask("POST /api/admin/apply", token, { objects: wished });
  assert.equal(again.body.outcome, "unchanged");
});

test("the function itself takes parts too, of whoever names the same author", async () => {
  const cuts = halves(seed);
  for (const { part, gzip } of cuts) await handler({ sekisho: "put-part", part, gzip, author: "ops" });
  const listed = (await handler({ sekisho: "list-parts", author: "ops" })) as { parts: string[] };
  assert.deepEqual(listed.parts, cuts.map(({ part }) => part).sort());
  const done = (await handler({ sekisho: "apply", draft: draftOf(cuts), author: "ops" })) as {
    outcome: string;
  };
  assert.equal(done.outcome, "published");
  const others = handler({ sekisho: "plan", draft: draftOf(cuts), author: "others" });
  await assert.rejects(Promise.resolve(others), { name: "draft_incomplete" });
});

test("nobody plans or publishes by parts of somebody else", async () => {
  const mine = [cut(lines([...seed, { ...another, id: "mine" }]))];
  const token = await sre();
  await send(token, mine[0] as Cut);
  for (const route of ["POST /api/admin/plan", "POST /api/admin/apply"]) {
    const body = { draft: draftOf(mine), author: "P" };
    const stranger = await tokenOf({ claims: { groups: ["sre"] } }, "api", "Q");
    const { status, body: told } = await ask(route, stranger, body);
    assert.deepEqual([status, told.code], [409, "draft_incomplete"]);
    assert.deepEqual(await there(stranger), []);
  }
});

const good = lines([another]);
const bomb = Buffer.alloc(30_000_000, " ");
const WRONG: readonly [what: string, sent: Cut, code: string][] = [
  ["under another's name", { ...cut(good), part: cut("other\n").part }, "draft_invalid"],
  ["without its last line's end", cut(good.trimEnd()), "draft_invalid"],
  ["that is no gzip", { ...cut(good), gzip: Buffer.from("plain").toString("base64") }, "draft_invalid"],
  ["that unfolds to 30 MB", cut(`${bomb.toString("latin1")}\n`), "draft_invalid"],
  ["larger than an item", cut(`"${randomBytes(400_000).toString("hex")}"\n`), "request_too_large"],
  ["of nothing", cut(""), "draft_invalid"],
  ["under a name that is no hash", { ...cut(good), part: "../../x" }, "request_invalid"],
];
for (const [what, sent, code] of WRONG)
  test(`a part ${what} is refused and not kept`, async () => {
    const token = await sre();
    const before = await keysOf("DRAFT#");
    const { status, body } = await send(token, sent);
    assert.equal(body.code, code);
    assert.ok(status >= 400 && status < 500);
    assert.deepEqual(await keysOf("DRAFT#"), before);
  });

test("a part whose lines are no JSON is refused when it is planned", async () => {
  const token = await sre();
  const sent = cut("{no json\n");
  assert.equal((await send(token, sent)).status, 200);
  const { status, body } = await ask("POST /api/admin/plan", token, { draft: draftOf([sent]) });
  assert.deepEqual([status, body.code], [400, "draft_invalid"]);
});

test("a draft with a part missing says how many, and nothing is published", async () => {
  const token = await sre();
  const [first] = halves([...seed, { ...another, id: "first-half" }]);
  await send(token, first);
  const { version } = (await ask("GET /api/admin/configuration", token)).body;
  const draft = draftOf([first, cut("absent\n")]);
  const { body } = await ask("POST /api/admin/apply", token, { draft });
  assert.equal(body.code, "draft_incomplete");
  assert.match(JSON.stringify(body.about), /1 of 2 parts are missing/);
  assert.equal((await ask("GET /api/admin/configuration", token)).body.version, version);
});

test("objects and a draft at once are refused: which would count?", async () => {
  const draft = draftOf([cut(good)]);
  const { body } = await ask("POST /api/admin/plan", await sre(), { objects: seed, draft });
  assert.equal(body.code, "request_invalid");
});

test("more objects than the function's memory is for are refused, with the way that is left", async () => {
  const token = await sre();
  const many = cut(lines(Array.from({ length: 500 }, (_, at) => ({ ...another, id: `r${at}` }))));
  await send(token, many);
  process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE = "2";
  try {
    for (const body of [{ draft: draftOf([many]) }, { objects: Array(500).fill(another) }]) {
      const answer = await ask("POST /api/admin/apply", token, body);
      assert.deepEqual([answer.status, answer.body.code], [413, "configuration_too_large"]);
      assert.match(JSON.stringify(answer.body.about), /500 objects .*at most \d+ .*--function/);
    }
  } finally {
    delete process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE;
  }
});

test("a few compressed kilobytes that would take gigabytes once read are refused unread", async () => {
  const token = await sre();
  const millions = `[${"{},".repeat(12_000_000)}{}]`;
  const packed = { objectsGzip: gzipSync(millions).toString("base64") };
  const whole = await ask("POST /api/admin/plan", token, packed);
  assert.deepEqual([whole.status, whole.body.code], [413, "configuration_too_large"]);
  const part = cut(`[${"{},".repeat(3_900_000)}{}]\n`);
  assert.equal((await send(token, part)).status, 200);
  const draft = { parts: [part.part, part.part, part.part] };
  const parts = await ask("POST /api/admin/plan", token, { draft });
  assert.deepEqual([parts.status, parts.body.code], [413, "configuration_too_large"]);
  assert.match(JSON.stringify(parts.body.about), /11700006 values/);
});

test("who may plan may send parts, and nobody else", async () => {
  const outsider = await tokenOf({ claims: { groups: ["nobody"] } });
  assert.equal((await send(outsider, cut(good))).body.code, "admin_required");
  assert.equal((await ask("GET /api/admin/drafts", outsider)).body.code, "admin_required");
});
