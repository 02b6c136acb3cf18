import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { fromHttp } from "@aws-sdk/credential-providers";
import { type Stack, startStack } from "../../infra/local/stack.ts";
import { signIn } from "./idp.ts";
import { atDashboard, clickTile, goOn } from "./walk.ts";

let stack: Stack;
before(async () => {
  stack = await startStack({ port: 0 });
});
after(() => stack.stop());

test("sre clicks the tile of prod's Admin and stands in the console as that role", async () => {
  const { browser, dashboard } = await atDashboard(stack.urls.okta, "sre");
  const page = await clickTile(browser, dashboard, "AWS prod Admin");
  assert.ok(page.url.startsWith(`${stack.urls.aws}/console`), `${page.url}: ${page.body.slice(0, 2000)}`);
  assert.match(page.body, /111111111111/);
  assert.match(page.body, /sekisho-Admin/);
  assert.match(page.body, /platform/, "the trusted claim arrived as a session tag");
});

test("sre clicks the tile that names nothing and sees every role", async () => {
  const { browser, dashboard } = await atDashboard(stack.urls.okta, "sre");
  const page = await clickTile(browser, dashboard, "AWS");
  assert.equal(new URL(page.url).origin, stack.url);
  for (const account of ["111111111111", "222222222222", "333333333333"])
    assert.ok(page.body.includes(account));
});

test("analyst comes through Entra with an overage: staging at once, prod with a second factor", async () => {
  const { browser, dashboard } = await atDashboard(stack.urls.entra, "analyst");
  const staging = await clickTile(browser, dashboard, "AWS");
  assert.match(staging.body, /222222222222|sekisho-Analyst/);
  assert.ok(!staging.body.includes("111111111111"), staging.url);
  const strong = await atDashboard(stack.urls.entra, "analyst", { mfa: "yes" });
  const both = await clickTile(strong.browser, strong.dashboard, "AWS");
  assert.match(both.body, /111111111111/);
  assert.match(both.body, /222222222222/);
});

test("support comes through Google by a nested group", async () => {
  const { browser, dashboard } = await atDashboard(stack.urls.google, "support");
  const page = await clickTile(browser, dashboard, "AWS");
  assert.match(page.body, /Support/);
  assert.match(page.body, /ReadOnly/);
  assert.ok(!page.body.includes("222222222222"));
});

test("outsider signs in and is given nothing, and told whom to ask", async () => {
  const { browser, dashboard } = await atDashboard(stack.urls.okta, "outsider");
  const page = await clickTile(browser, dashboard, "AWS prod Admin");
  assert.equal(page.status, 403, page.url);
  assert.match(page.body, /platform@example\.com/);
});

for (const [provider, name, offset] of [
  ["okta", "sre", "okta"],
  ["entra", "analyst", "entra"],
] as const)
  test(`a second factor that the broker asks ${provider} for is asked of the person, and counts`, async () => {
    const { browser } = await atDashboard(stack.urls[offset], name);
    await goOn(browser, await browser.get(`${stack.url}/signin/${provider}?to=/`));
    const asked = await goOn(browser, await browser.get(`${stack.url}/signin/${provider}?to=/&mfa=1`));
    assert.match(asked.body, /asks for a second factor/, asked.url);
    const home = await goOn(browser, await signIn(browser, asked, name, { mfa: "yes" }));
    assert.equal(home.url, `${stack.url}/`);
    // Deploy for developers, prod for analysts: both only with a second factor.
    assert.match(home.body, name === "sre" ? /Deploy/ : /111111111111/);
  });

test("whoever starts at the portal comes back to it", async () => {
  const { browser } = await atDashboard(stack.urls.okta, "sre");
  const choose = await browser.follow(await browser.get(`${stack.url}/`));
  for (const id of ["okta", "entra", "google"]) assert.ok(choose.body.includes(`/signin/${id}`), choose.url);
  assert.ok(!choose.body.includes("/signin/ci"), "a workload issuer is nobody's way to sign in");
  const home = await goOn(browser, await browser.get(`${stack.url}/signin/okta?to=/`));
  assert.equal(home.url, `${stack.url}/`);
  assert.equal(home.status, 200);
});

const credentialsOf = async (query: string, audience = stack.url) => {
  const token = await (await fetch(`${stack.urls.ci}/token?aud=${encodeURIComponent(audience)}`)).text();
  return fromHttp({
    awsContainerCredentialsFullUri: `${stack.url}/api/credentials/222222222222/Deploy${query}`,
    awsContainerAuthorizationToken: token,
    maxRetries: 0,
  })();
};

test("a program exchanges its CI token through the stock AWS SDK and is who the rules say", async () => {
  const credentials = await credentialsOf("?scope=s3-read&parameters.bucket=demo");
  const sts = new STSClient({ region: "us-east-1", endpoint: stack.urls.aws, credentials });
  const { Arn } = await sts.send(new GetCallerIdentityCommand({}));
  sts.destroy();
  assert.match(Arn ?? "", /^arn:aws:sts::222222222222:assumed-role\/sekisho-Deploy\//);
});

test("a token for somebody else is refused", async () => {
  await assert.rejects(credentialsOf("", "https://elsewhere.example"));
});
