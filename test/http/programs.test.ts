import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after, before } from "node:test";
import { promisify } from "node:util";
import { fromHttp } from "@aws-sdk/credential-providers";
import { openStack, type Stack } from "./stack.ts";

const run = promisify(execFile);
const PROGRAM = new URL("../support/program.ts", import.meta.url).pathname;

let stack: Stack;
let audience: string;
before(async () => {
  stack = await openStack();
  audience = stack.url;
});
after(() => stack.stop());

const deployUri = (query = "") => `${stack.url}/api/credentials/222222222222/Deploy${query}`;

/** A workload's own token, as its CI system would give it. */
async function ciToken(claims: Record<string, string> = {}): Promise<string> {
  const asked = new URLSearchParams({ sub: "repo:acme/shop:ref:refs/heads/main", aud: audience, ...claims });
  const answer = await fetch(`${stack.urls.ci}/token?${asked}`);
  const text = await answer.text();
  return text.startsWith("{") ? JSON.parse(text).token : text.trim();
}

/** Runs the program with a clean environment and these variables alone. */
async function runProgram(
  variables: Record<string, string>,
): Promise<{ arn: string; account: string; accessKeyId: string }> {
  const { stdout } = await run(process.execPath, [PROGRAM], {
    env: {
      PATH: process.env.PATH ?? "",
      HOME: "/nonexistent",
      AWS_REGION: "us-east-1",
      AWS_ENDPOINT_URL_STS: stack.urls.aws,
      ...variables,
    },
  });
  return JSON.parse(stdout);
}

test("a program with two standard variables and its CI token is Deploy in staging", async () => {
  const identity = await runProgram({
    AWS_CONTAINER_CREDENTIALS_FULL_URI: deployUri(),
    AWS_CONTAINER_AUTHORIZATION_TOKEN: await ciToken(),
  });
  assert.equal(identity.account, "222222222222");
  assert.match(identity.arn, /^arn:aws:sts::222222222222:assumed-role\/[^/]*Deploy\//);
});

test("the token may lie in a file, which is how Kubernetes rotates it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sekisho-"));
  try {
    const file = join(folder, "token");
    writeFileSync(file, await ciToken());
    const identity = await runProgram({
      AWS_CONTAINER_CREDENTIALS_FULL_URI: deployUri(),
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file,
    });
    assert.equal(identity.account, "222222222222");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the SDK's own provider accepts the answer, with or without Bearer", async () => {
  for (const prefix of ["", "Bearer "]) {
    const provider = fromHttp({
      awsContainerCredentialsFullUri: deployUri(),
      awsContainerAuthorizationToken: `${prefix}${await ciToken()}`,
    });
    const credentials = await provider();
    assert.match(credentials.accessKeyId, /^ASIA/);
    assert.ok((credentials.expiration?.getTime() ?? 0) > 0);
  }
});

/** Whether the session may do something, by the look-alike's own evaluation. */
async function may(accessKeyId: string, action: string, resource: string): Promise<string> {
  const answer = await fetch(`${stack.urls.aws}/_local/simulate`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ accessKeyId, action, resource, context: {} }),
  });
  const said: { decision?: string; result?: string } = await answer.json();
  return said.decision ?? said.result ?? JSON.stringify(said);
}

const ask = async (query: string, init: RequestInit = {}, token?: string) =>
  fetch(deployUri(query), {
    ...init,
    headers: { authorization: token ?? (await ciToken()), "content-type": "application/json" },
  });

test("a scoped session may do what its scope says and nothing else", async () => {
  const answer = await ask("?scope=s3-read&parameters.bucket=acme-logs");
  const said: Record<string, string> = await answer.json();
  assert.equal(answer.status, 200, JSON.stringify(said));
  const key = said.AccessKeyId ?? "";
  assert.equal(await may(key, "s3:GetObject", "arn:aws:s3:::acme-logs/today"), "allowed");
  assert.equal(await may(key, "s3:GetObject", "arn:aws:s3:::acme-payroll/today"), "denied");
  assert.equal(await may(key, "s3:PutObject", "arn:aws:s3:::acme-logs/today"), "denied");
  assert.equal(await may(key, "sts:AssumeRole", "arn:aws:iam::222222222222:role/other"), "denied");
});

test("a session narrowed by a policy of the caller's own may do one action", async () => {
  const policy = {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: "lambda:InvokeFunction",
        Resource: "arn:aws:lambda:us-east-1:222222222222:function:orders",
      },
    ],
  };
  const answer = await ask("", { method: "POST", body: JSON.stringify({ policy, durationSeconds: 900 }) });
  const said: Record<string, string> = await answer.json();
  assert.equal(answer.status, 200, JSON.stringify(said));
  const key = said.AccessKeyId ?? "";
  assert.equal(
    await may(key, "lambda:InvokeFunction", "arn:aws:lambda:us-east-1:222222222222:function:orders"),
    "allowed",
  );
  assert.equal(
    await may(key, "lambda:DeleteFunction", "arn:aws:lambda:us-east-1:222222222222:function:orders"),
    "denied",
  );
});

test("minutes are given as asked", async () => {
  const answer = await ask("?durationSeconds=900");
  const said: Record<string, string> = await answer.json();
  const left = (Date.parse(said.Expiration ?? "") - Date.now()) / 1000;
  assert.ok(left > 840 && left <= 901, `${left} s left`);
});

const refused: readonly [what: string, answer: () => Promise<Response>, status: number, code: string][] = [
  ["without a token", () => fetch(deployUri()), 401, "token_invalid"],
  ["with text that is no token", () => ask("", {}, "hello"), 401, "workload_"],
  [
    "with a token for another audience",
    async () => ask("", {}, await ciToken({ aud: "https://other.example" })),
    401,
    "workload_",
  ],
  [
    "for a role its rules do not give",
    async () =>
      fetch(`${stack.url}/api/credentials/111111111111/Admin`, {
        headers: { authorization: await ciToken() },
      }),
    403,
    "role_not_granted",
  ],
  ["with a scope nobody wrote", () => ask("?scope=nothing"), 403, "scope_unknown"],
  ["with a parameter that would widen", () => ask("?scope=s3-read&parameters.bucket=*"), 400, "scope_"],
  ["with a parameter missing", () => ask("?scope=s3-read"), 400, "scope_"],
  ["with a policy that is none", () => ask("", { method: "POST", body: '{"policy":"{"}' }), 400, "policy_"],
  ["with a field nobody knows", () => ask("?widen=1"), 400, "request_invalid"],
  ["longer than AWS allows at all", () => ask("?durationSeconds=99999"), 400, "request_invalid"],
];
for (const [what, answer, status, code] of refused)
  test(`a request ${what} is refused in the wire's own shape`, async () => {
    const response = await answer();
    const said: Record<string, string> = await response.json();
    assert.equal(response.status, status, JSON.stringify(said));
    assert.deepEqual(Object.keys(said).toSorted(), ["code", "message"]);
    assert.ok(said.code?.startsWith(code), said.code);
  });
