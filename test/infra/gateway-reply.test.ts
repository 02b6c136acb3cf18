import assert from "node:assert/strict";
import test from "node:test";
import { body, gatewayFor, get, raw, status } from "./gateway.ts";

/** What a browser gets when a function returns this. */
async function sent(result: unknown): Promise<{ answer: string; failures: unknown[] }> {
  const gateway = await gatewayFor(["$default"], () => result);
  const answer = await raw(gateway.url, get("/"));
  await gateway.stop();
  return { answer, failures: gateway.failures };
}

test("cookies leave as set-cookie lines, in order and untouched", async () => {
  const cookies = ["__Host-b=2; Path=/; Secure; SameSite=None", "a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT"];
  const { answer } = await sent({ statusCode: 302, headers: { Location: "/x" }, cookies });
  assert.equal(status(answer), 302);
  assert.deepEqual(
    answer.split("\r\n").filter((line) => line.startsWith("set-cookie")),
    cookies.map((cookie) => `set-cookie: ${cookie}`),
  );
  assert.match(answer, /\r\nlocation: \/x\r\n/);
});

test("a header a function set is not touched or added to", async () => {
  const { answer } = await sent({
    statusCode: 200,
    headers: { "content-type": "text/html", "cache-control": "no-store" },
    body: "x",
  });
  assert.match(answer, /\r\ncontent-type: text\/html\r\ncache-control: no-store\r\n/);
});

test("a base64 body leaves as bytes", async () => {
  const bytes = Buffer.from([0, 255, 128, 10]);
  const { answer } = await sent({ statusCode: 200, body: bytes.toString("base64"), isBase64Encoded: true });
  assert.equal(body(answer), bytes.toString("latin1"));
});

test("text outside ASCII is sent as UTF-8 of the right length", async () => {
  const { answer } = await sent({ statusCode: 200, body: "関所" });
  assert.equal(Buffer.from(body(answer), "latin1").toString(), "関所");
  assert.match(answer, /\r\ncontent-length: 6\r\n/);
});

test("a result without a status is the JSON body of a 200", async () => {
  const { answer } = await sent({ hello: 1 });
  assert.equal(status(answer), 200);
  assert.equal(body(answer), '{"hello":1}');
  assert.match(answer, /\r\ncontent-type: application\/json\r\n/);
});

for (const [what, result] of [
  ["nothing", undefined],
  ["null", null],
  ["a status that is a word", { statusCode: "fine" }],
  ["a status of 99", { statusCode: 99 }],
  ["a fractional status", { statusCode: 200.5 }],
  ["a body that is an object", { statusCode: 200, body: { a: 1 } }],
  ["headers that are a list", { statusCode: 200, headers: ["a"] }],
  ["a header that is a list", { statusCode: 200, headers: { a: ["b"] } }],
  ["a header with a line break", { statusCode: 200, headers: { a: "b\r\nset-cookie: c=d" } }],
  ["a header name with a space", { statusCode: 200, headers: { "a b": "c" } }],
  ["cookies that are a string", { statusCode: 200, cookies: "a=b" }],
  ["a cookie with a line break", { statusCode: 200, cookies: ["a=b\nx: y"] }],
  ["more than Lambda carries", { statusCode: 200, body: "x".repeat(6 * 1024 * 1024) }],
] as const)
  test(`a function that returns ${what} is a 500 and is reported`, async () => {
    const { answer, failures } = await sent(result);
    assert.equal(status(answer), 500);
    assert.equal(body(answer), '{"message":"Internal Server Error"}');
    assert.equal(failures.length, 1);
  });

test("a function that throws is a 500 that says nothing of why", async () => {
  const gateway = await gatewayFor(["$default"], () => {
    throw new Error("secret reason");
  });
  const answer = await raw(gateway.url, get("/"));
  await gateway.stop();
  assert.equal(status(answer), 500);
  assert.ok(!answer.includes("secret"));
  assert.match(String(gateway.failures[0]), /secret reason/);
});

test("a function that takes too long is a 503", async () => {
  const gateway = await gatewayFor(["$default"], () => new Promise(() => {}), { timeoutMilliseconds: 20 });
  const answer = await raw(gateway.url, get("/"));
  await gateway.stop();
  assert.equal(status(answer), 503);
  assert.equal(body(answer), '{"message":"Service Unavailable"}');
});

const upload = (length: number, ...headers: string[]): Buffer =>
  Buffer.concat([
    Buffer.from(get("/", `Content-Length: ${length}`, ...headers).replace("GET", "POST")),
    Buffer.alloc(length, 97),
  ]);

test("a body over 10 MB is refused before it is read, announced or not", async () => {
  const gateway = await gatewayFor(["$default"], () => "ok");
  const long = 10 * 1024 * 1024 + 1;
  const announced = await raw(gateway.url, upload(long));
  const chunked = await raw(
    gateway.url,
    Buffer.concat([
      Buffer.from(get("/", "Transfer-Encoding: chunked").replace("GET", "POST")),
      Buffer.from(`${long.toString(16)}\r\n`),
      Buffer.alloc(long, 97),
      Buffer.from("\r\n0\r\n\r\n"),
    ]),
  );
  await gateway.stop();
  assert.deepEqual([status(announced), status(chunked)], [413, 413]);
  assert.equal(body(announced), '{"message":"Request Entity Too Large"}');
  assert.equal(gateway.events.length, 0);
});

test("an event over the 6 MB that Lambda carries is refused", async () => {
  const gateway = await gatewayFor(["$default"], () => "ok");
  const answer = await raw(gateway.url, upload(5 * 1024 * 1024, "Content-Type: application/octet-stream"));
  await gateway.stop();
  assert.equal(status(answer), 413);
  assert.equal(gateway.events.length, 0);
});

test("headers over 10,240 bytes are refused, and so is what is no HTTP", async () => {
  const gateway = await gatewayFor(["$default"], () => "ok");
  const answers = [
    await raw(gateway.url, get("/", `X-Long: ${"a".repeat(10_240)}`)),
    await raw(gateway.url, get(`/?${"q".repeat(10_240)}`)),
    await raw(gateway.url, get("/", `X-Long: ${"a".repeat(100_000)}`)),
    await raw(gateway.url, "nonsense\r\n\r\n"),
    await raw(gateway.url, get("/", "Content-Length: 1", "Transfer-Encoding: chunked")),
  ];
  const fine = await raw(gateway.url, get(`/?${"q".repeat(9_000)}`));
  await gateway.stop();
  assert.deepEqual(answers.map(status), [431, 431, 400, 400, 400]);
  assert.equal(status(fine), 200);
});
