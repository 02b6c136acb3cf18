import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { handler } from "../../functions/admin.ts";
import { close, open, seed, sre } from "../functions/administered.ts";
import { sekisho, serve } from "./run.ts";

let broker: Awaited<ReturnType<typeof serve>>;
let environment: Record<string, string>;
const published = async (objects: readonly object[], more: object = {}) =>
  (await handler({ sekisho: "apply", objects, author: "ops", ...more })) as { published: number };
const run = (...args: string[]) => sekisho(args, environment);

before(async () => {
  await open();
  await published(seed, { message: "First" });
  await published(seed.filter(({ id }) => id !== "support"));
  broker = await serve(handler);
  environment = { SEKISHO_URL: broker.url, SEKISHO_TOKEN: await sre() };
});
after(async () => {
  await broker[Symbol.asyncDispose]();
  await close();
});

test("versions list shows who, when and why, the latest first", async () => {
  const { out, code, err } = await run("versions", "list");
  assert.equal(code, 0, err);
  const [latest = "", first = ""] = out.trim().split("\n");
  assert.match(latest, /^2 {2}\d{4}-\d\d-\d\dT[\d:]+Z {2}\+0 ~0 -1 +ops, an operator$/);
  assert.match(first, /^ +1 {2}.* ops, an operator {2}First$/);
  const one = JSON.parse((await run("versions", "list", "--most", "1", "--json")).out);
  assert.deepEqual(
    one.versions.map(({ version }: { version: number }) => version),
    [2],
  );
});

test("versions show and diff say what changed", async () => {
  const shown = await run("versions", "show", "2");
  assert.match(shown.out, /by +ops, an operator\n/);
  assert.match(shown.out, /Compared with version 1:\n {2}- Rule support\n/);
  const diff = await run("versions", "diff", "2", "1");
  assert.match(diff.out, /To version 1:\nCompared with version 2:\n {2}\+ Rule support\n/);
});

test("rollback shows the plan, needs a yes, and publishes what was said then", async () => {
  const asked = await run("rollback", "1");
  assert.equal(asked.code, 2);
  assert.match(asked.out, /Compared with version 2:\n {2}\+ Rule support\n/);
  const done = await run("rollback", "1", "--yes", "--message", "Support is wanted");
  assert.equal(done.code, 0, done.err);
  assert.match(done.out, /Published version 3\./);
  const listed = await run("versions", "list", "--most", "1");
  assert.match(listed.out, /\(okta\) \[back to 1\] {2}Support is wanted/);
  const again = await run("rollback", "1", "--yes");
  assert.match(again.out, /Nothing to change: version 3 says the same/);
});

const misuse: readonly [args: string[], code: number, sentence: RegExp][] = [
  [["versions", "show", "x"], 2, /not the number of a version/],
  [["versions", "show", "99"], 1, /version_unknown/],
  [["rollback", "99", "--yes"], 1, /version_unknown/],
  [["rollback", "0"], 2, /not the number of a version/],
  [["versions", "list", "--most", "-1"], 2, /not the number/],
];
for (const [args, code, sentence] of misuse)
  test(`${args.join(" ")} ends with ${code} and a sentence`, async () => {
    const ran = await run(...args);
    assert.equal(ran.code, code, ran.err);
    assert.match(ran.err, sentence);
  });
