import assert from "node:assert/strict";
import test, { afterEach } from "node:test";
import { DecryptCommand, KMSClient, SignCommand } from "@aws-sdk/client-kms";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { mockClient } from "aws-sdk-client-mock";
import { openSigner, openUnwrap } from "../../lib/aws/kms.ts";
import { openSecrets } from "../../lib/aws/secrets.ts";
import { signRequest } from "../../lib/aws/sigv4.ts";
import type { KeyRecord } from "../../lib/core/signer.ts";
import { fixedClock } from "../../lib/core/time.ts";

const kms = mockClient(KMSClient);
const secrets = mockClient(SecretsManagerClient);
afterEach(() => {
  kms.reset();
  secrets.reset();
});
const named = (name: string) => Object.assign(new Error("kept to itself"), { name });

const record: KeyRecord = {
  purpose: "issuer-aws",
  keyId: "k-1",
  certificate: "PEM",
  state: "active",
  createdAt: 0,
};

test("KMS signs the digest, not the message, with the one algorithm its policy allows", async () => {
  kms.on(SignCommand).resolves({ Signature: new Uint8Array([7]) });
  const digest = new Uint8Array(32);
  assert.deepEqual(await openSigner(record).sign(digest), new Uint8Array([7]));
  assert.deepEqual(kms.calls()[0]?.args[0].input, {
    KeyId: "k-1",
    Message: digest,
    MessageType: "DIGEST",
    SigningAlgorithm: "RSASSA_PKCS1_V1_5_SHA_256",
  });
});

test("nothing is signed when KMS refuses or answers nothing", async () => {
  kms.on(SignCommand).rejects(named("AccessDeniedException"));
  await assert.rejects(openSigner(record).sign(new Uint8Array(32)), { code: "broker_unavailable" });
  kms.on(SignCommand).resolves({});
  await assert.rejects(openSigner(record).sign(new Uint8Array(32)), { code: "broker_unavailable" });
});

test("a content key is opened with the OAEP hash it was wrapped with", async () => {
  kms.on(DecryptCommand).resolves({ Plaintext: new Uint8Array([1]) });
  const unwrap = openUnwrap("k-2");
  await unwrap(new Uint8Array(256), "sha1");
  await unwrap(new Uint8Array(256), "sha256");
  assert.deepEqual(
    kms.commandCalls(DecryptCommand).map((call) => call.args[0].input.EncryptionAlgorithm),
    ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"],
  );
});

test("what cannot be decrypted is the sender's fault; KMS being away is not", async () => {
  kms.on(DecryptCommand).rejects(named("InvalidCiphertextException"));
  await assert.rejects(openUnwrap("k")(new Uint8Array(256), "sha1"), { name: "InvalidCiphertextException" });
  kms.on(DecryptCommand).rejects(named("KMSInternalException"));
  await assert.rejects(openUnwrap("k")(new Uint8Array(256), "sha1"), { code: "broker_unavailable" });
});

const ARN = "arn:aws:secretsmanager:eu-west-1:111111111111:secret:sekisho/entra/client-AbCdEf";

test("a secret is asked for once in five minutes, and again after", async () => {
  let now = 1000;
  const secret = openSecrets("refused", { now: () => now }, {});
  secrets.on(GetSecretValueCommand).resolves({ SecretString: "one" });
  assert.deepEqual(await Promise.all([secret({ secret: ARN }), secret({ secret: ARN })]), ["one", "one"]);
  secrets.on(GetSecretValueCommand).resolves({ SecretString: "two" });
  now += 299;
  assert.equal(await secret({ secret: ARN }), "one");
  now += 1;
  assert.equal(await secret({ secret: ARN }), "two");
  assert.equal(secrets.calls().length, 2);
});

test("a failure is not remembered", async () => {
  const secret = openSecrets("refused", fixedClock(0), {});
  secrets.on(GetSecretValueCommand).rejects(named("InternalServiceError"));
  await assert.rejects(secret({ secret: ARN }), { code: "broker_unavailable" });
  secrets.on(GetSecretValueCommand).resolves({ SecretString: "one" });
  assert.equal(await secret({ secret: ARN }), "one");
});

for (const arn of [
  "arn:aws:secretsmanager:eu-west-1:111111111111:secret:other/entra/client-AbCdEf",
  "arn:aws:secretsmanager:eu-west-1:111111111111:secret:sekisho/entra",
  "arn:aws:ssm:eu-west-1:111111111111:secret:sekisho/entra/client",
  "sekisho/entra/client",
])
  test(`${arn} is no secret of a connection`, () =>
    assert.rejects(openSecrets("refused", fixedClock(0), {})({ secret: arn }), {
      code: "broker_unavailable",
    }));

test("one connection's secret is not another's", async () => {
  secrets.on(GetSecretValueCommand).resolves({ SecretString: "one" });
  const secret = openSecrets("refused", fixedClock(0), {});
  assert.equal(await secret({ secret: ARN }, "entra"), "one");
  await assert.rejects(secret({ secret: ARN }, "okta"), { code: "broker_unavailable" });
});

test("secrets from the environment exist where they are allowed", async () => {
  const environment = { CLIENT: "from here" };
  assert.equal(await openSecrets("allowed", fixedClock(0), environment)({ env: "CLIENT" }), "from here");
  await assert.rejects(openSecrets("allowed", fixedClock(0), environment)({ env: "OTHER" }), {
    code: "broker_unavailable",
  });
  await assert.rejects(openSecrets("refused", fixedClock(0), environment)({ env: "CLIENT" }), {
    code: "broker_unavailable",
  });
});

test("requests are signed as in AWS's published example", () => {
  const headers = signRequest(
    {
      method: "GET",
      url: new URL("https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08"),
      headers: { "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
      body: "",
      region: "us-east-1",
      service: "iam",
      at: Date.parse("2015-08-30T12:36:00Z") / 1000,
    },
    { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" },
  );
  assert.equal(
    headers.authorization,
    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, " +
      "SignedHeaders=content-type;host;x-amz-date, " +
      "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
  );
});
