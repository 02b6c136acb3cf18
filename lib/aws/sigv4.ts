import { createHash, createHmac } from "node:crypto";
import { type Epoch, toInstant } from "../core/time.ts";

/** Whose signature it is. */
export interface SigningCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

export interface RequestToSign {
  readonly method: "GET" | "POST" | "PUT";
  /** Path segments must be encoded already, as they are sent. */
  readonly url: URL;
  /** Lower-case names; every one of them is signed. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  readonly region: string;
  readonly service: string;
  readonly at: Epoch;
}

/**
 * Signs one request to AWS that no client in this project makes.
 *
 * @returns Every header to send, the signed ones among them.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function signRequest(
  request: RequestToSign,
  credentials: SigningCredentials,
): Readonly<Record<string, string>> {
  const time = toInstant(request.at).replace(/[-:]/g, "");
  const day = time.slice(0, 8);
  const scope = `${day}/${request.region}/${request.service}/aws4_request`;
  const headers: Record<string, string> = { ...request.headers, host: request.url.host, "x-amz-date": time };
  if (credentials.sessionToken !== undefined) headers["x-amz-security-token"] = credentials.sessionToken;

  const names = Object.keys(headers).sort();
  const canonical = [
    request.method,
    request.service === "s3" ? request.url.pathname : canonicalPath(request.url),
    canonicalQuery(request.url),
    ...names.map((name) => `${name}:${(headers[name] ?? "").trim().replace(/ +/g, " ")}`),
    "",
    names.join(";"),
    hash(request.body),
  ].join("\n");
  const toSign = ["AWS4-HMAC-SHA256", time, scope, hash(canonical)].join("\n");

  const keys = [day, request.region, request.service, "aws4_request"];
  const key = keys.reduce<Buffer>(hmac, Buffer.from(`AWS4${credentials.secretAccessKey}`));
  const authorization =
    `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, ` +
    `SignedHeaders=${names.join(";")}, Signature=${hmac(key, toSign).toString("hex")}`;
  return { ...headers, authorization };
}

const hash = (data: string | Uint8Array): string => createHash("sha256").update(data).digest("hex");
const hmac = (key: Buffer, data: string): Buffer => createHmac("sha256", key).update(data).digest();

/** What AWS encodes and a URL does not, so that both sides hash the same text. */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/** Every service but S3 encodes the path as sent once more. */
const canonicalPath = (url: URL): string => url.pathname.split("/").map(encode).join("/");

const canonicalQuery = (url: URL): string =>
  [...url.searchParams]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join("&");
