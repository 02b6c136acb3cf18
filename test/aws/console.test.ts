import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import test, { after, before, beforeEach } from "node:test";
import { type ConsoleAsk, consoleUrl } from "../../lib/aws/console.ts";

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly form: URLSearchParams;
}
let seen: Seen[] = [];
let answers: { status: number; body: string }[] = [];
const server = createServer(async (request, response) => {
  let text = "";
  for await (const chunk of request) text += chunk;
  seen.push({ method: request.method, url: request.url, form: new URLSearchParams(text) });
  const { status, body } = answers.shift() ?? { status: 200, body: '{"SigninToken":"T+/="}' };
  response.writeHead(status, { "content-type": "application/json" }).end(body);
});
let federationUrl = "";
before(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  federationUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/federation`;
});
after(() => {
  server.close();
  server.closeAllConnections();
});
beforeEach(() => {
  seen = [];
  answers = [];
});

const ask: ConsoleAsk = {
  credentials: { accessKeyId: "ASIA1", secretAccessKey: "se/cret", sessionToken: "to+ken", expiresAt: 0 },
  partition: "aws",
  region: "eu-west-1",
  issuerUrl: "https://broker.example.com/",
  sessionSeconds: 3600,
};

test("credentials become a sign-in URL, and travel in a body alone", async () => {
  const url = new URL(await consoleUrl(ask, { federationUrl }));
  assert.deepEqual(Object.fromEntries(url.searchParams), {
    Action: "login",
    Issuer: "https://broker.example.com/",
    Destination: "https://console.aws.amazon.com/console/home?region=eu-west-1",
    SigninToken: "T+/=",
  });
  const [{ method, url: path, form }] = seen as [Seen];
  assert.deepEqual(
    [method, path, form.get("Action"), form.get("SessionDuration")],
    ["POST", "/federation", "getSigninToken", "3600"],
  );
  assert.deepEqual(JSON.parse(form.get("Session") ?? ""), {
    sessionId: "ASIA1",
    sessionKey: "se/cret",
    sessionToken: "to+ken",
  });
  assert.doesNotMatch(url.href, /ASIA1|cret|ken&|to%2Bken/);
});

test("each partition has its own console and sign-in host", async () => {
  for (const [partition, host] of [
    ["aws-us-gov", "console.amazonaws-us-gov.com"],
    ["aws-cn", "console.amazonaws.cn"],
  ] as const) {
    const url = new URL(await consoleUrl({ ...ask, partition }, { federationUrl }));
    assert.equal(new URL(url.searchParams.get("Destination") ?? "").host, host);
  }
});

test("a destination and a console elsewhere are where the URL leads", async () => {
  const destination = "https://eu-west-1.console.aws.amazon.com/s3/home";
  const there = new URL(await consoleUrl({ ...ask, destination }, { federationUrl }));
  assert.equal(there.searchParams.get("Destination"), destination);
  const elsewhere = new URL(
    await consoleUrl(ask, { federationUrl, consoleUrl: "http://127.0.0.1:1/console" }),
  );
  assert.equal(elsewhere.searchParams.get("Destination"), "http://127.0.0.1:1/console?region=eu-west-1");
});

test("where AWS takes no SessionDuration, the console lasts as long as the credentials", async () => {
  answers = [{ status: 400, body: "Invalid credentials parameter" }];
  await consoleUrl(ask, { federationUrl });
  assert.deepEqual(
    seen.map(({ form }) => form.get("SessionDuration")),
    ["3600", null],
  );
});

test("without a duration none is asked for", async () => {
  const { sessionSeconds: _, ...rest } = ask;
  await consoleUrl(rest, { federationUrl });
  assert.equal(seen[0]?.form.has("SessionDuration"), false);
});

test("a busy endpoint is asked again, three times at most", async () => {
  answers = [
    { status: 503, body: "" },
    { status: 429, body: "" },
  ];
  await consoleUrl(ask, { federationUrl });
  assert.equal(seen.length, 3);
  answers = Array.from({ length: 5 }, () => ({ status: 503, body: "" }));
  await assert.rejects(consoleUrl(ask, { federationUrl }), { code: "aws_unreachable" });
  assert.equal(seen.length, 6);
});

for (const [what, answer, code] of [
  ["no", { status: 403, body: "" }, "aws_refused"],
  ["something else", { status: 200, body: "<html>" }, "aws_unreachable"],
  ["an empty token", { status: 200, body: '{"SigninToken":""}' }, "aws_unreachable"],
  ["a token that is no text", { status: 200, body: '{"SigninToken":1}' }, "aws_unreachable"],
  ["a redirect", { status: 302, body: "" }, "aws_unreachable"],
] as const)
  test(`an endpoint that answers ${what} opens no console`, async () => {
    answers = [answer, answer, answer];
    await assert.rejects(consoleUrl(ask, { federationUrl }), { code });
  });

test("an endless answer is not read to its end", async () => {
  answers = Array.from({ length: 3 }, () => ({ status: 200, body: "x".repeat(70_000) }));
  await assert.rejects(consoleUrl(ask, { federationUrl }), { code: "aws_unreachable" });
});

test("an endpoint that is not there opens no console", () =>
  assert.rejects(consoleUrl(ask, { federationUrl: "http://127.0.0.1:1/federation" }), {
    code: "aws_unreachable",
  }));
