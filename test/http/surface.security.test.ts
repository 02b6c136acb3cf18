import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { handler as credentials } from "../../functions/credentials.ts";
import { handler as metadata } from "../../functions/metadata.ts";
import { handler as signin } from "../../functions/signin.ts";
import { eventOf } from "../support/event.ts";
import { CONDUCTS, interposeProviders } from "../support/faulty-provider.ts";
import { type Ask, askRaw, type Heard, isGateways } from "./asked.ts";
import { checkHeaders, methodOf, pathOf, ROUTES } from "./laws.ts";
import { openStack, type Stack, signedIn } from "./stack.ts";

let stack: Stack;
let cookie = "";
const heard: Heard[] = [];
before(async () => {
  stack = await openStack();
  const { person } = await signedIn(stack, "okta", "sre");
  const jar = person.cookies.get("localhost") ?? new Map<string, string>();
  cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
});
after(() => stack.stop());

const BROWSER = { accept: "text/html", "sec-fetch-site": "same-origin", "accept-language": "en" };
const EVIL = "evil.example";

/** Asks, and keeps the answer for the laws that every answer is held to. */
async function ask(what: string, asked: Ask): Promise<Heard> {
  const answer = await askRaw(stack, what, asked);
  heard.push(answer);
  return answer;
}

/** How a route is asked: by a stranger, by somebody signed in, with nonsense. */
const VISITS: readonly (readonly [
  who: string,
  (route: string) => Omit<Ask, "method" | "path"> & { query?: string },
])[] = [
  ["a stranger", () => ({ headers: BROWSER })],
  ["a program", () => ({ headers: { accept: "application/json" } })],
  ["somebody signed in", () => ({ headers: { ...BROWSER, cookie } })],
  [
    "somebody signed in who asks for a role",
    () => ({ headers: { ...BROWSER, cookie }, query: "?account=333333333333&role=ReadOnly&lang=ja" }),
  ],
  [
    "somebody with nonsense",
    () => ({
      headers: { ...BROWSER, cookie },
      query: "?%00=%ff&account=%0d%0aset-cookie:x&to=%2F%2Fx&a=1&a=2",
      body: "{",
    }),
  ],
];

test("every route is asked in every way, and none of them is a fault of ours", async () => {
  for (const route of ROUTES)
    for (const [who, visit] of VISITS) {
      const { query = "", body, ...rest } = visit(route);
      const sent = /^(?:POST|PUT)$/.test(methodOf(route)) ? (body ?? "a=1") : undefined;
      const answer = await ask(`${route} by ${who}`, {
        ...rest,
        method: methodOf(route),
        path: pathOf(route) + query,
        body: sent,
      });
      assert.ok(answer.status < 500, `${answer.what}: ${answer.status} ${answer.text.slice(0, 200)}`);
    }
  assert.equal(ROUTES.length, 59, "a new route is looked at here before it is served");
});

test("methods that nobody answers, and addresses that nobody has, are told by us", async () => {
  for (const method of ["PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])
    for (const route of ROUTES)
      await ask(`${method} at ${pathOf(route)}`, { method, path: pathOf(route), headers: BROWSER });
  for (const path of [
    "/nowhere",
    "/api/nowhere",
    "/saml/okta",
    "/.git/config",
    "/%2e%2e/etc/passwd",
    "/assets/..%2fx",
  ])
    await ask(path, { path, headers: BROWSER });
  const statuses = new Set(heard.map(({ status }) => status));
  for (const status of [200, 302, 400, 401, 403, 404, 405]) assert.ok(statuses.has(status), `${status}`);
});

test("bodies, queries and cookies beyond measure are refused, and break nothing", async () => {
  for (const route of ROUTES.filter((one) => methodOf(one) === "POST")) {
    const answer = await ask(`${route} with 1.1 MB`, {
      method: "POST",
      path: pathOf(route),
      headers: { ...BROWSER, cookie, "content-type": "application/x-www-form-urlencoded" },
      body: `a=${"x".repeat(1_100_000)}`,
    });
    assert.equal(answer.status, 413, answer.what);
    assert.match(answer.text, /request_too_large/);
    assert.match(answer.text, /[0-9A-HJKMNP-TV-Z]{26}/, "a reference");
  }
  for (const route of ROUTES) {
    const method = methodOf(route);
    const long = await ask(`${route} with a query of 8 kB`, {
      method,
      path: `${pathOf(route)}?to=/${"x".repeat(8000)}`,
      headers: BROWSER,
    });
    assert.ok(long.status < 500, `${long.what}: ${long.status}`);
    const fat = await ask(`${route} with cookies of 8 kB`, {
      method,
      path: pathOf(route),
      headers: {
        ...BROWSER,
        cookie: `__Host-session=${"x".repeat(4000)}; __Host-signin=${"y".repeat(4000)}`,
      },
    });
    assert.ok(fat.status < 500, `${fat.what}: ${fat.status}`);
  }
  assert.equal((await askRaw(stack, "a head of 20 kB", { path: `/?${"x".repeat(20_000)}` })).status, 431);
});

const HOSTILE: Readonly<Record<string, string>> = {
  origin: `https://${EVIL}`,
  referer: `https://${EVIL}/`,
  forwarded: `host=${EVIL};proto=http`,
  "x-forwarded-host": EVIL,
  "x-forwarded-proto": "http",
  "x-forwarded-prefix": `//${EVIL}`,
  "x-host": EVIL,
  "x-original-url": "/api/admin/configuration",
  "x-rewrite-url": "/api/admin/configuration",
  "x-http-method-override": "DELETE",
  "x-method-override": "DELETE",
  "x-real-ip": "10.0.0.1",
};

/** An answer without what differs from one to the next. */
const shapeOf = ({ status, headers, text }: Heard) => ({
  status,
  location: headers.get("location")?.replace(/[\w%-]{20,}/g, "..."),
  cookies: headers.getSetCookie().map((line) => line.replace(/=[\w-]{43}/, "=...")),
  text: text.replace(/[0-9A-HJKMNP-TV-Z]{26}/g, "...").replace(/[\w+/=-]{40,}/g, "..."),
});

test("headers that name another host, address or method change nothing", async () => {
  for (const route of ROUTES) {
    const asked = { method: methodOf(route), path: pathOf(route) };
    const plain = await ask(`${route} plainly`, { ...asked, headers: { ...BROWSER, cookie } });
    const hostile = await ask(`${route} with hostile headers`, {
      ...asked,
      headers: { ...BROWSER, cookie, ...HOSTILE },
    });
    assert.deepEqual(shapeOf(hostile), shapeOf(plain), route);
    assert.ok(!JSON.stringify([...hostile.headers, hostile.text]).includes(EVIL), route);
  }
});

test("a Host that is not ours reaches no function, and would change nothing there", async () => {
  assert.equal((await askRaw(stack, "another host", { path: "/", headers: { host: EVIL } })).status, 403);
  const asks = [
    [signin, { route: "GET /signin/{connection}", path: "/signin/okta", parameters: { connection: "okta" } }],
    [signin, { route: "GET /signin" }],
    [credentials, { route: "GET /" }],
    [metadata, { route: "GET /saml/idp/metadata" }],
    [
      metadata,
      {
        route: "GET /saml/{connection}/metadata",
        path: "/saml/okta/metadata",
        parameters: { connection: "okta" },
      },
    ],
    [metadata, { route: "$default", path: "/nowhere" }],
  ] as const;
  for (const [handler, asked] of asks) {
    const reply = await handler(
      eventOf({ ...asked, headers: { ...HOSTILE, host: EVIL, accept: "text/html" } }),
    );
    assert.ok((reply.statusCode ?? 0) < 500);
    assert.ok(!JSON.stringify(reply).includes(EVIL), asked.route);
  }
});

test("what fails inside is told with the same care", async () => {
  const { host } = new URL(stack.urls.dynamodb);
  const table = interposeProviders(/aws-sdk-js/);
  const broken = table.break(new RegExp(`^${host}/`), CONDUCTS["hangs up"]);
  try {
    for (const route of ["GET /", "GET /console", "POST /signout", "GET /api/roles", "POST /api/login/token"])
      await ask(`${route} without a table`, {
        method: methodOf(route),
        path: `${pathOf(route)}?account=333333333333&role=ReadOnly`,
        headers: { ...BROWSER, cookie, "content-type": "application/json" },
        body:
          methodOf(route) === "POST"
            ? JSON.stringify({ code: "c".repeat(43), verifier: "v".repeat(43) })
            : undefined,
      });
  } finally {
    broken.mend();
    table.stop();
  }
  assert.ok(broken.met() > 0);
  assert.ok(heard.some(({ status }) => status === 503));
});

test("every answer of ours that was heard forbids keeping, framing, sniffing, plain http and scripts of others", () => {
  assert.ok(heard.length > 500, `${heard.length} answers`);
  assert.deepEqual(
    heard.filter(isGateways).map(({ what }) => what),
    [],
  );
  for (const one of heard) checkHeaders(one);
});

test("no answer says where the code lies, or what it stumbled over", () => {
  for (const { what, text } of heard)
    assert.doesNotMatch(text, /node_modules|\/lib\/|\bat \w+ \(|ECONN|TypeError|ValidationException/, what);
});
