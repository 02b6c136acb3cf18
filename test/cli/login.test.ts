import assert from "node:assert/strict";
import test from "node:test";
import { fingerprint } from "../../lib/core/secret.ts";
import { sekisho, serve } from "./run.ts";

const TOKEN = `sk_${"a".repeat(43)}`;

/** Plays broker and browser: `browser` says where the person ends up, given where the CLI listens and what it asked. */
async function login(
  browser: (back: URL, asked: URLSearchParams) => Promise<void>,
  args: string[] = [],
  token: unknown = TOKEN,
) {
  const redeemed: { code?: string; verifier?: string }[] = [];
  await using broker = await serve(async (event) => {
    const { body = "" } = event as { body?: string };
    redeemed.push(JSON.parse(Buffer.from(body, "base64").toString("utf8")));
    return { statusCode: 200, body: JSON.stringify({ token, expiresAt: 1 }) };
  });
  let opened = false;
  let asked = new URLSearchParams();
  const ran = await sekisho(["login", "--no-browser", ...args], { SEKISHO_URL: broker.url }, (said) => {
    const found = /Sign in at (\S+)\n/.exec(said)?.[1];
    if (found === undefined || opened) return;
    opened = true;
    asked = new URL(found).searchParams;
    void browser(new URL(`http://127.0.0.1:${asked.get("port")}/callback`), asked);
  });
  return { ran, asked, redeemed };
}

const visit = async (url: URL, query: Record<string, string>): Promise<number> => {
  url.search = new URLSearchParams(query).toString();
  return (await fetch(url)).status;
};

test("a person signs in, and the shell gets their token", async () => {
  const { ran, asked, redeemed } = await login(async (back, query) => {
    await visit(back, { code: "c0de", state: query.get("state") ?? "" });
  });
  assert.equal(ran.code, 0, ran.err);
  assert.equal(ran.out, `export SEKISHO_TOKEN=${TOKEN}\n`);
  assert.equal(asked.get("purpose"), "api");
  assert.equal(redeemed[0]?.code, "c0de");
  assert.equal(fingerprint(redeemed[0]?.verifier ?? ""), asked.get("challenge"), "PKCE");
  assert.ok(!ran.err.includes(redeemed[0]?.verifier ?? "x"), "the verifier is shown to nobody");
});

test("a token for SDKs goes where SDKs look, and --print prints it alone", async () => {
  const say = async (back: URL, query: URLSearchParams) => {
    await visit(back, { code: "c", state: query.get("state") ?? "" });
  };
  const sdk = await login(say, ["--for", "credentials"]);
  assert.equal(sdk.ran.out, `export AWS_CONTAINER_AUTHORIZATION_TOKEN=${TOKEN}\n`);
  assert.equal(sdk.asked.get("purpose"), "credentials");
  assert.equal((await login(say, ["--print"])).ran.out, `${TOKEN}\n`);
});

test("answers to somebody else's question are turned away, and ours still counts", async () => {
  const statuses: number[] = [];
  const { ran, redeemed } = await login(async (back, query) => {
    statuses.push(await visit(new URL(back), { code: "evil", state: "guess" }));
    statuses.push(await visit(new URL(back), { code: "evil" }));
    statuses.push(await visit(new URL("/other", back), { code: "evil", state: query.get("state") ?? "" }));
    statuses.push((await fetch(back, { method: "POST" })).status);
    statuses.push(await visit(new URL(back), { code: "good", state: query.get("state") ?? "" }));
  });
  assert.deepEqual(statuses, [404, 404, 404, 404, 200]);
  assert.equal(ran.code, 0);
  assert.deepEqual(
    redeemed.map(({ code }) => code),
    ["good"],
  );
});

test("a no in the browser ends with 1", async () => {
  const { ran, redeemed } = await login(async (back, query) => {
    await visit(back, { error: "access_denied", state: query.get("state") ?? "" });
  });
  assert.equal(ran.code, 1);
  assert.match(ran.err, /refused in the browser/);
  assert.equal(redeemed.length, 0);
});

test("what is no token of ours is never printed for the shell to run", async () => {
  const { ran } = await login(
    async (back, query) => {
      await visit(back, { code: "c", state: query.get("state") ?? "" });
    },
    [],
    "x; rm -rf ~",
  );
  assert.equal(ran.code, 1);
  assert.equal(ran.out, "");
});
