import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { ENTRA_ACCOUNTS, GOOGLE_ACCOUNTS, OKTA_ACCOUNTS } from "../../infra/local/idp/accounts.ts";
import type { AuditEvent } from "../../lib/core/audit.ts";
import { newPerson } from "../support/person.ts";
import { ciToken, fetchCredentials, personToken } from "../support/programs.ts";
import { itemsUnder, trailOf } from "../support/table.ts";
import { tapWire } from "../support/wire.ts";
import { openStack, type Stack, signedIn, signInAs, throughForms } from "./stack.ts";

const wire = tapWire();
/** Text of every refusal that somebody was shown or a program was told. */
const refusals: string[] = [];

let stack: Stack;
let trail: readonly AuditEvent[];
before(async () => {
  stack = await openStack();
});
after(() => stack.stop());

test("people and programs are given and refused", async () => {
  try {
    await people();
    await programs();
  } finally {
    wire.stop();
  }
  trail = await trailOf(stack.urls);
});

async function people(): Promise<void> {
  const tiled = newPerson();
  const dashboard = await signInAs(tiled, await tiled.open(stack.urls.okta), "sre");
  const console = await throughForms(tiled, await tiled.follow(dashboard, /prod Admin/i));
  assert.ok(console.url.startsWith(stack.urls.aws));
  for (const [connection, name, role] of [
    ["okta", "sre", "ReadOnly"],
    ["okta", "outsider", "ReadOnly"],
    ["entra", "analyst", "Analyst"],
    ["google", "support", "Support"],
  ] as const) {
    const { person } = await signedIn(stack, connection, name);
    for (const account of ["111111111111", "222222222222"])
      for (const wanted of [role, "Deploy", `${name}@example.com`]) {
        const asked = new URLSearchParams({ account, role: wanted });
        const page = await person.open(`${stack.url}/console?${asked}`);
        if (page.url.startsWith(stack.url)) refusals.push(page.text);
      }
  }
  const { person } = await signedIn(stack, "okta", "sre");
  const asked = await person.open(`${stack.url}/credentials?account=111111111111&role=ReadOnly`);
  await person.send(asked, { show: "1" }, { which: /name="account"/ });
}

async function programs(): Promise<void> {
  const { person } = await signedIn(stack, "okta", "sre");
  const mine = await personToken(stack.urls, person, "credentials");
  const api = await personToken(stack.urls, person, "api");
  const ci = await ciToken(stack.urls);
  for (const [place, token] of [
    ["111111111111/Admin", mine],
    ["222222222222/Deploy", ci],
    ["222222222222/Deploy?scope=s3-read&parameters.bucket=acme-logs", ci],
    ["222222222222/Deploy?scope=sre@example.com", ci],
    ["222222222222/Deploy?scope=s3-read&parameters.bucket=*", ci],
    ["222222222222/Deploy?durationSeconds=60", ci],
    ["111111111111/Admin", ci],
    ["111111111111/sre@example.com", mine],
    ["111111111111/Admin", api],
    ["222222222222/Deploy", await ciToken(stack.urls, { aud: "https://other.example.com" })],
    ["222222222222/Deploy", `sk_${"x".repeat(43)}`],
  ] as const) {
    const { status, said } = await fetchCredentials(stack.urls, place, token);
    if (status !== 200) refusals.push(JSON.stringify(said));
  }
}

/** Every key STS gave, in order, and the id of the assertion that each was given for, as the wire had them. */
function minted(): { readonly keys: readonly string[]; readonly assertions: readonly string[] } {
  const heard = wire.text();
  const keys = [...heard.matchAll(/<AssumeRoleWithSAMLResult>[\s\S]*?<AccessKeyId>(\w+)</g)].map(
    ([, key = ""]) => key,
  );
  const assertions = [...heard.matchAll(/SAMLAssertion=([\w%]+)/g)].map(([, sent = ""]) => {
    const xml = Buffer.from(decodeURIComponent(sent), "base64").toString();
    return /<(?:\w+:)?Assertion\b[^>]*\bID="([^"]+)"/.exec(xml)?.[1] ?? "";
  });
  return { keys, assertions };
}

test("every key that STS gave has one event, with the assertion it was given for", () => {
  const { keys, assertions } = minted();
  assert.ok(keys.length >= 9, `${keys.length} keys were heard`);
  assert.equal(keys.length, assertions.length);
  const issued = trail.filter(({ kind }) => kind === "credentials.issued" || kind === "console.opened");
  assert.deepEqual(issued.map(({ accessKeyId }) => accessKeyId).toSorted(), keys.toSorted());
  assert.deepEqual(issued.map(({ assertionId }) => assertionId).toSorted(), assertions.toSorted());
  for (const kind of ["credentials.issued", "console.opened"] as const)
    assert.ok(
      issued.some((event) => event.kind === kind),
      kind,
    );
  for (const event of issued)
    for (const part of [
      "personId",
      "connection",
      "accountId",
      "role",
      "rules",
      "version",
      "expiresAt",
    ] as const)
      assert.ok(event[part] !== undefined, `${event.kind} says no ${part}`);
});

test("every refusal that was told has an event of its code under its reference", () => {
  assert.ok(refusals.length > 20, `${refusals.length} refusals`);
  for (const text of refusals) {
    const [reference = ""] = /\b[0-9A-HJKMNP-TV-Z]{26}\b/.exec(text) ?? [];
    const event = trail.find(({ id }) => id === reference);
    assert.match(event?.kind ?? "", /\.refused$/, `no event of ${text.slice(-400)}`);
    assert.ok(text.includes(event?.code ?? "a code"), `${event?.code}: ${text.slice(0, 200)}`);
    assert.ok(event?.sourceIp);
  }
});

test("every sign-in, and every token of a person, is in the trail", () => {
  const count = (wanted: AuditEvent["kind"]) => trail.filter(({ kind }) => kind === wanted).length;
  assert.equal(count("signin.finished"), 7);
  assert.equal(count("token.issued"), 2);
});

test("no event names anybody: names stand in one record per person, which can be erased", async () => {
  const accounts = [...OKTA_ACCOUNTS, ...ENTRA_ACCOUNTS, ...GOOGLE_ACCOUNTS];
  const words = new Set(
    accounts.flatMap(({ id, name, email, groups, costCenter = "" }) => [
      id,
      name,
      email,
      costCenter,
      ...groups,
    ]),
  );
  for (const word of ["", "none"]) words.delete(word);
  for (const { rules, ...event } of trail) {
    const said = JSON.stringify(event);
    assert.ok(!said.includes("@"), said);
    for (const [word] of said.matchAll(/[\w@./-]+/g)) assert.ok(!words.has(word), `${word} in ${said}`);
  }
  const people = await itemsUnder(stack.urls, "PERSON#");
  assert.deepEqual(people.map(({ name }) => name).toSorted(), ["analyst", "outsider", "sre", "support"]);
  const known = new Set(people.map(({ pk }) => String(pk).slice("PERSON#".length)));
  for (const { actor, personId, kind } of trail)
    if (actor === "person") assert.ok(personId !== undefined && known.has(personId), kind);
});

test("no event holds a piece of an assertion, a token or a credential", () => {
  const joins = new Set(["pk", "id", "sk", "personId", "assertionId", "accessKeyId"]);
  const said = trail.map((event) =>
    JSON.stringify(event, (name, value) => (joins.has(name) ? undefined : value)),
  );
  assert.deepEqual(said.join().match(/[\w+/=]{40,}|eyJ[\w-]+|sk_|si_|IQoJ/g), null);
});
