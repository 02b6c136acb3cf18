import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import test, { after, before } from "node:test";
import { openStack, type Stack, signedIn, signInAs } from "../../http/stack.ts";
import { newPerson, type Person } from "../../support/person.ts";
import { itemsUnder, trailOf } from "../../support/table.ts";
import { tapConsole } from "../../support/wire.ts";

// What is good once, sent fifty times at the same moment through the whole of the gateway and the functions. Answers of
// SAML providers are in test/http/single-use.security.test.ts; versions of the configuration in single-use.test.ts here.
const AT_ONCE = 50;
let stack: Stack;
let log: ReturnType<typeof tapConsole>;
before(async () => {
  log = tapConsole();
  stack = await openStack();
});
after(async () => {
  log.stop();
  await stack.stop();
});

const cookieOf = (person: Person): string =>
  [...(person.cookies.get("localhost") ?? [])].map(([name, value]) => `${name}=${value}`).join("; ");

const atOnce = async (url: string, init: RequestInit) =>
  Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      const answer = await fetch(url, { redirect: "manual", ...init });
      return { answer, text: await answer.text() };
    }),
  );

const counted = async (...kinds: string[]) => {
  const trail = await trailOf(stack.urls);
  return kinds.map((kind) => trail.filter((event) => event.kind === kind).length);
};

const codesOf = (said: readonly { readonly text: string }[]) =>
  said.flatMap(({ text }) => /id="code">(\w+)<|"code":"([a-z_]+)"/.exec(text)?.slice(1).find(Boolean) ?? []);

test("of fifty answers to one question of the command line one makes a code, and of fifty that redeem it one gets a token", async () => {
  const { person } = await signedIn(stack, "okta", "sre");
  const verifier = randomBytes(32).toString("base64url");
  const challenge = createHash("sha256").update(verifier).digest("base64url");
  const asked = new URLSearchParams({ purpose: "api", port: "40123", state: verifier, challenge });
  const question = await person.open(`${stack.url}/api/login/authorize?${asked}`);
  const [ticket] = /ticket=[\w-]{43}/.exec(question.text) ?? assert.fail(question.text);

  const yes = await atOnce(`${stack.url}/api/login/approve?${ticket}`, {
    headers: { cookie: cookieOf(person) },
  });
  const codes = yes.flatMap(({ answer }) => {
    const location = answer.headers.get("location");
    return location === null ? [] : (new URL(location).searchParams.get("code") ?? []);
  });
  assert.equal(codes.length, 1);
  assert.deepEqual(codesOf(yes), Array(AT_ONCE - 1).fill("token_invalid"));

  const before = await itemsUnder(stack.urls, "GRANT#");
  const redeemed = await atOnce(`${stack.url}/api/login/token`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ code: codes[0], verifier }),
  });
  assert.equal(redeemed.filter(({ answer, text }) => answer.status === 200 && /"sk_/.test(text)).length, 1);
  assert.deepEqual(codesOf(redeemed), Array(AT_ONCE - 1).fill("token_invalid"));
  assert.equal((await itemsUnder(stack.urls, "GRANT#")).length, before.length + 1);
  assert.deepEqual(await counted("token.issued", "token.refused"), [1, AT_ONCE - 1]);
});

test("of fifty callbacks with one code of an OpenID provider one opens a session", async () => {
  const person = newPerson();
  const start = await person.open(`${stack.url}/signin/entra`);
  const back = await signInAs(person, start, "analyst", /\/oidc\/entra\/callback/);
  const callback = new URL(back.headers.get("location") ?? "", back.url).href;
  const sessions = await itemsUnder(stack.urls, "SESSION#");
  const [finished = 0, refused = 0] = await counted("signin.finished", "signin.refused");
  const came = await atOnce(callback, { headers: { cookie: cookieOf(person) } });
  const opened = came.flatMap(({ answer }) =>
    answer.headers.getSetCookie().filter((line) => line.startsWith("__Host-session=")),
  );
  assert.equal(opened.length, 1);
  assert.deepEqual(codesOf(came), Array(AT_ONCE - 1).fill("signin_expired"));
  assert.equal((await itemsUnder(stack.urls, "SESSION#")).length, sessions.length + 1);
  assert.deepEqual(await counted("signin.finished", "signin.refused"), [finished + 1, refused + AT_ONCE - 1]);
});
