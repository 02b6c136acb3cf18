import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import * as samlify from "samlify";
import { newPerson, readable } from "../support/person.ts";
import { openStack, type Stack } from "./stack.ts";

let stack: Stack;
before(async () => {
  stack = await openStack();
});
after(() => stack.stop());

const get = async (path: string) => {
  const answer = await fetch(`${stack.url}${path}`, { redirect: "manual" });
  return { status: answer.status, type: answer.headers.get("content-type") ?? "", text: await answer.text() };
};

test("the process says that it lives", async () => assert.equal((await get("/healthz")).status, 200));

test("IAM is given metadata it can take, the same bytes each time", async () => {
  const first = await get("/saml/idp/metadata");
  assert.equal(first.status, 200);
  assert.ok(first.text.length >= 1000 && first.text.length <= 10_000_000);
  assert.equal((await get("/saml/idp/metadata")).text, first.text);
  const provider = samlify.IdentityProvider({ metadata: first.text });
  assert.equal(provider.entityMeta.getEntityID(), `${stack.url}/saml/idp/metadata`);
});

test("a provider is given our metadata, with its own entity id and ACS", async () => {
  const { status, text } = await get("/saml/okta/metadata");
  assert.equal(status, 200);
  const ours = samlify.ServiceProvider({ metadata: text });
  assert.equal(ours.entityMeta.getEntityID(), `${stack.url}/saml/okta/metadata`);
  assert.equal(ours.entityMeta.getAssertionConsumerService("post"), `${stack.url}/saml/okta/acs`);
});

for (const id of ["entra", "ci", "nobody", "constructor"])
  test(`there is no SAML metadata of ${id}`, async () =>
    assert.equal((await get(`/saml/${id}/metadata`)).status, 404));

test("our public keys are published and nothing private is in them", async () => {
  const { text } = await get("/.well-known/jwks.json");
  const { keys }: { keys: Record<string, unknown>[] } = JSON.parse(text);
  assert.ok(keys.length > 0);
  for (const key of keys) assert.ok(!("d" in key) && "n" in key && key.alg === "RS256");
});

test("every asset a page names is there, by its type, and nothing beside the folder is", async () => {
  const page = await newPerson().open(`${stack.url}/signin`);
  const named = [...page.text.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map(([, path]) => path ?? "");
  assert.ok(named.length > 0);
  for (const path of named) {
    const { status, type } = await get(path.split("?")[0] ?? "");
    assert.equal(status, 200, path);
    assert.match(type, /^text\/(?:css|javascript)|image\/svg/, path);
  }
  for (const path of ["/assets/..%2fpackage.json", "/assets/nothing.css", "/assets/base.css.map"])
    assert.equal((await get(path)).status, 404, path);
});

test("the choice of providers names every connection of people and no workload", async () => {
  const text = readable(await newPerson().open(`${stack.url}/signin`));
  for (const title of ["Okta", "Entra ID", "Google Workspace"]) assert.ok(text.includes(title), title);
  assert.ok(!/\bCI\b/.test(text));
});

test("a provider's tile starts a sign-in only as the issuer the connection knows", async () => {
  const issuer = stack.urls.google;
  const started = await newPerson().open(
    `${stack.url}/oidc/google/initiate?${new URLSearchParams({ iss: issuer })}`,
  );
  assert.ok(started.url.startsWith(issuer), started.way.join(" -> "));
  const other = await newPerson().open(`${stack.url}/oidc/google/initiate?iss=https%3A%2F%2Fevil.example`);
  assert.ok(other.status >= 400 && other.url.startsWith(stack.url));
  const target = new URLSearchParams({ iss: issuer, target_link_uri: "https://evil.example/" });
  const elsewhere = await newPerson().open(`${stack.url}/oidc/google/initiate?${target}`);
  assert.match(elsewhere.text, /target_not_allowed/);
});
