/** A key in memory that signs digests as KMS does, and a certificate over it. */
import { constants, createPublicKey, generateKeyPairSync, type KeyObject, privateEncrypt } from "node:crypto";
import type { KeyPurpose, KeyRecord, Signer } from "../../lib/core/signer.ts";
import { makeKeyRecord } from "../../lib/saml/certificate.ts";

/** DER of DigestInfo for SHA-256, up to the digest (RFC 8017 §9.2). */
const DIGEST_INFO = Buffer.from("3031300d060960864801650304020105000420", "hex");

export const signWith =
  (key: KeyObject) =>
  async (digest: Uint8Array): Promise<Uint8Array> =>
    privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, Buffer.concat([DIGEST_INFO, digest]));

export interface TestIssuer {
  readonly key: KeyObject;
  readonly record: KeyRecord;
  readonly signer: Signer;
}

export async function newIssuer(purpose: KeyPurpose = "issuer-aws"): Promise<TestIssuer> {
  const { privateKey: key } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const publicKeyDer = createPublicKey(key).export({ type: "spki", format: "der" });
  const sign = signWith(key);
  const record = await makeKeyRecord({
    purpose,
    keyId: `test-${purpose}`,
    publicKeyDer,
    sign,
    subjectName: `Sekisho ${purpose}`,
    now: 1_790_000_000,
  });
  return { key, record, signer: { certificate: record.certificate, sign } };
}
