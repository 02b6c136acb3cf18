import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { openWalk, type Walk } from "./walk.ts";

let walk: Walk;
before(async () => {
  walk = await openWalk("upgrade");
  await walk.prepare("Make the keys");
  await walk.prepare("Let the accounts trust the broker");
  await walk.prepare("Write the configuration");
});
after(() => walk.end());

test("an upgrade deploys with every parameter", async () => {
  await walk.follow("Upgrade");
});

test("a broker that is well passes every line of the check", async () => {
  const said = await walk.follow("See that all is well");
  assert.equal([...said.matchAll(/^active /gm)].length, 3, said);
  assert.match(said, /no changes/);
  assert.match(said, /^ok +111111111111/m);
});
