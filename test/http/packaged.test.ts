import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import test, { after, before } from "node:test";
import { pathToFileURL } from "node:url";
import { bundle, functionNames, ROOT } from "../../infra/build.ts";
import { startStack } from "../../infra/local/stack.ts";
import { newPerson, readable } from "../support/person.ts";
import { ciToken, fetchCredentials, personToken } from "../support/programs.ts";
import { type Stack, signedIn, signInAs, throughForms } from "./stack.ts";

let stack: Stack;
/** Like the folder a zip is unpacked to: the bundles, the assets, and no packages anywhere above. */
let folder: string;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "sekisho-packaged-"));
  for (const name of functionNames())
    for (const { path, contents } of (await bundle(name)).files) {
      const file = join(folder, relative(ROOT, path));
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, contents);
    }
  cpSync(join(ROOT, "web/assets"), join(folder, "web/assets"), { recursive: true });
  stack = await startStack({ port: 0, fileOf: (name) => pathToFileURL(join(folder, `dist/${name}.mjs`)) });
});
after(async () => {
  await stack?.stop();
  rmSync(folder, { recursive: true });
});

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
  const scoped = "222222222222/Deploy?scope=s3-read&parameters.bucket=acme-logs";
  assert.equal((await fetchCredentials(stack.urls, scoped, await ciToken(stack.urls))).status, 200);
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
