import assert from "node:assert/strict";
import { constants, createHash, createPublicKey, createVerify, publicEncrypt, verify } from "node:crypto";
import test, { type TestContext } from "node:test";
import {
  CreateAliasCommand,
  CreateKeyCommand,
  type CreateKeyCommandInput,
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GetPublicKeyCommand,
  ListAliasesCommand,
  PutKeyPolicyCommand,
  SignCommand,
  type SignCommandInput,
  type SigningAlgorithmSpec,
  VerifyCommand,
} from "@aws-sdk/client-kms";
import { administrator, BROKER, clients, handClock, openAws, PROD } from "./world.ts";

async function open(t: TestContext, wish: CreateKeyCommandInput) {
  const aws = await openAws(t, handClock());
  const { kms } = clients(aws.url, administrator(BROKER));
  const KeyId = (await kms.send(new CreateKeyCommand(wish))).KeyMetadata?.KeyId ?? "";
  const { PublicKey } = await kms.send(new GetPublicKeyCommand({ KeyId }));
  const publicKey = createPublicKey({ key: Buffer.from(PublicKey ?? []), format: "der", type: "spki" });
  return { aws, kms, KeyId, publicKey };
}

const message = Buffer.from("through the gate");
const digest = createHash("sha256").update(message).digest();
const RSA = { KeySpec: "RSA_2048", KeyUsage: "SIGN_VERIFY" } as const;

test("a digest and the message it is of get the same PKCS#1 signature, which node:crypto verifies", async (t) => {
  const { kms, KeyId, publicKey } = await open(t, RSA);
  const SigningAlgorithm = "RSASSA_PKCS1_V1_5_SHA_256";
  const sign = (more: Pick<SignCommandInput, "Message" | "MessageType">) =>
    kms.send(new SignCommand({ KeyId, SigningAlgorithm, ...more }));
  const raw = await sign({ Message: message });
  const ready = await sign({ Message: digest, MessageType: "DIGEST" });
  assert.deepEqual(raw.Signature, ready.Signature);
  assert.equal(raw.Signature?.length, 256);
  assert.ok(
    createVerify("sha256")
      .update(message)
      .verify(publicKey, raw.Signature ?? new Uint8Array()),
  );
});

const algorithms: readonly (readonly [SigningAlgorithmSpec, CreateKeyCommandInput, hash: string])[] = [
  ["RSASSA_PKCS1_V1_5_SHA_256", RSA, "sha256"],
  ["RSASSA_PKCS1_V1_5_SHA_384", RSA, "sha384"],
  ["RSASSA_PKCS1_V1_5_SHA_512", RSA, "sha512"],
  ["RSASSA_PSS_SHA_256", RSA, "sha256"],
  ["RSASSA_PSS_SHA_512", RSA, "sha512"],
  ["ECDSA_SHA_256", { KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" }, "sha256"],
];
for (const [SigningAlgorithm, wish, hash] of algorithms)
  test(`${SigningAlgorithm} signs digests and messages that verify here and there, and no other`, async (t) => {
    const { kms, KeyId, publicKey } = await open(t, wish);
    const ready = createHash(hash).update(message).digest();
    const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: ready.length };
    const key = { key: publicKey, ...(SigningAlgorithm.includes("PSS") ? pss : {}) };
    const kinds = [
      { Message: message, MessageType: "RAW" },
      { Message: ready, MessageType: "DIGEST" },
    ] as const;
    for (const kind of kinds) {
      const { Signature } = await kms.send(new SignCommand({ KeyId, SigningAlgorithm, ...kind }));
      const given = Buffer.from(Signature ?? []);
      assert.ok(verify(hash, message, key, given), kind.MessageType);
      for (const each of kinds) {
        const check = { KeyId, SigningAlgorithm, ...each };
        assert.equal(
          (await kms.send(new VerifyCommand({ ...check, Signature: given }))).SignatureValid,
          true,
        );
        const bent = Buffer.from(given.map((byte, at) => (at === 20 ? byte ^ 1 : byte)));
        const refused = kms.send(new VerifyCommand({ ...check, Signature: bent }));
        await assert.rejects(refused, { name: "KMSInvalidSignatureException" });
      }
    }
  });

const refusals: readonly (readonly [
  what: string,
  change: Partial<SignCommandInput>,
  name: string,
  message: RegExp,
])[] = [
  [
    "a digest of 31 bytes",
    { Message: digest.subarray(1), MessageType: "DIGEST" },
    "ValidationException",
    /Digest is invalid length for algorithm RSASSA_PKCS1_V1_5_SHA_256/,
  ],
  ["a message of 4,097 bytes", { Message: Buffer.alloc(4097) }, "ValidationException", /4096/],
  [
    "an algorithm of another key",
    { SigningAlgorithm: "ECDSA_SHA_256" },
    "InvalidKeyUsageException",
    /incompatible with key spec RSA_2048/,
  ],
  [
    "an algorithm nobody has",
    { SigningAlgorithm: "RSA_MD5" as never },
    "ValidationException",
    /enum value set/,
  ],
  ["a kind of message nobody has", { MessageType: "HASH" as never }, "ValidationException", /messageType/],
  ["a key that does not exist", { KeyId: "0000" }, "NotFoundException", /does not exist/],
  ["an alias that does not exist", { KeyId: "alias/none" }, "NotFoundException", /Alias .* is not found/],
];
for (const [what, change, name, text] of refusals)
  test(`Sign refuses ${what}`, async (t) => {
    const { kms, KeyId } = await open(t, RSA);
    const sign = {
      KeyId,
      Message: digest,
      SigningAlgorithm: "RSASSA_PKCS1_V1_5_SHA_256",
      ...change,
    } as const;
    await assert.rejects(kms.send(new SignCommand(sign)), { name, message: text });
  });

test("what is encrypted to a key is decrypted by it, in the right mode alone", async (t) => {
  const { kms, KeyId, publicKey } = await open(t, { KeySpec: "RSA_2048", KeyUsage: "ENCRYPT_DECRYPT" });
  for (const [EncryptionAlgorithm, oaepHash] of [
    ["RSAES_OAEP_SHA_1", "sha1"],
    ["RSAES_OAEP_SHA_256", "sha256"],
  ] as const) {
    const padding = constants.RSA_PKCS1_OAEP_PADDING;
    const CiphertextBlob = publicEncrypt({ key: publicKey, padding, oaepHash }, message);
    const plain = await kms.send(new DecryptCommand({ KeyId, EncryptionAlgorithm, CiphertextBlob }));
    assert.deepEqual(Buffer.from(plain.Plaintext ?? []), message);
    const other = EncryptionAlgorithm === "RSAES_OAEP_SHA_1" ? "RSAES_OAEP_SHA_256" : "RSAES_OAEP_SHA_1";
    const wrong = kms.send(new DecryptCommand({ KeyId, EncryptionAlgorithm: other, CiphertextBlob }));
    await assert.rejects(wrong, { name: "InvalidCiphertextException" });
    const theirs = await kms.send(new EncryptCommand({ KeyId, EncryptionAlgorithm, Plaintext: message }));
    const { CiphertextBlob: round } = theirs;
    const back = await kms.send(new DecryptCommand({ KeyId, EncryptionAlgorithm, CiphertextBlob: round }));
    assert.deepEqual(Buffer.from(back.Plaintext ?? []), message);
  }
  const sign = new SignCommand({ KeyId, Message: digest, SigningAlgorithm: "RSASSA_PKCS1_V1_5_SHA_256" });
  await assert.rejects(kms.send(sign), { name: "InvalidKeyUsageException" });
});

test("an alias stands for its key, and there is one of a name", async (t) => {
  const { kms, KeyId } = await open(t, RSA);
  const AliasName = "alias/sekisho/issuer-aws";
  await kms.send(new CreateAliasCommand({ AliasName, TargetKeyId: KeyId }));
  const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: AliasName }));
  assert.equal(KeyMetadata?.KeyId, KeyId);
  assert.deepEqual(KeyMetadata?.SigningAlgorithms?.includes("RSASSA_PKCS1_V1_5_SHA_256"), true);
  const { Aliases } = await kms.send(new ListAliasesCommand({}));
  assert.deepEqual(
    Aliases?.map((each) => [each.AliasName, each.TargetKeyId]),
    [[AliasName, KeyId]],
  );
  const again = kms.send(new CreateAliasCommand({ AliasName, TargetKeyId: KeyId }));
  await assert.rejects(again, { name: "AlreadyExistsException" });
});

test("keys belong to an account and a region, and their policy decides", async (t) => {
  const { aws, kms, KeyId } = await open(t, RSA);
  const describe = new DescribeKeyCommand({ KeyId });
  for (const theirs of [
    clients(aws.url, administrator(PROD)),
    clients(aws.url, administrator(BROKER), "eu-west-1"),
  ])
    await assert.rejects(theirs.kms.send(describe), { name: "NotFoundException" });
  const Policy = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Principal: { AWS: `arn:aws:iam::${BROKER}:root` }, Action: "kms:*", Resource: "*" },
      { Effect: "Deny", Principal: "*", Action: "kms:Sign", Resource: "*" },
    ],
  });
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({ ...RSA, Policy }));
  const guarded = KeyMetadata?.KeyId ?? "";
  await kms.send(new GetPublicKeyCommand({ KeyId: guarded }));
  const sign = { KeyId: guarded, Message: digest, SigningAlgorithm: "RSASSA_PKCS1_V1_5_SHA_256" } as const;
  await assert.rejects(kms.send(new SignCommand(sign)), { name: "AccessDeniedException" });
  const broken = kms.send(new CreateKeyCommand({ ...RSA, Policy: "{" }));
  await assert.rejects(broken, { name: "MalformedPolicyDocumentException" });
});

test("a key policy that is put decides from then on, by what the request asks for", async (t) => {
  const { kms, KeyId } = await open(t, RSA);
  const sign = (MessageType: "RAW" | "DIGEST") =>
    kms.send(
      new SignCommand({
        KeyId,
        SigningAlgorithm: "RSASSA_PKCS1_V1_5_SHA_256",
        Message: MessageType === "RAW" ? message : digest,
        MessageType,
      }),
    );
  const allow = (Action: readonly string[], Condition?: object) => ({
    Effect: "Allow",
    Principal: { AWS: `arn:aws:iam::${BROKER}:root` },
    Action,
    Resource: "*",
    ...(Condition ? { Condition } : {}),
  });
  const put = (...Statement: object[]) => {
    const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
    return kms.send(new PutKeyPolicyCommand({ KeyId, Policy }));
  };
  await sign("RAW");
  await put(
    allow(["kms:PutKeyPolicy"]),
    allow(["kms:Sign"], { StringEquals: { "kms:MessageType": "DIGEST" } }),
  );
  await sign("DIGEST");
  await assert.rejects(sign("RAW"), { name: "AccessDeniedException" });
  await put(allow(["kms:Sign"]));
  await sign("RAW");
  await assert.rejects(put(allow(["kms:*"])), { name: "AccessDeniedException" });
});

test("a symmetric key is not made in silence", async (t) => {
  const { kms } = await open(t, RSA);
  await assert.rejects(kms.send(new CreateKeyCommand({})), { name: "UnsupportedOperationException" });
});
