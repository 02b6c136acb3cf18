import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import test, { after, before, beforeEach } from "node:test";
import { CreateKeyCommand, type KeySpec, type KeyUsageType, KMSClient } from "@aws-sdk/client-kms";
import { Command } from "commander";
import { register } from "../../cli/commands/keys.ts";
import { MANAGEMENT_ACCOUNT } from "../../infra/local/aws/accounts.ts";
import { type LocalAws, startAws } from "../../infra/local/aws/server.ts";
import type { KeyRecord } from "../../lib/core/signer.ts";
import { systemClock } from "../../lib/core/time.ts";

/** What the admin function keeps, and what it was asked. */
let kept: KeyRecord[] = [];
let asked: string[] = [];
let aws: LocalAws;

interface Direct {
  readonly sekisho: string;
  readonly keys?: readonly KeyRecord[];
}
const same = (left: Pick<KeyRecord, "purpose" | "keyId">, right: Pick<KeyRecord, "purpose" | "keyId">) =>
  left.purpose === right.purpose && left.keyId === right.keyId;

async function admin(name: string, payload: unknown): Promise<unknown> {
  if (name !== "sekisho-admin") throw Object.assign(new Error("none"), { name: "ResourceNotFoundException" });
  const { sekisho, keys = [] } = payload as Direct;
  asked.push(sekisho);
  if (sekisho === "fail") throw new Error("told to");
  if (sekisho !== "list-keys") kept = kept.filter((one) => !keys.some((key) => same(one, key)));
  if (sekisho === "put-keys") kept.push(...keys);
  return { keys: kept, reference: "R" };
}

const ids: Record<string, string> = {};
async function makeKey(KeySpec: KeySpec, KeyUsage: KeyUsageType): Promise<string> {
  const { KeyMetadata } = await new KMSClient({}).send(new CreateKeyCommand({ KeySpec, KeyUsage }));
  return KeyMetadata?.KeyId ?? "";
}
before(async () => {
  aws = await startAws({ port: 0, host: "127.0.0.1", clock: systemClock, invoke: admin });
  Object.assign(process.env, {
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: `AKIALOCAL${MANAGEMENT_ACCOUNT}`,
    AWS_SECRET_ACCESS_KEY: `local-secret-${MANAGEMENT_ACCOUNT}`,
    AWS_ENDPOINT_URL_KMS: aws.url,
    AWS_ENDPOINT_URL_LAMBDA: aws.url,
  });
  ids.issuer = await makeKey("RSA_2048", "SIGN_VERIFY");
  ids.sign = await makeKey("RSA_2048", "SIGN_VERIFY");
  ids.decrypt = await makeKey("RSA_2048", "ENCRYPT_DECRYPT");
  ids.next = await makeKey("RSA_2048", "SIGN_VERIFY");
});
after(() => aws.stop());
beforeEach(() => {
  kept = [];
  asked = [];
});

/** Runs `sekisho keys ...` and answers what it printed. */
async function keys(...words: string[]): Promise<string> {
  const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  register(program);
  const lines: string[] = [];
  const { log } = console;
  console.log = (line: string) => void lines.push(line);
  try {
    await program.parseAsync(["keys", ...words, "--function", "sekisho-admin"], { from: "user" });
  } finally {
    console.log = log;
  }
  return lines.join("\n");
}
const init = (change: Record<string, string> = {}) => {
  const { issuer, sign, decrypt } = { ...ids, ...change } as Record<"issuer" | "sign" | "decrypt", string>;
  return keys("init", "--issuer-aws", issuer, "--sp-sign", sign, "--sp-decrypt", decrypt);
};
const stateOf = (purpose: string) =>
  kept.filter((one) => one.purpose === purpose).map(({ keyId, state }) => [keyId, state]);

test("init certifies three keys and hands them over", async () => {
  const printed = await init();
  assert.match(printed, /^new {8}issuer-aws .*\nnew {8}sp-sign .*\nnew {8}sp-decrypt .*$/);
  assert.deepEqual(
    kept.map(({ purpose, state }) => [purpose, state]),
    [
      ["issuer-aws", "active"],
      ["sp-sign", "active"],
      ["sp-decrypt", "active"],
    ],
  );
  const [issuer, sign, decrypt] = kept.map(({ certificate }) => new X509Certificate(certificate)) as [
    X509Certificate,
    X509Certificate,
    X509Certificate,
  ];
  assert.equal(issuer.verify(issuer.publicKey), true);
  assert.equal(sign.verify(sign.publicKey), true);
  assert.equal(decrypt.verify(sign.publicKey), true);
});

test("init again makes the same bytes and writes nothing", async () => {
  await init();
  const before = JSON.stringify(kept);
  asked = [];
  assert.match(await init(), /^unchanged .*\nunchanged .*\nunchanged .*$/);
  assert.deepEqual(asked, ["list-keys"]);
  assert.equal(JSON.stringify(kept), before);
  kept = [];
  await init();
  assert.equal(JSON.stringify(kept), before);
});

test("init does not replace a key in use", async () => {
  await init();
  await assert.rejects(init({ issuer: ids.next ?? "" }), /keys rotate issuer-aws/);
});

test("a key serves one purpose", () => assert.rejects(init({ issuer: ids.sign ?? "" }), /of its own/));

test("a key of the wrong kind is not certified", async () => {
  await assert.rejects(init({ issuer: ids.decrypt ?? "" }), /issuer-aws needs an RSA key for SIGN_VERIFY/);
  await assert.rejects(init({ decrypt: ids.next ?? "" }), /sp-decrypt needs an RSA key for ENCRYPT_DECRYPT/);
  assert.deepEqual(kept, []);
});

test("a rotation publishes first, uses then, and stops publishing last", async () => {
  const { issuer = "", next = "" } = ids;
  await init();
  assert.match(await keys("rotate", "issuer-aws", "--key", next), /Give every account the new/);
  assert.deepEqual(stateOf("issuer-aws"), [
    [issuer, "active"],
    [next, "next"],
  ]);
  await keys("rotate", "issuer-aws", "--activate");
  assert.deepEqual(stateOf("issuer-aws"), [
    [next, "active"],
    [issuer, "retired"],
  ]);
  await assert.rejects(keys("retire", "issuer-aws", next), /in use/);
  await keys("retire", "issuer-aws", issuer);
  assert.deepEqual(stateOf("issuer-aws"), [[next, "active"]]);
});

test("going back to the key before needs no signature", async () => {
  const { issuer = "", next = "" } = ids;
  await init();
  const certificate = kept.find(({ keyId }) => keyId === issuer)?.certificate;
  await keys("rotate", "issuer-aws", "--key", next);
  await keys("rotate", "issuer-aws", "--activate");
  // Nobody but the functions may sign by then: a certificate that is made anew would differ.
  kept = kept.map((one) => (one.keyId === issuer ? { ...one, certificate: `${one.certificate}\n` } : one));
  assert.match(await keys("rotate", "issuer-aws", "--key", issuer), /^next/);
  await keys("rotate", "issuer-aws", "--activate");
  assert.deepEqual(stateOf("issuer-aws"), [
    [issuer, "active"],
    [next, "retired"],
  ]);
  assert.equal(kept.find(({ keyId }) => keyId === issuer)?.certificate, `${certificate}\n`);
});

test("one key at a time is next", async () => {
  await init();
  await keys("rotate", "issuer-aws", "--key", ids.next ?? "");
  assert.match(await keys("rotate", "issuer-aws", "--key", ids.next ?? ""), /^unchanged/);
  await assert.rejects(keys("rotate", "sp-sign", "--activate"), /No key is next/);
  await assert.rejects(keys("rotate", "issuer-aws", "--key", ids.issuer ?? ""), /active already/);
});

test("a rotation says what it is to do", async () => {
  await init();
  await assert.rejects(keys("rotate", "issuer-aws"), /Say either/);
  await assert.rejects(keys("rotate", "issuer-aws", "--key", "k", "--activate"), /Say either/);
  await assert.rejects(keys("rotate", "other", "--activate"), /Allowed choices/);
});

test("list shows what there is", async () => {
  assert.match(await keys("list"), /no keys yet/);
  await init();
  assert.match(await keys("list"), /^active {5}issuer-aws/);
});

test("what Lambda or the function says is said to the operator", async () => {
  const { invokeFunction } = await import("../../cli/invoke.ts");
  await assert.rejects(invokeFunction("other", {}), /Lambda answered 404: Function not found/);
  await assert.rejects(
    invokeFunction("sekisho-admin", { sekisho: "fail" }),
    /The function sekisho-admin failed: told to/,
  );
});
