import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { TABLE } from "../../infra/local/environment.ts";
import { fingerprintOf } from "../../lib/core/seal-check-digests.ts";
import { latestDigest } from "../../lib/store/seals.ts";
import { openTable } from "../../lib/store/table.ts";
import { exported } from "../audit/surroundings.ts";
import { newPerson, readable } from "../support/person.ts";
import { published, signInEncrypted, takesRequest } from "./okta.ts";
import { assertConsole, openConsole } from "./person.ts";
import { openWalk, type Walk } from "./walk.ts";

const PROD = "111111111111";
let walk: Walk;
before(async () => {
  walk = await openWalk("rotation", { yours: { ORGANIZATIONAL_UNITS: "ou-loca-prod0001" } });
  walk.writeConfiguration((text) => text.replace("subject: userId", "subject: userId\nsignRequests: true"));
  await walk.prepare("Make the keys");
  await walk.prepare("Write the configuration");
  await walk.prepare("Write the template", "accounts");
  await walk.prepare("Many accounts at once", "accounts");
});
after(() => walk.end());

const aMinute = () => walk.later(60);
const open = () => openConsole(walk.stack, newPerson(), PROD);
const opens = async () => assertConsole(walk.stack, await open(), PROD);
const refused = async (code: string) => assert.match(readable(await open()), new RegExp(code));
const states = async (purpose: string) => {
  const { out } = await walk.terminal.run('sekisho keys list --function "$ADMIN_FUNCTION"');
  return [...out.matchAll(new RegExp(`^(\\w+) +${purpose} `, "gm"))].map(([, state]) => state).sort();
};

test("the second place of every purpose is empty until a deployment fills it", async () => {
  const before = await walk.terminal.run('test -n "$IssuerAwsKeyIdB"');
  assert.equal(before.code, 1);
  await opens();
  await walk.follow("Make the next key");
  await walk.prepare("What the stack says");
  await opens();
});

test("issuer-aws: activating what no account was given is refused by STS, by a code that says so", async () => {
  await opens();
  await walk.follow("issuer-aws: publish the next key");
  aMinute();
  const told = await walk.terminal.run("sekisho accounts check -f config/");
  assert.equal(told.code, 1, "the check stands between");
  assert.match(told.out, /^behind/);
  await walk.follow("issuer-aws: activate it");
  aMinute();
  await refused("aws_provider_outdated");
});

test("issuer-aws: going back takes two commands", async () => {
  await walk.follow("issuer-aws: go back");
  aMinute();
  await opens();
  assert.deepEqual(await states("issuer-aws"), ["active", "retired"]);
});

test("issuer-aws: in the documented order a console opens at every step", async () => {
  await walk.follow("issuer-aws: publish the next key");
  await opens();
  aMinute();
  await opens();
  await walk.follow("issuer-aws: give it to every account");
  await opens();
  await walk.follow("issuer-aws: activate it");
  await opens();
  aMinute();
  await opens();
  await walk.follow("issuer-aws: retire the old key");
  await opens();
  aMinute();
  assert.match((await walk.terminal.run("sekisho accounts check -f config/")).out, /^ahead/);
  await walk.follow("issuer-aws: give it to every account");
  await opens();
  assert.deepEqual(await states("issuer-aws"), ["active"]);
});

test("issuer-aws: once an account lost the old certificate, the old key opens nothing there", async () => {
  const back = 'sekisho keys rotate issuer-aws --key "$IssuerAwsKeyId" --function "$ADMIN_FUNCTION"';
  const activate = 'sekisho keys rotate issuer-aws --activate --function "$ADMIN_FUNCTION"';
  await walk.terminal.run(`${back}; ${activate}`);
  aMinute();
  await refused("aws_provider_outdated");
  await walk.terminal.run(`${back.replace("KeyId", "KeyIdB")}; ${activate}`);
  aMinute();
  await opens();
});

test("sp-sign: a provider that was given the next certificate takes requests at every step", async () => {
  const before = await published(walk.stack, "signing");
  assert.ok(await takesRequest(walk.stack, before));
  await walk.follow("sp-sign: publish the next key");
  aMinute();
  const both = await published(walk.stack, "signing");
  assert.equal(both.length, 2);
  assert.ok(await takesRequest(walk.stack, both));
  await walk.follow("sp-sign: activate it");
  assert.ok(await takesRequest(walk.stack, both));
  aMinute();
  assert.ok(await takesRequest(walk.stack, both));
  assert.ok(!(await takesRequest(walk.stack, before)), "one that was not given it refuses from here on");
  await walk.follow("sp-sign: retire the old key");
  aMinute();
  const left = await published(walk.stack, "signing");
  assert.equal(left.length, 1);
  assert.ok(await takesRequest(walk.stack, left));
  await opens();
});

test("sp-decrypt: whichever certificate a provider encrypts to, people come in, until its key is retired", async () => {
  const comesIn = async (certificate: string) => {
    const page = await signInEncrypted(walk.stack, certificate);
    assert.equal(page.status, 200, readable(page).slice(0, 400));
    assert.match(readable(page), /ReadOnly/);
  };
  const [first = ""] = await published(walk.stack, "encryption");
  await comesIn(first);
  await walk.follow("sp-decrypt: publish the next key");
  await comesIn(first);
  aMinute();
  const both = await published(walk.stack, "encryption");
  const second = both.find((one) => one !== first) ?? "";
  await comesIn(second);
  await walk.follow("sp-decrypt: activate it");
  aMinute();
  await comesIn(first);
  await comesIn(second);
  await walk.follow("sp-decrypt: retire the old key");
  aMinute();
  await comesIn(second);
  const forgotten = await signInEncrypted(walk.stack, first);
  assert.match(readable(forgotten), /saml_decryption_failed/);
  await walk.follow("sp-decrypt: a provider was forgotten");
  aMinute();
  await comesIn(first);
});

test("audit: the chain goes on when another key seals, and who was given both verifies all of it", async () => {
  const seal = async () => {
    walk.later(600);
    await walk.invoke("worker", { sekisho: "seal" });
  };
  // What the place had sealed before there was a deployment.
  const earlier = (await latestDigest(openTable(TABLE)))?.digest;
  const number = earlier?.number ?? 0;
  const known = earlier === undefined ? "" : fingerprintOf(earlier.key);
  await walk.follow("audit: make the next key");
  await walk.prepare("What the stack says");
  await seal();
  await walk.follow("audit: give it to whoever verifies");
  await walk.follow("audit: let it seal");
  await seal();
  const lines = await exported(openTable(TABLE), { since: 0, until: Date.now() / 1000 });
  walk.terminal.write("trail.ndjson", lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  const whole = await walk.terminal.run(
    `sekisho audit verify trail.ndjson --key $(cat audit-keys.txt) ${known} --json`,
  );
  assert.equal(whole.code, 0, whole.out + whole.err);
  const { keys } = JSON.parse(whole.out) as { keys: { first: number; last: number }[] };
  assert.deepEqual(
    keys.slice(-2).map(({ first, last }) => [first, last]),
    [
      [number + 1, number + 1],
      [number + 2, number + 2],
    ],
  );
  const old = await walk.terminal.run(
    `sekisho audit verify trail.ndjson --key $(head -n 1 audit-keys.txt) ${known}`,
  );
  assert.equal(old.code, 1);
  assert.match(old.out, new RegExp(`^key_unknown {2}digest ${number + 2}:`, "m"));
});

test("at last the old keys leave the stack, and everything goes on", async () => {
  await walk.follow("Finish");
  await walk.prepare("What the stack says");
  const { out } = await walk.terminal.run(
    'sekisho keys list --function "$ADMIN_FUNCTION"; echo "$IssuerAwsKeyIdB"',
  );
  const [active = ""] = /^active +issuer-aws +(\S+)/m.exec(out)?.slice(1) ?? [];
  assert.ok(out.endsWith(`${active}\n`), out);
  await opens();
});
