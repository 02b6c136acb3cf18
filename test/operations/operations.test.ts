import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { newPerson, readable } from "../support/person.ts";
import { assertConsole, browserOf, openConsole, signIn } from "./person.ts";
import { openWalk, type Walk } from "./walk.ts";

let walk: Walk;
before(async () => {
  walk = await openWalk("operations");
});
after(() => walk.end());

test("the walk begins with who you are, which is what keyOperator may be", async () => {
  assert.match(await walk.follow("Deploy"), /^arn:aws:iam::\d{12}:/);
});

test("keys, accounts and configuration go in, in the order of the page", async () => {
  assert.match(await walk.follow("Make the keys"), /^new .*\nnew .*\nnew .*\n$/);
  await walk.follow("Let the accounts trust the broker");
  assert.match(await walk.follow("Write the configuration"), /Published version 1\./);
});

test("then somebody signs in for the first time and stands in the console", async () => {
  const person = newPerson();
  const roles = await signIn(person, `${walk.stack.url}/`, "sre");
  assert.match(readable(roles), /prod.*ReadOnly/);
  const page = await openConsole(walk.stack, person, "111111111111");
  assertConsole(walk.stack, page, "111111111111");
});

test("and the command line takes over from the browser", async () => {
  const browser = browserOf("sre");
  assert.match(await walk.follow("Sign in", browser.hear), /no changes/);
  await browser.closed();
});

test("behind closed doors a rule administers, and nobody but the functions signs", async () => {
  await walk.follow("Close the doors");
  const planned = await walk.terminal.run("sekisho plan -f config/");
  assert.equal(planned.code, 0, planned.err);
  const { code, err } = await walk.terminal.run(
    'sekisho keys init --function "$ADMIN_FUNCTION" --issuer-aws "$IssuerAwsKeyId" --sp-sign "$SpSignKeyId" --sp-decrypt "$SpDecryptKeyId"',
  );
  assert.equal(code, 1);
  assert.match(err, /KMS does not sign with \S+ AccessDeniedException.*keyOperator/);
  assertConsole(walk.stack, await openConsole(walk.stack, newPerson(), "111111111111"), "111111111111");
});
