import assert from "node:assert/strict";
import test from "node:test";
import * as v from "valibot";
import { containerFault } from "../../functions/faults.ts";
import { type Event, form, http, input, jsonBody, query, routes } from "../../functions/middleware.ts";
import {
  contentPolicy,
  json,
  page,
  type Reply,
  readSessionCookie,
  redirect,
  sessionCookie,
  signInCookie,
} from "../../functions/respond.ts";
import { checkCsrf, csrfOf } from "../../functions/visitor.ts";
import { isRefusal, Refusal, type RefusalCode } from "../../lib/core/errors.ts";
import { eventOf } from "../support/event.ts";
import { tapLog } from "../support/wire.ts";

/** Runs a handler and answers with what it said and what it logged. */
async function run(
  handle: (event: Event) => Promise<Reply>,
  event = eventOf({}),
): Promise<{ reply: Reply; lines: string[] }> {
  const lines: string[] = [];
  const log = tapLog(lines);
  try {
    return { reply: await handle(event), lines };
  } finally {
    log.stop();
  }
}

const refuses = (code: RefusalCode) => (thrown: unknown) => isRefusal(thrown, code);
const bodyOf = (reply: Reply): Record<string, unknown> => JSON.parse(reply.body ?? "{}");

test("a refusal becomes its status, code, sentence and a reference, and nothing of its detail", async () => {
  const handle = http(async () => {
    throw new Refusal("role_not_granted", { token: "SECRET-DETAIL" });
  });
  const { reply, lines } = await run(handle);
  assert.equal(reply.statusCode, 403);
  assert.equal(bodyOf(reply).code, "role_not_granted");
  assert.match(String(bodyOf(reply).reference), /^[0-9A-Z]{26}$/);
  assert.ok(!reply.body?.includes("SECRET-DETAIL"));
  assert.equal(lines.length, 2);
  assert.ok(lines.every((line) => JSON.parse(line).reference === bodyOf(reply).reference));
});

test("a fault of ours tells a stranger nothing of its cause", async () => {
  const handle = http(async () => {
    throw new TypeError("cannot read SECRET-CAUSE of undefined");
  });
  const { reply, lines } = await run(handle);
  assert.equal(reply.statusCode, 500);
  assert.equal(bodyOf(reply).code, "broker_fault");
  assert.ok(!reply.body?.includes("SECRET-CAUSE"));
  assert.ok(
    lines.some((line) => line.includes("TypeError")),
    "the log names the cause",
  );
  assert.ok(!lines.join().includes("SECRET-CAUSE"), "messages of others may quote what they were fed");
});

test("logs hold the route and never the query, the body, a header or a cookie", async () => {
  const event = eventOf({
    route: "POST /saml/{connection}/acs",
    path: "/saml/okta/acs",
    query: "code=SECRET-QUERY",
    headers: { authorization: "Bearer SECRET-HEADER" },
    cookies: ["__Host-session=SECRET-COOKIE"],
    body: "SAMLResponse=SECRET-BODY",
  });
  const { lines } = await run(
    http(async () => json({})),
    event,
  );
  assert.equal(lines.length, 1);
  assert.ok(lines[0]?.includes("POST /saml/{connection}/acs"));
  assert.ok(!lines.join().includes("SECRET"));
  // By this the access log's line is found, which has the address.
  assert.equal(JSON.parse(lines[0] ?? "").requestId, event.requestContext.requestId);
});

test("a body beyond the limit is refused before the handler sees it", async () => {
  let seen = false;
  const handle = http(async () => {
    seen = true;
    return json({});
  });
  const { reply } = await run(handle, eventOf({ route: "POST /", body: "x".repeat(1_000_001) }));
  assert.equal(reply.statusCode, 413);
  assert.ok(!seen);
});

test("a route nobody knows is a 404 in our own words", async () => {
  const { reply } = await run(routes({}), eventOf({ route: "GET /nowhere" }));
  assert.equal(reply.statusCode, 404);
  assert.equal(bodyOf(reply).code, "not_found");
});

test("a field that comes twice is refused: which one would count?", () => {
  assert.throws(() => query(eventOf({ query: "role=a&role=b" })), refuses("request_invalid"));
  assert.throws(() => form(eventOf({ body: "SAMLResponse=a&SAMLResponse=b" })), refuses("request_invalid"));
  assert.deepEqual(query(eventOf({ query: "__proto__=x&a=%2B" })).a, "+");
});

test("a body that is not JSON is refused", () =>
  assert.throws(() => jsonBody(eventOf({ body: "{" })), refuses("request_invalid")));

test("input that does not fit is refused by the field's name and never quoted", () => {
  const schema = v.object({ account: v.pipe(v.string(), v.regex(/^\d{12}$/)) });
  try {
    input(schema, { account: "SECRET-VALUE" });
    assert.fail("it was accepted");
  } catch (thrown) {
    assert.ok(isRefusal(thrown, "request_invalid"));
    assert.ok(!JSON.stringify([thrown.detail, thrown.about, thrown.message]).includes("SECRET-VALUE"));
    assert.equal(thrown.detail.field, "account");
  }
});

test("a field that nobody takes is called so", () =>
  assert.throws(
    () => input(v.strictObject({ most: v.optional(v.string()) }), { bogus: "SECRET-VALUE" }),
    (thrown) => {
      assert.ok(isRefusal(thrown, "request_invalid"));
      assert.equal(thrown.about.hint, "bogus: nothing of this name is taken here");
      return true;
    },
  ));

test("every answer forbids keeping, framing, sniffing and plain http", () => {
  for (const reply of [page("x"), json({}), redirect("/")]) {
    assert.equal(reply.headers?.["cache-control"], "no-store");
    assert.equal(reply.headers?.["x-content-type-options"], "nosniff");
    assert.match(String(reply.headers?.["strict-transport-security"]), /max-age=\d{8}/);
  }
});

test("a page's policy allows nothing inline and nobody to frame it", () => {
  const policy = contentPolicy();
  assert.ok(!policy.includes("unsafe"));
  assert.match(policy, /default-src 'none'.*frame-ancestors 'none'.*base-uri 'none'/);
  assert.match(policy, /form-action 'self';/);
  assert.match(contentPolicy(["https://idp.example"]), /form-action 'self' https:\/\/idp\.example;/);
});

test("an address elsewhere is opened without a referrer", () => {
  assert.equal(
    redirect("https://signin.aws.amazon.com/federation?SigninToken=x").headers?.["referrer-policy"],
    "no-referrer",
  );
});

test("cookies are host-bound, secure and out of script's reach", () => {
  for (const line of [sessionCookie("s", 60), signInCookie("s")])
    assert.match(line, /^__Host-.*Path=\/;.*Secure; HttpOnly/);
  assert.match(sessionCookie("s", 60), /SameSite=Lax$/);
  assert.match(signInCookie("s"), /SameSite=None$/);
});

const secret = "a".repeat(43);
const cookies: readonly [what: string, lines: string[] | undefined, value: string | undefined][] = [
  ["ours", [`__Host-session=${secret}`], secret],
  ["none", undefined, undefined],
  ["sent twice", [`__Host-session=${secret}`, `__Host-session=${"b".repeat(43)}`], undefined],
  ["of another length", ["__Host-session=short"], undefined],
  ["with other characters", [`__Host-session=${"!".repeat(43)}`], undefined],
  ["of another name that ends alike", [`x__Host-session=${secret}`], undefined],
];
for (const [what, lines, value] of cookies)
  test(`a session cookie ${what} is read as ${value === undefined ? "none" : "it is"}`, () =>
    assert.equal(readSessionCookie(lines), value));

const forms: readonly [what: string, asked: Parameters<typeof eventOf>[0], field: string][] = [
  ["without the value", { cookies: [`__Host-session=${secret}`] }, ""],
  ["with another session's value", { cookies: [`__Host-session=${secret}`] }, csrfOf("b".repeat(43))],
  ["without a session", {}, csrfOf(secret)],
  [
    "from another site, by the browser's own word",
    { cookies: [`__Host-session=${secret}`], headers: { "sec-fetch-site": "cross-site" } },
    csrfOf(secret),
  ],
  [
    "from a sibling site",
    { cookies: [`__Host-session=${secret}`], headers: { "sec-fetch-site": "same-site" } },
    csrfOf(secret),
  ],
];
for (const [what, asked, field] of forms)
  test(`a form ${what} does nothing`, () =>
    assert.throws(
      () => checkCsrf(eventOf({ ...asked, route: "POST /signout" }), { csrf: field }),
      refuses("forgery_suspected"),
    ));

test("a form from our own page passes", () => {
  const event = eventOf({
    cookies: [`__Host-session=${secret}`],
    headers: { "sec-fetch-site": "same-origin" },
  });
  assert.doesNotThrow(() => checkCsrf(event, { csrf: csrfOf(secret) }));
});

test("the container wire answers with code and message, as SDKs expect", async () => {
  const handle = http(async () => {
    throw new Refusal("token_invalid");
  }, containerFault);
  const { reply } = await run(handle);
  assert.equal(reply.statusCode, 401);
  assert.deepEqual(Object.keys(bodyOf(reply)), ["code", "message"]);
});
