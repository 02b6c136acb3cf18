import assert from "node:assert/strict";
import test from "node:test";
import { body, type Event, gatewayFor, get, raw, status } from "./gateway.ts";

const ok = () => ({ statusCode: 200, body: "ok" });

/** What a function sees of one request sent as raw bytes. */
async function seen(bytes: string | Buffer, routes = ["$default"]): Promise<Event> {
  const gateway = await gatewayFor(routes, ok);
  try {
    const answer = await raw(gateway.url, bytes);
    assert.equal(status(answer), 200, answer);
    const [event] = gateway.events;
    assert.ok(event);
    return event;
  } finally {
    await gateway.stop();
  }
}

const post = (type: string, text: string): string =>
  get("/", `Content-Type: ${type}`, `Content-Length: ${Buffer.byteLength(text)}`).replace("GET", "POST") +
  text;

test("the query string reaches a function byte for byte", async () => {
  const query = "SAMLRequest=a%2bb%2BC%7e~%20+&x=&=y&&a=1&a=2&%zz&\"<>|{}^`'";
  assert.equal((await seen(get(`/signin?${query}`))).rawQueryString, query);
});

test("a second question mark belongs to the query", async () => {
  const event = await seen(get("/a?b?c=1"));
  assert.deepEqual([event.rawPath, event.rawQueryString], ["/a", "b?c=1"]);
});

test("query parameters are decoded and repeated ones joined; none means no field", async () => {
  const event = await seen(get("/?a=1&b=%C3%A9+x&a=2"));
  assert.deepEqual(event.queryStringParameters, { a: "1,2", b: "é x" });
  const bare = await seen(get("/"));
  assert.equal(bare.rawQueryString, "");
  assert.ok(!("queryStringParameters" in bare));
});

test("header names are lower case and repeated headers are joined in order", async () => {
  const { headers } = await seen(get("/", "X-Thing: b", "x-thing: a, c", "X-THING:  d "));
  assert.equal(headers["x-thing"], "b,a, c,d");
});

test("repeated headers that Node would drop are kept", async () => {
  const { headers } = await seen(get("/", "Authorization: one", "Authorization: two"));
  assert.equal(headers.authorization, "one,two");
});

test("cookies come apart, in order, from every Cookie header, and leave the headers", async () => {
  const event = await seen(get("/", "Cookie: a=1; b=2;c=x=y", "cookie: a=3"));
  assert.deepEqual(event.cookies, ["a=1", "b=2", "c=x=y", "a=3"]);
  assert.ok(!("cookie" in event.headers));
});

test("without cookies there is no cookies field", async () => {
  assert.ok(!("cookies" in (await seen(get("/")))));
});

for (const [type, text] of [
  ["application/x-www-form-urlencoded", "SAMLResponse=PHg%2b&RelayState="],
  ["application/octet-stream", "\u0000\u0001"],
  ["multipart/form-data; boundary=x", "--x--"],
  ["application/scim+json", "{}"],
  ["application/x-amz-json-1.1", "{}"],
] as const)
  test(`a body of ${type} arrives in base64`, async () => {
    const event = await seen(post(type, text));
    assert.equal(event.isBase64Encoded, true);
    assert.equal(Buffer.from(event.body ?? "", "base64").toString(), text);
  });

for (const type of [
  "application/json",
  "application/json; charset=utf-8",
  "text/plain",
  "text/xml",
  "application/xml",
  "Application/JavaScript",
])
  test(`a body of ${type} arrives as text`, async () => {
    const event = await seen(post(type, '{"é":1}'));
    assert.equal(event.isBase64Encoded, false);
    assert.equal(event.body, '{"é":1}');
  });

test("a body without a type arrives in base64", async () => {
  const event = await seen(`${get("/", "Content-Length: 2").replace("GET", "POST")}hi`);
  assert.equal(event.isBase64Encoded, true);
});

test("without a body there is no body field", async () => {
  const event = await seen(get("/", "Content-Type: application/x-www-form-urlencoded"));
  assert.ok(!("body" in event));
  assert.equal(event.isBase64Encoded, false);
});

test("a chunked body arrives whole", async () => {
  const head = get("/", "Content-Type: text/plain", "Transfer-Encoding: chunked").replace("GET", "POST");
  assert.equal((await seen(`${head}2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n`)).body, "abcde");
});

test("the path arrives decoded once, %2f included, and cut at a decoded question mark", async () => {
  const one = await seen(get("/api/a%2fb/%25c3?x=%2f"));
  assert.deepEqual([one.rawPath, one.rawQueryString], ["/api/a/b/%c3", "x=%2f"]);
  assert.equal((await seen(get("/a%3fb/c"))).rawPath, "/a");
});

test("%2f cannot smuggle a slash into one path parameter", async () => {
  const gateway = await gatewayFor(["GET /signin/{connection}"], ok);
  assert.equal(status(await raw(gateway.url, get("/signin/okta%2f..%2fadmin"))), 404);
  await gateway.stop();
});

test("path parameters arrive decoded", async () => {
  const event = await seen(get("/a/x%20y%2Bz/b/c/d"), ["GET /a/{name}/{rest+}"]);
  assert.deepEqual(event.pathParameters, { name: "x y+z", rest: "b/c/d" });
  assert.equal(event.requestContext.routeKey, "GET /a/{name}/{rest+}");
  assert.equal(event.routeKey, event.requestContext.routeKey);
});

test("a path that does not decode is refused", async () => {
  const gateway = await gatewayFor(["$default"], ok);
  assert.equal(status(await raw(gateway.url, get("/%ff%fe"))), 400);
  assert.equal(status(await raw(gateway.url, get("/%"))), 400);
  await gateway.stop();
});

test("an absolute request target names no other host", async () => {
  const event = await seen(get("http://evil.example/console?x=1"));
  assert.deepEqual([event.rawPath, event.requestContext.domainName], ["/console", "localhost"]);
});

test("the request context says who, when and under which fresh id", async () => {
  const gateway = await gatewayFor(["$default"], ok);
  for (const agent of ["one", "two"]) await raw(gateway.url, get("/x", `User-Agent: ${agent}`));
  const [first, second] = gateway.events;
  await gateway.stop();
  assert.ok(first && second);
  assert.notEqual(first.requestContext.requestId, second.requestContext.requestId);
  assert.equal(first.requestContext.stage, "$default");
  assert.match(first.requestContext.time, /^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/);
  assert.deepEqual(second.requestContext.http, {
    method: "GET",
    path: "/x",
    protocol: "HTTP/1.1",
    sourceIp: "127.0.0.1",
    userAgent: "two",
  });
});

test("a client cannot choose its source address", async () => {
  const event = await seen(get("/", "X-Forwarded-For: 203.0.113.9"));
  assert.equal(event.requestContext.http.sourceIp, "127.0.0.1");
  assert.equal(event.headers["x-forwarded-for"], "203.0.113.9, 127.0.0.1");
});

test("an unknown address is answered in API Gateway's words", async () => {
  const gateway = await gatewayFor(["GET /here"], ok);
  const answers = [
    await raw(gateway.url, get("/there")),
    await raw(gateway.url, get("/here/")),
    await raw(gateway.url, get("/here").replace("GET", "PUT")),
    await raw(gateway.url, get("/here").replace("GET", "HEAD")),
  ];
  await gateway.stop();
  assert.deepEqual(answers.map(status), [404, 404, 404, 404]);
  assert.equal(body(answers[0] ?? ""), '{"message":"Not Found"}');
});

test("a host name that is not served is refused", async () => {
  const gateway = await gatewayFor(["$default"], ok, { hostNames: ["localhost"] });
  const rebound = await raw(gateway.url, get("/").replace("Host: localhost", "Host: evil.example:8700"));
  const own = await raw(gateway.url, get("/").replace("Host: localhost", "Host: localhost:8700"));
  await gateway.stop();
  assert.equal(status(rebound), 403);
  assert.equal(body(rebound), '{"message":"Forbidden"}');
  assert.equal(status(own), 200);
});
