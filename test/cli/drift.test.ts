import assert from "node:assert/strict";
import test, { after, before, beforeEach, describe } from "node:test";
import { stringify } from "yaml";
import { handler } from "../../functions/admin.ts";
import { close, open, seed, sre } from "../functions/administered.ts";
import { folder, sekisho, serve } from "./run.ts";

let broker: Awaited<ReturnType<typeof serve>>;
let environment: Record<string, string>;
let stories = 0;
let origin = "";

before(async () => {
  await open();
  await handler({ sekisho: "apply", objects: seed, author: "first" });
  broker = await serve(handler);
  environment = { SEKISHO_URL: broker.url, SEKISHO_TOKEN: await sre() };
});
after(async () => {
  await broker[Symbol.asyncDispose]();
  await close();
});

type Objects = readonly Record<string, unknown>[];
const rule = (id: string, group: string) => ({
  kind: "Rule",
  id,
  connection: "okta",
  effect: "allow",
  when: [{ claim: "groups", equals: group }],
  grant: { roles: ["ReadOnly"], accounts: ["333333333333"] },
});
const FILES = [...seed, rule("mine", "a"), rule("other", "a")];
const changed = (objects: Objects, id: string, group: string) =>
  objects.map((one) => (one.id === id ? rule(id, group) : one));

/** Applies files of this story's name. */
async function apply(objects: Objects, ...more: string[]) {
  using files = folder({ "all.yaml": objects.map((one) => stringify(one)).join("---\n") });
  return await sekisho(["apply", "-f", files.path, "--yes", "--origin", origin, ...more], environment);
}
async function plan(objects: Objects) {
  using files = folder({ "all.yaml": objects.map((one) => stringify(one)).join("---\n") });
  return await sekisho(["plan", "-f", files.path, "--origin", origin], environment);
}
/** Somebody who uses no files. */
const byHand = (objects: Objects) =>
  handler({ sekisho: "apply", objects, author: "console", message: "Urgent" });

describe("files that were applied before", () => {
  beforeEach(async () => {
    origin = `example.com/story-${++stories}`;
    const first = await apply(FILES);
    assert.equal(first.code, 0, first.err);
  });

  test("are applied again without a word where nobody else changed anything", async () => {
    const ran = await apply(changed(FILES, "mine", "b"));
    assert.equal(ran.code, 0, ran.err);
    assert.doesNotMatch(ran.out, /by hand/);
    assert.match((await apply(changed(FILES, "mine", "b"))).out, /Nothing to change/);
  });

  test("do not take back what somebody changed by hand, and say who, when and why", async () => {
    await byHand(changed(FILES, "other", "hand"));
    const planned = await plan(FILES);
    assert.match(planned.out, /Changed by hand since these files were applied as version \d+:/);
    assert.match(planned.out, /console, an operator {2}Urgent/);
    assert.match(planned.out, /~ Rule other {2}\(applying your files would undo this\)/);
    const ran = await apply(FILES);
    assert.equal(ran.code, 1);
    assert.match(ran.err, /Changed by hand since these files were applied: Rule\/other\./);
  });

  test("take back what they are told to, and nothing else", async () => {
    await byHand(changed(changed(FILES, "other", "hand"), "mine", "hand"));
    const some = await apply(FILES, "--overwrite", "Rule/other");
    assert.equal(some.code, 1);
    assert.match(some.err, /applied: Rule\/mine\./);
    const both = await apply(FILES, "--overwrite", "Rule/other", "Rule/mine");
    assert.equal(both.code, 0, both.err);
    await byHand(changed(FILES, "other", "hand"));
    assert.equal((await apply(FILES, "--overwrite")).code, 0);
  });

  test("that take the change over are applied, and stand on it from then on", async () => {
    await byHand(changed(FILES, "other", "hand"));
    const same = await apply(changed(FILES, "other", "hand"));
    assert.match(same.out, /your files say the same/);
    assert.match(same.out, /Nothing to change/);
    const later = await apply(changed(FILES, "other", "later"));
    assert.equal(later.code, 0, later.err);
    assert.match(later.out, /Published version/);
  });

  test("that say a third thing are told apart", async () => {
    await byHand(changed(FILES, "other", "hand"));
    assert.match(
      (await plan(changed(FILES, "other", "third"))).out,
      /Rule other {2}\(your files say a third thing\)/,
    );
  });

  test("do not remove what somebody added by hand, nor bring back what they removed", async () => {
    await byHand([...FILES.filter(({ id }) => id !== "mine"), rule("added", "a")]);
    const ran = await apply(FILES);
    assert.equal(ran.code, 1);
    assert.match(ran.err, /: Rule\/added, Rule\/mine\./);
  });

  test("do not take back a rollback", async () => {
    const second = await apply(changed(FILES, "mine", "b"), "--json");
    const { published } = JSON.parse(second.out.slice(second.out.indexOf("{")));
    const back = await sekisho(["rollback", String(published - 1), "--yes"], environment);
    assert.equal(back.code, 0, back.err);
    const again = await apply(changed(FILES, "mine", "b"));
    assert.equal(again.code, 1);
    assert.match(again.err, /: Rule\/mine\./);
  });

  test("are not compared with what other files said", async () => {
    await apply(changed(FILES, "mine", "b"));
    origin = `${origin}-elsewhere`;
    assert.equal((await apply(FILES)).code, 0);
  });

  test("cannot take back what the broker was not told of, whatever the client says", async () => {
    await byHand(changed(FILES, "other", "hand"));
    const answer = await fetch(`${broker.url}/api/admin/apply`, {
      method: "POST",
      headers: { authorization: `Bearer ${environment.SEKISHO_TOKEN}` },
      body: JSON.stringify({ objects: FILES, origin }),
    });
    assert.equal(answer.status, 409);
    const body = (await answer.json()) as { code: string };
    assert.equal(body.code, "changed_by_hand");
  });
});
