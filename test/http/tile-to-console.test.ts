import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { newPerson, readable } from "../support/person.ts";
import { openStack, type Stack, signedIn, signInAs, throughForms } from "./stack.ts";

let stack: Stack;
before(async () => {
  stack = await openStack();
});
after(() => stack.stop());

test("sre clicks a tile in okta and stands in the prod console as Admin", async () => {
  const person = newPerson();
  const dashboard = await signInAs(person, await person.open(stack.urls.okta), "sre");
  const tile = await person.follow(dashboard, /prod Admin/i);
  const console = await throughForms(person, tile);
  assert.ok(console.url.startsWith(`${stack.urls.aws}/console`), console.way.join(" -> "));
  const text = readable(console);
  for (const fact of ["111111111111", "Admin", "Source identity"])
    assert.ok(text.includes(fact), `${fact} in: ${text}`);
});

test("a tile that names nothing shows somebody with several roles the list", async () => {
  const person = newPerson();
  const dashboard = await signInAs(person, await person.open(stack.urls.okta), "sre");
  const list = await throughForms(person, await person.follow(dashboard, /AWS(?! prod)/));
  assert.equal(new URL(list.url).origin, stack.url);
  assert.match(readable(list), /prod.*Admin/);
});

test("analyst, whose 250 groups no token holds, gets roles by Entra's Graph", async () => {
  const { person, page } = await signedIn(stack, "entra", "analyst");
  assert.equal(page.status, 200, readable(page));
  assert.match(readable(page), /Analyst/);
  const console = await person.follow(page, /\/console\?[^"]*role=Analyst/);
  assert.ok(console.url.startsWith(`${stack.urls.aws}/console`), console.way.join(" -> "));
});

test("support, whose token never holds groups, gets roles by Google's Directory", async () => {
  const { person, page } = await signedIn(stack, "google", "support");
  assert.equal(page.status, 200, readable(page));
  const console = await person.follow(page, /\/console\?[^"]*account=/);
  assert.ok(console.url.startsWith(`${stack.urls.aws}/console`), console.way.join(" -> "));
});

test("outsider is let in nowhere and told why", async () => {
  const { page } = await signedIn(stack, "okta", "outsider");
  const text = readable(page);
  assert.match(text, /no rule gives you a role/i);
  assert.match(text, /through Okta/);
  assert.match(text, /[0-9A-HJKMNP-TV-Z]{26}/, "the page shows a reference");
});

test("a console link keeps its place through a sign-in", async () => {
  const person = newPerson();
  const destination = "https://us-east-1.console.aws.amazon.com/cloudwatch/home";
  const asked = new URLSearchParams({ account: "111111111111", role: "ReadOnly", destination });
  const choice = await person.open(`${stack.url}/console?${asked}`);
  const console = await signInAs(person, await person.follow(choice, /Okta/), "sre");
  assert.ok(console.url.startsWith(`${stack.urls.aws}/console`), console.way.join(" -> "));
  assert.ok(readable(console).includes("cloudwatch"));
});

test("a link from elsewhere that names a page of the console is asked about first", async () => {
  const { person } = await signedIn(stack, "okta", "sre");
  const destination = "https://us-east-1.console.aws.amazon.com/s3/home";
  const asked = new URLSearchParams({ account: "111111111111", role: "ReadOnly", destination });
  const elsewhere = { headers: { "sec-fetch-site": "cross-site" } };
  const question = await person.open(`${stack.url}/console?${asked}`, elsewhere);
  assert.equal(new URL(question.url).origin, stack.url);
  assert.ok(readable(question).includes(destination));
  const console = await person.follow(question, /seal=/);
  assert.ok(console.url.startsWith(`${stack.urls.aws}/console`), console.way.join(" -> "));
});

test("a link from elsewhere that names account and role alone opens straight away", async () => {
  const { person } = await signedIn(stack, "okta", "sre");
  const link = `${stack.url}/console?account=111111111111&role=ReadOnly`;
  const console = await person.open(link, { headers: { "sec-fetch-site": "cross-site" } });
  assert.ok(console.url.startsWith(`${stack.urls.aws}/console`), console.way.join(" -> "));
});

const destinations: readonly [what: string, destination: string][] = [
  ["elsewhere", "https://evil.example/"],
  ["that only looks like the console", "https://console.aws.amazon.com.evil.example/"],
  ["with somebody in front of the host", "https://console.aws.amazon.com@evil.example/"],
  ["of script", "javascript:alert(1)"],
  ["of another partition", "https://console.amazonaws.cn/"],
  ["over plain http", "http://console.aws.amazon.com/"],
];
for (const [what, destination] of destinations)
  test(`the console is not opened with a destination ${what}`, async () => {
    const { person } = await signedIn(stack, "okta", "sre");
    const asked = new URLSearchParams({ account: "111111111111", role: "ReadOnly", destination });
    const page = await person.open(`${stack.url}/console?${asked}`);
    assert.equal(new URL(page.url).origin, stack.url);
    assert.ok(page.status >= 400, `${page.status}`);
  });

test("a role nobody gave is refused, with who, what was seen and whom to ask", async () => {
  const { person } = await signedIn(stack, "google", "support");
  const page = await person.open(`${stack.url}/console?account=111111111111&role=Admin`);
  assert.equal(page.status, 403);
  const text = readable(page);
  for (const fact of ["role_not_granted", "111111111111", "Admin", "support"])
    assert.ok(text.includes(fact), `${fact}: ${text}`);
});

test("a role that only lacks a second factor says so and asks for it, and then opens", async () => {
  const { person } = await signedIn(stack, "okta", "sre");
  const page = await person.open(`${stack.url}/console?account=222222222222&role=Deploy`);
  assert.equal(page.status, 403);
  const text = readable(page);
  for (const fact of ["mfa_required", "dev-deploys-with-second-factor"])
    assert.ok(text.includes(fact), `${fact}: ${text}`);
  const again = await throughForms(person, await person.follow(page, /\/signin\/okta\?.*mfa=1/));
  const console = /password/i.test(again.text)
    ? await signInAs(person, again, "sre", undefined, true)
    : again;
  assert.ok(
    console.url.startsWith(`${stack.urls.aws}/console`),
    `${console.way.join(" -> ")}: ${readable(console)}`,
  );
  assert.ok(readable(console).includes("sekisho-Deploy"));
});

test("a deny that a second factor lifts asks for one", async () => {
  const { person } = await signedIn(stack, "entra", "analyst");
  const page = await person.open(`${stack.url}/console?account=111111111111&role=Analyst`);
  const text = readable(page);
  for (const fact of ["mfa_required", "analysts-need-second-factor-in-prod"])
    assert.ok(text.includes(fact), `${fact}: ${text}`);
});

test("the private detail of a refusal is shown to administrators alone", async () => {
  const place = "/console?account=333333333333&role=Support";
  const [admin, other] = await Promise.all([
    signedIn(stack, "okta", "sre"),
    signedIn(stack, "google", "support"),
  ]);
  assert.match(readable(await admin.person.open(`${stack.url}${place}`)), /"detail"/);
  assert.ok(!readable(await other.person.open(`${stack.url}${place}`)).includes('"detail"'));
});

test("signing out ends the session at once, by a form of ours alone", async () => {
  const { person, page } = await signedIn(stack, "okta", "sre");
  const session = person.cookies.get("localhost")?.get("__Host-session") ?? "";
  const gone = await person.send(page, {}, { which: /signout/ });
  assert.equal(gone.url, `${stack.url}/signout`);
  const again = newPerson();
  again.cookies.set("localhost", new Map([["__Host-session", session]]));
  const answer = await again.open(`${stack.url}/`);
  assert.ok(answer.url.startsWith(`${stack.url}/signin`), answer.way.join(" -> "));
});
