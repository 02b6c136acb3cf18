import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { setTimeout as pass } from "node:timers/promises";
import { openPackaged, type Packaged } from "../lambda/packaged.ts";
import { newPerson, type Page, type Person, readable } from "../support/person.ts";
import { ciToken, fetchCredentials, personToken } from "../support/programs.ts";
import { signedIn, signInAs, throughForms } from "./stack.ts";

// What is shipped is what is tested: the zips, unpacked as they are, each function in processes of its own under a
// runtime API, with the environment, routes and schedule of the packaged template.
let packaged: Packaged;
let stack: Packaged["stack"];
let lambda: Packaged["lambda"];
let objects: Packaged["objects"];

before(async () => {
  // One answer is lost on purpose below; whatever else fails shows as a failed request.
  packaged = await openPackaged({ report: () => undefined });
  ({ stack, lambda, objects } = packaged);
});
after(() => packaged?.stop());

const SCOPED = "222222222222/Deploy?scope=s3-read&parameters.bucket=acme-logs";

test("packaged, a tile becomes a console", async () => {
  const person = newPerson();
  const dashboard = await signInAs(person, await person.open(stack.urls.okta), "sre");
  const console = await throughForms(person, await person.follow(dashboard, /prod Admin/i));
  assert.ok(console.url.startsWith(`${stack.urls.aws}/console`), console.way.join(" -> "));
  assert.ok(readable(console).includes("sekisho-Admin"));
});

for (const [connection, name, role] of [
  ["entra", "analyst", "Analyst"],
  ["google", "support", "Support"],
] as const)
  test(`packaged, ${name} comes through ${connection} with groups that are looked up`, async () => {
    const { person, page } = await signedIn(stack, connection, name);
    const console = await person.follow(page, new RegExp(`/console\\?[^"]*role=${role}`));
    assert.ok(console.url.startsWith(`${stack.urls.aws}/console`), console.way.join(" -> "));
  });

test("packaged, people and programs fetch credentials, and administrators read the configuration", async () => {
  assert.equal((await fetchCredentials(stack.urls, SCOPED, await ciToken(stack.urls))).status, 200);
  const { person } = await signedIn(stack, "okta", "sre");
  const token = await personToken(stack.urls, person, "credentials");
  assert.equal((await fetchCredentials(stack.urls, "111111111111/Admin", token)).status, 200);
  const api = await personToken(stack.urls, person, "api");
  const answer = await fetch(`${stack.url}/api/admin/configuration`, {
    headers: { authorization: `Bearer ${api}` },
  });
  assert.equal(answer.status, 200);
});

test("packaged, what anybody may read is there", async () => {
  for (const path of [
    "/healthz",
    "/saml/idp/metadata",
    "/saml/okta/metadata",
    "/.well-known/jwks.json",
    "/assets/base.css",
    "/favicon.ico",
  ])
    assert.equal((await fetch(`${stack.url}${path}`)).status, 200, path);
  const nowhere = await newPerson().open(`${stack.url}/nowhere`, { headers: { accept: "text/html" } });
  assert.equal(nowhere.status, 404);
  assert.match(nowhere.text, /not_found/);
});

test("packaged, the worker runs by its schedules: a round of the providers, and a seal over the trail", () => {
  const served = lambda.containers("worker").map((one) => one.served());
  assert.equal(
    served.reduce((sum, one) => sum + one, 0),
    2,
  );
});

test("an environment that was frozen believes nothing from before, and finds its connections again", async () => {
  const token = await ciToken(stack.urls);
  const before = await fetchCredentials(stack.urls, SCOPED, token);
  assert.equal(before.status, 200);
  const frozen = lambda.containers("credentials").filter((one) => one.alive());
  for (const one of frozen) await one.freeze();
  await packaged.apply(objects.filter(({ kind, connection }) => kind !== "Rule" || connection !== "ci"));
  // Time is what passes here: HEAD is believed for 5 s, and the table closes a connection that was idle as long.
  await pass(6000);
  for (const one of frozen) one.thaw();
  const { status, said } = await fetchCredentials(stack.urls, SCOPED, token);
  assert.equal(status, 403, JSON.stringify(said));
  assert.deepEqual(
    lambda.containers("credentials").filter((one) => one.alive()),
    frozen,
  );
  await packaged.apply(objects);
});

test("a function that ends before its answer leaves: nothing is done twice, and the person goes on", async () => {
  const person = newPerson();
  const answer = await throughProvider(person);
  for (const one of lambda.containers("signin")) if (one.alive()) one.loseNext();
  const lost = await person.send(answer, {}, { which: /SAMLResponse/ });
  assert.equal(lost.status, 500);
  // The sign-in was spent and a session opened that nobody has: the same answer opens no second one.
  const again = await person.send(answer, {}, { which: /SAMLResponse/ });
  assert.equal(again.status, 400, readable(again));
  assert.match(readable(again), /signin_expired/);
  const choice = await person.follow(again, /^\/signin/);
  const restarted = await throughForms(person, await person.follow(choice, /\/signin\/okta/));
  assert.equal(new URL(restarted.url).pathname, "/");
  assert.match(readable(restarted), /111111111111/);
});

/** As far as the form that carries the provider's answer, which is not sent. */
async function throughProvider(person: Person): Promise<Page> {
  const asked = await person.open(`${stack.url}/signin/okta?to=/`);
  return person.send(asked, { username: "sre", password: "sre" }, { which: /password/i });
}

test("every environment tells of itself", (t) => {
  const lines = lambda.transcript();
  for (const line of lines) t.diagnostic(line);
  assert.equal(lines.length, 6);
  assert.deepEqual(
    lambda.lines.filter((line) => !line.startsWith("{")),
    [],
  );
});
