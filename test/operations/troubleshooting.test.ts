import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { after, before } from "node:test";
import { newPerson, readable } from "../support/person.ts";
import { tapConsole } from "../support/wire.ts";
import { browserOf, openConsole } from "./person.ts";
import { openWalk, type Walk } from "./walk.ts";

const GROUPS = JSON.stringify({ groups: ["sre"] });
const printed = tapConsole();
const yours: Record<string, string> = { CLAIMS: GROUPS };
let walk: Walk;
before(async () => {
  walk = await openWalk("troubleshooting", { yours });
  await walk.prepare("Make the keys");
  await walk.prepare("Write the configuration");
});
after(() => {
  printed.stop();
  return walk.end();
});

test("the reference id of a page finds its line in the log, and that says what to do", async () => {
  const page = await openConsole(walk.stack, newPerson(), "111111111111");
  const [reference = ""] = /\b01[0-9A-HJKMNP-TV-Z]{24}\b/.exec(readable(page)) ?? [];
  yours.REFERENCE = reference;
  // What each function printed is its log group; here one process prints for all of them.
  writeFileSync(
    join(walk.terminal.state, "log"),
    printed.lines.map((line) => `sekisho-prod-credentials\t${line}\n`).join(""),
  );
  const found = await walk.follow("Find the line");
  assert.match(found, /"code":"aws_provider_missing"/);
  assert.match(found, /"status":\d+/);
});

test("the published rules explain what they give and why", async () => {
  const browser = browserOf("sre");
  const said = await walk.follow("Why somebody has no role", browser.hear);
  assert.match(said, /ReadOnly in 111111111111: given/);
  assert.match(said, /platform-reads-prod/);
});

test("what was learnt of a provider is told", async () => {
  assert.match(await walk.follow("What is known of the providers"), /okta/);
});
