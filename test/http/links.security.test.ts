import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { readable } from "../support/person.ts";
import { trailOf } from "../support/table.ts";
import { openStack, type Stack, signedIn, throughForms } from "./stack.ts";

let stack: Stack;
before(async () => {
  stack = await openStack();
});
after(() => stack.stop());

const destination = "https://us-east-1.console.aws.amazon.com/cloudformation/home";
const place = `/console?${new URLSearchParams({ account: "111111111111", role: "ReadOnly", destination })}`;

// `none` is an address typed, a bookmark, and just as well a link in a mail or a chat program.
for (const site of ["none", "cross-site", "same-site"])
  test(`a link to a page of the console is asked about where the browser says ${site}`, async () => {
    const { person } = await signedIn(stack, "okta", "sre");
    const page = await person.open(`${stack.url}${place}`, { headers: { "sec-fetch-site": site } });
    assert.equal(new URL(page.url).origin, stack.url);
    assert.ok(readable(page).includes(destination));
  });

const throughSignIns = [
  ["okta", "sre", "111111111111", "ReadOnly"],
  ["entra", "analyst", "222222222222", "Analyst"],
] as const;
for (const [connection, name, account, role] of throughSignIns)
  test(`a foreign link through a sign-in at ${connection} that nobody needed is asked about too`, async () => {
    const { person } = await signedIn(stack, connection, name);
    const headers = { "sec-fetch-site": "cross-site" };
    const to = `/console?${new URLSearchParams({ account, role, destination })}`;
    const link = `${stack.url}/signin/${connection}?${new URLSearchParams({ to })}`;
    const page = await throughForms(person, await person.open(link, { headers }));
    assert.equal(new URL(page.url).origin, stack.url, page.way.join(" -> "));
    assert.ok(readable(page).includes(destination), readable(page));
  });

const refused: readonly [what: string, change: Record<string, string>, code: string][] = [
  ["an address that is no console's", { destination: "https://evil.example/" }, "destination_not_allowed"],
  ["a role that is not theirs", { role: "Analyst" }, "role_not_granted"],
  ["an account that is not there", { account: "999999999999" }, "role_not_granted"],
];
for (const [what, change, code] of refused)
  test(`nobody is asked about ${what}: it is refused, and written down`, async () => {
    const { person } = await signedIn(stack, "okta", "sre");
    const asked = { account: "111111111111", role: "ReadOnly", destination, ...change };
    const headers = { "sec-fetch-site": "cross-site" };
    const page = await person.open(`${stack.url}/console?${new URLSearchParams(asked)}`, { headers });
    assert.ok(page.text.includes(code), readable(page));
    assert.ok(!readable(page).includes("evil.example"));
    const [reference] = /[0-9A-HJKMNP-TV-Z]{26}/.exec(page.text) ?? [];
    const event = (await trailOf(stack.urls)).find(({ id }) => id === reference);
    assert.deepEqual([event?.kind, event?.code], ["console.refused", code]);
  });

test("a link that names a page still opens right after the sign-in it caused", async () => {
  const { person, page: home } = await signedIn(stack, "okta", "sre");
  await person.send(home, {}, { which: /signout/ });
  const headers = { "sec-fetch-site": "cross-site" };
  const link = `${stack.url}/signin/okta?${new URLSearchParams({ to: place })}`;
  const page = await throughForms(person, await person.open(link, { headers }));
  assert.ok(page.url.startsWith(`${stack.urls.aws}/console`), page.way.join(" -> "));
});
