import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { CreateRoleCommand, CreateSAMLProviderCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { AssumeRoleCommand, AssumeRoleWithSAMLCommand, type Credentials } from "@aws-sdk/client-sts";
import { mint } from "./assertion.ts";
import {
  administrator,
  allowing,
  clients,
  handClock,
  makeProvider,
  metadataOf,
  openAws,
  PROD,
  providerArn,
  roleArn,
  trustPolicy,
} from "./world.ts";

const provider = makeProvider();
const DESTINATION = "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#logsV2:";
const ISSUER = "http://localhost:8700/";

/** A session with everything a console page shows. */
async function open(t: TestContext, more: object = {}) {
  const clock = handClock();
  const aws = await openAws(t, clock);
  const { iam, sts } = clients(aws.url, administrator(PROD));
  const metadata = metadataOf(provider);
  await iam.send(new CreateSAMLProviderCommand({ Name: "sekisho", SAMLMetadataDocument: metadata }));
  await iam.send(new CreateRoleCommand({ RoleName: "Admin", AssumeRolePolicyDocument: trustPolicy() }));
  const PolicyDocument = allowing("*");
  await iam.send(new PutRolePolicyCommand({ RoleName: "Admin", PolicyName: "all", PolicyDocument }));
  const attributes = {
    RoleSessionName: ["sre@example.com"],
    SourceIdentity: ["person-1"],
    "PrincipalTag:team": ["blue"],
    TransitiveTagKeys: ["team"],
  };
  const SAMLAssertion = mint(clock.at, provider, { attributes });
  const call = { RoleArn: roleArn("Admin"), PrincipalArn: providerArn(), SAMLAssertion, ...more };
  const { Credentials } = await sts.send(new AssumeRoleWithSAMLCommand(call));
  assert.ok(Credentials);
  return { aws, clock, iam, credentials: Credentials };
}

const sessionOf = (credentials: Credentials, change: object = {}) =>
  JSON.stringify({
    sessionId: credentials.AccessKeyId,
    sessionKey: credentials.SecretAccessKey,
    sessionToken: credentials.SessionToken,
    ...change,
  });

/** Asks for a sign-in token by POST. */
async function askToken(url: string, fields: Record<string, string>) {
  const body = new URLSearchParams({ Action: "getSigninToken", ...fields });
  const answer = await fetch(`${url}/federation`, { method: "POST", body });
  const text = await answer.text();
  return {
    status: answer.status,
    token: answer.ok ? (JSON.parse(text) as { SigninToken: string }).SigninToken : "",
    text,
  };
}

const login = (url: string, fields: Record<string, string>) => {
  const query = new URLSearchParams({ Action: "login", Issuer: ISSUER, Destination: DESTINATION, ...fields });
  return fetch(`${url}/federation?${query}`, { redirect: "manual" });
};

/** The text of an element of the page by its id. */
const shown = (page: string, id: string) =>
  (new RegExp(`id="${id}">(.*?)</(?:dd|dl|p|div)>`, "s").exec(page)?.[1] ?? "")
    .replace(/<[^>]*>/g, " ")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&")
    .replace(/\s+/g, " ")
    .trim();

test("credentials become a console that shows whose they are, for how long and where to", async (t) => {
  const Policy = allowing("s3:GetObject");
  const { aws, clock, credentials } = await open(t, { Policy });
  const { token } = await askToken(aws.url, { Session: sessionOf(credentials), SessionDuration: "1800" });
  const answer = await login(aws.url, { SigninToken: token });
  assert.equal(answer.status, 302);
  assert.equal(answer.headers.get("cache-control"), "no-store");
  const cookie = answer.headers.get("set-cookie") ?? "";
  assert.match(cookie, /^local-console=[\w-]{43}; Path=\/console; HttpOnly; SameSite=Lax; Max-Age=1800$/);
  const location = answer.headers.get("location") ?? "";
  const response = await fetch(location, { headers: { cookie: cookie.split(";")[0] ?? "" } });
  assert.match(
    response.headers.get("content-security-policy") ?? "",
    /default-src 'none'.*frame-ancestors 'none'/,
  );
  const page = await response.text();
  assert.match(page, /<title>Admin in prod - Local AWS console look-alike<\/title>/);
  assert.equal(shown(page, "account"), "111111111111 prod");
  assert.equal(shown(page, "role"), "Admin");
  assert.equal(shown(page, "session-name"), "sre@example.com");
  assert.equal(shown(page, "source-identity"), "person-1");
  assert.equal(shown(page, "tags"), "team blue");
  assert.equal(shown(page, "transitive"), "team");
  assert.equal(shown(page, "expiry"), new Date((clock.at + 1800) * 1000).toISOString().replace(".000", ""));
  assert.deepEqual(JSON.parse(shown(page, "session-policy")), JSON.parse(Policy));
  assert.equal(shown(page, "destination"), DESTINATION);
});

test("without SessionDuration the console lives as long as the credentials, then names the broker", async (t) => {
  const { aws, clock, credentials } = await open(t);
  const { token } = await askToken(aws.url, { Session: sessionOf(credentials) });
  const answer = await login(aws.url, { SigninToken: token });
  const cookie = (answer.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
  const look = () => fetch(`${aws.url}/console/`, { headers: { cookie } });
  clock.at += 3599;
  assert.equal((await look()).status, 200);
  clock.at += 1;
  const ended = await look();
  assert.equal(ended.status, 401);
  assert.match(await ended.text(), /Sign in again at <a href="http:\/\/localhost:8700\/">/);
});

test("a console is signed out from its own page alone", async (t) => {
  const { aws, credentials } = await open(t);
  const { token } = await askToken(aws.url, { Session: sessionOf(credentials) });
  const answer = await login(aws.url, { SigninToken: token });
  const cookie = (answer.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
  const signOut = (origin: string) =>
    fetch(`${aws.url}/console/signout`, { method: "POST", headers: { cookie, origin } });
  const look = async () => (await fetch(`${aws.url}/console/`, { headers: { cookie } })).status;
  const page = await fetch(`${aws.url}/console/`, { headers: { cookie } });
  assert.equal(page.headers.get("referrer-policy"), "same-origin", "a browser must name the page's origin");
  for (const origin of ["http://localhost:8700", "null"]) assert.equal((await signOut(origin)).status, 403);
  assert.equal(await look(), 200);
  assert.equal((await signOut(aws.url)).status, 200);
  assert.equal(await look(), 401);
});

test("a sign-in token opens one console, within fifteen minutes", async (t) => {
  const { aws, clock, credentials } = await open(t);
  const { token } = await askToken(aws.url, { Session: sessionOf(credentials) });
  assert.equal((await login(aws.url, { SigninToken: token })).status, 302);
  assert.equal((await login(aws.url, { SigninToken: token })).status, 400);
  const late = await askToken(aws.url, { Session: sessionOf(credentials) });
  clock.at += 900;
  assert.equal((await login(aws.url, { SigninToken: late.token })).status, 400);
});

test("getSigninToken takes GET as well, and only live credentials of STS for a duration they allow", async (t) => {
  const { aws, clock, credentials } = await open(t);
  const Session = sessionOf(credentials);
  const query = new URLSearchParams({ Action: "getSigninToken", Session });
  assert.equal((await fetch(`${aws.url}/federation?${query}`)).status, 200);
  const key = administrator(PROD);
  const rows: Record<string, string>[] = [
    {},
    { Session: "{" },
    { Session: "null" },
    { Session: sessionOf(credentials, { sessionKey: "x" }) },
    { Session: sessionOf(credentials, { sessionToken: "x" }) },
    { Session: sessionOf(credentials, { more: "x" }) },
    {
      Session: JSON.stringify({
        sessionId: key.accessKeyId,
        sessionKey: key.secretAccessKey,
        sessionToken: "",
      }),
    },
    { Session, SessionDuration: "899" },
    { Session, SessionDuration: "43201" },
    { Session, SessionDuration: "3601" },
    { Session, SessionDuration: "soon" },
    { Session, Duration: "3600" },
  ];
  for (const fields of rows)
    assert.equal((await askToken(aws.url, fields)).status, 400, JSON.stringify(fields));
  clock.at += 3600;
  assert.equal((await askToken(aws.url, { Session })).status, 400);
});

test("role-chained credentials open a console without SessionDuration alone", async (t) => {
  const { aws, iam, credentials } = await open(t);
  const trust = {
    Version: "2012-10-17",
    Statement: {
      Effect: "Allow",
      Principal: { AWS: roleArn("Admin") },
      Action: ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
    },
  };
  const AssumeRolePolicyDocument = JSON.stringify(trust);
  await iam.send(new CreateRoleCommand({ RoleName: "Next", AssumeRolePolicyDocument }));
  const { sts } = clients(aws.url, {
    accessKeyId: credentials.AccessKeyId ?? "",
    secretAccessKey: credentials.SecretAccessKey ?? "",
    sessionToken: credentials.SessionToken ?? "",
  });
  const chained = await sts.send(
    new AssumeRoleCommand({ RoleArn: roleArn("Next"), RoleSessionName: "climber" }),
  );
  assert.ok(chained.Credentials);
  const Session = sessionOf(chained.Credentials);
  assert.equal((await askToken(aws.url, { Session, SessionDuration: "900" })).status, 400);
  assert.equal((await askToken(aws.url, { Session })).status, 200);
});

const accepted = [
  "https://console.aws.amazon.com/",
  "https://us-east-1.console.aws.amazon.com/console/home?region=us-east-1#",
  "https://s3.console.aws.amazon.com/s3/buckets/x",
  "https://111111111111-abcdefgh.eu-west-1.console.aws.amazon.com/lambda/home",
  "https://eu-west-1.quicksight.aws.amazon.com/sn/start",
];
const refused = [
  "",
  "/console/home",
  "http://console.aws.amazon.com/",
  "https://console.aws.amazon.com.evil.example/",
  "https://evil.example/?console.aws.amazon.com",
  "https://console.aws.amazon.com@evil.example/",
  "https://user:pass@console.aws.amazon.com/",
  "https://console.aws.amazon.com:8443/",
  "https://a.b.c.d.console.aws.amazon.com/",
  "https://evilconsole.aws.amazon.com/",
  "https://console.amazonaws.cn/",
  "https://aws.amazon.com/console",
  "https:\\\\console.aws.amazon.com/",
  "javascript:alert(1)//console.aws.amazon.com",
  "https://console.aws.amazon.com/\nX: y",
];
test("a destination is a console page of the session's partition", async (t) => {
  const { aws, credentials } = await open(t);
  const go = async (Destination: string) => {
    const { token } = await askToken(aws.url, { Session: sessionOf(credentials) });
    return login(aws.url, { SigninToken: token, Destination });
  };
  for (const good of [...accepted, `${aws.url}/console/home`])
    assert.equal((await go(good)).status, 302, good);
  for (const bad of [...refused, `${aws.url}/federation`]) assert.equal((await go(bad)).status, 400, bad);
});

test("the issuer is an https URL or a broker on this machine", async (t) => {
  const { aws, credentials } = await open(t);
  for (const [Issuer, status] of [
    ["https://broker.example.com/signin", 302],
    ["http://localhost:8700/", 302],
    ["http://broker.example.com/", 400],
    ["http://localhost.evil.example/", 400],
    ["javascript:alert(1)", 400],
    ["", 400],
  ] as const) {
    const { token } = await askToken(aws.url, { Session: sessionOf(credentials) });
    assert.equal((await login(aws.url, { SigninToken: token, Issuer })).status, status, Issuer);
  }
});

test("a page without a session, a foreign destination and markup in it are all harmless", async (t) => {
  const { aws, credentials } = await open(t);
  assert.equal((await fetch(`${aws.url}/console/`)).status, 401);
  const { token } = await askToken(aws.url, { Session: sessionOf(credentials) });
  const answer = await login(aws.url, { SigninToken: token });
  const cookie = (answer.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
  const asked = encodeURIComponent("https://evil.example/<script>alert(1)</script>");
  const page = await (
    await fetch(`${aws.url}/console/?destination=${asked}`, { headers: { cookie } })
  ).text();
  assert.doesNotMatch(page, /<script/);
  assert.match(shown(page, "destination"), /^http:\/\/127\.0\.0\.1:\d+\/console\//);
});
