import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import test, { type TestContext } from "node:test";
import { gzipSync } from "node:zlib";
import { openOutbound } from "../../lib/connectors/outbound.ts";
import { within } from "../../lib/core/deadline.ts";
import { Refusal } from "../../lib/core/errors.ts";
import type { OutboundRequest } from "../../lib/core/outbound.ts";
import { openTestSigner } from "../oidc/test-signer.ts";
import { later } from "../support/later.ts";

async function serve(t: TestContext, listener: RequestListener, secure = false): Promise<number> {
  const server = secure ? await secureServer(listener) : createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function secureServer(listener: RequestListener) {
  const { key, certificate: cert } = await openTestSigner();
  return createSecureServer({ key, cert }, listener);
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const refusedFor = (reason: string) => (thrown: unknown) =>
  thrown instanceof Refusal && thrown.code === "provider_unreachable" && thrown.detail.reason === reason;

test("a private host that is named is called over plain http, and its answer comes back whole", async (t) => {
  const port = await serve(t, (request, response) => {
    response.setHeader("x-seen", `${request.method} ${request.url} ${request.headers["accept-encoding"]}`);
    response.setHeader("link", ["<a>", "<b>"]);
    request.pipe(response);
  });
  const outbound = openOutbound({ privateHosts: [`127.0.0.1:${port}`] });
  const answer = await outbound({
    url: `http://127.0.0.1:${port}/x?y=1`,
    method: "POST",
    body: "häuser",
    headers: { "Accept-Encoding": "gzip" },
  });
  assert.equal(answer.status, 200);
  assert.equal(text(answer.body), "häuser");
  assert.equal(answer.headers["x-seen"], "POST /x?y=1 identity");
  assert.equal(answer.headers.link, "<a>, <b>");
});

test("a kept connection that the server closed is opened again", async (t) => {
  let requests = 0;
  const port = await serve(t, (request, response) => {
    requests++;
    response.end("ok", () => request.socket.destroy());
  });
  const outbound = openOutbound({ privateHosts: [`127.0.0.1:${port}`] });
  for (let i = 0; i < 3; i++)
    assert.equal(text((await outbound({ url: `http://127.0.0.1:${port}/` })).body), "ok");
  assert.equal(requests, 3);
});

const misbehaviours: readonly [
  what: string,
  reason: string,
  listener: RequestListener,
  asked?: Partial<OutboundRequest>,
][] = [
  ["that never answers", "timeout", () => {}, { timeoutMilliseconds: 80 }],
  [
    "that answers a byte at a time for ever",
    "timeout",
    (_request, response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write("x"), 10);
      response.on("close", () => clearInterval(timer));
    },
    { timeoutMilliseconds: 120 },
  ],
  [
    "that announces too much",
    "too_large",
    (_request, response) => {
      response.writeHead(200, { "content-length": "1001" });
      response.end("x".repeat(1001));
    },
    { maxBytes: 1000 },
  ],
  [
    "that sends too much without announcing it",
    "too_large",
    (_request, response) => {
      response.write("x".repeat(600));
      response.end("x".repeat(600));
    },
    { maxBytes: 1000 },
  ],
  [
    "that redirects",
    "redirect",
    (_request, response) => {
      response.writeHead(302, { location: "http://169.254.169.254/latest/meta-data/" });
      response.end();
    },
  ],
  [
    "that compresses unasked",
    "compressed",
    (_request, response) => {
      response.writeHead(200, { "content-encoding": "gzip" });
      response.end(gzipSync(Buffer.alloc(10_000_000)));
    },
  ],
  [
    "that stops in the middle",
    "connection",
    (_request, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("half", () => response.destroy());
    },
  ],
  [
    "that hangs up",
    "connection",
    (request) => {
      request.socket.destroy();
    },
  ],
];
for (const [what, reason, listener, asked] of misbehaviours)
  test(`a server ${what} is refused`, async (t) => {
    const port = await serve(t, listener);
    const outbound = openOutbound({ privateHosts: [`127.0.0.1:${port}`] });
    await assert.rejects(outbound({ url: `http://127.0.0.1:${port}/`, ...asked }), refusedFor(reason));
  });

test("a certificate nobody vouches for is refused", async (t) => {
  const port = await serve(t, (_request, response) => response.end("ok"), true);
  const outbound = openOutbound({ privateHosts: [`127.0.0.1:${port}`] });
  await assert.rejects(outbound({ url: `https://127.0.0.1:${port}/` }), refusedFor("tls"));
});

test("a port that nobody listens on is refused", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const outbound = openOutbound({ privateHosts: [`127.0.0.1:${port}`] });
  await assert.rejects(outbound({ url: `http://127.0.0.1:${port}/` }), refusedFor("connection"));
});

const forbidden: readonly [what: string, url: string, reason: string][] = [
  ["plain http to a public name", "http://example.com/", "not_https"],
  ["plain http to loopback", "http://127.0.0.1/", "not_https"],
  ["a file", "file:///etc/passwd", "not_https"],
  ["another scheme", "gopher://example.com/", "not_https"],
  ["text that is no URL", "https://", "url_invalid"],
  ["credentials in the URL", "https://user:secret@example.com/", "url_invalid"],
  ["loopback", "https://127.0.0.1/", "address_not_allowed"],
  ["loopback in another spelling", "https://0x7f.1/", "address_not_allowed"],
  ["loopback as one number", "https://2130706433/", "address_not_allowed"],
  ["IPv6 loopback", "https://[::1]/", "address_not_allowed"],
  ["the metadata service", "https://169.254.169.254/", "address_not_allowed"],
  ["the metadata service, mapped", "https://[::ffff:169.254.169.254]/", "address_not_allowed"],
  ["the metadata service over IPv6", "https://[fd00:ec2::254]/", "address_not_allowed"],
  ["the container credentials service", "https://169.254.170.2/", "address_not_allowed"],
];
for (const [what, url, reason] of forbidden)
  test(`${what} is not called`, async () => {
    await assert.rejects(openOutbound({ privateHosts: [] })({ url }), refusedFor(reason));
  });

test("a named host does not open its other ports, and a port not its other hosts", async (t) => {
  const port = await serve(t, (_request, response) => response.end("ok"));
  const outbound = openOutbound({ privateHosts: [`localhost:${port}`, "127.0.0.1:1"] });
  await assert.rejects(outbound({ url: `http://127.0.0.1:${port}/` }), refusedFor("not_https"));
});

test("a name with one private address among public ones is not called", async () => {
  const outbound = openOutbound({ privateHosts: [] }, async () => [
    { address: "93.184.216.34", family: 4 },
    { address: "10.0.0.1", family: 4 },
  ]);
  await assert.rejects(outbound({ url: "https://provider.test/" }), refusedFor("address_not_allowed"));
});

test("a name without an address is refused", async () => {
  const outbound = openOutbound({ privateHosts: [] }, async () => []);
  await assert.rejects(outbound({ url: "https://provider.test/" }), refusedFor("dns"));
  const broken = openOutbound({ privateHosts: [] }, () => Promise.reject(new Error("ENOTFOUND")));
  await assert.rejects(broken({ url: "https://provider.test/" }), refusedFor("dns"));
});

test("a resolver that never answers ends with the exchange", async () => {
  const outbound = openOutbound({ privateHosts: [] }, () => new Promise(() => {}));
  await assert.rejects(
    outbound({ url: "https://provider.test/", timeoutMilliseconds: 50 }),
    refusedFor("timeout"),
  );
});

test("a name is resolved once and the connection goes to the address that was checked", async (t) => {
  const seen: string[] = [];
  const port = await serve(t, (request, response) => {
    seen.push(request.socket.localAddress ?? "");
    response.end("ok");
  });
  let asked = 0;
  // The second answer would be another address of this machine; nobody may ask for it.
  const outbound = openOutbound({ privateHosts: [`rebinding.test:${port}`] }, async () => [
    { address: asked++ === 0 ? "127.0.0.1" : "127.0.0.2", family: 4 },
  ]);
  assert.equal(text((await outbound({ url: `http://rebinding.test:${port}/` })).body), "ok");
  assert.deepEqual({ asked, seen }, { asked: 1, seen: ["127.0.0.1"] });
});

test("the refusal names host and reason and nothing of the address or the request", async () => {
  const outbound = openOutbound({ privateHosts: [] });
  await assert.rejects(
    outbound({ url: "https://10.1.2.3/token?secret=hunter2", body: "s3cret" }),
    (thrown) => {
      assert.ok(thrown instanceof Refusal);
      assert.deepEqual(thrown.detail, { host: "10.1.2.3", reason: "address_not_allowed" });
      return true;
    },
  );
});

test("a call ends with the request that made it, whatever time it had by itself", async (t) => {
  const port = await serve(t, () => {});
  const outbound = openOutbound({ privateHosts: [`127.0.0.1:${port}`] });
  const asked = { url: `http://127.0.0.1:${port}/`, timeoutMilliseconds: 600_000 };
  await assert.rejects(
    within(0.05, () => outbound(asked)),
    refusedFor("timeout"),
  );
});

test("an answer that lay there while the container was frozen is not believed", async (t) => {
  const port = await serve(t, (_asked, answer) => {
    later(600);
    answer.end("{}");
  });
  t.after(() => later(-600));
  const outbound = openOutbound({ privateHosts: [`127.0.0.1:${port}`] });
  await assert.rejects(
    within(12, () => outbound({ url: `http://127.0.0.1:${port}/` })),
    refusedFor("timeout"),
  );
});
