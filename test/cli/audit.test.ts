import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { after, before, mock } from "node:test";
import { handler as worker } from "../../functions/worker.ts";
import { openStack, type Stack, signedIn } from "../http/stack.ts";
import { ciToken, fetchCredentials, personToken } from "../support/programs.ts";
import { itemsUnder, trailOf } from "../support/table.ts";
import { folder, sekisho } from "./run.ts";

let stack: Stack;
let environment: Record<string, string>;
const files = folder({});
const file = join(files.path, "trail.ndjson");
before(async () => {
  // All of it happens ten minutes ago, so that its slice is over when the test begins.
  mock.timers.enable({ apis: ["Date"], now: Date.now() - 600_000 });
  stack = await openStack();
  const { person } = await signedIn(stack, "okta", "sre");
  environment = { SEKISHO_URL: stack.url, SEKISHO_TOKEN: await personToken(stack.urls, person, "api") };
  await person.open(`${stack.url}/console?account=111111111111&role=Admin`, { stopAt: /federation|signin/ });
  const token = await ciToken(stack.urls);
  await fetchCredentials(stack.urls, "222222222222/Deploy?scope=s3-read&parameters.bucket=acme-logs", token);
  await fetchCredentials(stack.urls, "111111111111/Admin", token);
  mock.timers.reset();
  await worker({ sekisho: "seal" });
});
after(async () => {
  files[Symbol.dispose]();
  await stack.stop();
});

const audit = async (...args: string[]) => sekisho(["audit", ...args], environment);
const jsonLines = (text: string): Record<string, unknown>[] =>
  text
    .trim()
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));

test("query shows events newest first, as lines or JSON, and of every filter what it asks for", async () => {
  const all = jsonLines((await audit("query", "--json", "--limit", "0")).out);
  const trail = await trailOf(stack.urls);
  const old = all.filter(({ kind }) => kind !== "admin.read");
  assert.deepEqual(
    new Set(old.map(({ id }) => id)),
    new Set(trail.filter(({ kind }) => kind !== "admin.read").map(({ id }) => id)),
  );
  const ids = all.map(({ id }) => String(id));
  assert.deepEqual(ids, ids.toSorted().reverse());

  const issued = all.find(({ kind }) => kind === "credentials.issued") ?? assert.fail();
  const filters: readonly (readonly [string, unknown, string])[] = [
    ["--person", issued.personId, "personId"],
    ["--account", issued.accountId, "accountId"],
    ["--role", issued.role, "role"],
    ["--connection", "ci", "connection"],
    ["--access-key", issued.accessKeyId, "accessKeyId"],
    ["--kind", "console.opened", "kind"],
    ["--address", "127.0.0.1", "sourceIp"],
  ];
  for (const [option, value, field] of filters) {
    const { code, out, err } = await audit("query", "--json", option, String(value));
    assert.equal(code, 0, err);
    const found = jsonLines(out).filter(({ kind }) => kind !== "admin.read");
    assert.deepEqual(
      found.map(({ id }) => id),
      old.filter((event) => event[field] === value).map(({ id }) => id),
      option,
    );
    assert.ok(found.length > 0, option);
  }
  const rule = String((issued.rules as string[])[0]);
  assert.ok(
    jsonLines((await audit("query", "--json", "--rule", rule)).out).some(({ id }) => id === issued.id),
  );
  const refused = jsonLines((await audit("query", "--json", "--outcome", "refused")).out);
  assert.deepEqual(
    refused.map(({ kind }) => kind),
    ["credentials.refused"],
  );
  const { out } = await audit("query", "--reference", String(issued.id));
  assert.match(
    out,
    new RegExp(
      `^20\\S+Z  credentials.issued    ci/\\w{26}  222222222222/Deploy  s3-read  ASIA\\w+  .*${issued.id}\n$`,
    ),
  );
});

test("a query that finds nothing says so, and one that can find nothing is told why", async () => {
  const none = await audit("query", "--rule", "no-such-rule");
  assert.deepEqual([none.code, none.out, none.err], [0, "", "No event is like that.\n"]);
  const backwards = await audit("query", "--since", "1h", "--until", "2h");
  assert.equal(backwards.code, 2);
  assert.match(backwards.err, /--since is not before --until/);
  const nowhere = await audit("query", "--address", "nope");
  assert.equal(nowhere.code, 1);
  assert.match(nowhere.err, /address: an IP address such as 192\.0\.2\.7 or 2001:db8::7/);
});

test("people are opaque ids, unless an administrator asks for names that are still there; every look is an event", async () => {
  const plain = await audit("query", "--kind", "console.opened");
  assert.doesNotMatch(plain.out, /okta\/sre/);
  const named = await audit("query", "--kind", "console.opened", "--names");
  assert.match(named.out, /okta\/sre/);
  const looks = jsonLines((await audit("query", "--json", "--kind", "admin.read")).out);
  const details = looks.map(({ detail }) => JSON.stringify(detail));
  assert.ok(details.includes('{"what":"audit.events","names":true}'), details.join());
});

test("an export verifies offline, and says so of what", async () => {
  const exported = await audit("export", "-o", file);
  assert.equal(exported.code, 0, exported.err);
  assert.match(exported.err, /is whole: \d+ events/);
  const { code, out, err } = await sekisho(["audit", "verify", file]);
  assert.equal(code, 0, out + err);
  assert.match(out, /^2 digests and \d+ events were looked at, from 20/m);
  assert.match(out, /Nothing was altered since it was sealed\.\n$/);
  const sealed = await itemsUnder(stack.urls, "SEAL");
  const { key } = (sealed.find(({ pk }) => pk === "SEAL") as { digest: { key: string } }).digest;
  const proven = await sekisho(["audit", "verify", file, "--key", key, "--json"]);
  assert.equal(JSON.parse(proven.out).ok, true);
});

test("verify ends with 1 and names the event that was altered", async () => {
  const altered = join(files.path, "altered.ndjson");
  const text = readFileSync(file, "utf8");
  writeFileSync(altered, text.replace('"accountId":"222222222222"', '"accountId":"333333333333"'));
  const { code, out } = await sekisho(["audit", "verify", altered]);
  assert.equal(code, 1);
  assert.match(out, /^event_altered {2}slice \d, shard ., event \w{26}: it is not what was sealed$/m);
  assert.equal((await sekisho(["audit", "verify", "/nowhere"])).code, 2);
});

test("an export that was cut off is resumed where it was, and is the same", async () => {
  const again = join(files.path, "again.ndjson");
  const { code: none } = await audit("export", "-o", again, "--resume");
  assert.equal(none, 2);
  const asked = new URLSearchParams({ until: new Date().toISOString() });
  const answer = await fetch(`${stack.url}/api/admin/audit/export?${asked}`, {
    headers: { authorization: `Bearer ${environment.SEKISHO_TOKEN}` },
  });
  const page = (await answer.json()) as { lines: object[]; cursor: string };
  const first = page.lines.map((line) => `${JSON.stringify(line)}\n`).join("");
  writeFileSync(again, `${first}{"type":"ev`);
  const progress = {
    format: "sealed",
    search: asked.toString(),
    cursor: page.cursor,
    bytes: first.length,
    events: 0,
  };
  writeFileSync(`${again}.progress`, JSON.stringify(progress));
  const { code, err } = await audit("export", "-o", again, "--resume");
  assert.equal(code, 0, err);
  assert.equal(readFileSync(again, "utf8"), readFileSync(file, "utf8"));
});

test("an OCSF export holds sign-ins and issues, without names unless they are asked for", async () => {
  const ocsf = join(files.path, "ocsf.ndjson");
  for (const names of [[], ["--names"]]) {
    const { code, err } = await audit("export", "-o", ocsf, "--format", "ocsf", ...names);
    assert.equal(code, 0, err);
    const text = readFileSync(ocsf, "utf8");
    assert.deepEqual([...new Set(jsonLines(text).map(({ class_uid }) => class_uid))].sort(), [3002, 3003]);
    assert.equal(/"name":"sre"/.test(text), names.length > 0);
  }
});

test("a cursor of another question, or one that somebody made, is refused", async () => {
  const ask = async (search: Record<string, string>) => {
    const answer = await fetch(`${stack.url}/api/admin/audit/events?${new URLSearchParams(search)}`, {
      headers: { authorization: `Bearer ${environment.SEKISHO_TOKEN}` },
    });
    return { status: answer.status, said: (await answer.json()) as Record<string, string> };
  };
  const { said } = await ask({ kind: "signin.finished" });
  assert.equal((await ask({ kind: "signin.finished", cursor: said.again ?? "" })).status, 200);
  assert.equal((await ask({ kind: "console.opened", cursor: said.again ?? "" })).status, 400);
  assert.equal((await ask({ kind: "signin.finished", cursor: `${said.again?.slice(0, -2)}AA` })).status, 400);
  assert.equal((await ask({ kind: "nothing.known" })).status, 400);
});

test("tail tells what is new until it is told to stop", async () => {
  const { spawn } = await import("node:child_process");
  const main = new URL("../../cli/main.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, [main, "audit", "tail", "--every", "2", "--since", "1h"], {
    env: { PATH: process.env.PATH ?? "", ...environment },
  });
  let out = "";
  const saw = Promise.withResolvers<void>();
  let refused = false;
  child.stdout.on("data", (chunk) => {
    out += chunk;
    if (/signin\.finished/.test(out) && !refused) {
      refused = true;
      void fetchCredentials(stack.urls, "333333333333/Nothing", "sk_none");
    }
    if (/333333333333/.test(out)) saw.resolve();
  });
  const ended = new Promise<number | null>((over) => child.on("close", over));
  await saw.promise;
  child.kill("SIGINT");
  assert.equal(await ended, 0);
  const ids = out
    .trim()
    .split("\n")
    .map((line) => line.slice(-26));
  assert.equal(new Set(ids).size, ids.length, "nothing is told twice");
});
