import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { browserOf } from "./person.ts";
import { openWalk, type Walk } from "./walk.ts";

let walk: Walk;
const RULE = /---\nkind: Rule\nid: platform-administers[\s\S]*?(?=\n---)/;
before(async () => {
  walk = await openWalk("first-admin");
  await walk.prepare("Make the keys");
  // No rule gives administration: what is left is the parameter.
  walk.writeConfiguration((text) => text.replace(RULE, ""));
});
after(() => walk.end());

const tokenOf = async (name: string) => {
  const browser = browserOf(name);
  const ran = await walk.terminal.run("sekisho login --print >token", browser.hear);
  await browser.closed();
  assert.equal(ran.code, 0, ran.err);
  return walk.terminal.read("token").trim();
};
const planAs = (token: string) => walk.terminal.run(`SEKISHO_TOKEN=${token} sekisho plan -f config/`);

test("the first configuration goes in by IAM", async () => {
  assert.match(await walk.follow("Apply the first configuration"), /Published version 1\./);
});

test("whom the parameter names administers without any rule", async () => {
  const browser = browserOf("sre");
  const planned = await walk.follow("Become an administrator", browser.hear);
  assert.match(planned, /no changes/);
  assert.match((await browser.closed())?.text ?? "", /You may close this window/);
});

test("nobody else does, whoever comes first", async () => {
  const refused = await planAs(await tokenOf("outsider"));
  assert.equal(refused.code, 1);
  assert.match(refused.err, /admin_required/);
  const allowed = await planAs(await tokenOf("sre"));
  assert.equal(allowed.code, 0, allowed.err);
});

test("the function is not invoked with another account's rights", async () => {
  const ran = await walk.terminal.run(
    'AWS_PROFILE=sandbox sekisho plan -f config/ --function "$ADMIN_FUNCTION"',
  );
  assert.equal(ran.code, 1);
  assert.match(ran.err, /Lambda answered 403/);
});

test("once the parameter is gone, whoever has no rule administers no more", async () => {
  const token = await tokenOf("sre");
  assert.equal((await planAs(token)).code, 0);
  await walk.follow("Hand over to a rule");
  const refused = await planAs(token);
  assert.equal(refused.code, 1);
  assert.match(refused.err, /admin_required/);
});
