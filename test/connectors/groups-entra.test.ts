import assert from "node:assert/strict";
import test from "node:test";
import { identityOf } from "../../lib/connectors/oidc-identity.ts";
import { DEFAULT_SETTINGS } from "../../lib/core/settings.ts";
import { connectionTo, surroundings } from "../oidc/surroundings.ts";
import { openTestSigner } from "../oidc/test-signer.ts";
import { failedFor, type Reply, type Seen, startVendorApi } from "./vendor-api.ts";

const TID = "11111111-2222-3333-4444-555555555555";
const OID = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";
const overage = {
  sub: "pairwise",
  tid: TID,
  oid: OID,
  _claim_names: { groups: "src1" },
  _claim_sources: { src1: { endpoint: "https://attacker.example/steal" } },
};
const TOKEN = `/${TID}/oauth2/v2.0/token`;
const MEMBERS = `/v1.0/users/${OID}/getMemberObjects`;
const TRANSITIVE = `/v1.0/users/${OID}/transitiveMemberOf/microsoft.graph.group`;
const many = Array.from({ length: 250 }, (_, index) => `group-${index}`);

const genuine = ({ url }: Seen): Reply => {
  if (url.pathname === TOKEN) return { body: { access_token: "graph-token", expires_in: 3600 } };
  if (url.pathname === MEMBERS) return { body: { value: many } };
  return { status: 404, body: {} };
};

async function lookUp(
  t: test.TestContext,
  handle: (seen: Seen) => Reply | undefined,
  claims: object = overage,
  more: object = {},
) {
  const api = await startVendorApi(t, handle);
  const connection = connectionTo("https://login.example/v2.0", {
    subject: "oid",
    groups: { from: "graph" },
    ...more,
  });
  const around = surroundings([api.host], {
    settings: { ...DEFAULT_SETTINGS, graph: api.origin, entraLogin: api.origin },
  });
  const prove = (seen = around) => identityOf(connection, { ...claims }, seen, {});
  return { api, around, prove, connection };
}

test("on an overage the groups come from Graph, at an address built from tid and oid", async (t) => {
  const { prove, api } = await lookUp(t, genuine);
  const identity = await prove();
  assert.deepEqual(identity.claims.groups, many);
  assert.deepEqual(identity.unknown, []);
  const [token, members] = api.requests;
  assert.deepEqual(Object.fromEntries(new URLSearchParams(token?.body)), {
    grant_type: "client_credentials",
    scope: `${api.origin}/.default`,
    client_id: "client-1",
    client_secret: "secret of OP",
  });
  assert.equal(members?.method, "POST");
  assert.equal(members?.headers.authorization, "Bearer graph-token");
  assert.deepEqual(JSON.parse(members?.body ?? ""), { securityEnabledOnly: false });
});

for (const [what, claims] of [
  ["hasgroups", { sub: "s", tid: TID, oid: OID, hasgroups: true }],
  ["no groups at all", { sub: "s", tid: TID, oid: OID }],
] as const)
  test(`a token with ${what} sends to Graph as well`, async (t) => {
    const { prove } = await lookUp(t, genuine, claims);
    assert.equal((await prove()).claims.groups?.length, 250);
  });

test("groups that the token carries whole are believed without a call", async (t) => {
  const { prove, api } = await lookUp(t, genuine, { sub: "s", tid: TID, oid: OID, groups: ["g1"] });
  assert.deepEqual((await prove()).claims.groups, ["g1"]);
  assert.equal(api.requests.length, 0);
});

test("the access token is kept for the next person", async (t) => {
  const { prove, api } = await lookUp(t, genuine);
  await prove();
  await prove();
  assert.deepEqual(
    api.requests.map(({ url }) => url.pathname),
    [TOKEN, MEMBERS, MEMBERS],
  );
});

test("an access token that Graph no longer takes is not shown a second time", async (t) => {
  let tokens = 0;
  const { prove, api } = await lookUp(t, (seen) => {
    if (seen.url.pathname === TOKEN) return { body: { access_token: `token-${++tokens}`, expires_in: 3600 } };
    const revoked = seen.headers.authorization === "Bearer token-1" && api.requests.length > 2;
    return revoked ? { status: 401, body: { error: { code: "InvalidAuthenticationToken" } } } : genuine(seen);
  });
  await prove();
  await assert.rejects(prove(), failedFor("status"));
  assert.equal((await prove()).claims.groups?.length, 250);
  assert.equal(tokens, 2);
});

test("an access token that was bought by a clock ahead is not kept when the clock is set back", async (t) => {
  const { prove, api, around } = await lookUp(t, genuine);
  let now = around.clock.now() + 600;
  const timed = { ...around, clock: { now: () => now } };
  await prove(timed);
  now -= 600;
  await prove(timed);
  assert.equal(api.requests.filter(({ url }) => url.pathname === TOKEN).length, 2);
});

test("the client proves itself to the token endpoint by key where the connection has one", async (t) => {
  const signer = await openTestSigner();
  const more = { clientSecret: undefined, privateKeyJwt: { kmsKey: "k" } };
  const { prove, api, around } = await lookUp(t, genuine, overage, more);
  await prove({ ...around, spSigner: async () => signer });
  const form = new URLSearchParams(api.requests[0]?.body);
  assert.equal(form.get("client_secret"), null);
  const [, body = ""] = (form.get("client_assertion") ?? "").split(".");
  assert.equal(JSON.parse(Buffer.from(body, "base64url").toString()).aud, `${api.origin}${TOKEN}`);
});

test("a person in more groups than one call answers is read page by page", async (t) => {
  const { prove } = await lookUp(t, (seen) => {
    if (seen.url.pathname === MEMBERS)
      return { status: 400, body: { error: { code: "Directory_ResultSizeLimitExceeded" } } };
    if (seen.url.pathname !== TRANSITIVE) return genuine(seen);
    const page = Number(seen.url.searchParams.get("$skiptoken") ?? 0);
    const next = `${seen.url.origin}${TRANSITIVE}?$skiptoken=${page + 1}`;
    const value = [{ id: `p${page}a` }, { id: `p${page}b` }];
    return { body: page < 2 ? { value, "@odata.nextLink": next } : { value } };
  });
  assert.deepEqual((await prove()).claims.groups, ["p0a", "p0b", "p1a", "p1b", "p2a", "p2b"]);
});

const paged =
  (next: (seen: Seen) => string) =>
  (seen: Seen): Reply => {
    if (seen.url.pathname === MEMBERS)
      return { status: 400, body: { error: { code: "Directory_ResultSizeLimitExceeded" } } };
    if (seen.url.pathname !== TRANSITIVE) return genuine(seen);
    return { body: { value: [{ id: "g" }], "@odata.nextLink": next(seen) } };
  };

const failures: readonly [
  what: string,
  reason: string,
  handle: (seen: Seen) => Reply | undefined,
  claims?: object,
][] = [
  [
    "that is forbidden",
    "status",
    (seen) => (seen.url.pathname === MEMBERS ? { status: 403, body: {} } : genuine(seen)),
  ],
  ["whose token is refused", "status", () => ({ status: 401, body: { error: "invalid_client" } })],
  ["whose token is missing", "token_answer", () => ({ body: { token_type: "Bearer" } })],
  ["whose token would split a header", "token_answer", () => ({ body: { access_token: "a\r\nx: y" } })],
  [
    "that answers no JSON",
    "graph_answer",
    (seen) => (seen.url.pathname === MEMBERS ? { body: "<html>" } : genuine(seen)),
  ],
  [
    "that answers another shape",
    "graph_answer",
    (seen) => (seen.url.pathname === MEMBERS ? { body: { value: [{}] } } : genuine(seen)),
  ],
  [
    "that redirects",
    "redirect",
    (seen) =>
      seen.url.pathname === MEMBERS
        ? { status: 302, headers: { location: "https://attacker.example" }, body: {} }
        : genuine(seen),
  ],
  [
    "with more than 5,000 groups",
    "too_many_groups",
    (seen) =>
      seen.url.pathname === MEMBERS
        ? { body: { value: Array.from({ length: 5001 }, (_, i) => `${i}`) } }
        : genuine(seen),
  ],
  ["with pages without end", "too_many_pages", paged(({ url }) => `${url.origin}${TRANSITIVE}?$skiptoken=1`)],
  ["whose next page lies elsewhere", "next_page_elsewhere", paged(() => "https://attacker.example/next")],
  ["whose next page lies on another port", "next_page_elsewhere", paged(() => "http://127.0.0.1:1/next")],
  ["whose next page is no address", "next_page", paged(() => "http://[")],
  ["that never answers", "timeout", (seen) => (seen.url.pathname === MEMBERS ? undefined : genuine(seen))],
  ["of somebody whose tid is no id", "tid_or_oid_missing", genuine, { sub: "s", tid: "common", oid: OID }],
  ["of somebody whose oid is no id", "tid_or_oid_missing", genuine, { sub: "s", tid: TID, oid: "me" }],
];
for (const [what, reason, handle, claims] of failures)
  test(`a look-up ${what} refuses, or goes on with groups unknown, as the connection says`, async (t) => {
    const strict = await lookUp(t, handle, claims);
    await assert.rejects(strict.prove(), failedFor(reason));
    const lenient = { groups: { from: "graph", onFailure: "continue" }, claims: { team: "groups" } };
    const { prove } = await lookUp(t, handle, { ...(claims ?? overage), groups: undefined }, lenient);
    const identity = await prove();
    assert.deepEqual(identity.unknown, ["team"]);
    assert.deepEqual(identity.notes, ["groups_lookup_failed"]);
    assert.equal(identity.claims.team, undefined);
  });
