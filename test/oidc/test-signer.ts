import { constants, generateKeyPairSync, privateEncrypt } from "node:crypto";
import type { Signer } from "../../lib/core/signer.ts";
import { makeKeyRecord } from "../../lib/saml/certificate.ts";

/** DER of DigestInfo for SHA-256, up to the digest (RFC 8017, 9.2 note 1). */
const SHA256_DIGEST_INFO = Buffer.from("3031300d060960864801650304020105000420", "hex");

/** Signs as KMS does with `MessageType=DIGEST`; the private key is here as PEM, for servers of tests. */
export async function openTestSigner(): Promise<Signer & { readonly key: string }> {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const sign = async (digest: Uint8Array) =>
    privateEncrypt(
      { key: privateKey, padding: constants.RSA_PKCS1_PADDING },
      Buffer.concat([SHA256_DIGEST_INFO, digest]),
    );
  const { certificate } = await makeKeyRecord({
    purpose: "sp-sign",
    keyId: "test",
    publicKeyDer: publicKey.export({ format: "der", type: "spki" }),
    sign,
    subjectName: "test",
    now: 1_790_000_000,
  });
  return { certificate, sign, key: privateKey.export({ format: "pem", type: "pkcs8" }).toString() };
}
