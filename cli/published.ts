import { createHash } from "node:crypto";
import { type ApiOptions, originOf, reasonOf, refusalOf } from "./api.ts";
import { EXIT, plain, Stop } from "./command.ts";

const TIMEOUT_MILLISECONDS = 30_000;
const LONGEST = 1_000_000;

/** What a broker, or an account, says of the keys that speak to AWS. */
export interface Metadata {
  readonly xml: string;
  readonly entityId: string;
  /** SHA-256 of each signing certificate, hexadecimal. */
  readonly fingerprints: readonly string[];
}

/**
 * The broker's metadata as AWS's identity provider: public, so no token is sent.
 *
 * @throws {Stop} when it cannot be had or is none.
 */
export async function publishedMetadata(options: ApiOptions): Promise<Metadata> {
  const url = new URL("/saml/idp/metadata", originOf(options));
  const answer = await fetch(url, {
    redirect: "error",
    headers: { accept: "application/samlmetadata+xml, application/json" },
    signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
  }).catch((cause: unknown) => {
    throw new Stop(EXIT.refused, `${url.origin} cannot be reached (${reasonOf(cause)}).`);
  });
  const text = await answer.text();
  if (answer.status !== 200) throw new Stop(EXIT.refused, refused(text, answer.status));
  const metadata = readMetadata(text);
  if (text.length > LONGEST || metadata === undefined)
    throw new Stop(EXIT.refused, `${url.href} is no metadata; is it a Sekisho broker?`);
  return metadata;
}

function refused(text: string, status: number): string {
  try {
    return refusalOf(JSON.parse(text), status);
  } catch {
    return `The broker answered ${status}.`;
  }
}

/** What we wrote, or IAM kept of it, letter by letter; undefined for what has no entity or no certificate. */
export function readMetadata(xml: string): Metadata | undefined {
  const entityId = /<(?:\w+:)?EntityDescriptor\b[^>]*\bentityID="([^"]+)"/.exec(xml)?.[1];
  const certificates = [...xml.matchAll(/<(?:\w+:)?X509Certificate>([A-Za-z0-9+/=\s]+)</g)];
  const fingerprints = certificates.map(([, text = ""]) =>
    createHash("sha256").update(Buffer.from(text, "base64")).digest("hex"),
  );
  return entityId === undefined || fingerprints.length === 0
    ? undefined
    : { xml, entityId: plain(entityId), fingerprints };
}

/** A fingerprint as people compare it: enough of it to be told apart. */
export const short = (fingerprint: string): string => fingerprint.slice(0, 16);
