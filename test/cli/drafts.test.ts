import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import test, { after, before } from "node:test";
import { packObjects } from "../../cli/drafts.ts";
import { handler } from "../../functions/admin.ts";
import { newReference } from "../../lib/core/secret.ts";
import { close, open, tokenOf } from "../functions/administered.ts";
import { folder, sekisho, serve } from "./run.ts";

const print = console.log;
before(async () => {
  await open();
  console.log = () => {};
  const objects = [
    {
      kind: "Connection",
      id: "okta",
      protocol: "saml",
      metadata: { xml: "<EntityDescriptor/>" },
      subject: "nameId",
      claims: { groups: "groups" },
    },
    {
      kind: "Rule",
      id: "sre",
      connection: "okta",
      effect: "allow",
      when: [{ claim: "groups", equals: "sre" }],
      grant: { broker: ["admin"] },
    },
  ];
  await handler({ sekisho: "apply", author: "first", objects });
});
after(async () => {
  console.log = print;
  await close();
});

/** Text that does not compress, and is the same in every run. */
const noise = (of: string): string =>
  Array.from({ length: 8 }, (_, at) => createHash("sha512").update(`${of}${at}`).digest("base64")).join("");

const CONNECTION = `kind: Connection
id: okta
protocol: saml
metadata: { xml: "<EntityDescriptor/>" }
subject: nameId
claims: { groups: groups }
`;
/** Fifty rules share a group, and with it a bucket. */
const rule = (id: string, description: string, group = id, grant = "{ broker: [auditor] }") => `kind: Rule
id: ${id}
description: "${description}"
connection: okta
effect: allow
when: [{ claim: groups, equals: ${group} }]
grant: ${grant}
`;
const COUNT = 2600;
function files(more: Readonly<Record<string, string>> = {}) {
  const many = Array.from({ length: COUNT }, (_, at) =>
    rule(`r${at}`, noise(`${at}`).slice(0, 480), `g${at % 52}`),
  );
  return folder({
    "connections.yaml": CONNECTION,
    "rules/admin.yaml": rule("sre", "administrators", "sre", "{ broker: [admin] }"),
    "rules/many.yaml": many.join("---\n"),
    ...more,
  });
}

/** A broker that answers parts as `meet` says, and a token of an administrator nobody else is. */
async function broker(meet: (sent: number) => "as it is" | number = () => "as it is") {
  let sent = 0;
  const kept: string[] = [];
  const served = await serve(async (event) => {
    const { routeKey = "" } = event as { routeKey?: string };
    if (!routeKey.startsWith("PUT ")) return handler(event);
    sent++;
    const conduct = meet(sent);
    if (conduct !== "as it is") return { statusCode: conduct, body: '{"message":"Service Unavailable"}' };
    const reply = (await handler(event)) as { statusCode?: number };
    if (reply.statusCode === 200)
      kept.push((event as { pathParameters?: { part?: string } }).pathParameters?.part ?? "");
    return reply;
  });
  const token = await tokenOf({ claims: { groups: ["sre"] } }, "api", newReference());
  return {
    environment: { SEKISHO_URL: served.url, SEKISHO_TOKEN: token },
    kept,
    [Symbol.asyncDispose]: () => served[Symbol.asyncDispose](),
  };
}

test("a command that was killed while it sent parts sends only the rest when it is run again", async () => {
  await using here = await broker();
  using dir = files();
  const cutOff = await sekisho(
    ["plan", "-f", dir.path, "--no-preview", "--progress"],
    here.environment,
    (told, child) => {
      if (/Sent 2 of/.test(told)) child.kill("SIGKILL");
    },
  );
  assert.equal(cutOff.code, null);
  const before = [...here.kept];
  const parts = Number(/Sent 2 of (\d+) parts/.exec(cutOff.err)?.[1]);
  assert.ok(parts >= 4 && before.length >= 2 && before.length <= parts, `${before.length} of ${parts}`);
  const again = await sekisho(
    ["plan", "-f", dir.path, "--no-preview", "--json", "--progress"],
    here.environment,
  );
  assert.equal(again.code, 0, again.err);
  assert.equal(new Set(here.kept).size, parts, "every part is there");
  assert.equal(here.kept.length, parts, "and none was sent twice");
  const planned = JSON.parse(again.out) as { changes: object[]; rest: { all: object; next: number } };
  assert.equal(planned.changes.length, 1000);
  assert.deepEqual(planned.rest, { all: { added: COUNT, changed: 1, removed: 0 }, next: 1000 });
});

test("what passes is asked again, and a pipe is told nothing of it", async () => {
  await using here = await broker(
    (sent) => (sent % 2 === 1 ? [429, 503][sent % 4 === 1 ? 0 : 1] : undefined) ?? "as it is",
  );
  using dir = files();
  const ran = await sekisho(["apply", "-f", dir.path, "--dry-run"], here.environment);
  assert.equal(ran.code, 0, ran.err);
  assert.equal(ran.err, "");
  assert.match(ran.out, /and more; see the rest with: sekisho plan --changes-from 1000/);
  assert.match(ran.out, new RegExp(`${COUNT} to add, 1 to change, 0 to remove`));
});

test("more objects than the API takes are refused before any is sent, with the way that is left", async () => {
  const many: readonly object[] = Array(200_001).fill({});
  await assert.rejects(packObjects({ broker: "http://127.0.0.1:9", author: "me" }, many), {
    name: "Stop",
    message: /200001 objects.*--function.*Nothing was sent/,
  });
});

test("a part that is refused ends it, with what to do and nothing changed", async () => {
  await using here = await broker(() => 413);
  using dir = files();
  const ran = await sekisho(["apply", "-f", dir.path, "--yes"], here.environment);
  assert.equal(ran.code, 1);
  assert.match(ran.err, /did not take the request \(413\).*--function/);
  assert.equal(here.kept.length, 0);
});

/** Lambda's own door, behind which only the admin function stands. */
async function lambda() {
  const asked: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const payload = JSON.parse(Buffer.concat(chunks).toString("utf8"));
    asked.push(payload.sekisho);
    const told = await handler(payload).then(
      (answer) => [{}, answer] as const,
      (thrown) =>
        [{ "x-amz-function-error": "Unhandled" }, { errorMessage: String(thrown.message) }] as const,
    );
    response.writeHead(200, told[0]).end(JSON.stringify(told[1]));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  return {
    environment: {
      AWS_ENDPOINT_URL_LAMBDA: `http://127.0.0.1:${port}`,
      AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
      AWS_SECRET_ACCESS_KEY: "secret",
      AWS_REGION: "us-east-1",
    },
    asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((closed) => server.close(() => closed()));
    },
  };
}

test("an operator's parts go to the function itself, and are not sent twice either", async () => {
  await using here = await lambda();
  using dir = files({ "rules/operators.yaml": rule("operators", "x") });
  const args = ["-f", dir.path, "--function", "sekisho-admin", "--author", "ops"];
  const planned = await sekisho(["plan", ...args, "--no-preview", "--progress"], here.environment);
  assert.equal(planned.code, 0, planned.err);
  assert.match(planned.out, /to add, \d to change, 0 to remove/);
  const parts = Number(/Sent (\d+) of \1 parts/.exec(planned.err)?.[1]);
  const sent = () => here.asked.filter((one) => one === "put-part").length;
  assert.ok(parts >= 4 && sent() === parts, `${sent()} of ${parts}`);
  const applied = await sekisho(["apply", ...args, "--yes"], here.environment);
  assert.match(applied.out, /Published version \d+/, applied.err);
  assert.equal(sent(), parts);
  const others = await sekisho(["plan", ...args.slice(0, -1), "others", "--no-preview"], here.environment);
  assert.equal(others.code, 0, others.err);
  assert.equal(sent(), 2 * parts, "another operator's parts are their own");
});

test("a large configuration is published from its parts, and a change of one rule sends a part or two", async () => {
  await using here = await broker();
  using dir = files();
  const ran = await sekisho(["apply", "-f", dir.path, "--yes"], here.environment);
  assert.equal(ran.code, 0, ran.err);
  assert.match(ran.out, /Published version \d+/);
  const all = here.kept.length;
  using changed = files({ "rules/more.yaml": rule("one-more", "x") });
  const more = await sekisho(["plan", "-f", changed.path, "--no-preview"], here.environment);
  assert.equal(more.code, 0, more.err);
  assert.match(more.out, /1 to add, 0 to change, 0 to remove/);
  assert.ok(here.kept.length - all <= 2, `${here.kept.length - all} parts more`);
});
