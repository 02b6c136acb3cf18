import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { itemsUnder, trailOf } from "../support/table.ts";
import { askRaw } from "./asked.ts";
import { checkHeaders, methodOf, pathOf, ROUTES } from "./laws.ts";
import { openStack, type Stack, signedIn } from "./stack.ts";

let stack: Stack;
let cookie = "";
before(async () => {
  stack = await openStack();
  const { person } = await signedIn(stack, "okta", "sre");
  const jar = person.cookies.get("localhost") ?? new Map<string, string>();
  cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
});
after(() => stack.stop());

/** What opens each route that changes something. A route that is in none of the lists is not known to be safe. */
const PROOFS: Readonly<Record<string, readonly string[]>> = {
  "a value that only our own page knows": ["POST /signout", "POST /credentials"],
  "an Authorization header, which no other site can make a browser send": [
    "GET /api/credentials/{accountId}/{role}",
    "POST /api/credentials/{accountId}/{role}",
    "POST /api/admin/apply",
    "POST /api/admin/plan",
    "PUT /api/admin/drafts/{part}",
    "DELETE /api/admin/origins/{origin}",
    "POST /api/admin/explain",
    "POST /api/admin/proposals/{proposal}/approve",
    "POST /api/admin/proposals/{proposal}/reject",
    "POST /api/admin/scheduled/{scheduled}/cancel",
    "POST /api/admin/versions/{version}/plan",
    "POST /api/admin/versions/{version}/rollback",
    "POST /api/admin/connections/{connection}/approve",
    "POST /api/admin/connections/{connection}/end",
    "POST /api/admin/connections/{connection}/refresh",
  ],
  "a code and its verifier": ["POST /api/login/token"],
  "a ticket that one page of this session was shown": ["GET /api/login/approve"],
  "the cookie and the handle of the sign-in that this browser began": [
    "POST /saml/{connection}/acs",
    "GET /oidc/{connection}/callback",
  ],
};
/** GETs and the one POST that only ask: they begin something that another proof must finish. */
const BEGIN: readonly string[] = [
  "GET /signin/{connection}",
  "GET /oidc/{connection}/initiate",
  "POST /oidc/{connection}/initiate",
  // Makes a ticket, shown in the answer alone.
  "GET /api/login/authorize",
  // Opens a console for whoever is signed in; what it leads to is a page of AWS and theirs alone (decision 9).
  "GET /console",
];
const READ: readonly string[] = [
  "GET /",
  "GET /start",
  "GET /signin",
  "GET /signout",
  "GET /credentials",
  "GET /healthz",
  "GET /robots.txt",
  "GET /favicon.ico",
  "GET /assets/{file}",
  "GET /.well-known/jwks.json",
  "GET /saml/idp/metadata",
  "GET /saml/{connection}/metadata",
  "GET /api/roles",
  "GET /api/why",
  "GET /why",
  "GET /api/admin/why",
  "GET /api/admin/audit/events",
  "GET /api/admin/audit/export",
  "GET /api/admin/configuration",
  "GET /api/admin/drafts",
  "GET /api/admin/origins",
  "GET /api/admin/proposals",
  "GET /api/admin/proposals/{proposal}",
  "GET /api/admin/scheduled",
  "GET /api/admin/scheduled/{scheduled}",
  "GET /api/admin/versions",
  "GET /api/admin/versions/{version}",
  "GET /api/admin/versions/{version}/diff",
  "GET /api/admin/versions/{version}/objects",
  "GET /api/openapi.json",
  "GET /api/schema/{kind}",
  "GET /api/admin/connections",
  "GET /api/admin/access",
];

test("every route reads, begins, or demands a proof", () => {
  const listed = [...Object.values(PROOFS).flat(), ...BEGIN, ...READ];
  assert.deepEqual(listed.toSorted(), ROUTES.toSorted());
});

/** What another site could change. */
async function stateOf() {
  const [sessions, grants, trail, head] = await Promise.all([
    itemsUnder(stack.urls, "SESSION#"),
    itemsUnder(stack.urls, "GRANT#"),
    trailOf(stack.urls),
    itemsUnder(stack.urls, "HEAD"),
  ]);
  const done = trail.filter(({ kind }) => !/refused|turned/.test(kind)).length;
  return {
    sessions: sessions.map(({ pk }) => pk).sort(),
    grants: grants.length,
    done,
    version: head[0]?.version,
  };
}

const BODIES = [
  "",
  "csrf=&account=333333333333&role=ReadOnly&show=1",
  '{"objects":[]}',
  "SAMLResponse=x&RelayState=si_x",
];
const SITES = ["cross-site", "same-site", "none", "same-origin"];

/** Every way in which another site may make a browser send this. */
const forged = (route: string) =>
  (methodOf(route) === "POST" ? BODIES : [undefined]).flatMap((body) =>
    SITES.map((site) => ({
      method: methodOf(route),
      path: pathOf(route),
      body,
      headers: {
        accept: "text/html",
        cookie,
        "sec-fetch-site": site,
        origin: "https://evil.example",
        "content-type": body?.startsWith("{") ? "text/plain" : "application/x-www-form-urlencoded",
      },
    })),
  );

for (const [proof, routes] of Object.entries(PROOFS))
  for (const route of routes)
    test(`${route} does nothing without ${proof}, whatever cookies another site's form brings`, async () => {
      const before = await stateOf();
      for (const asked of forged(route)) {
        const answer = await askRaw(stack, `${route} forged`, asked);
        checkHeaders(answer);
        // An answer that nobody asked for starts a sign-in of this browser's own instead (decision 8).
        const bounced = route === "POST /saml/{connection}/acs" && answer.status === 302;
        if (bounced) assert.ok(answer.headers.get("location")?.startsWith(stack.urls.okta));
        else assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status} ${answer.text}`);
      }
      assert.deepEqual(await stateOf(), before);
    });
