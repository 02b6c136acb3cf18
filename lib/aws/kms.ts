import {
  DecryptCommand,
  DescribeKeyCommand,
  GetPublicKeyCommand,
  KMSClient,
  SignCommand,
} from "@aws-sdk/client-kms";
import { endWithRequest } from "../core/deadline.ts";
import { Refusal } from "../core/errors.ts";
import { ONE_TRY } from "../core/limits.ts";
import { persistently } from "../core/persistence.ts";
import type { KeyRecord, Sealer, Signer } from "../core/signer.ts";
import { type Epoch, fromDate } from "../core/time.ts";

let opened: KMSClient | undefined;

/** One client per container. Endpoint, region and credentials come from the standard AWS environment. */
const kms = (): KMSClient => {
  opened ??= endWithRequest(new KMSClient(ONE_TRY));
  return opened;
};

/** Signs with the KMS key of a record. One network round per signature; the key never leaves KMS. */
export const openSigner = ({ keyId, certificate, purpose }: KeyRecord): Signer => ({
  certificate,
  sign: (digest) => signDigest(keyId, digest, { purpose }),
});

/**
 * Signs a SHA-256 digest: RSASSA-PKCS1-v1_5, unless the key is one of elliptic curves.
 *
 * @throws {Refusal} `broker_unavailable` when KMS does not answer or refuses.
 */
export async function signDigest(
  keyId: string,
  digest: Uint8Array,
  detail: Record<string, unknown> = {},
  algorithm: "RSASSA_PKCS1_V1_5_SHA_256" | "ECDSA_SHA_256" = "RSASSA_PKCS1_V1_5_SHA_256",
): Promise<Uint8Array> {
  const { Signature } = await ask("Sign", detail, () =>
    kms().send(
      new SignCommand({
        KeyId: keyId,
        Message: digest,
        MessageType: "DIGEST",
        SigningAlgorithm: algorithm,
      }),
    ),
  );
  if (Signature === undefined || Signature.length === 0)
    throw new Refusal("broker_unavailable", { kms: "Sign", ...detail });
  return Signature;
}

/** Signs what seals the audit trail (ECC_NIST_P256): its key, SubjectPublicKeyInfo as DER, is part of what is signed. */
export async function openSealer(keyId: string): Promise<Sealer> {
  const { PublicKey } = await ask("GetPublicKey", {}, () =>
    kms().send(new GetPublicKeyCommand({ KeyId: keyId })),
  );
  if (PublicKey === undefined) throw new Refusal("broker_unavailable", { kms: "GetPublicKey" });
  return {
    publicKey: Buffer.from(PublicKey).toString("base64"),
    sign: (digest) => signDigest(keyId, digest, { purpose: "audit" }, "ECDSA_SHA_256"),
  };
}

/** Names by which KMS says that a ciphertext is not one of this key. They are the sender's fault, not KMS's. */
const NOT_A_CIPHERTEXT = new Set([
  "InvalidCiphertextException",
  "IncorrectKeyException",
  "ValidationException",
]);

/**
 * RSA-OAEP decryption of a content key.
 *
 * @returns A function that throws a plain error for what cannot be decrypted, which the caller must make
 *   indistinguishable from every other failure, and {@link Refusal} `broker_unavailable` when KMS is not there.
 */
export const openUnwrap =
  (keyId: string) =>
  async (wrapped: Uint8Array, hash: "sha1" | "sha256"): Promise<Uint8Array> => {
    const { Plaintext } = await ask("Decrypt", {}, () =>
      kms().send(
        new DecryptCommand({
          KeyId: keyId,
          CiphertextBlob: wrapped,
          EncryptionAlgorithm: hash === "sha1" ? "RSAES_OAEP_SHA_1" : "RSAES_OAEP_SHA_256",
        }),
      ),
    );
    if (Plaintext === undefined) throw new Refusal("broker_unavailable", { kms: "Decrypt" });
    return Plaintext;
  };

/** A KMS key as its certificate needs it. */
export interface KmsKey {
  readonly keyId: string;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKeyDer: Uint8Array;
  readonly spec: string;
  readonly usage: string;
  readonly createdAt: Epoch;
}

/** Asks KMS for the public half of a key and when it was made. An alias becomes the id it stands for. */
export async function readKmsKey(keyId: string): Promise<KmsKey> {
  const { KeyMetadata } = await persistently(() => kms().send(new DescribeKeyCommand({ KeyId: keyId })));
  const id = KeyMetadata?.KeyId ?? keyId;
  const key = await persistently(() => kms().send(new GetPublicKeyCommand({ KeyId: id })));
  if (key.PublicKey === undefined) throw new Refusal("broker_unavailable", { kms: "GetPublicKey" });
  return {
    keyId: id,
    publicKeyDer: key.PublicKey,
    spec: key.KeySpec ?? "",
    usage: key.KeyUsage ?? "",
    createdAt: KeyMetadata?.CreationDate === undefined ? 0 : fromDate(KeyMetadata.CreationDate),
  };
}

async function ask<T>(verb: string, detail: Record<string, unknown>, call: () => Promise<T>): Promise<T> {
  try {
    return await persistently(call);
  } catch (cause) {
    const name = cause instanceof Error ? cause.name : "unknown";
    if (verb === "Decrypt" && NOT_A_CIPHERTEXT.has(name)) throw cause;
    throw new Refusal("broker_unavailable", { kms: verb, error: name, ...detail }, { cause });
  }
}
