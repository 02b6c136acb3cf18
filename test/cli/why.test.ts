import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { handler as admin } from "../../functions/admin.ts";
import { handler as credentials } from "../../functions/credentials.ts";
import type { Event } from "../../functions/middleware.ts";
import { personNamed } from "../../lib/flows/why.ts";
import { readPepper } from "../../lib/store/people.ts";
import { putSeen } from "../../lib/store/seen.ts";
import { close, open, seed, sre, table, tokenOf } from "../functions/administered.ts";
import { person } from "../rules/things.ts";
import { sekisho, serve } from "./run.ts";

const DEV = { subject: "dev", claims: { groups: ["dev", "evil\u001b[31m"] }, mfa: "no" as const };
let broker: Awaited<ReturnType<typeof serve>>;
let dev = "";
const run = async (token: string, ...args: string[]) =>
  sekisho(["why", ...args], { SEKISHO_URL: broker.url, SEKISHO_TOKEN: token });

before(async () => {
  await open();
  await admin({ sekisho: "apply", objects: seed, author: "test" });
  dev = await personNamed({ pepper: () => readPepper(table()) }, "okta", "dev");
  const now = Math.floor(Date.now() / 1000);
  await putSeen(table(), { personId: dev, identity: person(DEV), seenAt: now, expiresAt: now + 600 });
  broker = await serve((event) => {
    const asked = event as Event;
    return asked.rawPath.startsWith("/api/admin/") ? admin(asked) : credentials(asked);
  });
});
after(async () => {
  await broker[Symbol.asyncDispose]();
  await close();
});

test("why says what is missing least, the next step, and every term", async () => {
  const { out, code, err } = await run(await tokenOf(DEV), "staging/Deploy");
  assert.equal(code, 1, err);
  assert.deepEqual(out.split("\n").slice(0, 7), [
    "Deploy @ staging (222222222222): not granted.",
    "Nearest is rule dev-deploys-with-second-factor: a second factor away.",
    "> Sign in again with a second factor.",
    "",
    "Rule dev-deploys-with-second-factor (allow) does not apply",
    "  + whose groups include dev",
    "  - who used a second factor",
  ]);
});

test("why answers in Japanese, and as JSON", async () => {
  const { out } = await run(await tokenOf(DEV), "222222222222/Deploy", "--language", "ja");
  assert.match(out, /あとは二要素認証だけです。\n> 二要素認証でサインインし直してください。/);
  const json = JSON.parse((await run(await tokenOf(DEV), "staging/Deploy", "--json")).out);
  assert.equal(json.outcome, "not_granted");
});

test("why says what gives a role, and ends well where it is given", async () => {
  const { out, code } = await run(await sre(), "sandbox/Admin");
  assert.equal(code, 0);
  assert.match(out, /^Admin @ sandbox \(333333333333\): granted\.\n\nRule sre-elsewhere \(allow\) gives it/);
});

test("why asks about somebody else by id or as their provider knows them", async () => {
  const byId = await run(await sre(), "prod/Admin", "--as", dev);
  assert.match(byId.out, /one group away: `sre`/);
  assert.match(byId.out, /^groups: dev, evil\\u\{1b\}\[31m$/m, "nothing of theirs drives the terminal");
  assert.equal((await run(await sre(), "prod/Admin", "--as", "okta/dev")).out, byId.out);
  const refused = await run(await tokenOf(DEV), "prod/Admin", "--as", "okta/dev");
  assert.match(refused.err, /admin_required/);
});

test("why says how to ask", async () => {
  for (const args of [["prod"], ["/Admin"], ["prod/Admin", "--as", "mika"]]) {
    const { code, err } = await run("t", ...args);
    assert.equal(code, 2);
    assert.match(err, /Write an account and a role|neither a person's id/);
  }
});
