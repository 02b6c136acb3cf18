import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { openStack, type Stack, signedIn, signInAs } from "../http/stack.ts";
import { newPerson } from "../support/person.ts";
import { personToken } from "../support/programs.ts";
import { until } from "../support/until.ts";
import { sekisho } from "./run.ts";

let stack: Stack;
let environment: Record<string, string>;
before(async () => {
  stack = await openStack();
});
after(() => stack.stop());

const connections = async (...args: string[]) => sekisho(["connections", ...args], environment);

test("an administrator sees what was learnt of every provider", async () => {
  const { person } = await signedIn(stack, "okta", "sre");
  environment = { SEKISHO_URL: stack.url, SEKISHO_TOKEN: await personToken(stack.urls, person, "api") };
  const { code, out, err } = await connections("list");
  assert.equal(code, 0, err);
  assert.match(out, /^okta {2}saml, people; read 20\d\d-[\d-]+T[\d:]+Z\n {2}[0-9a-f]{64} {2}since 20/m);
  assert.match(out, /^ci {2}oidc, workload; read 20/m);
});

test("a key that is ended opens no sign-in any more, also when the provider still publishes it", async () => {
  const listed = JSON.parse((await connections("list", "--json")).out);
  const okta = listed.connections.find(({ id }: { id: string }) => id === "okta");
  const { code, out, err } = await connections("end", "okta", okta.keys[0].fingerprint);
  assert.equal(code, 0, err);
  assert.match(out, / {2}ENDED/);

  const signIn = async () => {
    const person = newPerson();
    const page = await signInAs(person, await person.open(`${stack.url}/signin/okta`), "sre");
    return { status: page.status, code: /id="code">(\w+)</.exec(page.text)?.[1] };
  };
  const refused = await until(signIn, ({ status }) => status !== 200, "the refusal");
  assert.deepEqual(refused, { status: 403, code: "saml_key_missing" });

  const refreshed = await connections("refresh", "okta");
  assert.equal(refreshed.code, 0, refreshed.err);
  assert.match(refreshed.out, / {2}ENDED/, "a refresh does not bring it back");
  assert.equal((await signIn()).status, 403);
});

test("what is asked wrongly is refused in a sentence", async () => {
  const unknown = await connections("refresh", "nobody");
  assert.equal(unknown.code, 1);
  assert.match(unknown.err, /connection_unknown/);
  const other = await connections("approve", "okta", "00".repeat(32));
  assert.equal(other.code, 1);
  assert.match(other.err, /key that waits/);
  assert.equal((await connections("end", "okta")).code, 2);
});
