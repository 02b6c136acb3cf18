import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { formOf, newPerson, type Page, type Person, readable } from "../support/person.ts";
import { openStack, type Stack, signedIn, signInAs } from "./stack.ts";

let stack: Stack;
before(async () => {
  stack = await openStack();
});
after(() => stack.stop());

/** A genuine answer of okta for sre, caught on its way to the broker. */
async function caughtAnswer(
  name = "sre",
): Promise<{ person: Person; page: Page; fields: Record<string, string> }> {
  const person = newPerson();
  const asked = await person.open(`${stack.url}/signin/okta`);
  const login = /name="SAMLRequest"/.test(asked.text) ? await person.send(asked) : asked;
  const form = formOf(login, /password/i);
  const page = await person.send(
    login,
    { ...form.fields, username: name, password: name },
    { which: /password/i },
  );
  const { fields } = formOf(page, /SAMLResponse/);
  return { person, page, fields };
}

const post = async (person: Person, path: string, fields: Record<string, string>): Promise<Page> => {
  const form = `<form method="post" action="${stack.url}${path}"></form>`;
  const page: Page = { url: "http://127.0.0.1:9/", status: 200, headers: new Headers(), text: form, way: [] };
  return person.send(page, fields);
};
const session = (person: Person) => person.cookies.get("localhost")?.get("__Host-session");

test("a genuine answer signs in", async () => {
  const { person, fields } = await caughtAnswer();
  const page = await post(person, "/saml/okta/acs", fields);
  assert.equal(page.status, 200, readable(page));
  assert.ok(session(person));
});

test("the same answer a second time is refused", async () => {
  const { person, fields } = await caughtAnswer();
  await post(person, "/saml/okta/acs", fields);
  const again = await post(person, "/saml/okta/acs", fields);
  assert.equal(again.status, 400);
  assert.match(again.text, /signin_expired/);
});

test("an answer in another browser is refused: nobody is signed in as somebody else", async () => {
  const { fields } = await caughtAnswer();
  const victim = newPerson();
  const page = await post(victim, "/saml/okta/acs", fields);
  assert.equal(page.status, 400);
  assert.match(page.text, /signin_other_browser/);
  assert.equal(session(victim), undefined);
});

test("an answer to one connection is refused at another", async () => {
  const { person, fields } = await caughtAnswer();
  const page = await post(person, "/saml/entra/acs", fields);
  assert.ok(page.status >= 400);
  assert.equal(session(person), undefined);
});

test("an answer of which a byte was changed is refused and the sign-in is spent", async () => {
  const { person, fields } = await caughtAnswer("outsider");
  const xml = Buffer.from(fields.SAMLResponse ?? "", "base64").toString();
  const changed = Buffer.from(xml.replaceAll("outsider", "sre")).toString("base64");
  assert.ok(xml.includes("outsider"));
  const page = await post(person, "/saml/okta/acs", { ...fields, SAMLResponse: changed });
  assert.equal(page.status, 403, readable(page));
  assert.match(page.text, /saml_/);
  assert.match((await post(person, "/saml/okta/acs", fields)).text, /signin_expired/);
  assert.equal(session(person), undefined);
});

test("an answer nobody asked for is not used: it starts a sign-in of this browser instead", async () => {
  const { fields } = await caughtAnswer();
  const victim = newPerson();
  const page = await post(victim, "/saml/okta/acs", {
    SAMLResponse: fields.SAMLResponse ?? "",
    RelayState: "",
  });
  assert.equal(session(victim), undefined);
  assert.ok(page.url.startsWith(stack.urls.okta), page.way.join(" -> "));
});

test("a sign-in that fails is written down, and shows no claim to a stranger", async () => {
  const { person, fields } = await caughtAnswer();
  const page = await post(person, "/saml/okta/acs", { ...fields, SAMLResponse: "bm90IHhtbA==" });
  assert.match(page.text, /[0-9A-HJKMNP-TV-Z]{26}/);
  assert.ok(!readable(page).includes("groups"));
});

test("the session id rotates at every sign-in and the old one is dead", async () => {
  const { person, page } = await signedIn(stack, "okta", "sre");
  const before = session(person) ?? "";
  assert.equal(page.status, 200);
  await signInAs(person, await person.open(`${stack.url}/signin/entra`), "analyst");
  assert.notEqual(session(person), before);
  const old = newPerson();
  old.cookies.set("localhost", new Map([["__Host-session", before]]));
  assert.ok((await old.open(`${stack.url}/`)).url.startsWith(`${stack.url}/signin`));
});

const elsewhere: readonly string[] = [
  "https://evil.example/",
  "//evil.example",
  "/\\evil.example",
  "javascript:alert(1)",
];
for (const to of elsewhere)
  test(`a sign-in never leads to ${to}`, async () => {
    const person = newPerson();
    const page = await person.open(`${stack.url}/signin/okta?${new URLSearchParams({ to })}`);
    assert.equal(page.status, 400);
    assert.match(page.text, /target_not_allowed/);
  });

test("an unknown connection is a page of ours, not a fault", async () => {
  const page = await newPerson().open(`${stack.url}/signin/nobody`);
  assert.equal(page.status, 404);
  assert.match(page.text, /connection_unknown/);
});

test("a name that no connection can have is no fault of ours either", async () => {
  const page = await newPerson().open(`${stack.url}/signin/${"x".repeat(3000)}`);
  assert.equal(page.status, 404);
  assert.match(page.text, /connection_unknown/);
});

test("a form without our value does nothing", async () => {
  const { person } = await signedIn(stack, "okta", "sre");
  const page = await post(person, "/signout", { csrf: "x".repeat(43) });
  assert.equal(page.status, 403);
  assert.match(page.text, /forgery_suspected/);
  assert.equal((await person.open(`${stack.url}/`)).url, `${stack.url}/`);
});

test("every page carries the policies, and none is kept", async () => {
  const { person } = await signedIn(stack, "okta", "sre");
  for (const path of [
    "/",
    "/signin",
    "/signin/nobody",
    "/credentials?account=111111111111&role=ReadOnly",
    "/signout",
  ]) {
    const { headers } = await person.open(`${stack.url}${path}`);
    assert.match(
      headers.get("content-security-policy") ?? "",
      /default-src 'none'.*frame-ancestors 'none'/,
      path,
    );
    assert.equal(headers.get("cache-control"), "no-store", path);
    assert.match(headers.get("strict-transport-security") ?? "", /max-age/, path);
  }
});
