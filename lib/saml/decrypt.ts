import { createDecipheriv } from "node:crypto";
import { Refusal } from "../core/errors.ts";
import {
  CONTENT_CIPHERS,
  type ContentCipher,
  OAEP,
  OAEP_DIGESTS,
  OAEP_MASKS,
  OAEP_MGF1P,
} from "./algorithms.ts";
import { decodeBase64 } from "./gate.ts";
import { DSIG, XENC, XENC11 } from "./names.ts";
import { attribute, elementsOf, is, only, quoted, textOf } from "./tree.ts";
import type { XmlElement } from "./xml.ts";

const CODE = "saml_encryption_unsupported";
const BLOCK_BYTES = 16;
const GCM_IV_BYTES = 12;
const GCM_TAG_BYTES = 16;
/** RSA of 8192 bits wraps into this many bytes. */
const LONGEST_WRAPPED = 1024;

/** An encrypted thing whose algorithms are allowed. Nothing was decrypted yet. */
export interface Sealed {
  readonly cipher: ContentCipher;
  readonly content: Buffer;
  readonly hash: "sha1" | "sha256";
  readonly wrapped: Buffer;
}

function unsupported(reason: string, algorithm?: string): never {
  throw new Refusal(CODE, { reason, algorithm: quoted(algorithm) });
}

/**
 * Reads an EncryptedAssertion and refuses what we do not decrypt, before any key is touched. All of this is visible
 * to whoever sent it, so its refusals tell nothing of the content.
 *
 * @param entityId Picks our EncryptedKey when there is one for each of several recipients.
 * @throws {Refusal} `saml_encryption_unsupported`.
 * @see https://www.w3.org/TR/xmlenc-core1/
 */
export function readSealed(encrypted: XmlElement, entityId: string): Sealed {
  const children = elementsOf(encrypted, CODE);
  const data = only(children, XENC, "EncryptedData", CODE) ?? unsupported("no EncryptedData");
  const type = attribute(data, "Type");
  if (type !== undefined && type !== `${XENC}Element`) unsupported("something else than an element");
  const parts = elementsOf(data, CODE);
  const method = methodOf(parts);
  const cipher = CONTENT_CIPHERS.get(method.name) ?? unsupported("content", method.name);
  if (method.parameters.length > 0) unsupported("content parameters");
  const key = pickKey([...keysOf(parts), ...keysOf([encrypted])], entityId);
  const keyParts = elementsOf(key, CODE);
  const wrapped = cipherValue(keyParts);
  if (wrapped.length > LONGEST_WRAPPED) unsupported("wrapped key too long");
  return { cipher, content: cipherValue(parts), hash: oaepHash(keyParts), wrapped };
}

/** EncryptedKey stands in the KeyInfo of the data, or beside the data. */
function keysOf(elements: readonly XmlElement[]): XmlElement[] {
  return elements
    .filter((element) => is(element, DSIG, "KeyInfo") || element.local === "EncryptedAssertion")
    .flatMap((holder) => elementsOf(holder, CODE))
    .filter((element) => is(element, XENC, "EncryptedKey"));
}

function pickKey(keys: readonly XmlElement[], entityId: string): XmlElement {
  const ours = keys.filter((key) => (attribute(key, "Recipient") ?? entityId) === entityId);
  const [first, second] = ours.length > 0 ? ours : keys;
  if (first === undefined || second !== undefined) return unsupported("not one key");
  return first;
}

function methodOf(parts: readonly XmlElement[]): {
  readonly name: string;
  readonly parameters: readonly XmlElement[];
} {
  const method = only(parts, XENC, "EncryptionMethod", CODE) ?? unsupported("no EncryptionMethod");
  return {
    name: attribute(method, "Algorithm") ?? unsupported("no Algorithm"),
    parameters: elementsOf(method, CODE).filter((part) => !is(part, XENC, "KeySize")),
  };
}

/** @returns The one hash that both OAEP and its mask use; a mixture of two cannot be unwrapped by KMS. */
function oaepHash(keyParts: readonly XmlElement[]): "sha1" | "sha256" {
  const { name, parameters } = methodOf(keyParts);
  if (name !== OAEP && name !== OAEP_MGF1P) return unsupported("key", name);
  const digest = only(parameters, DSIG, "DigestMethod", CODE);
  const mask = only(parameters, XENC11, "MGF", CODE);
  if (parameters.length > [digest, mask].filter(Boolean).length) return unsupported("key parameters");
  if (name === OAEP_MGF1P && mask !== undefined) return unsupported("key parameters");
  const hash = digest === undefined ? "sha1" : OAEP_DIGESTS.get(attribute(digest, "Algorithm") ?? "");
  const maskHash = mask === undefined ? "sha1" : OAEP_MASKS.get(attribute(mask, "Algorithm") ?? "");
  if (hash === undefined || hash !== maskHash) return unsupported("OAEP hashes");
  return hash;
}

function cipherValue(parts: readonly XmlElement[]): Buffer {
  const data = only(parts, XENC, "CipherData", CODE) ?? unsupported("no CipherData");
  const [value, ...more] = elementsOf(data, CODE);
  if (value === undefined || more.length > 0 || !is(value, XENC, "CipherValue"))
    return unsupported("no CipherValue");
  const text = textOf(value)?.replace(/[ \t\r\n]+/g, "");
  return (text === undefined ? undefined : decodeBase64(text)) ?? unsupported("no base64");
}

/**
 * Decrypts content with its unwrapped key.
 *
 * @returns The bytes; for CBC they may be anything, since CBC proves nothing.
 * @throws {Error} of any kind. The caller answers all of them alike.
 */
export function decryptContent({ cipher, content }: Sealed, key: Uint8Array): Buffer {
  if (key.length !== cipher.keyBytes) throw new Error("a content key of another length");
  return cipher.mode === "gcm" ? decryptGcm(content, key) : decryptCbc(content, key);
}

function decryptGcm(content: Buffer, key: Uint8Array): Buffer {
  const end = content.length - GCM_TAG_BYTES;
  if (end < GCM_IV_BYTES) throw new Error("too short");
  const iv = content.subarray(0, GCM_IV_BYTES);
  const decipher = createDecipheriv(key.length === 16 ? "aes-128-gcm" : "aes-256-gcm", key, iv, {
    authTagLength: GCM_TAG_BYTES,
  });
  decipher.setAuthTag(content.subarray(end));
  return Buffer.concat([decipher.update(content.subarray(GCM_IV_BYTES, end)), decipher.final()]);
}

/** The last byte says how many bytes are padding; what the others hold is left open by XML Encryption. */
function decryptCbc(content: Buffer, key: Uint8Array): Buffer {
  if (content.length < 2 * BLOCK_BYTES || content.length % BLOCK_BYTES !== 0) throw new Error("no blocks");
  const iv = content.subarray(0, BLOCK_BYTES);
  const decipher = createDecipheriv(key.length === 16 ? "aes-128-cbc" : "aes-256-cbc", key, iv);
  decipher.setAutoPadding(false);
  const padded = Buffer.concat([decipher.update(content.subarray(BLOCK_BYTES)), decipher.final()]);
  const padding = padded[padded.length - 1] ?? 0;
  if (padding < 1 || padding > BLOCK_BYTES) throw new Error("no padding");
  return padded.subarray(0, padded.length - padding);
}
