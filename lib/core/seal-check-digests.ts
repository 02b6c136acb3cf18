import { createHash, createPublicKey, type KeyObject, verify } from "node:crypto";
import { type Digest, digestHash, digestText, NO_HASH, type SignedDigest } from "./seal.ts";

/** What is wrong, and where. */
export interface Finding {
  readonly code: string;
  readonly where: string;
  readonly says: string;
}

/** What a chain of digests is held against. */
export interface Trust {
  /**
   * Public keys that may have signed: base 64 of their DER, or the SHA-256 of it in hex. Without any, the first digest's
   * own is believed.
   */
  readonly keys: readonly string[];
  /** Hashes of digests that were kept elsewhere; each must be in the chain. */
  readonly anchors: readonly string[];
}

/** A public key's SHA-256, over its DER: what can be written down and read out. */
export const fingerprintOf = (key: string): string =>
  createHash("sha256").update(Buffer.from(key, "base64")).digest("hex");

const keyObject = (key: string): KeyObject | undefined => {
  try {
    return createPublicKey({ key: Buffer.from(key, "base64"), format: "der", type: "spki" });
  } catch {
    return undefined;
  }
};

function isSigned({ digest, signature }: SignedDigest): boolean {
  const key = keyObject(digest.key);
  if (key?.asymmetricKeyDetails?.namedCurve !== "prime256v1") return false;
  return verify("sha256", Buffer.from(digestText(digest)), key, Buffer.from(signature, "base64"));
}

const nameOf = ({ number }: Digest): string => `digest ${number}`;

/** Judges one digest by itself: who signed it, and whether its numbers agree with each other. */
function judgeOne(signed: SignedDigest, keys: readonly string[]): readonly Finding[] {
  const { digest } = signed;
  const where = nameOf(digest);
  const found: Finding[] = [];
  if (!keys.includes(digest.key) && !keys.includes(fingerprintOf(digest.key)))
    found.push({
      code: "key_unknown",
      where,
      says: `it is signed with a key that is not trusted, SHA-256 ${fingerprintOf(digest.key)}`,
    });
  if (!isSigned(signed))
    found.push({ code: "signature_invalid", where, says: "its signature is not over what it says" });
  const counted = Object.values(digest.shards).reduce((sum, { count }) => sum + count, 0);
  if (counted !== digest.events)
    found.push({
      code: "count_wrong",
      where,
      says: `it counts ${digest.events} events, its shards ${counted}`,
    });
  return found;
}

/** Judges the step from one digest to the next. */
function judgeLink(before: Digest | undefined, digest: Digest): readonly Finding[] {
  const where = nameOf(digest);
  const expected = (before?.number ?? 0) + 1;
  if (digest.number > expected) {
    const missing =
      expected === digest.number - 1
        ? `digest ${expected} is`
        : `digests ${expected} to ${digest.number - 1} are`;
    return [{ code: "digest_missing", where, says: `${missing} missing before it` }];
  }
  if (digest.number < expected)
    return [{ code: "digest_misplaced", where, says: `it stands where digest ${expected} belongs` }];
  if (digest.previous !== (before === undefined ? NO_HASH : digestHash(before)))
    return [
      { code: "link_broken", where, says: `it does not follow from the digest ${expected - 1} that is here` },
    ];
  return before === undefined || before.to === digest.from
    ? []
    : [{ code: "time_missing", where, says: "it does not begin where the one before ends" }];
}

/**
 * Judges a chain of digests, oldest first.
 *
 * @param before The digest before the first of them; where there is none the first must be the chain's first.
 */
export function checkDigests(
  before: SignedDigest | undefined,
  chain: readonly SignedDigest[],
  { keys, anchors }: Trust,
): readonly Finding[] {
  const all = before === undefined ? chain : [before, ...chain];
  const trusted = keys.length > 0 ? keys : all.slice(0, 1).map(({ digest }) => digest.key);
  const found = all.flatMap((signed) => judgeOne(signed, trusted));
  let last = before?.digest;
  for (const { digest } of chain) {
    found.push(...judgeLink(last, digest));
    last = digest;
  }
  const hashes = new Set(all.map(({ digest }) => digestHash(digest)));
  for (const anchor of anchors.filter((one) => !hashes.has(one)))
    found.push({ code: "anchor_missing", where: "chain", says: `no digest here has the hash ${anchor}` });
  return found;
}
