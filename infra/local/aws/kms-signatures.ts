import {
  constants,
  createECDH,
  createHash,
  createPrivateKey,
  createPublicKey,
  privateDecrypt,
  privateEncrypt,
  publicDecrypt,
  publicEncrypt,
  randomBytes,
  sign as signMessage,
  timingSafeEqual,
  verify as verifyMessage,
} from "node:crypto";
import type { KeySpec, KmsKey } from "./state.ts";

/** A signing algorithm of KMS: how it pads, what it hashes with, and the bytes a digest has. */
export interface SigningAlgorithm {
  readonly padding: "pkcs1" | "pss" | "ecdsa";
  readonly hash: "sha256" | "sha384" | "sha512";
  readonly digestBytes: number;
}

const row = (padding: SigningAlgorithm["padding"], bits: 256 | 384 | 512): SigningAlgorithm => ({
  padding,
  hash: `sha${bits}`,
  digestBytes: bits / 8,
});

export const SIGNING: Readonly<Record<string, SigningAlgorithm>> = {
  RSASSA_PKCS1_V1_5_SHA_256: row("pkcs1", 256),
  RSASSA_PKCS1_V1_5_SHA_384: row("pkcs1", 384),
  RSASSA_PKCS1_V1_5_SHA_512: row("pkcs1", 512),
  RSASSA_PSS_SHA_256: row("pss", 256),
  RSASSA_PSS_SHA_384: row("pss", 384),
  RSASSA_PSS_SHA_512: row("pss", 512),
  ECDSA_SHA_256: row("ecdsa", 256),
};

/** Algorithms a key of this spec offers. */
export const signingAlgorithms = (spec: KeySpec): readonly string[] =>
  Object.keys(SIGNING).filter((name) => (SIGNING[name]?.padding === "ecdsa") === (spec === "ECC_NIST_P256"));

/** DER of DigestInfo up to the digest. @see https://www.rfc-editor.org/rfc/rfc8017#section-9.2 */
const DIGEST_INFO: Readonly<Record<SigningAlgorithm["hash"], string>> = {
  sha256: "3031300d060960864801650304020105000420",
  sha384: "3041300d060960864801650304020205000430",
  sha512: "3051300d060960864801650304020305000440",
};

const digestInfo = (hash: SigningAlgorithm["hash"], digest: Buffer) =>
  Buffer.concat([Buffer.from(DIGEST_INFO[hash], "hex"), digest]);

const same = (a: Buffer, b: Buffer) => a.length === b.length && timingSafeEqual(a, b);
const pssOptions = (algorithm: SigningAlgorithm) => ({
  padding: constants.RSA_PKCS1_PSS_PADDING,
  saltLength: algorithm.digestBytes,
});

/** Mask of RFC 8017 appendix B.2.1. */
function mask(hash: string, seed: Buffer, length: number): Buffer {
  const blocks: Buffer[] = [];
  for (let counter = 0; blocks.length * createHash(hash).digest().length < length; counter++) {
    const suffix = Buffer.alloc(4);
    suffix.writeUInt32BE(counter);
    blocks.push(createHash(hash).update(seed).update(suffix).digest());
  }
  return Buffer.concat(blocks).subarray(0, length);
}

const xor = (a: Buffer, b: Buffer) => Buffer.from(a.map((byte, at) => byte ^ (b[at] ?? 0)));

/** EMSA-PSS of a digest that is already made, which node:crypto cannot do. @see RFC 8017 section 9.1.1 */
function encodePss(algorithm: SigningAlgorithm, digest: Buffer, salt: Buffer, modulusBytes: number): Buffer {
  const hash = createHash(algorithm.hash).update(Buffer.alloc(8)).update(digest).update(salt).digest();
  const data = Buffer.concat([
    Buffer.alloc(modulusBytes - salt.length - hash.length - 2),
    Buffer.from([1]),
    salt,
  ]);
  const masked = xor(data, mask(algorithm.hash, hash, data.length));
  masked[0] = (masked[0] ?? 0) & 0x7f;
  return Buffer.concat([masked, hash, Buffer.from([0xbc])]);
}

const modulusBytes = (key: KmsKey) =>
  (createPrivateKey(key.privateKey).asymmetricKeyDetails?.modulusLength ?? 0) / 8;

function signPss(key: KmsKey, algorithm: SigningAlgorithm, digest: Buffer): Buffer {
  const encoded = encodePss(algorithm, digest, randomBytes(algorithm.digestBytes), modulusBytes(key));
  return privateDecrypt({ key: key.privateKey, padding: constants.RSA_NO_PADDING }, encoded);
}

function verifyPss(key: KmsKey, algorithm: SigningAlgorithm, digest: Buffer, signature: Buffer): boolean {
  const encoded = publicDecrypt({ key: key.privateKey, padding: constants.RSA_NO_PADDING }, signature);
  const hash = encoded.subarray(-algorithm.digestBytes - 1, -1);
  const masked = encoded.subarray(0, -algorithm.digestBytes - 1);
  const salt = xor(masked, mask(algorithm.hash, hash, masked.length)).subarray(-algorithm.digestBytes);
  return same(encoded, encodePss(algorithm, digest, salt, encoded.length));
}

// ECDSA over a ready digest: node:crypto always hashes, so the arithmetic modulo the group order is done here and
// the curve's own by createECDH. The verifier knows the private scalar, hence u1*G + u2*Q = (u1 + u2*d)*G.
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const toInt = (bytes: Buffer) => BigInt(`0x${bytes.toString("hex") || "0"}`);
const toBytes = (value: bigint) => Buffer.from(value.toString(16).padStart(64, "0"), "hex");

function inverse(value: bigint): bigint {
  let result = 1n;
  for (
    let [base, power] = [value % ORDER, ORDER - 2n];
    power > 0n;
    power >>= 1n, base = (base * base) % ORDER
  )
    if (power & 1n) result = (result * base) % ORDER;
  return result;
}

/** x coordinate of scalar * G. */
function abscissa(scalar: bigint): bigint {
  const curve = createECDH("prime256v1");
  curve.setPrivateKey(toBytes(scalar));
  return toInt(curve.getPublicKey().subarray(1, 33));
}

const privateScalar = (key: KmsKey) =>
  toInt(Buffer.from(createPrivateKey(key.privateKey).export({ format: "jwk" }).d ?? "", "base64url"));

function derInteger(value: bigint): Buffer {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex");
  const body = (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.alloc(1), bytes]) : bytes;
  return Buffer.concat([Buffer.from([2, body.length]), body]);
}

function signEcdsa(key: KmsKey, digest: Buffer): Buffer {
  const scalar = (toInt(randomBytes(40)) % (ORDER - 1n)) + 1n;
  const r = abscissa(scalar) % ORDER;
  const s = (inverse(scalar) * (toInt(digest) + r * privateScalar(key))) % ORDER;
  const body = Buffer.concat([derInteger(r), derInteger(s)]);
  return Buffer.concat([Buffer.from([0x30, body.length]), body]);
}

function verifyEcdsa(key: KmsKey, digest: Buffer, signature: Buffer): boolean {
  // SEQUENCE, its length, INTEGER, length of r, r, INTEGER, length of s, s: whatever is not exactly that is rebuilt otherwise.
  const split = 4 + (signature[3] ?? 0);
  const [first, second] = [toInt(signature.subarray(4, split)), toInt(signature.subarray(split + 2))];
  const rebuilt = Buffer.concat([derInteger(first), derInteger(second)]);
  const inRange = [first, second].every((value) => value > 0n && value < ORDER);
  if (!inRange || !same(signature, Buffer.concat([Buffer.from([0x30, rebuilt.length]), rebuilt])))
    return false;
  const scalar = (inverse(second) * (toInt(digest) + first * privateScalar(key))) % ORDER;
  return scalar !== 0n && abscissa(scalar) % ORDER === first;
}

/** Signs a digest of the right length. */
export function signDigest(key: KmsKey, algorithm: SigningAlgorithm, digest: Buffer): Buffer {
  if (algorithm.padding === "ecdsa") return signEcdsa(key, digest);
  if (algorithm.padding === "pss") return signPss(key, algorithm, digest);
  return privateEncrypt(
    { key: key.privateKey, padding: constants.RSA_PKCS1_PADDING },
    digestInfo(algorithm.hash, digest),
  );
}

/** Whether a signature over a digest is genuine; malformed signatures are not. */
export function verifyDigest(
  key: KmsKey,
  algorithm: SigningAlgorithm,
  digest: Buffer,
  signature: Buffer,
): boolean {
  try {
    if (algorithm.padding === "ecdsa") return verifyEcdsa(key, digest, signature);
    if (algorithm.padding === "pss") return verifyPss(key, algorithm, digest, signature);
    const found = publicDecrypt({ key: key.privateKey, padding: constants.RSA_PKCS1_PADDING }, signature);
    return same(found, digestInfo(algorithm.hash, digest));
  } catch {
    return false;
  }
}

/** Signs a whole message; node:crypto hashes it. */
export const signRaw = (key: KmsKey, algorithm: SigningAlgorithm, message: Buffer): Buffer =>
  signMessage(algorithm.hash, message, {
    key: key.privateKey,
    ...(algorithm.padding === "pss" ? pssOptions(algorithm) : {}),
  });

export const verifyRaw = (
  key: KmsKey,
  algorithm: SigningAlgorithm,
  message: Buffer,
  signature: Buffer,
): boolean =>
  verifyMessage(
    algorithm.hash,
    message,
    { key: key.privateKey, ...(algorithm.padding === "pss" ? pssOptions(algorithm) : {}) },
    signature,
  );

const OAEP: Readonly<Record<string, string>> = { RSAES_OAEP_SHA_1: "sha1", RSAES_OAEP_SHA_256: "sha256" };
export const ENCRYPTION = Object.keys(OAEP);

const oaep = (key: KmsKey, algorithm: string) => ({
  key: key.privateKey,
  padding: constants.RSA_PKCS1_OAEP_PADDING,
  oaepHash: OAEP[algorithm] ?? "sha256",
});

export const encrypt = (key: KmsKey, algorithm: string, plain: Buffer): Buffer =>
  publicEncrypt(oaep(key, algorithm), plain);

/** @throws when the ciphertext is not of this key and algorithm. */
export const decrypt = (key: KmsKey, algorithm: string, cipher: Buffer): Buffer =>
  privateDecrypt(oaep(key, algorithm), cipher);

/** SubjectPublicKeyInfo, DER. */
export const publicKeyDer = (key: KmsKey): Buffer =>
  createPublicKey(key.privateKey).export({ format: "der", type: "spki" });
