import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { isLocalAccount } from "./accounts.ts";
import { AwsFault } from "./faults.ts";
import type { AwsSession } from "./state.ts";
import { type AwsRequest, decodeForm, type World } from "./wire.ts";

/** Who signed: a key that stands for an administrator of an account, or session credentials of STS. */
export type Caller =
  | { readonly kind: "account"; readonly accountId: string; readonly accessKeyId: string }
  | { readonly kind: "session"; readonly accountId: string; readonly session: AwsSession };

export interface Signed {
  readonly caller: Caller;
  readonly region: string;
  readonly service: string;
}

/** How a signature can be wrong; each wire has its own word for each. */
type Wrong = "missing" | "incomplete" | "unknown" | "expired" | "mismatch";
const WORDS = {
  query: {
    missing: [403, "MissingAuthenticationToken"],
    incomplete: [400, "IncompleteSignature"],
    unknown: [403, "InvalidClientTokenId"],
    expired: [403, "ExpiredToken"],
    mismatch: [403, "SignatureDoesNotMatch"],
  },
  json: {
    missing: [400, "MissingAuthenticationTokenException"],
    incomplete: [400, "IncompleteSignatureException"],
    unknown: [400, "UnrecognizedClientException"],
    expired: [400, "ExpiredTokenException"],
    mismatch: [400, "InvalidSignatureException"],
  },
} as const satisfies Record<string, Record<Wrong, readonly [number, string]>>;
export type WireStyle = keyof typeof WORDS;

/** Clock difference that AWS forgives, in seconds. */
const SKEW_SECONDS = 300;

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=(\w{16,128})\/(\d{8})\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/;

function wrong(style: WireStyle, how: Wrong, message: string): AwsFault {
  const [status, code] = WORDS[style][how];
  return new AwsFault(status, code, message);
}

const sha256 = (data: string | Buffer) => createHash("sha256").update(data).digest("hex");
const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();

/** Percent-encodes everything but RFC 3986's unreserved characters. */
const percentEncode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

function canonicalQuery(query: string): string {
  if (query === "") return "";
  return query
    .split("&")
    .map((pair) => {
      const [name = "", ...value] = pair.split("=");
      return `${percentEncode(decodeForm(name) ?? name)}=${percentEncode(decodeForm(value.join("=")) ?? "")}`;
    })
    .sort()
    .join("&");
}

function canonicalRequest(request: AwsRequest, signedHeaders: string): string {
  const headers = signedHeaders
    .split(";")
    .map((name) => `${name}:${(request.headers[name] ?? "").trim().replace(/\s+/g, " ")}\n`)
    .join("");
  return [
    request.method,
    request.path.split("/").map(percentEncode).join("/"),
    canonicalQuery(request.query),
    headers,
    signedHeaders,
    sha256(request.body),
  ].join("\n");
}

/** `20261122T094100Z` -> epoch seconds. */
function signedAt(text: string | undefined): number | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text ?? "");
  if (!parts) return undefined;
  const [, year, month, day, hour, minute, second] = parts;
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(at) ? undefined : at / 1000;
}

const compactTime = (at: number) =>
  new Date(at * 1000).toISOString().replace(/[-:]/g, "").replace(".000", "");

/** Whether every header that must be covered is. */
function coversHeaders(request: AwsRequest, signedHeaders: string): boolean {
  const names = signedHeaders.split(";");
  const ordered = names.every((name, at) => at === 0 || name > (names[at - 1] ?? ""));
  const needed = Object.keys(request.headers).filter((name) => name.startsWith("x-amz-"));
  return ordered && names.includes("host") && needed.every((name) => names.includes(name));
}

interface Holder {
  readonly secret: string;
  readonly caller: Caller;
}

/** Finds whose key it is: `AKIALOCAL<account>` by convention, anything else among the sessions STS gave. */
function holderOf(request: AwsRequest, accessKeyId: string, world: World, style: WireStyle): Holder {
  const token = request.headers["x-amz-security-token"];
  const accountId = /^AKIALOCAL(\d{12})$/.exec(accessKeyId)?.[1];
  if (accountId !== undefined && isLocalAccount(accountId) && token === undefined)
    return { secret: `local-secret-${accountId}`, caller: { kind: "account", accountId, accessKeyId } };
  const session = world.state.sessions.get(accessKeyId);
  if (session === undefined || session.sessionToken !== token)
    throw wrong(style, "unknown", "The security token included in the request is invalid.");
  if (session.expiresAt <= world.clock.now())
    throw wrong(style, "expired", "The security token included in the request is expired");
  return {
    secret: session.secretAccessKey,
    caller: { kind: "session", accountId: session.accountId, session },
  };
}

function checkTime(request: AwsRequest, day: string, now: number, style: WireStyle): string {
  const date = request.headers["x-amz-date"] ?? "";
  const at = signedAt(date);
  if (at === undefined || !date.startsWith(day))
    throw wrong(style, "incomplete", "Date in Credential scope does not match YYYYMMDD from X-Amz-Date.");
  if (at < now - SKEW_SECONDS)
    throw wrong(
      style,
      "mismatch",
      `Signature expired: ${date} is now earlier than ${compactTime(now - SKEW_SECONDS)} (${compactTime(now)} - 5 min.)`,
    );
  if (at > now + SKEW_SECONDS)
    throw wrong(
      style,
      "mismatch",
      `Signature not yet current: ${date} is still later than ${compactTime(now + SKEW_SECONDS)} (${compactTime(now)} + 5 min.)`,
    );
  return date;
}

/**
 * Checks an AWS Signature Version 4 in the Authorization header.
 *
 * @throws {AwsFault} in the words of the wire. Query-string signatures and unsigned payloads are refused.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function verifySignature(request: AwsRequest, world: World, style: WireStyle): Signed {
  const header = request.headers.authorization;
  if (header === undefined) throw wrong(style, "missing", "Request is missing Authentication Token");
  const parts = AUTHORIZATION.exec(header);
  if (!parts)
    throw wrong(style, "incomplete", "Authorization header is not a complete AWS4-HMAC-SHA256 signature.");
  const [, accessKeyId = "", day = "", region = "", service = "", signedHeaders = "", given = ""] = parts;
  if (!coversHeaders(request, signedHeaders))
    throw wrong(style, "incomplete", "Host and every X-Amz header must be among the signed headers.");
  const { secret, caller } = holderOf(request, accessKeyId, world, style);
  const date = checkTime(request, day, world.clock.now(), style);
  const declared = request.headers["x-amz-content-sha256"];
  if (declared !== undefined && declared !== sha256(request.body))
    throw wrong(style, "mismatch", "The value of x-amz-content-sha256 does not match the body.");

  const scope = `${day}/${region}/${service}/aws4_request`;
  const toSign = ["AWS4-HMAC-SHA256", date, scope, sha256(canonicalRequest(request, signedHeaders))].join(
    "\n",
  );
  const key = [region, service, "aws4_request"].reduce<Buffer>(hmac, hmac(`AWS4${secret}`, day));
  if (!timingSafeEqual(hmac(key, toSign), Buffer.from(given, "hex")))
    throw wrong(
      style,
      "mismatch",
      "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
    );
  return { caller, region, service };
}
