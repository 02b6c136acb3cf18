import assert from "node:assert/strict";
import { createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import test from "node:test";
import { inspect } from "node:util";
import { identityOf } from "../../lib/connectors/oidc-identity.ts";
import { DEFAULT_SETTINGS } from "../../lib/core/settings.ts";
import { connectionTo, surroundings } from "../oidc/surroundings.ts";
import { NOW } from "../oidc/tiny-provider.ts";
import { failedFor, type Reply, type Seen, startVendorApi } from "./vendor-api.ts";

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const keyFile = JSON.stringify({
  type: "service_account",
  client_email: "reader@project.iam.gserviceaccount.com",
  private_key: privateKey.export({ format: "pem", type: "pkcs8" }),
  private_key_id: "key-1",
  token_uri: "https://attacker.example/token",
});
const googleGroups = { from: "directory", credential: { env: "GOOGLE" }, actAs: "admin@example.com" };
const oktaGroups = { from: "okta", credential: { env: "OKTA" } };

async function google(
  t: test.TestContext,
  handle: (seen: Seen) => Reply | undefined,
  { secret = keyFile, groups = {} }: { secret?: string; groups?: object } = {},
) {
  const api = await startVendorApi(t, (seen) =>
    seen.url.pathname === "/token"
      ? { body: { access_token: "directory-token", expires_in: 3600 } }
      : handle(seen),
  );
  const connection = connectionTo("https://accounts.google.com", { groups: { ...googleGroups, ...groups } });
  const around = surroundings([api.host], {
    settings: { ...DEFAULT_SETTINGS, googleDirectory: api.origin, googleToken: `${api.origin}/token` },
    secret: async () => secret,
  });
  return { api, prove: () => identityOf(connection, { sub: "1234567890" }, around, {}) };
}

const KIND = "admin#directory#groups";

/** A directory where support is in emea, emea in everyone, and everyone in emea. */
const parents: Record<string, string[]> = {
  "1234567890": ["support@example.com", "on-call@example.com"],
  "support@example.com": ["emea@example.com"],
  "on-call@example.com": [],
  "emea@example.com": ["everyone@example.com"],
  "everyone@example.com": ["emea@example.com"],
};
const directory = ({ url }: Seen): Reply => {
  const groups = parents[url.searchParams.get("userKey") ?? ""]?.map((email) => ({
    id: `id of ${email}`,
    email,
  }));
  return { body: groups?.length ? { kind: KIND, groups } : { kind: KIND } };
};

test("a Google person's groups come from the Directory API, the groups of their groups included", async (t) => {
  const { prove, api } = await google(t, directory);
  assert.deepEqual((await prove()).claims.groups, [
    "support@example.com",
    "on-call@example.com",
    "emea@example.com",
    "everyone@example.com",
  ]);
  const [, first] = api.requests;
  assert.equal(first?.url.pathname, "/admin/directory/v1/groups");
  assert.equal(first?.url.searchParams.get("userKey"), "1234567890", "asked by sub, never by e-mail");
  assert.equal(first?.headers.authorization, "Bearer directory-token");
  assert.equal(api.requests.length, 6, "one token, the person, and each group once");
});

test("the service account's assertion acts as the administrator, for our token address and reading alone", async (t) => {
  const { prove, api } = await google(t, directory);
  await prove();
  const form = new URLSearchParams(api.requests[0]?.body);
  assert.equal(form.get("grant_type"), "urn:ietf:params:oauth:grant-type:jwt-bearer");
  const [head = "", body = "", signature = ""] = (form.get("assertion") ?? "").split(".");
  const read = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString());
  assert.deepEqual(read(head), { alg: "RS256", typ: "JWT", kid: "key-1" });
  assert.deepEqual(read(body), {
    iss: "reader@project.iam.gserviceaccount.com",
    sub: "admin@example.com",
    scope: "https://www.googleapis.com/auth/admin.directory.group.readonly",
    aud: `${api.origin}/token`,
    iat: NOW,
    exp: NOW + 3600,
  });
  const key = createPublicKey(publicKey.export({ format: "pem", type: "spki" }));
  assert.ok(verify("sha256", Buffer.from(`${head}.${body}`), key, Buffer.from(signature, "base64url")));
});

test("every page of a Google person's groups is read", async (t) => {
  const { prove } = await google(t, ({ url }) => {
    if (url.searchParams.get("userKey") !== "1234567890") return { body: { kind: KIND } };
    const page = Number(url.searchParams.get("pageToken") ?? 0);
    const groups = [{ email: `g${page}@example.com` }];
    return { body: { kind: KIND, groups, ...(page < 3 ? { nextPageToken: String(page + 1) } : {}) } };
  });
  assert.deepEqual(
    (await prove()).claims.groups,
    [0, 1, 2, 3].map((page) => `g${page}@example.com`),
  );
});

test("a Google person without groups has none, and that is known", async (t) => {
  const { prove } = await google(t, () => ({ body: { kind: KIND } }));
  const { claims, unknown } = await prove();
  assert.deepEqual({ groups: claims.groups, unknown }, { groups: undefined, unknown: [] });
});

const googleFailures: readonly [
  what: string,
  reason: string,
  handle: (seen: Seen) => Reply | undefined,
  more?: { secret?: string; groups?: object },
][] = [
  ["that is forbidden", "status", () => ({ status: 403, body: {} })],
  ["that answers another shape", "directory_answer", () => ({ body: { kind: KIND, groups: "all" } })],
  ["that answers nothing of its kind", "directory_answer", () => ({ body: {} })],
  [
    "with pages without end",
    "too_many_pages",
    () => ({ body: { kind: KIND, groups: [], nextPageToken: "again" } }),
  ],
  [
    "with groups in groups without end",
    "too_many_groups",
    ({ url }) => ({
      body: {
        kind: KIND,
        groups: Array.from({ length: 3 }, (_, i) => ({ email: `${url.searchParams.get("userKey")}.${i}` })),
      },
    }),
  ],
  ["without a credential", "credential_missing", directory, { groups: { credential: undefined } }],
  ["whose credential is no key file", "credential_unreadable", directory, { secret: "not json" }],
  [
    "whose credential holds no key",
    "credential_unreadable",
    directory,
    { secret: JSON.stringify({ client_email: "a", private_key: "b" }) },
  ],
  ["that never answers", "timeout", () => undefined],
];
for (const [what, reason, handle, more] of googleFailures)
  test(`a Directory look-up ${what} is refused without a word of its secret`, async (t) => {
    const { prove } = await google(t, handle, more);
    await assert.rejects(prove(), (thrown) => {
      assert.ok(failedFor(reason)(thrown));
      assert.doesNotMatch(inspect(thrown), /PRIVATE|gserviceaccount|1234567890/);
      return true;
    });
  });

async function okta(
  t: test.TestContext,
  handle: (seen: Seen) => Reply | undefined,
  { sub = "00u1abc", secret = "api-token\n", groups = {} } = {},
) {
  const api = await startVendorApi(t, handle);
  const connection = connectionTo(`${api.origin}/oauth2/default`, { groups: { ...oktaGroups, ...groups } });
  const around = surroundings([api.host], { secret: async () => secret });
  return { api, prove: () => identityOf(connection, { sub, groups: ["of the token"] }, around, {}) };
}

test("an Okta person's groups come page by page from the organization's API", async (t) => {
  const { prove, api } = await okta(t, ({ url }) => {
    const page = Number(url.searchParams.get("after") ?? 0);
    const link = `<${url.origin}${url.pathname}?limit=200>; rel="self", <${url.origin}${url.pathname}?after=${page + 1}&limit=200>; rel="next"`;
    const body = [{ id: `g${page}`, type: "OKTA_GROUP", profile: { name: `team ${page}` } }];
    return page < 2 ? { body, headers: { link } } : { body };
  });
  assert.deepEqual((await prove()).claims.groups, ["team 0", "team 1", "team 2"]);
  assert.equal(api.requests[0]?.url.pathname, "/api/v1/users/00u1abc/groups");
  assert.equal(api.requests[0]?.headers.authorization, "SSWS api-token");
});

const elsewhere = { link: '<https://attacker.example/api/v1/users/x/groups>; rel="next"' };
const oktaFailures: readonly [
  what: string,
  reason: string,
  handle: (seen: Seen) => Reply | undefined,
  more?: object,
][] = [
  ["that is forbidden", "status", () => ({ status: 401, body: {} })],
  ["whose next page lies elsewhere", "next_page_elsewhere", () => ({ body: [], headers: elsewhere })],
  ["that answers another shape", "okta_answer", () => ({ body: { groups: [] } })],
  [
    "of a subject that would leave the path",
    "subject_is_no_user_id",
    () => ({ body: [] }),
    { sub: "../../../api/v1/groups?x=" },
  ],
  [
    "of a subject that is an address",
    "subject_is_no_user_id",
    () => ({ body: [] }),
    { sub: "a@example.com" },
  ],
  [
    "with a token that would split a header",
    "credential_unreadable",
    () => ({ body: [] }),
    { secret: "a\r\nx: y" },
  ],
  ["without a credential", "credential_missing", () => ({ body: [] }), { groups: { credential: undefined } }],
];
for (const [what, reason, handle, more] of oktaFailures)
  test(`an Okta look-up ${what} is refused`, async (t) => {
    const { prove } = await okta(t, handle, more);
    await assert.rejects(prove(), failedFor(reason));
  });
