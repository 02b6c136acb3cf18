import assert from "node:assert/strict";
import test, { after, before, mock } from "node:test";
import { stringify } from "yaml";
import { handler } from "../../functions/admin.ts";
import { close, open, seed, sre } from "../functions/administered.ts";
import { folder, sekisho, serve } from "./run.ts";

const START = Date.UTC(2026, 10, 28, 3, 0, 0);
const later = seed.map((one) => (one.name === "Deploy" ? { ...one, description: "From December" } : one));
const yaml = (objects: readonly object[]) => ({
  "all.yaml": objects.map((one) => stringify(one)).join("---\n"),
});

let broker: Awaited<ReturnType<typeof serve>>;
let ana: Record<string, string>;
before(async () => {
  mock.timers.enable({ apis: ["Date"], now: START });
  await open();
  await handler({ sekisho: "apply", objects: seed, author: "first" });
  broker = await serve(handler);
  await signedIn();
});
after(async () => {
  await broker[Symbol.asyncDispose]();
  await close();
  mock.timers.reset();
});
const signedIn = async () => {
  ana = { SEKISHO_URL: broker.url, SEKISHO_TOKEN: await sre() };
};
const at = async (instant: number) => {
  mock.timers.setTime(instant);
  await signedIn();
  await handler({ sekisho: "publish-due" });
};
async function schedule(when: string): Promise<string> {
  using files = folder(yaml(later));
  const args = ["apply", "-f", files.path, "--yes", "--message", "From December", "--at", when];
  const applied = await sekisho(args, ana);
  assert.equal(applied.code, 0, applied.err);
  assert.match(applied.err, /Scheduling/);
  return /Scheduled as (\w{26})/.exec(applied.out)?.[1] ?? assert.fail(applied.out);
}
const published = async () => (await sekisho(["versions", "list"], ana)).out.split("\n").length - 1;

test("what is applied for a time comes into force by itself, and is told of all the way", async () => {
  const id = await schedule("2026-12-01T06:00+09:00");
  const listed = await sekisho(["scheduled"], ana);
  assert.match(listed.out, new RegExp(`^${id} {2}2026-11-30T21:00:00Z {2}open .* From December\\n$`));
  const shown = await sekisho(["scheduled", "show", id], ana);
  assert.match(shown.out, /scheduled 2026-11-28T03:00:00Z, on version 1\n/);
  assert.match(shown.out, /~ Role Deploy\n {6}description:/);
  await at(Date.UTC(2026, 10, 30, 20, 59, 59));
  assert.equal(await published(), 1);
  await at(Date.UTC(2026, 10, 30, 21, 0, 0));
  assert.equal(await published(), 2);
  assert.match((await sekisho(["scheduled"], ana)).out, /published \(version 2\)/);
  const version = await sekisho(["versions", "show", "2"], ana);
  assert.match(version.out, new RegExp(`was {5}${id}, scheduled`));
});

test("going back waits as well, what moved is told, and what waits stands first", async () => {
  const back = await sekisho(["rollback", "1", "--yes", "--at", "2026-12-05T00:00Z"], ana);
  const [, id = ""] = /Scheduled as (\w{26})/.exec(back.out) ?? assert.fail(back.err);
  const moved = later.map((one) => (one.name === "Admin" ? { ...one, description: "Other" } : one));
  using files = folder(yaml(moved));
  assert.equal((await sekisho(["apply", "-f", files.path, "--yes"], ana)).code, 0);
  const shown = await sekisho(["scheduled", "show", id], ana);
  assert.match(shown.out, /Version 3 was published since: when it is due it fails \(configuration_moved\)\./);
  const listed = (await sekisho(["scheduled"], ana)).out.split("\n");
  assert.match(listed[0] ?? "", new RegExp(`^${id}`));
  await at(Date.UTC(2026, 11, 5));
  assert.match(
    (await sekisho(["scheduled"], ana)).out,
    new RegExp(`${id} .*failed \\(configuration_moved\\)`),
  );
  assert.equal(await published(), 3);
});

test("what waits is cancelled, once", async () => {
  const id = await schedule("2026-12-06T00:00Z");
  const cancelled = await sekisho(["scheduled", "cancel", id], ana);
  assert.equal(cancelled.out, `Cancelled ${id}. Nothing was changed.\n`);
  const again = await sekisho(["scheduled", "cancel", id], ana);
  assert.deepEqual([again.code, /scheduled_unknown/.test(again.err)], [1, true]);
  await at(Date.UTC(2026, 11, 6));
  assert.equal(await published(), 3);
});

const wrong: readonly [what: string, args: readonly string[], says: RegExp, code: number][] = [
  ["a time without its zone", ["--at", "2026-12-10T06:00:00"], /no time with its zone/, 2],
  [
    "an invocation past the rules",
    ["--at", "2026-12-10T06:00Z", "--function", "x"],
    /Nothing is scheduled with/,
    2,
  ],
  ["a time that is over", ["--at", "2020-11-01T06:00Z"], /at least a minute ahead/, 1],
  ["a time too far ahead", ["--at", "2999-11-01T06:00Z"], /name a time within 90 days/, 1],
];
for (const [what, args, says, code] of wrong)
  test(`${what} is refused before anything is published`, async () => {
    using files = folder(yaml(seed));
    const ran = await sekisho(["apply", "-f", files.path, "--yes", ...args], ana);
    assert.equal(ran.code, code);
    assert.match(ran.err, says);
    assert.equal(ran.out, "", "no plan is shown of what cannot be");
    assert.equal(await published(), 3);
  });

test("a broker that schedules nothing is not sent anything it would publish at once", async () => {
  await using old = await serve(async (event) => {
    const { routeKey } = event as { routeKey: string };
    const known = !routeKey.includes("/scheduled");
    return known ? handler(event) : { statusCode: 404, body: JSON.stringify({ code: "not_found" }) };
  });
  using files = folder(yaml(seed));
  const args = ["apply", "-f", files.path, "--yes", "--at", "2026-12-10T06:00Z"];
  const ran = await sekisho(args, { ...ana, SEKISHO_URL: old.url });
  assert.deepEqual([ran.code, /older and schedules nothing/.test(ran.err)], [1, true], ran.err);
  assert.ok(!old.seen.includes("POST /api/admin/apply"));
});
