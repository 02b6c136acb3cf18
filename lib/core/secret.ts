import { createHash, createHmac, randomBytes, randomInt, timingSafeEqual } from "node:crypto";
import type { Epoch } from "./time.ts";

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** An unguessable URL-safe value of 256 bits. Only its hash is ever stored: see `fingerprint`. */
export const newSecret = (): string => randomBytes(32).toString("base64url");

/** A whole number from 0 up to, not including, `limit`: for jitter. */
export const randomBelow = (limit: number): number => randomInt(limit);

/** The name under which a secret is stored, so that a leaked table opens nothing. 43 URL-safe characters. */
export const fingerprint = (secret: string): string =>
  createHash("sha256").update(secret).digest("base64url");

/** Id of one XML message: never seen before, and a name that starts with no digit. 160 random bits in hex. */
export const newMessageId = (): string => `_${randomBytes(20).toString("hex")}`;

/** A fraction of at least 0 and less than 1, to spread retries with. */
export const randomFraction = (): number => randomBytes(4).readUInt32BE() / 2 ** 32;

/** Compares two strings in time that depends on their lengths only. */
export function sameSecret(left: string, right: string): boolean {
  const a = createHash("sha256").update(left).digest();
  const b = createHash("sha256").update(right).digest();
  return timingSafeEqual(a, b);
}

/**
 * A reference id: 48 bits of milliseconds and 80 random bits in 26 characters that sort by time.
 *
 * @see https://github.com/ulid/spec
 */
export function newReference(at: Epoch = Date.now() / 1000): string {
  let time = BigInt(Math.floor(at * 1000));
  let head = "";
  for (let place = 0; place < 10; place++) {
    head = CROCKFORD[Number(time & 31n)] + head;
    time >>= 5n;
  }
  return head + crockford(randomBytes(10));
}

/** Bytes in Crockford's base 32, most significant bits first, without padding. */
export function crockford(bytes: Uint8Array): string {
  let text = "";
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += CROCKFORD[(held >>> bits) & 31];
    }
    held &= (1 << bits) - 1;
  }
  return bits > 0 ? text + CROCKFORD[(held << (5 - bits)) & 31] : text;
}

/**
 * The opaque id of a person: what SourceIdentity and the audit trail carry.
 *
 * It is unique per connection and subject, never reused while the provider does not reuse subjects, and
 * cannot be guessed back from a subject without the pepper, which lives in the table of this deployment.
 *
 * @returns 26 characters of Crockford's base 32 (128 bits and two of padding).
 */
export function personId(pepper: string, connection: string, subject: string): string {
  const mac = createHmac("sha256", pepper).update(`${connection}\u0000${subject}`).digest();
  return crockford(mac.subarray(0, 16));
}
