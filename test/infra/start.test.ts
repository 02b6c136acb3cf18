import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { busyParts, freeBase, OFFSETS, partUrls } from "../../infra/local/environment.ts";
import { atDashboard, clickTile } from "./walk.ts";

/** `infra/local/main.ts` as a process of its own, and everything it printed. */
function start(environment: Record<string, string>): {
  child: ChildProcess;
  printed: () => string;
  ready: Promise<void>;
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
} {
  const child = spawn(process.execPath, ["infra/local/main.ts"], {
    env: { PATH: process.env.PATH ?? "", HOME: tmpdir(), ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) =>
    child.on("exit", (code, signal) => resolve({ code, signal })),
  );
  const ready = new Promise<void>((resolve, reject) => {
    const hear = (part: Buffer) => {
      text += part;
      if (text.includes("Ctrl-C stops everything")) resolve();
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    void ended.then(() => reject(new Error(`it ended before it was ready:\n${text}`)));
  });
  ready.catch(() => {});
  return { child, printed: () => text, ready, ended };
}

const first = 23_000 + (process.pid % 700) * 20;

test("npm start prints what to try, answers on every port, and Ctrl-C leaves nothing behind", async () => {
  const base = await freeBase(first);
  // The AWS settings of whoever types the command must not reach the stack.
  const stack = start({ PORT: String(base), AWS_PROFILE: "mine", AWS_ENDPOINT_URL: "http://127.0.0.1:9" });
  await stack.ready;
  const urls = partUrls(base);
  assert.match(stack.printed(), new RegExp(`Broker +${urls.broker} `));
  for (const name of ["sre", "analyst", "support", "outsider"])
    assert.match(stack.printed(), new RegExp(` ${name} `));
  const health = await fetch(`${urls.broker}/healthz`);
  assert.equal(health.status, 200);
  assert.equal((await busyParts(base)).length, Object.keys(OFFSETS).length);
  stack.child.kill("SIGINT");
  assert.deepEqual(await stack.ended, { code: 0, signal: null });
  assert.deepEqual(await busyParts(base), []);
});

test("a taken port is one sentence that names it and says how to move, and nothing stays running", async () => {
  const base = await freeBase(first + 400);
  const squatter = createServer().listen(base + OFFSETS.entra, "127.0.0.1");
  await new Promise((resolve) => squatter.once("listening", resolve));
  const stack = start({ PORT: String(base) });
  const { code } = await stack.ended;
  await new Promise((resolve) => squatter.close(resolve));
  assert.equal(code, 1);
  const lines = stack.printed().trim().split("\n");
  assert.equal(lines.length, 1, stack.printed());
  assert.match(
    lines[0] ?? "",
    new RegExp(`^Port ${base + OFFSETS.entra} \\(entra\\) is taken.* PORT=\\d+ npm start`),
  );
  assert.deepEqual(await busyParts(base), []);
});

test("a PORT that is none is refused in one sentence", async () => {
  const stack = start({ PORT: "http" });
  assert.equal((await stack.ended).code, 1);
  assert.match(stack.printed(), /^PORT=http is no port[^\n]*\n$/);
});

test("SEKISHO_DATA keeps keys and configuration; the folder is private, and belongs to its ports", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sekisho-"));
  const data = join(folder, "data");
  try {
    const base = await freeBase(first + 800);
    const environment = { PORT: String(base), SEKISHO_DATA: data };
    const metadata = async (): Promise<string> => {
      const stack = start(environment);
      await stack.ready;
      const text = await (await fetch(`${partUrls(base).broker}/saml/idp/metadata`)).text();
      const { browser, dashboard } = await atDashboard(partUrls(base).okta, "sre");
      const console = await clickTile(browser, dashboard, "AWS prod Admin");
      assert.match(console.body, /sekisho-Admin/, console.url);
      stack.child.kill("SIGTERM");
      assert.equal((await stack.ended).code, 0);
      return text;
    };
    const before = await metadata();
    assert.match(before, /X509Certificate/);
    assert.equal(await metadata(), before);
    assert.deepEqual(readdirSync(data).sort(), ["aws.json", "dynamodb", "keys"]);
    assert.equal(statSync(join(data, "aws.json")).mode & 0o077, 0);
    const moved = start({ ...environment, PORT: String(await freeBase(base + 20)) });
    assert.equal((await moved.ended).code, 1);
    assert.match(moved.printed(), new RegExp(`was made with PORT=${base}`));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
