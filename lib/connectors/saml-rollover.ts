import { createHash } from "node:crypto";
import type { ProviderKey } from "../core/connection.ts";
import type { Epoch } from "../core/time.ts";
import { certificateBody } from "../saml/pem.ts";

/** A key that its provider withdrew is believed this much longer: answers may be on their way (decision 11). */
export const GRACE_SECONDS = 86_400;

export interface RollOver {
  readonly now: Epoch;
  /** Whether a key that was not there before is used at once, or waits for an administrator. */
  readonly newKeys: "believe" | "wait";
}

/** An administrator's end of a key: before whatever any clock says, so that no container's clock brings it back. */
export const ENDED: Epoch = 0;
/** Ends that are remembered of keys that are not published. */
const MOST_ENDED = 32;

/** When a key stops being believed. */
export const endOf = ({ endsAt }: ProviderKey): Epoch => endsAt ?? Number.POSITIVE_INFINITY;

/**
 * The keys that follow from those known and those published now.
 *
 * A key that an administrator ended stays ended, also when it is withdrawn and comes back.
 *
 * @param before Keys known, or undefined at the first refresh, when all are believed.
 * @param published Certificates in the provider's metadata, PEM.
 */
export function rollOver(
  before: readonly ProviderKey[] | undefined,
  published: readonly string[],
  { now, newKeys }: RollOver,
): { keys: readonly ProviderKey[]; alarms: readonly string[] } {
  const known = new Map((before ?? []).map((key) => [thumbprint(key.certificate), key]));
  const there = new Set(published.map(thumbprint));
  const alarms: string[] = [];

  const kept = published.map((certificate): ProviderKey => {
    const print = thumbprint(certificate);
    const key = known.get(print);
    if (key !== undefined) return endOf(key) <= now ? key : withoutEnd(key);
    if (before === undefined) return { certificate, seenAt: now };
    const waits = newKeys === "wait";
    alarms.push(`key_added sha256:${print.slice(0, 16)}${waits ? " waits for approval" : ""}`);
    return { certificate, seenAt: now, ...(waits ? { pending: true } : {}) };
  });
  const leaving = [...known]
    .filter(([print, key]) => !there.has(print) && key.pending !== true && endOf(key) > now)
    .map(([print, key]): ProviderKey => {
      if (key.endsAt === undefined) alarms.push(`key_withdrawn sha256:${print.slice(0, 16)}`);
      return { ...key, endsAt: Math.min(endOf(key), now + GRACE_SECONDS) };
    });
  const ended = [...known]
    .filter(([print, key]) => !there.has(print) && key.endsAt === ENDED)
    .slice(-MOST_ENDED);
  return { keys: [...kept, ...leaving, ...ended.map(([, key]) => key)], alarms };
}

function withoutEnd({ endsAt: _, ...key }: ProviderKey): ProviderKey {
  return key;
}

/** SHA-256 of the certificate, so that two spellings of one PEM are one key. */
function thumbprint(certificate: string): string {
  const body = Buffer.from(certificateBody(certificate), "base64");
  return createHash("sha256").update(body).digest("hex");
}
