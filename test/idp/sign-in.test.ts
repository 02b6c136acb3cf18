import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { stringify } from "yaml";
import { inspect } from "../../cli/commands/saml-inspect.ts";
import type { Running } from "../../infra/local/gateway.ts";
import { readSeed } from "../../infra/local/seed.ts";
import { folder, sekisho } from "../cli/run.ts";
import { openStack, type Stack, signInAs } from "../http/stack.ts";
import { formOf, newPerson, type Page } from "../support/person.ts";
import { okta, readRequest } from "./answers.ts";
import { type Row, rows, substituted } from "./applications.ts";
import { startOktaOpenId } from "./okta-openid.ts";
import { blocksOf, metadataOf, pageOf, VENDORS } from "./pages.ts";

const OKTA_SECRET = "okta-openid-test-client-secret";
let stack: Stack;
let oktaOpenId: Running;
let files: ReturnType<typeof folder>;

/** A rule on exactly the subject, and one on exactly the group: what they give shows what the broker saw. */
const seen = ({ id, subject, group }: Row): object[] => [
  witness(`${id}-subject`, id, [{ claim: "subject", equals: subject }], "222222222222"),
  witness(`${id}-group`, id, [{ claim: "groups", equals: group }], "333333333333"),
];
const witness = (id: string, connection: string, when: object[], account: string): object => ({
  kind: "Rule",
  id,
  connection,
  effect: "allow",
  when,
  grant: { roles: ["ReadOnly"], accounts: [account] },
});

/** Providers without TLS, as they exist on one machine alone: one that the deployment lists, and one that it does not. */
const plainly = (base: number): object[] =>
  [base + 10, base + 16].map((port) => ({
    kind: "Connection",
    id: port === base + 10 ? "listed" : "unlisted",
    protocol: "saml",
    subject: "nameId",
    metadata: {
      xml: metadataOf("urn:plain", `http://127.0.0.1:${port}/sso`).replace("HTTP-Redirect", "HTTP-POST"),
    },
  }));

const origins = () => ({ oktaOpenId: oktaOpenId.url, entra: stack.urls.entra, google: stack.urls.google });

const written = (objects: readonly object[]): string => objects.map((one) => stringify(one)).join("---\n");

before(async () => {
  process.env.OKTA_OPENID_SECRET = OKTA_SECRET;
  stack = await openStack();
  const base = Number(new URL(stack.url).port);
  oktaOpenId = await startOktaOpenId({
    port: base + 15,
    id: "0oa1example",
    secret: OKTA_SECRET,
    redirectUri: `${stack.url}/oidc/okta-oidc/callback`,
  });
  // Before the first sign-in: the function reads its environment when it is first asked.
  process.env.SEKISHO_PRIVATE_HOSTS += `,${new URL(oktaOpenId.url).host}`;
  const around = readSeed(base).filter(({ kind }) => kind !== "Connection" && kind !== "Rule");
  files = folder({
    "around.yaml": written(around),
    "seen.yaml": written(rows.flatMap(seen)),
    "plain.yaml": written(plainly(base)),
    ...Object.fromEntries(rows.map(({ vendor, id }) => [`${id}.yaml`, substituted(vendor, id, origins())])),
    ...Object.fromEntries(
      rows.flatMap(({ id, by }) =>
        "wording" in by ? [[`${id}.xml`, metadataOf(by.wording.entityId, by.wording.ssoUrl)]] : [],
      ),
    ),
  });
  const { code, out, err } = await sekisho(
    ["apply", "-f", files.path, "--function", "admin", "--yes"],
    stack.environment,
  );
  assert.equal(code, 0, out + err);
  assert.match(out, /0 errors, 0 warnings/);
});
after(async () => {
  delete process.env.OKTA_OPENID_SECRET;
  await oktaOpenId.stop();
  await stack.stop();
  files[Symbol.dispose]();
});

test("every connection of the pages is signed in with", () => {
  const ids = VENDORS.flatMap((vendor) =>
    blocksOf(pageOf(vendor)).flatMap((block) => [...block.matchAll(/^kind: Connection\nid: (\S+)$/gm)]),
  ).map(([, id]) => id);
  assert.deepEqual(new Set(ids), new Set(rows.map(({ id }) => id)));
  assert.equal(rows.length, 6);
});

/** Roles that the person's own page leads to, as `account/role`. */
async function rolesOf(person: ReturnType<typeof newPerson>): Promise<string[]> {
  const { text, status } = await person.open(`${stack.url}/`);
  assert.equal(status, 200, text);
  return [...text.matchAll(/\/console\?account=(\d{12})&amp;role=(\w+)/g)].map(
    ([, account, role]) => `${account}/${role}`,
  );
}

/** The form with which a provider sends the browser back: on the provider's own site. */
const posting = (from: string, acs: string, fields: Readonly<Record<string, string>>): Page => ({
  url: from,
  status: 200,
  headers: new Headers(),
  way: [],
  text: `<form method="post" action="${acs}">${Object.entries(fields)
    .map(([name, value]) => `<input type="hidden" name="${name}" value="${value}">`)
    .join("")}</form>`,
});

async function signIn({ id, by }: Row, person: ReturnType<typeof newPerson>): Promise<string | undefined> {
  if ("account" in by) {
    const start = await person.open(`${stack.url}/signin/${id}`);
    await signInAs(person, start, by.account, undefined, by.mfa);
    return undefined;
  }
  const { wording, attributes } = by;
  const host = new URL(wording.ssoUrl).host;
  const start = await person.open(`${stack.url}/signin/${id}`, { stopAt: new RegExp(`^https://${host}/`) });
  const asked = readRequest(start.headers.get("location") ?? "");
  assert.equal(asked.acs, `${stack.url}/saml/${id}/acs`);
  assert.equal(asked.audience, `${stack.url}/saml/${id}/metadata`);
  const response = Buffer.from(wording.answer(asked, attributes)).toString("base64");
  const fields = { SAMLResponse: response, RelayState: asked.relayState };
  const back = await person.send(posting(wording.ssoUrl, asked.acs, fields));
  assert.equal(back.status, 200, back.text);
  return response;
}

for (const row of rows)
  test(`the application of ${row.vendor}.md for ${row.id} signs in with the page's YAML`, async () => {
    const person = newPerson();
    const response = await signIn(row, person);
    const roles = await rolesOf(person);
    assert.ok(roles.includes("222222222222/ReadOnly"), `subject: ${roles}`);
    assert.ok(roles.includes("333333333333/ReadOnly"), `groups: ${roles}`);
    if (row.gives !== undefined) assert.ok(roles.includes(row.gives), `the page's rule: ${roles}`);
    if (response === undefined) return;
    using caught = folder({ "response.b64": response });
    const { output } = await inspect({
      connection: `${files.path}/${row.id}.yaml`,
      response: `${caught.path}/response.b64`,
      url: stack.url,
    });
    assert.equal(output?.verdict, "accepted");
    assert.equal(output?.identity?.subject, row.subject);
    assert.deepEqual(output?.warnings, []);
  });

test("whoever signs in at Okta with a password alone gets nothing that needs a second factor", async () => {
  const [row] = rows;
  assert.ok(row !== undefined && "wording" in row.by);
  const person = newPerson();
  const attributes = { ...row.by.attributes, amr: ["pwd"] };
  await signIn({ ...row, by: { ...row.by, attributes } }, person);
  const roles = await rolesOf(person);
  assert.ok(roles.includes("333333333333/ReadOnly") && !roles.includes("111111111111/Admin"), String(roles));
});

test("a person for whom Google's attribute is not filled is refused, not known by an address", async () => {
  const row = rows.find(({ id }) => id === "google-saml");
  assert.ok(row !== undefined && "wording" in row.by);
  const attributes = { ...row.by.attributes, subject: [] };
  const person = newPerson();
  await assert.rejects(signIn({ ...row, by: { ...row.by, attributes } }, person), /saml_subject_missing/);
});

test("a plan warns of a connection that does not say what people are known by, and goes on", async () => {
  const silent = substituted("okta", "okta", origins())
    .replace("subject: userId\n", "")
    .replace("[mfa,", "[swk,");
  using config = folder({
    "around.yaml": written(
      readSeed(Number(new URL(stack.url).port)).filter(({ kind }) => kind === "Account"),
    ),
    "role.yaml": stringify({ kind: "Role", name: "Admin", accounts: ["111111111111"] }),
    "okta.yaml": silent,
    "okta.xml": metadataOf(okta.entityId, okta.ssoUrl),
  });
  const { code, out } = await sekisho(["plan", "-f", config.path, "--function", "admin"], stack.environment);
  assert.equal(code, 0, out);
  assert.match(out, /okta\.yaml:1:1: warning: Connection okta: It is not said what people are known by/);
  assert.match(out, /okta\.yaml:10:15: warning: Connection okta: `swk` may be the only factor/);
  assert.match(out, /0 errors, 2 warnings/);
});

test("a form goes over plain http to a provider that the deployment lists, and to no other", async () => {
  const listed = await newPerson().open(`${stack.url}/signin/listed`);
  assert.equal(formOf(listed).action, `${stack.urls.okta}/sso`);
  assert.match(
    listed.headers.get("content-security-policy") ?? "",
    new RegExp(`form-action[^;]*${stack.urls.okta}`),
  );
  const unlisted = await newPerson().open(`${stack.url}/signin/unlisted`);
  assert.equal(unlisted.status, 503);
  assert.match(unlisted.text, /connection_not_ready/);
});
