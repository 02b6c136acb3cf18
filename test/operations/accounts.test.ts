import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { newPerson, readable } from "../support/person.ts";
import { assertConsole, openConsole } from "./person.ts";
import { openWalk, type Walk } from "./walk.ts";

const UNITS = "ou-loca-prod0001,ou-loca-staging1";
const MORE = `kind: Account
id: "222222222222"
name: staging
path: /prod/staging
---
kind: Account
id: "333333333333"
name: sandbox
path: /prod/sandbox
`;

let walk: Walk;
before(async () => {
  walk = await openWalk("accounts", { yours: { ORGANIZATIONAL_UNITS: UNITS } });
  walk.terminal.write("config/more.yaml", MORE);
  await walk.prepare("Make the keys");
  await walk.prepare("Write the configuration");
});
after(() => walk.end());

const check = async () => {
  const ran = await walk.terminal.run("sekisho accounts check -f config/");
  return {
    code: ran.code,
    states: [...ran.out.matchAll(/^(\w+) +(\d{12})/gm)].map(([, state, id]) => `${id} ${state}`),
  };
};
const console = async (account: string) => openConsole(walk.stack, newPerson(), account);

test("an account that does not trust the broker refuses, and the check says so", async () => {
  const { code, states } = await check();
  assert.equal(code, 1);
  assert.deepEqual(states.sort(), ["111111111111 missing", "222222222222 missing", "333333333333 missing"]);
  assert.match(readable(await console("111111111111")), /aws_(?:provider_missing|trust_refused)/);
});

test("a stack set lets the accounts of its units trust the broker", async () => {
  await walk.follow("Write the template");
  assert.match(walk.terminal.read("member-account.yml"), /SamlMetadataDocument: \|/);
  await walk.follow("Many accounts at once");
  assert.deepEqual((await check()).states.sort(), [
    "111111111111 ok",
    "222222222222 ok",
    "333333333333 missing",
  ]);
  for (const account of ["111111111111", "222222222222"])
    assertConsole(walk.stack, await console(account), account);
});

test("so does a stack in one account, and then every account is well", async () => {
  await walk.follow("One account");
  assert.match(await walk.follow("Check every account"), /^(?:ok .*\n){3}$/);
  assertConsole(walk.stack, await console("333333333333"), "333333333333");
});

test("whoever may not look is told so, and it does not count as well", async () => {
  const ran = await walk.terminal.run(
    "AWS_PROFILE=sandbox sekisho accounts check -f config/ && exit 9 || exit $?",
  );
  assert.equal(ran.code, 1);
  assert.match(ran.out, /^unseen +111111111111 .*not authorized to perform: sts:AssumeRole/m);
  assert.match(ran.out, /^ok +333333333333 /m, "one's own account needs no role");
});

test("a change of metadata reaches every account of the stack set", async () => {
  await walk.prepare("Make the next key", "rotation");
  await walk.prepare("What the stack says");
  const rotated = await walk.terminal.run(
    'sekisho keys rotate issuer-aws --key "$IssuerAwsKeyIdB" --function "$ADMIN_FUNCTION"',
  );
  assert.equal(rotated.code, 0, rotated.err);
  walk.later(60);
  assert.deepEqual((await check()).states.sort(), [
    "111111111111 behind",
    "222222222222 behind",
    "333333333333 behind",
  ]);
  await walk.follow("After metadata changed");
  assert.deepEqual((await check()).states.sort(), [
    "111111111111 ok",
    "222222222222 ok",
    "333333333333 behind",
  ]);
});
