import assert from "node:assert/strict";
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import test, { after, before } from "node:test";
import { SignJWT } from "jose";
import * as client from "openid-client";
import { freeBase, partPort } from "../../infra/local/environment.ts";
import type { Running } from "../../infra/local/gateway.ts";
import { DATA_ANALYSTS, ENTRA_ACCOUNTS, ENTRA_TENANT } from "../../infra/local/idp/accounts.ts";
import { ENTRA_CLIENT, startEntra } from "../../infra/local/idp/entra.ts";
import {
  GOOGLE_ADMIN,
  GOOGLE_CLIENT,
  serviceAccountFile,
  startGoogle,
} from "../../infra/local/idp/google.ts";
import { openKeyring } from "../../infra/local/idp/keys.ts";
import { type Browser, openBrowser, type Page, signIn } from "./idp.ts";

const BROKER = "http://localhost:8700";
const keyring = openKeyring();
let entra: Running;
let google: Running;
let entraClient: client.Configuration;
let googleClient: client.Configuration;

before(async () => {
  const base = await freeBase(11_000 + (process.pid % 900) * 20);
  const options = { brokerUrl: BROKER, keyring };
  entra = await startEntra({ ...options, port: partPort(base, "entra") });
  google = await startGoogle({ ...options, port: partPort(base, "google") });
  const insecure = { execute: [client.allowInsecureRequests] };
  const secret = client.ClientSecretPost;
  entraClient = await client.discovery(
    new URL(`${entra.url}/${ENTRA_TENANT}/v2.0`),
    ENTRA_CLIENT,
    undefined,
    secret("entra-demo-client-secret"),
    insecure,
  );
  googleClient = await client.discovery(
    new URL(google.url),
    GOOGLE_CLIENT,
    undefined,
    secret("google-demo-client-secret"),
    insecure,
  );
});
after(() => Promise.all([entra.stop(), google.stop()]));

interface Flow {
  readonly claims: client.IDToken;
  readonly callback: URL;
  readonly shown: Page;
}

/** A whole code flow with PKCE, state and nonce; `name` signs in when asked. */
async function flow(
  configuration: client.Configuration,
  browser: Browser,
  {
    name = "",
    more = {},
    form = {},
  }: { name?: string; more?: Record<string, string>; form?: Record<string, string> },
): Promise<Flow> {
  const verifier = client.randomPKCECodeVerifier();
  const connection = configuration === entraClient ? "entra" : "google";
  const url = client.buildAuthorizationUrl(configuration, {
    redirect_uri: `${BROKER}/oidc/${connection}/callback`,
    scope: "openid email profile",
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state: "st",
    nonce: "no",
    ...more,
  });
  const shown = await browser.follow(await browser.get(url.href), BROKER);
  const signedIn = name && !shown.location ? await signIn(browser, shown, name, form) : shown;
  const done = await browser.follow(signedIn, BROKER);
  const callback = new URL(done.location ?? assert.fail(done.body));
  const tokens = await client.authorizationCodeGrant(configuration, callback, {
    pkceCodeVerifier: verifier,
    expectedState: "st",
    expectedNonce: "no",
  });
  return { claims: tokens.claims() ?? assert.fail("no ID token"), callback, shown };
}

test("Entra publishes its own addresses and no word of PKCE or of iss", () => {
  const metadata = entraClient.serverMetadata();
  assert.equal(metadata.issuer, `${entra.url}/${ENTRA_TENANT}/v2.0`);
  assert.equal(metadata.authorization_endpoint, `${entra.url}/${ENTRA_TENANT}/oauth2/v2.0/authorize`);
  assert.equal(metadata.jwks_uri, `${entra.url}/${ENTRA_TENANT}/discovery/v2.0/keys`);
  assert.equal(metadata.code_challenge_methods_supported, undefined);
  assert.equal(metadata.authorization_response_iss_parameter_supported, undefined);
});

test("Entra's token has oid, tid, a pairwise sub, amr, and an overage instead of 250 groups", async () => {
  const { claims, callback } = await flow(entraClient, openBrowser(), { name: "analyst" });
  const [analyst] = ENTRA_ACCOUNTS;
  assert.equal(claims.oid, analyst?.id);
  assert.equal(claims.tid, ENTRA_TENANT);
  assert.notEqual(claims.sub, "analyst");
  assert.notEqual(claims.sub, claims.oid);
  assert.deepEqual(claims.amr, ["pwd"]);
  assert.equal(claims.groups, undefined);
  assert.deepEqual(claims._claim_names, { groups: "src1" });
  assert.match(JSON.stringify(claims._claim_sources), /graph\.windows\.net/);
  assert.equal(callback.searchParams.get("iss"), null);
});

test("Google's token has hd, azp and a numeric sub, and neither groups nor amr", async () => {
  const { claims, callback } = await flow(googleClient, openBrowser(), { name: "support" });
  assert.equal(claims.hd, "example.com");
  assert.equal(claims.azp, GOOGLE_CLIENT);
  assert.match(claims.sub, /^\d{21}$/);
  assert.equal(claims.email_verified, true);
  assert.ok(!("groups" in claims) && !("amr" in claims));
  assert.equal(callback.searchParams.get("iss"), null);
});

test("a session at the dashboard answers without asking again; signing out ends it for applications too", async () => {
  const browser = openBrowser();
  await signIn(browser, await browser.follow(await browser.get(entra.url)), "analyst", { mfa: "yes" });
  const { claims } = await flow(entraClient, browser, {});
  assert.deepEqual(claims.amr, ["pwd", "mfa"]);
  await flow(entraClient, browser, {});
  await browser.post(`${entra.url}/signout`, {});
  const { shown } = await flow(entraClient, browser, { name: "analyst" });
  assert.match(shown.body, /name="password"/);
});

test("asking for a second factor asks the person once", async () => {
  const browser = openBrowser();
  await flow(entraClient, browser, { name: "analyst" });
  const more = { claims: '{"id_token":{"amr":{"values":["mfa"]}}}' };
  const stepped = await flow(entraClient, browser, { name: "analyst", more, form: { mfa: "yes" } });
  assert.match(stepped.shown.body, /asks for a second factor/);
  assert.deepEqual(stepped.claims.amr, ["pwd", "mfa"]);
  const again = await flow(entraClient, browser, { more });
  assert.deepEqual(again.claims.amr, ["pwd", "mfa"]);
  const without = await flow(entraClient, openBrowser(), { name: "analyst", more });
  assert.deepEqual(without.claims.amr, ["pwd"]);
});

test("a wrong password, a wrong redirect address and a wrong client are refused", async () => {
  const browser = openBrowser();
  const url = client.buildAuthorizationUrl(entraClient, {
    redirect_uri: `${BROKER}/oidc/entra/callback`,
    scope: "openid",
  });
  const page = await browser.follow(await browser.get(url.href), BROKER);
  assert.equal((await signIn(browser, page, "analyst", { password: "x" })).status, 401);
  assert.equal((await signIn(browser, page, "sre")).status, 401);
  url.searchParams.set("redirect_uri", "https://evil.example/");
  assert.equal((await browser.get(url.href)).status, 400);
  url.searchParams.set("client_id", "other");
  assert.equal((await browser.get(url.href)).status, 400);
});

const graphToken = (more: Record<string, string> = {}) =>
  fetch(`${entra.url}/${ENTRA_TENANT}/oauth2/v2.0/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_id: ENTRA_CLIENT,
      client_secret: "entra-demo-client-secret",
      scope: "https://graph.microsoft.com/.default",
      ...more,
    }),
  });

test("Graph tells the groups to the application's own token alone", async () => {
  assert.equal((await graphToken({ client_secret: "x" })).status, 401);
  assert.equal((await graphToken({ scope: "openid" })).status, 400);
  const { access_token: token } = (await (await graphToken()).json()) as { access_token: string };
  const user = `${entra.url}/v1.0/users/${ENTRA_ACCOUNTS[0]?.id}`;
  const ask = (path: string, init: RequestInit = {}, bearer = token) =>
    fetch(path, { ...init, headers: { authorization: `Bearer ${bearer}` } });
  const body = { method: "POST", body: '{"securityEnabledOnly":false}' };
  const all = (await (await ask(`${user}/getMemberObjects`, body)).json()) as { value: string[] };
  assert.equal(all.value.length, 250);
  assert.ok(all.value.includes(DATA_ANALYSTS));
  assert.equal((await ask(`${user}/getMemberObjects`, body, "x")).status, 401);
  assert.equal((await ask(`${user}/getMemberObjects`, { ...body, body: "{}" })).status, 400);
  assert.equal((await ask(`${entra.url}/v1.0/users/nobody/getMemberObjects`, body)).status, 404);

  const paged: string[] = [];
  let next: string | undefined = `${user}/transitiveMemberOf/microsoft.graph.group?$select=id&$top=999`;
  let pages = 0;
  for (; next; pages++) {
    const page = (await (await ask(next)).json()) as { value: { id: string }[]; "@odata.nextLink"?: string };
    paged.push(...page.value.map(({ id }) => id));
    next = page["@odata.nextLink"];
  }
  assert.equal(pages, 3);
  assert.deepEqual(paged, all.value);
});

async function googleToken(claims: Record<string, unknown>, key?: KeyObject): Promise<Response> {
  const { client_email: issuer } = JSON.parse(
    serviceAccountFile(await keyring("google-service-account"), ""),
  ) as { client_email: string };
  const now = Math.floor(Date.now() / 1000);
  const assertion = await new SignJWT({
    iss: issuer,
    sub: GOOGLE_ADMIN,
    aud: `${google.url}/token`,
    scope: "https://www.googleapis.com/auth/admin.directory.group.readonly",
    iat: now,
    exp: now + 3600,
    ...claims,
  })
    .setProtectedHeader({ alg: "RS256" })
    .sign(key ?? (await keyring("google-service-account")));
  const grant = { grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion };
  return fetch(`${google.url}/token`, { method: "POST", body: new URLSearchParams(grant) });
}

test("the Directory tells direct groups in pages, by person and by group, to a delegated service account", async () => {
  const { access_token: token } = (await (await googleToken({})).json()) as { access_token: string };
  const list = async (userKey: string): Promise<string[]> => {
    const found: string[] = [];
    const url = new URL(`${google.url}/admin/directory/v1/groups`);
    url.searchParams.set("userKey", userKey);
    for (;;) {
      const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
      assert.equal(answer.status, 200);
      const page = (await answer.json()) as { groups?: { email: string }[]; nextPageToken?: string };
      found.push(...(page.groups ?? []).map(({ email }) => email));
      if (page.nextPageToken === undefined) return found;
      url.searchParams.set("pageToken", page.nextPageToken);
    }
  };
  const direct = await list("107691503500061000042");
  assert.equal(direct.length, 3);
  assert.deepEqual(await list("support@example.com"), direct);
  assert.deepEqual(await list("support-tokyo@example.com"), ["support@groups.example.com"]);
  assert.deepEqual(await list("volleyball@example.com"), []);
  const nobody = await fetch(`${google.url}/admin/directory/v1/groups?userKey=nobody`, {
    headers: { authorization: `Bearer ${token}` },
  });
  assert.equal(nobody.status, 404);
  assert.equal(
    (await fetch(`${google.url}/admin/directory/v1/groups?userKey=support@example.com`)).status,
    401,
  );
});

const now = () => Math.floor(Date.now() / 1000);
const refused: readonly [what: string, claims: () => Record<string, unknown>][] = [
  ["for another administrator", () => ({ sub: "somebody@example.com" })],
  ["for another audience", () => ({ aud: "https://oauth2.googleapis.com/token" })],
  ["for another scope", () => ({ scope: "openid" })],
  ["of another service account", () => ({ iss: "x@y.iam.gserviceaccount.com" })],
  ["that lasts two hours", () => ({ exp: now() + 7200 })],
  ["that has ended", () => ({ iat: now() - 7200, exp: now() - 3700 })],
];
for (const [what, claims] of refused)
  test(`a service account's assertion ${what} is refused`, async () => {
    assert.equal((await googleToken(claims())).status, 400);
  });

test("a service account's assertion under another key is refused", async () => {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  assert.equal((await googleToken({}, privateKey)).status, 400);
});
