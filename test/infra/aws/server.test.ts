import assert from "node:assert/strict";
import { connect } from "node:net";
import test from "node:test";
import { CreateRoleCommand, CreateSAMLProviderCommand, ListRolesCommand } from "@aws-sdk/client-iam";
import { CreateKeyCommand, SignCommand } from "@aws-sdk/client-kms";
import { AssumeRoleWithSAMLCommand, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { startAws } from "../../../infra/local/aws/server.ts";
import { mint } from "./assertion.ts";
import {
  administrator,
  BROKER,
  clients,
  handClock,
  makeProvider,
  metadataOf,
  openAws,
  PROD,
  providerArn,
  roleArn,
  trustPolicy,
} from "./world.ts";

test("a snapshot, through JSON, is the same world in another process: keys, sessions, spent assertions", async (t) => {
  const clock = handClock();
  const provider = makeProvider();
  const first = await openAws(t, clock);
  const here = clients(first.url, administrator(PROD));
  const metadata = metadataOf(provider);
  await here.iam.send(new CreateSAMLProviderCommand({ Name: "sekisho", SAMLMetadataDocument: metadata }));
  await here.iam.send(new CreateRoleCommand({ RoleName: "Admin", AssumeRolePolicyDocument: trustPolicy() }));
  const RSA = { KeySpec: "RSA_2048", KeyUsage: "SIGN_VERIFY" } as const;
  const KeyId = (await here.kms.send(new CreateKeyCommand(RSA))).KeyMetadata?.KeyId;
  const sign = new SignCommand({
    KeyId,
    Message: Buffer.from("x"),
    SigningAlgorithm: "RSASSA_PKCS1_V1_5_SHA_256",
  });
  const { Signature } = await here.kms.send(sign);
  const SAMLAssertion = mint(clock.at, provider);
  const assume = new AssumeRoleWithSAMLCommand({
    RoleArn: roleArn("Admin"),
    PrincipalArn: providerArn(),
    SAMLAssertion,
  });
  const { Credentials } = await here.sts.send(assume);

  const second = await openAws(t, clock, { state: JSON.parse(JSON.stringify(first.snapshot())) });
  const there = clients(second.url, administrator(PROD));
  assert.deepEqual((await there.kms.send(sign)).Signature, Signature);
  await assert.rejects(there.sts.send(assume), { name: "InvalidIdentityTokenException" });
  const session = clients(second.url, {
    accessKeyId: Credentials?.AccessKeyId ?? "",
    secretAccessKey: Credentials?.SecretAccessKey ?? "",
    sessionToken: Credentials?.SessionToken ?? "",
  });
  assert.equal((await session.sts.send(new GetCallerIdentityCommand({}))).Account, PROD);
});

test("a state of another schema is refused", async () => {
  const state = { schema: 2, entries: {} } as never;
  await assert.rejects(startAws({ port: 0, host: "127.0.0.1", clock: handClock(), state }), /another schema/);
});

test("a busy port is an error that can be told, and stop leaves nothing listening", async (t) => {
  const aws = await startAws({ port: 0, host: "127.0.0.1", clock: handClock() });
  const port = Number(new URL(aws.url).port);
  await assert.rejects(startAws({ port, host: "127.0.0.1", clock: handClock() }), { code: "EADDRINUSE" });
  await aws.stop();
  const again = await startAws({ port, host: "127.0.0.1", clock: handClock() });
  t.after(() => again.stop());
  assert.equal(again.url, aws.url);
});

test("a session may call what its role allows and nothing else", async (t) => {
  const clock = handClock();
  const provider = makeProvider();
  const aws = await openAws(t, clock);
  const { iam, sts } = clients(aws.url, administrator(PROD));
  const metadata = metadataOf(provider);
  await iam.send(new CreateSAMLProviderCommand({ Name: "sekisho", SAMLMetadataDocument: metadata }));
  await iam.send(new CreateRoleCommand({ RoleName: "Admin", AssumeRolePolicyDocument: trustPolicy() }));
  const SAMLAssertion = mint(clock.at, provider);
  const call = { RoleArn: roleArn("Admin"), PrincipalArn: providerArn(), SAMLAssertion };
  const { Credentials } = await sts.send(new AssumeRoleWithSAMLCommand(call));
  const mine = clients(aws.url, {
    accessKeyId: Credentials?.AccessKeyId ?? "",
    secretAccessKey: Credentials?.SecretAccessKey ?? "",
    sessionToken: Credentials?.SessionToken ?? "",
  });
  await assert.rejects(mine.iam.send(new ListRolesCommand({})), { name: "AccessDenied" });
});

test("bodies are limited, before any signature is looked at", async (t) => {
  const aws = await openAws(t, handClock());
  const answer = await fetch(aws.url, { method: "POST", body: "x".repeat(1024 * 1024 + 1) }).catch(
    () => undefined,
  );
  assert.ok(answer === undefined || answer.status === 413);
  assert.equal((await fetch(`${aws.url}/console/`)).status, 401, "and the server goes on");
});

test("unknown operations, pages and shapes get an answer in the shape of their wire", async (t) => {
  const aws = await openAws(t, handClock());
  const json = { "content-type": "application/x-amz-json-1.1" };
  const target = async (name: string, more: Record<string, string> = json) => {
    const headers = { ...more, "x-amz-target": name };
    const answer = await fetch(aws.url, { method: "POST", headers, body: "{}" });
    return ((await answer.json()) as { __type: string }).__type;
  };
  assert.equal(await target("Nothing.Here"), "UnknownOperationException");
  assert.equal(await target("TrentService.Sign"), "MissingAuthenticationTokenException");
  assert.equal(await target("TrentService.Sign", {}), "UnsupportedMediaTypeException");
  assert.equal(await target("__proto__.x"), "UnknownOperationException");
  for (const path of ["/", "/federation?Action=x", "/federation?Action=%ff", "/nothing", "/console/../x"]) {
    const answer = await fetch(`${aws.url}${path}`);
    assert.ok(answer.status === 400 || answer.status === 404, path);
    assert.match(await answer.text(), /Local AWS console look-alike/);
  }
  const simulate = await fetch(`${aws.url}/_local/simulate`, { method: "POST", body: "[]" });
  assert.equal(simulate.status, 400);
});

test("a known service refuses an operation it does not have, once the signature is right", async (t) => {
  const aws = await openAws(t, handClock());
  const { kms } = clients(aws.url, administrator(BROKER));
  kms.middlewareStack.add(
    (next) => (args) => {
      const request = args.request as { headers: Record<string, string> };
      request.headers["x-amz-target"] = "TrentService.Fly";
      return next(args);
    },
    { step: "build" },
  );
  await assert.rejects(kms.send(new CreateKeyCommand({})), { name: "UnknownOperationException" });
});

test("bytes that are no HTTP are answered and the connection closed", async (t) => {
  const aws = await openAws(t, handClock());
  const text = await new Promise<string>((resolve, reject) => {
    const socket = connect(Number(new URL(aws.url).port), "127.0.0.1", () =>
      socket.write("nonsense\r\n\r\n"),
    );
    let seen = "";
    socket.on("data", (chunk) => {
      seen += chunk.toString("latin1");
    });
    socket.on("close", () => resolve(seen));
    socket.on("error", reject);
  });
  assert.match(text, /^HTTP\/1\.1 400 /);
});
