import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { handler as admin } from "../../functions/admin.ts";
import { readSeed } from "../../infra/local/seed.ts";
import { formOf, newPerson } from "../support/person.ts";
import { itemsUnder, trailOf } from "../support/table.ts";
import { until } from "../support/until.ts";
import { openStack, type Stack, signInAs, throughForms } from "./stack.ts";

const AT_ONCE = 50;

let stack: Stack;
before(async () => {
  stack = await openStack();
});
after(() => stack.stop());

/** Sends one answer many times at once, with the cookies of one browser, and says what became of each. */
async function postAtOnce(fields: Readonly<Record<string, string>>, cookie: string) {
  const before = await countsOf();
  const answers = await Promise.all(
    Array.from({ length: AT_ONCE }, () =>
      fetch(`${stack.url}/saml/okta/acs`, {
        method: "POST",
        redirect: "manual",
        headers: { cookie, "sec-fetch-site": "cross-site" },
        body: new URLSearchParams(fields),
      }),
    ),
  );
  const texts = await Promise.all(answers.map((answer) => answer.text()));
  const opened = answers.flatMap((answer) =>
    answer.headers.getSetCookie().filter((line) => line.startsWith("__Host-session=")),
  );
  const codes = texts.flatMap((text) => /id="code">(\w+)</.exec(text)?.[1] ?? []);
  const after = await countsOf();
  return {
    opened,
    codes,
    sessions: after.sessions - before.sessions,
    finished: after.finished - before.finished,
    refused: after.refused - before.refused,
  };
}

async function countsOf() {
  const [sessions, trail] = await Promise.all([itemsUnder(stack.urls, "SESSION#"), trailOf(stack.urls)]);
  const count = (kind: string) => trail.filter((event) => event.kind === kind).length;
  return { sessions: sessions.length, finished: count("signin.finished"), refused: count("signin.refused") };
}

function assertOnce(came: Awaited<ReturnType<typeof postAtOnce>>, code: string): void {
  assert.equal(came.opened.length, 1, "one browser was given a session");
  assert.deepEqual([came.sessions, came.finished, came.refused], [1, 1, AT_ONCE - 1]);
  assert.deepEqual(came.codes, Array(AT_ONCE - 1).fill(code));
}

test("of fifty posts of one genuine answer at the same moment one opens a session", async () => {
  const person = newPerson();
  const asked = await person.open(`${stack.url}/signin/okta`);
  const login = /name="SAMLRequest"/.test(asked.text) ? await person.send(asked) : asked;
  const form = formOf(login, /password/i);
  const page = await person.send(
    login,
    { ...form.fields, username: "sre", password: "sre" },
    { which: /password/i },
  );
  const cookies = person.cookies.get("localhost") ?? new Map<string, string>();
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  assert.match(cookie, /__Host-signin=/);
  assertOnce(await postAtOnce(formOf(page, /SAMLResponse/).fields, cookie), "signin_expired");
});

test("of fifty posts of one tile's answer, where tiles are accepted, one opens a session", async () => {
  const objects = readSeed(Number(new URL(stack.url).port)).map((one) =>
    one.kind === "Connection" && one.id === "okta" ? { ...one, idpInitiated: "accept" } : one,
  );
  assert.match(JSON.stringify(await admin({ sekisho: "apply", objects, author: "test" })), /"published"/);

  const person = newPerson();
  const dashboard = await signInAs(person, await person.open(stack.urls.okta), "sre");
  const click = () => person.follow(dashboard, /prod Admin/i);
  // HEAD is believed for 5 s: until then tiles start a sign-in of their own.
  const tried = async () => throughForms(newPerson(), await click(), { stopAt: /\/console\?/ });
  await until(tried, ({ way }) => !way.some((url) => /\/sso\b/.test(url)), "the accepted tile");

  const { fields } = formOf(await click(), /SAMLResponse/);
  assertOnce(await postAtOnce(fields, ""), "signin_replayed");
});
