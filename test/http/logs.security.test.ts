import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { handler as admin } from "../../functions/admin.ts";
import { handler as worker } from "../../functions/worker.ts";
import { ENTRA_ACCOUNTS, GOOGLE_ACCOUNTS, OKTA_ACCOUNTS } from "../../infra/local/idp/accounts.ts";
import { formOf, newPerson, type Person } from "../support/person.ts";
import { ciToken, fetchCredentials, personToken } from "../support/programs.ts";
import { tapConsole, tapWire } from "../support/wire.ts";
import { openStack, type Stack, signedIn, signInAs, throughForms } from "./stack.ts";

const printed = tapConsole();
const wire = tapWire();
/** Cookies, codes and handles, which travel in headers and addresses. */
const carried = new Set<string>();

let stack: Stack;
before(async () => {
  stack = await openStack();
});
after(() => stack.stop());

test("people, programs and strangers come and go", async () => {
  try {
    await people();
    await programs();
    await strangers();
    await worker();
  } finally {
    printed.stop();
    wire.stop();
  }
});

/** Keeps what a browser was given, to look for it in the log. */
function keep(person: Person, ways: readonly string[] = []): void {
  for (const jar of person.cookies.values()) for (const value of jar.values()) carried.add(value);
  for (const way of ways) for (const value of new URL(way).searchParams.values()) carried.add(value);
}

async function people(): Promise<void> {
  const tiled = newPerson();
  const dashboard = await signInAs(tiled, await tiled.open(stack.urls.okta), "sre");
  const console = await throughForms(tiled, await tiled.follow(dashboard, /prod Admin/i));
  assert.ok(console.url.startsWith(stack.urls.aws));
  keep(tiled, console.way);
  for (const [connection, name] of [
    ["okta", "sre"],
    ["okta", "outsider"],
    ["entra", "analyst"],
    ["google", "support"],
  ] as const) {
    const { person, page } = await signedIn(stack, connection, name);
    keep(person, page.way);
    for (const path of [
      "/",
      "/console?account=222222222222&role=Analyst",
      "/console?account=111111111111&role=Admin",
      "/console?account=111111111111&role=bob@example.com",
    ])
      keep(person, (await person.open(`${stack.url}${path}`)).way);
  }
  const { person } = await signedIn(stack, "okta", "sre");
  const asked = await person.open(`${stack.url}/credentials?account=111111111111&role=ReadOnly`);
  const shown = await person.send(asked, { show: "1" }, { which: /name="account"/ });
  assert.match(shown.text, /ASIA[A-Z0-9]{16}/);
  keep(person);
  await person.send(await person.open(`${stack.url}/`), {}, { which: /signout/ });
}

async function programs(): Promise<void> {
  const { person } = await signedIn(stack, "okta", "sre");
  const mine = await personToken(stack.urls, person, "credentials");
  const api = await personToken(stack.urls, person, "api");
  const ci = await ciToken(stack.urls);
  for (const token of [mine, api, ci]) carried.add(token);
  assert.equal((await fetchCredentials(stack.urls, "111111111111/Admin", mine)).status, 200);
  const scoped = "222222222222/Deploy?scope=s3-read&parameters.bucket=acme-payroll-secrets";
  assert.equal((await fetchCredentials(stack.urls, scoped, ci)).status, 200);
  for (const [place, token] of [
    ["111111111111/Admin", ci],
    ["111111111111/Admin", api],
    ["222222222222/Deploy?scope=carol@example.com", ci],
    ["222222222222/Deploy?policy=dave@example.com", ci],
    ["222222222222/Deploy", await ciToken(stack.urls, { aud: "https://erin.example.com" })],
    [
      "222222222222/Deploy",
      await ciToken(stack.urls, { sub: "frank@example.com", repository_owner_id: "7" }),
    ],
    ["222222222222/Deploy", `${ci}x`],
    ["222222222222/Deploy", "grace@example.com"],
  ] as const)
    assert.ok((await fetchCredentials(stack.urls, place, token)).status >= 400, place);
  const objects = [{ kind: "Rule", id: "heidi@example.com", effect: "allow", secret: api }];
  for (const [path, body] of [
    ["plan", { objects }],
    ["apply", { objects }],
    ["explain", { connection: "okta", claims: { email: ["ivan@example.com"] }, subject: "ivan@example.com" }],
  ] as const)
    await fetch(`${stack.url}/api/admin/${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${api}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  await admin({ sekisho: "apply", objects, author: "judy@example.com" });
  await admin({
    sekisho: "recover",
    connection: "mallory@example.com",
    subject: "mallory@example.com",
  }).catch(() => undefined);
}

async function strangers(): Promise<void> {
  const person = newPerson();
  const asked = await person.open(`${stack.url}/signin/okta`);
  const login = /name="SAMLRequest"/.test(asked.text) ? await person.send(asked) : asked;
  const form = formOf(login, /password/i);
  const page = await person.send(
    login,
    { ...form.fields, username: "sre", password: "sre" },
    { which: /password/i },
  );
  const { fields } = formOf(page, /SAMLResponse/);
  keep(person, [...asked.way, ...login.way]);
  const xml = Buffer.from(fields.SAMLResponse ?? "", "base64").toString();
  const again = (response: string) => ({ ...fields, SAMLResponse: Buffer.from(response).toString("base64") });
  const post = (path: string, body: RequestInit["body"], cookie = true) =>
    fetch(`${stack.url}${path}`, {
      method: "POST",
      redirect: "manual",
      ...(cookie
        ? {
            headers: {
              cookie: [...(person.cookies.get("localhost") ?? [])].map((c) => c.join("=")).join("; "),
            },
          }
        : {}),
      body: body ?? null,
    });
  const answers = [
    await post("/saml/okta/acs", new URLSearchParams(again(xml.replaceAll("sre", "niaj@example.com")))),
    await post("/saml/okta/acs", new URLSearchParams(fields)),
    await post("/saml/okta/acs", new URLSearchParams(fields), false),
    await post("/saml/olivia@example.com/acs", new URLSearchParams(fields)),
    await post(
      "/saml/okta/acs",
      new URLSearchParams([
        ["peggy@example.com", "1"],
        ["peggy@example.com", "2"],
      ]),
    ),
    await post("/api/login/token", "\nat rupert@example.com (file:///x:1:1)"),
    await post("/api/login/token", JSON.stringify({ "sybil@example.com": 1, code: xml, verifier: xml })),
    await post("/saml/okta/acs", `SAMLResponse=${"trent@example.com".repeat(80_000)}`),
    await fetch(`${stack.url}/signin/victor@example.com?to=//walter@example.com`),
    await fetch(`${stack.url}/wendy@example.com?xavier@example.com`, {
      headers: { referer: "https://yves@example.com" },
    }),
    await fetch(`${stack.url}/oidc/entra/callback?state=zoe@example.com&error_description=zoe@example.com`),
    await fetch(`${stack.url}/oidc/entra/callback?code=secret-code-of-somebody&state=si_${"z".repeat(43)}`),
    await fetch(`${stack.url}/oidc/google/initiate?iss=alice@example.com&login_hint=alice@example.com`),
  ];
  for (const { status, url } of answers) assert.ok(status >= 400, `${status} ${url}`);
}

/** Every piece of this many characters of a secret is one too. */
const PIECE = 20;
function* piecesOf(text: string): Generator<string> {
  for (let at = 0; at + PIECE <= text.length; at++) yield text.slice(at, at + PIECE);
}

/** What frames of a stack say is of our own making. */
const withoutFrames = (line: string): string => line.replaceAll(/"at [^"]*:\d+:\d+\)?"/g, "");
const log = (): string => printed.lines.map(withoutFrames).join("\n");

test("the run was long and its traffic was heard", () => {
  assert.ok(printed.lines.length > 80, `${printed.lines.length} lines`);
  const heard = wire.text();
  for (const [what, pattern, least] of [
    ["assertions", /SAMLResponse/g, 5],
    ["JSON web tokens", /eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+/g, 5],
    ["credentials of AWS", /<SessionToken>/g, 5],
    ["console tokens", /SigninToken/g, 3],
    ["e-mail addresses", /@example\.com/g, 50],
  ] as const)
    assert.ok((heard.match(pattern)?.length ?? 0) >= least, `hardly any ${what} were heard`);
  assert.ok(carried.size > 30, `${carried.size} cookies, codes and tokens`);
});

test("every line is JSON with a level, and every request's line its reference and route", () => {
  const lines = printed.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  for (const line of lines) {
    assert.match(String(line.level), /^(?:info|warn|error)$/);
    if ("route" in line) assert.match(String(line.reference), /^[0-9A-HJKMNP-TV-Z]{26}$/);
  }
  const routes = new Set(lines.map(({ route }) => route));
  for (const route of [
    "POST /saml/{connection}/acs",
    "GET /console",
    "GET /api/credentials/{accountId}/{role}",
  ])
    assert.ok(routes.has(route), route);
});

test("no line holds a piece of an assertion, a token, a credential or a message", () => {
  const pieces = new Set(piecesOf(log()));
  const secrets = wire.text().match(/[\w+/=.-]{40,}/g) ?? [];
  assert.ok(secrets.length > 200);
  const found = secrets.filter((secret) => [...piecesOf(secret)].some((piece) => pieces.has(piece)));
  assert.deepEqual(
    [...new Set(found)].map((one) => one.slice(0, 80)),
    [],
  );
});

test("no line holds a cookie, a code, a handle or a token of the run", () => {
  const all = log();
  assert.deepEqual(
    [...carried].filter((secret) => secret.length >= 16 && all.includes(secret)),
    [],
  );
});

test("no line holds an e-mail address, a subject, a name or a claim of anybody", () => {
  const all = log();
  assert.deepEqual(all.match(/[^\s"]*@[^\s"]*/g), null);
  const accounts = [...OKTA_ACCOUNTS, ...ENTRA_ACCOUNTS, ...GOOGLE_ACCOUNTS];
  const words = accounts.flatMap(({ id, name, groups, costCenter }) => [
    id,
    name,
    ...groups,
    ...(costCenter === undefined ? [] : [costCenter]),
  ]);
  words.push("demo/app", "refs/heads/main", "acme-payroll-secrets", "secret-code-of-somebody");
  const told = new Set(all.match(/[\w@./-]+/g));
  // One cost centre is called as we call what is not there.
  assert.deepEqual(
    words.filter((word) => word !== "none" && told.has(word)),
    [],
  );
});
