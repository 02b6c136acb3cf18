import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { handler as admin } from "../../functions/admin.ts";
import { readSeed } from "../../infra/local/seed.ts";
import { formOf, newPerson, type Page, type Person, readable } from "../support/person.ts";
import { trailOf } from "../support/table.ts";
import { until } from "../support/until.ts";
import { openStack, type Stack, signedIn, signInAs } from "./stack.ts";

let stack: Stack;
before(async () => {
  stack = await openStack();
});
after(() => stack.stop());

/** The demo configuration with another policy for okta's tiles. Containers see it within five seconds. */
async function publishTiles(idpInitiated: "off" | "accept"): Promise<void> {
  const objects = readSeed(Number(new URL(stack.url).port)).map((one) =>
    one.kind === "Connection" && one.id === "okta" ? { ...one, idpInitiated } : one,
  );
  assert.match(JSON.stringify(await admin({ sekisho: "apply", objects, author: "test" })), /"published"/);
}

/** A fresh answer that a tile of okta made for somebody, caught on its way. */
async function tileOf(name: string): Promise<Record<string, string>> {
  const person = newPerson();
  const dashboard = await signInAs(person, await person.open(stack.urls.okta), name);
  return formOf(await person.follow(dashboard, /AWS(?! prod)/), /SAMLResponse/).fields;
}

/** What a browser does with a form that a page of another site sends. */
const post = (person: Person, fields: Record<string, string>): Promise<Page> => {
  const text = `<form method="post" action="${stack.url}/saml/okta/acs"></form>`;
  return person.send({ url: stack.urls.okta, status: 200, headers: new Headers(), text, way: [] }, fields);
};
const session = (person: Person) => person.cookies.get("localhost")?.get("__Host-session");
const whoIsAt = async (person: Person) => readable(await person.open(`${stack.url}/`));

test("where tiles are accepted, one signs in, and signs the same person in again", async () => {
  await publishTiles("accept");
  const person = newPerson();
  await until(
    async () => post(person, await tileOf("sre")),
    () => session(person) !== undefined,
    "a session by tile",
  );
  const first = session(person);
  await post(person, await tileOf("sre"));
  assert.notEqual(session(person), first);
  const old = newPerson();
  old.cookies.set("localhost", new Map([["__Host-session", first ?? ""]]));
  assert.ok((await old.open(`${stack.url}/`)).url.startsWith(`${stack.url}/signin`), "the old one is dead");
});

test("a tile of somebody else, posted from elsewhere, replaces nobody's session", async () => {
  const { person: victim } = await signedIn(stack, "okta", "sre");
  const before = session(victim);
  const page = await post(victim, await tileOf("outsider"));
  assert.match(page.text, /signin_other_subject/, readable(page));
  assert.equal(session(victim), before);
  assert.match(await whoIsAt(victim), /Admin/);
});

test("a session by OpenID is not replaced by a tile either, until it was signed out of", async () => {
  const { person: victim, page: home } = await signedIn(stack, "google", "support");
  const before = session(victim);
  assert.match((await post(victim, await tileOf("outsider"))).text, /signin_other_subject/);
  assert.equal(session(victim), before);
  await victim.send(home, {}, { which: /signout/ });
  await post(victim, await tileOf("outsider"));
  assert.match(await whoIsAt(victim), /outsider/);
});

test("what follows the session about opens nothing by itself", async () => {
  const { person } = await signedIn(stack, "okta", "sre");
  const jar = person.cookies.get("localhost") ?? new Map<string, string>();
  jar.delete("__Host-session");
  assert.ok((await person.open(`${stack.url}/`)).url.startsWith(`${stack.url}/signin`));
});

test("where tiles are off, one is refused and written down", async () => {
  await publishTiles("off");
  const seen = await until(
    async () => (await post(newPerson(), await tileOf("sre"))).text,
    (text) => /signin_unsolicited/.test(text),
    "the refusal of a tile",
  );
  const [reference] = /[0-9A-HJKMNP-TV-Z]{26}/.exec(seen) ?? [];
  const event = (await trailOf(stack.urls)).find(({ id }) => id === reference);
  assert.equal(event?.kind, "signin.refused");
  assert.equal(event?.code, "signin_unsolicited");
  assert.equal(event?.connection, "okta");
});
