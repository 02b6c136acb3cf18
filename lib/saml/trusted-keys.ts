import { type KeyObject, X509Certificate } from "node:crypto";
import { Refusal } from "../core/errors.ts";

/** A key that may sign, and the family of algorithms it may be used with. */
export interface TrustedKey {
  readonly family: "rsa" | "ec";
  readonly key: KeyObject;
}

/** Smallest RSA modulus that is believed, in bits. */
const LEAST_RSA_BITS = 2048;
const CURVES = new Set(["prime256v1", "secp384r1", "secp521r1"]);

/** Reading a certificate costs more than verifying with it, so keys are remembered; this many, then anew. */
const MOST_REMEMBERED = 256;
const remembered = new Map<string, TrustedKey | null>();

/**
 * The keys of a connection's certificates. Certificates that cannot be read or hold a key too weak are left out.
 *
 * @param certificates PEM, or the bare base64 of the DER.
 * @throws {Refusal} `saml_key_missing` for none at all, `saml_key_unusable` when none of them may be used.
 */
export function trustedKeys(certificates: readonly string[]): readonly TrustedKey[] {
  if (certificates.length === 0) throw new Refusal("saml_key_missing");
  const keys: TrustedKey[] = [];
  for (const certificate of certificates) {
    const key = keyOf(certificate);
    if (key !== null) keys.push(key);
  }
  if (keys.length === 0) throw new Refusal("saml_key_unusable", { certificates: certificates.length });
  return keys;
}

function keyOf(certificate: string): TrustedKey | null {
  const known = remembered.get(certificate);
  if (known !== undefined) return known;
  if (remembered.size >= MOST_REMEMBERED) remembered.clear();
  const key = readKey(certificate);
  remembered.set(certificate, key);
  return key;
}

function readKey(certificate: string): TrustedKey | null {
  try {
    const pem = certificate.includes("-----BEGIN");
    return judge(new X509Certificate(pem ? certificate : Buffer.from(certificate, "base64")).publicKey);
  } catch {
    return null;
  }
}

function judge(key: KeyObject): TrustedKey | null {
  const { modulusLength = 0, namedCurve = "" } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType === "rsa" && modulusLength >= LEAST_RSA_BITS) return { family: "rsa", key };
  if (key.asymmetricKeyType === "ec" && CURVES.has(namedCurve)) return { family: "ec", key };
  return null;
}
