import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { readSeed } from "../../infra/local/seed.ts";
import { personToken } from "../support/programs.ts";
import { openStack, type Stack, signedIn } from "./stack.ts";

let stack: Stack;
before(async () => {
  stack = await openStack();
});
after(() => stack.stop());

const call = async (token: string, path: string, body?: object) => {
  const answer = await fetch(`${stack.url}/api/admin/${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const said: Record<string, unknown> = await answer.json();
  return { status: answer.status, said };
};

test("who administers by the configuration does so from the moment it is published", async () => {
  const { person } = await signedIn(stack, "okta", "sre");
  const token = await personToken(stack.urls, person, "api");
  const { status, said } = await call(token, "configuration");
  assert.equal(status, 200, JSON.stringify(said));
});

test("an administrator sees at once what they published, and whoever is none any more is refused at once", async () => {
  const [sre, support] = await Promise.all([
    signedIn(stack, "okta", "sre"),
    signedIn(stack, "google", "support"),
  ]);
  const token = await personToken(stack.urls, sre.person, "api");
  const helper = await personToken(stack.urls, support.person, "api");
  const objects = readSeed(Number(new URL(stack.url).port));
  const helps = {
    kind: "Rule",
    id: "support-administers",
    connection: "google",
    effect: "allow",
    when: [{ claim: "groups", equals: "support@groups.example.com" }],
    grant: { broker: ["admin"] },
  };
  assert.equal((await call(helper, "configuration")).status, 403);

  const published = await call(token, "apply", { objects: [...objects, helps] });
  assert.equal(published.said.outcome, "published", JSON.stringify(published.said));
  assert.equal((await call(helper, "configuration")).status, 200);
  const asked = { connection: "google", claims: { groups: ["support@groups.example.com"] } };
  const explained = await call(token, "explain", asked);
  assert.deepEqual(explained.said.broker, ["admin"], JSON.stringify(explained.said));
  assert.equal(explained.said.version, published.said.published);

  assert.equal((await call(token, "apply", { objects })).said.outcome, "published");
  assert.equal((await call(helper, "configuration")).status, 403);
});
