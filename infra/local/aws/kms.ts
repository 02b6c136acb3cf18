import { generateKeyPair, randomUUID } from "node:crypto";
import { promisify } from "node:util";
import { AwsFault, invalidMember } from "./faults.ts";
import type { JsonAction, JsonCall } from "./json-call.ts";
import { optionalText, requiredBytes, requiredText } from "./json-call.ts";
import { authorizeKey, findKey, keyPolicy, resolveKey } from "./kms-keys.ts";
import {
  decrypt,
  ENCRYPTION,
  encrypt,
  publicKeyDer,
  SIGNING,
  type SigningAlgorithm,
  signDigest,
  signingAlgorithms,
  signRaw,
  verifyDigest,
  verifyRaw,
} from "./kms-signatures.ts";
import type { KeySpec, KeyUsage, KmsKey } from "./state.ts";

const generate = promisify(generateKeyPair);
const SPECS: readonly KeySpec[] = ["RSA_2048", "RSA_3072", "RSA_4096", "ECC_NIST_P256"];
const USAGES: readonly KeyUsage[] = ["SIGN_VERIFY", "ENCRYPT_DECRYPT"];
const MESSAGE_BYTES = 4096;

/** Shape of a key in DescribeKey and CreateKey. */
const metadataOf = (key: KmsKey) => ({
  AWSAccountId: key.accountId,
  KeyId: key.id,
  Arn: key.arn,
  CreationDate: key.createdAt,
  Enabled: key.enabled,
  Description: key.description,
  KeyUsage: key.usage,
  KeyState: key.enabled ? "Enabled" : "Disabled",
  Origin: "AWS_KMS",
  KeyManager: "CUSTOMER",
  CustomerMasterKeySpec: key.spec,
  KeySpec: key.spec,
  MultiRegion: false,
  ...(key.usage === "SIGN_VERIFY"
    ? { SigningAlgorithms: signingAlgorithms(key.spec) }
    : { EncryptionAlgorithms: ENCRYPTION }),
});

async function privateKeyOf(spec: KeySpec): Promise<string> {
  const { privateKey } =
    spec === "ECC_NIST_P256"
      ? await generate("ec", { namedCurve: "P-256" })
      : await generate("rsa", { modulusLength: Number(spec.slice(4)) });
  return privateKey.export({ format: "pem", type: "pkcs8" }).toString();
}

const create: JsonAction = async (call) => {
  const spec = SPECS.find((each) => each === (call.input.KeySpec ?? "SYMMETRIC_DEFAULT"));
  const usage = USAGES.find((each) => each === (call.input.KeyUsage ?? "ENCRYPT_DECRYPT"));
  if (spec === undefined || usage === undefined || (spec === "ECC_NIST_P256" && usage !== "SIGN_VERIFY"))
    throw new AwsFault(
      400,
      "UnsupportedOperationException",
      "The local KMS makes RSA keys that sign or decrypt and ECC_NIST_P256 keys that sign.",
    );
  const policy = keyPolicy(call, optionalText(call, "Policy"));
  const id = randomUUID();
  const accountId = call.caller.accountId;
  const key: KmsKey = {
    arn: `arn:aws:kms:${call.region}:${accountId}:key/${id}`,
    id,
    accountId,
    region: call.region,
    spec,
    usage,
    description: optionalText(call, "Description") ?? "",
    privateKey: await privateKeyOf(spec),
    policy,
    enabled: true,
    createdAt: call.world.clock.now(),
  };
  call.world.state.keys.set(key.arn, key);
  return { KeyMetadata: metadataOf(key) };
};

/** The key of a call, allowed, enabled and of the right use. */
function usableKey(call: JsonCall, operation: string, usage: KeyUsage): KmsKey {
  const key = findKey(call);
  authorizeKey(call, key, operation);
  if (!key.enabled) throw new AwsFault(400, "DisabledException", `${key.arn} is disabled.`);
  if (key.usage !== usage)
    throw new AwsFault(
      400,
      "InvalidKeyUsageException",
      `${key.arn} key usage is ${key.usage} which is not valid for ${operation}.`,
    );
  return key;
}

function algorithmOf(call: JsonCall, key: KmsKey): SigningAlgorithm {
  const name = requiredText(call, "SigningAlgorithm");
  const algorithm = Object.hasOwn(SIGNING, name) ? SIGNING[name] : undefined;
  if (algorithm === undefined) throw invalidMember("signingAlgorithm", "Member must satisfy enum value set");
  if (!signingAlgorithms(key.spec).includes(name))
    throw new AwsFault(
      400,
      "InvalidKeyUsageException",
      `Algorithm ${name} is incompatible with key spec ${key.spec}.`,
    );
  return algorithm;
}

/** Whether the message is a digest; its length must then be the algorithm's. */
function isDigest(call: JsonCall, message: Buffer, algorithm: SigningAlgorithm): boolean {
  const type = optionalText(call, "MessageType") ?? "RAW";
  if (type === "RAW") return false;
  if (type !== "DIGEST")
    throw invalidMember("messageType", "Member must satisfy enum value set: [RAW, DIGEST]");
  if (message.length !== algorithm.digestBytes)
    throw new AwsFault(
      400,
      "ValidationException",
      `Digest is invalid length for algorithm ${requiredText(call, "SigningAlgorithm")}.`,
    );
  return true;
}

const sign: JsonAction = (call) => {
  const key = usableKey(call, "Sign", "SIGN_VERIFY");
  const message = requiredBytes(call, "Message", MESSAGE_BYTES);
  const algorithm = algorithmOf(call, key);
  const make = isDigest(call, message, algorithm) ? signDigest : signRaw;
  return {
    KeyId: key.arn,
    Signature: make(key, algorithm, message).toString("base64"),
    SigningAlgorithm: call.input.SigningAlgorithm,
  };
};

const verify: JsonAction = (call) => {
  const key = usableKey(call, "Verify", "SIGN_VERIFY");
  const message = requiredBytes(call, "Message", MESSAGE_BYTES);
  const signature = requiredBytes(call, "Signature", 6144);
  const algorithm = algorithmOf(call, key);
  const check = isDigest(call, message, algorithm) ? verifyDigest : verifyRaw;
  if (!check(key, algorithm, message, signature))
    throw new AwsFault(400, "KMSInvalidSignatureException", "The signature does not verify.");
  return { KeyId: key.arn, SignatureValid: true, SigningAlgorithm: call.input.SigningAlgorithm };
};

function encryptionOf(call: JsonCall): string {
  const name = optionalText(call, "EncryptionAlgorithm") ?? "SYMMETRIC_DEFAULT";
  if (name !== "SYMMETRIC_DEFAULT" && !ENCRYPTION.includes(name))
    throw invalidMember("encryptionAlgorithm", "Member must satisfy enum value set");
  if (name === "SYMMETRIC_DEFAULT")
    throw new AwsFault(400, "InvalidKeyUsageException", `Algorithm ${name} is incompatible with an RSA key.`);
  return name;
}

const encryptAction: JsonAction = (call) => {
  const key = usableKey(call, "Encrypt", "ENCRYPT_DECRYPT");
  const algorithm = encryptionOf(call);
  try {
    const cipher = encrypt(key, algorithm, requiredBytes(call, "Plaintext", MESSAGE_BYTES));
    return { KeyId: key.arn, CiphertextBlob: cipher.toString("base64"), EncryptionAlgorithm: algorithm };
  } catch (cause) {
    if (cause instanceof AwsFault) throw cause;
    throw new AwsFault(400, "ValidationException", "The plaintext is too long for this key and algorithm.");
  }
};

const decryptAction: JsonAction = (call) => {
  const key = usableKey(call, "Decrypt", "ENCRYPT_DECRYPT");
  const algorithm = encryptionOf(call);
  const cipher = requiredBytes(call, "CiphertextBlob", 6144);
  try {
    const plain = decrypt(key, algorithm, cipher);
    return { KeyId: key.arn, Plaintext: plain.toString("base64"), EncryptionAlgorithm: algorithm };
  } catch {
    throw new AwsFault(400, "InvalidCiphertextException", "");
  }
};

const getPublicKey: JsonAction = (call) => {
  const key = findKey(call);
  authorizeKey(call, key, "GetPublicKey");
  const { KeyUsage, SigningAlgorithms, EncryptionAlgorithms } = metadataOf(key) as Record<string, unknown>;
  return {
    KeyId: key.arn,
    PublicKey: publicKeyDer(key).toString("base64"),
    CustomerMasterKeySpec: key.spec,
    KeySpec: key.spec,
    KeyUsage,
    SigningAlgorithms,
    EncryptionAlgorithms,
  };
};

const putKeyPolicy: JsonAction = (call) => {
  const key = findKey(call);
  authorizeKey(call, key, "PutKeyPolicy");
  const policy = keyPolicy(call, requiredText(call, "Policy"));
  call.world.state.keys.set(key.arn, { ...key, policy });
  return {};
};

const createAlias: JsonAction = (call) => {
  const name = requiredText(call, "AliasName");
  if (!/^alias\/[\w/-]{1,250}$/.test(name) || name.startsWith("alias/aws/"))
    throw new AwsFault(400, "InvalidAliasNameException", "An alias is alias/ and letters, digits, / _ and -");
  const target = resolveKey(call, requiredText(call, "TargetKeyId"));
  authorizeKey(call, target, "CreateAlias");
  const arn = `arn:aws:kms:${call.region}:${call.caller.accountId}:${name}`;
  if (call.world.state.aliases.has(arn))
    throw new AwsFault(400, "AlreadyExistsException", `An alias with the name ${arn} already exists`);
  call.world.state.aliases.set(arn, target.arn);
  return {};
};

const listAliases: JsonAction = (call) => {
  const prefix = `arn:aws:kms:${call.region}:${call.caller.accountId}:`;
  const of = optionalText(call, "KeyId");
  const only = of === undefined ? undefined : resolveKey(call, of).arn;
  const mine = [...call.world.state.aliases].filter(
    ([arn, target]) => arn.startsWith(prefix) && (only === undefined || only === target),
  );
  return {
    Aliases: mine.map(([arn, target]) => ({
      AliasArn: arn,
      AliasName: arn.slice(prefix.length),
      TargetKeyId: target.split("/").at(-1),
    })),
    Truncated: false,
  };
};

export const KMS_ACTIONS: Readonly<Record<string, JsonAction>> = {
  CreateKey: create,
  DescribeKey: (call) => {
    const key = findKey(call);
    authorizeKey(call, key, "DescribeKey");
    return { KeyMetadata: metadataOf(key) };
  },
  GetPublicKey: getPublicKey,
  PutKeyPolicy: putKeyPolicy,
  Sign: sign,
  Verify: verify,
  Encrypt: encryptAction,
  Decrypt: decryptAction,
  CreateAlias: createAlias,
  ListAliases: listAliases,
};
