import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { trailOf } from "../support/table.ts";
import { tapConsole } from "../support/wire.ts";
import { browserOf, subjectOf } from "./person.ts";
import { openWalk, type Walk } from "./walk.ts";

let walk: Walk;
const printed = tapConsole();
const apply = () => walk.terminal.run('sekisho apply -f config/ --function "$ADMIN_FUNCTION" --yes');
before(async () => {
  walk = await openWalk("recovery", {
    // Somebody who left: the parameter lets nobody in.
    firstAdmin: { connection: "okta", subject: "00u1gone0000000000697" },
    yours: { CONNECTION: "okta", SUBJECT: subjectOf("sre") },
  });
  await walk.prepare("Make the keys");
  assert.equal((await apply()).code, 0);
});
after(() => {
  printed.stop();
  return walk.end();
});

test("an administrator locks everybody out by a rules edit", async () => {
  const browser = browserOf("sre");
  assert.equal((await walk.terminal.run('eval "$(sekisho login)"', browser.hear)).code, 0);
  // The group is renamed in the rule: it was renamed at the provider tomorrow.
  walk.writeConfiguration((text) => text.replace(/(platform-administers[\s\S]*?equals: )sre/, "$1platform"));
  const byName = await walk.terminal.run("sekisho apply -f config/ --yes");
  assert.match(byName.err + byName.out, /no longer be an administrator|would_lock_out/);
  assert.equal((await apply()).code, 0, "by IAM nobody is asked");
  walk.later(6);
  const refused = await walk.terminal.run("sekisho plan -f config/");
  assert.equal(refused.code, 1);
  assert.match(refused.err, /admin_required/);
});

test("whoever may invoke the function lets one person in again", async () => {
  await walk.follow("Whom to let in");
  assert.match(await walk.follow("Let them in"), /^Rule \S+ makes them an administrator/);
  walk.later(6);
  const browser = browserOf("sre");
  assert.match(await walk.follow("See that it works", browser.hear), /okta/);
});

test("and nobody but them", async () => {
  const browser = browserOf("outsider");
  const ran = await walk.terminal.run(
    'SEKISHO_TOKEN="$(sekisho login --print)" sekisho plan -f config/',
    browser.hear,
  );
  assert.equal(ran.code, 1);
  assert.match(ran.err, /admin_required/);
});

test("they publish what is right, and the recovery rule is gone with it", async () => {
  const again = await walk.terminal.run("sekisho plan -f config/");
  assert.match(
    again.out,
    /no longer be an administrator/,
    "the files that locked everybody out would do so again",
  );
  walk.writeConfiguration();
  assert.match(await walk.follow("Put it in order"), /Published version/);
  const explained = await walk.terminal.run("sekisho plan -f config/");
  assert.match(explained.out, /no changes/, explained.err);
});

test("the way back in is written down as what it is, with a reference that the log has", async () => {
  const trail = await trailOf(walk.stack.urls);
  const recovered = trail.filter(({ kind }) => kind === "admin.recovered");
  assert.equal(recovered.length, 1);
  assert.equal(recovered[0]?.actor, "operator");
  const line = printed.lines.find((one) => one.includes('"asked":"recover"'));
  assert.ok(
    line?.includes(String(recovered[0]?.id).replace(/-recovery$/, "")),
    `the log has the reference of the event: ${line}`,
  );
});

test("a whole configuration goes in by the same right", async () => {
  const printed = await walk.follow("When a whole configuration is needed");
  assert.match(printed, /no changes/);
});
