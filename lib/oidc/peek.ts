/** Longest token looked at, characters; real ID tokens have 1 to 8 kB. */
const LONGEST_TOKEN = 65_536;

const SEGMENTS = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]*)$/;

/** The parts of a compact JWS as they claim to be. Nothing of it is proven. */
export interface Peeked {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
}

function segment(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const json: unknown = JSON.parse(
      new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(text, "base64url")),
    );
    if (typeof json !== "object" || json === null || Array.isArray(json)) return undefined;
    return Object.fromEntries(Object.entries(json));
  } catch {
    return undefined;
  }
}

/**
 * Looks into a token without verifying it, only to choose what to verify it with.
 *
 * @returns undefined for anything that is not a compact JWS of two JSON objects.
 */
export function peekToken(token: string): Peeked | undefined {
  if (token.length > LONGEST_TOKEN) return undefined;
  const [, head, body] = SEGMENTS.exec(token) ?? [];
  if (head === undefined || body === undefined) return undefined;
  const header = segment(head);
  const claims = segment(body);
  return header && claims ? { header, claims } : undefined;
}

/** A member that is a string, else undefined. */
export const textMember = (object: Readonly<Record<string, unknown>>, name: string): string | undefined => {
  const value = Object.hasOwn(object, name) ? object[name] : undefined;
  return typeof value === "string" ? value : undefined;
};

/** Media type of a `typ` header: lower case, without `application/`; undefined where absent, `""` where it is no text. */
export function tokenType(header: Readonly<Record<string, unknown>>): string | undefined {
  if (!Object.hasOwn(header, "typ")) return undefined;
  return (textMember(header, "typ") ?? "").toLowerCase().replace(/^application\//, "");
}
