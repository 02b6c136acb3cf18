import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import type { Match } from "./routes.ts";

/** The request target as it came, taken apart but not decoded. */
export interface Target {
  readonly path: string;
  /** Bytes after the first `?`, exactly as sent; empty where there are none. */
  readonly query: string;
}

/** Takes the request target apart without touching a byte of it; an absolute-form target loses its origin. */
export function readTarget(url: string): Target {
  const local = url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, "");
  const mark = local.indexOf("?");
  const path = mark === -1 ? local : local.slice(0, mark);
  return { path: path.startsWith("/") ? path : `/${path}`, query: mark === -1 ? "" : local.slice(mark + 1) };
}

/**
 * The path as HTTP APIs route it and put it into `rawPath`: percent-decoded once, `%2F` included, and cut at a
 * decoded `?`.
 *
 * @returns undefined where it does not decode.
 * @see https://github.com/hotsock/voker/pull/8 captures of the live services
 */
export function decodePath(path: string): string | undefined {
  try {
    const decoded = decodeURIComponent(path);
    const mark = decoded.indexOf("?");
    return mark === -1 ? decoded : decoded.slice(0, mark);
  } catch {
    return undefined;
  }
}

/** Header names in lower case, repeated ones joined with a comma in the order they came, cookies apart. */
export function readHeaders(raw: readonly string[]): {
  headers: Record<string, string>;
  cookies: string[];
} {
  const headers = new Map<string, string>();
  const cookies: string[] = [];
  for (let place = 0; place + 1 < raw.length; place += 2) {
    const name = (raw[place] ?? "").toLowerCase();
    const value = (raw[place + 1] ?? "").trim();
    if (name === "cookie")
      cookies.push(
        ...value
          .split(";")
          .map((pair) => pair.trim())
          .filter(Boolean),
      );
    else headers.set(name, headers.has(name) ? `${headers.get(name)},${value}` : value);
  }
  return { headers: Object.fromEntries(headers), cookies };
}

/** Values by name, decoded; repeated names joined with a comma. `+` is a space, as in forms. */
function readQuery(query: string): Record<string, string> | undefined {
  if (query === "") return undefined;
  const values = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query))
    values.set(name, values.has(name) ? `${values.get(name)},${value}` : value);
  return Object.fromEntries(values);
}

/** Media types that reach a function as text; everything else, forms among them, arrives in base64. */
const TEXT = /^(?:text\/[^;]*|application\/(?:json|xml|javascript))\s*(?:;|$)/i;

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `12/Mar/2020:19:03:58 +0000`. */
function commonLogTime(at: Date): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  const time = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`;
  return `${two(at.getUTCDate())}/${MONTHS[at.getUTCMonth()]}/${at.getUTCFullYear()}:${time} +0000`;
}

/** An id in the shape of API Gateway's: 15 characters of base64 and `=`. */
export const newRequestId = (): string => `${randomBytes(11).toString("base64")}`;

/**
 * Builds the event of payload format 2.0.
 *
 * @param body The whole body; empty means none was sent.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function toEvent(
  request: IncomingMessage,
  { path, query, body, match, requestId }: Target & { body: Buffer; match: Match; requestId: string },
): APIGatewayProxyEventV2 {
  const at = new Date();
  const { headers, cookies } = readHeaders(request.rawHeaders);
  const sourceIp = (request.socket.remoteAddress ?? "127.0.0.1").replace(/^::ffff:/, "");
  const host = headers.host ?? "localhost";
  const domainName = host.replace(/:\d+$/, "");
  const parameters = readQuery(query);
  const { key } = match.route;
  return {
    version: "2.0",
    routeKey: key,
    rawPath: path,
    rawQueryString: query,
    ...(cookies.length > 0 ? { cookies } : {}),
    headers: { ...headers, ...addedHeaders(headers, { host, sourceIp, at, length: body.length }) },
    ...(parameters ? { queryStringParameters: parameters } : {}),
    requestContext: {
      accountId: "999999999999",
      apiId: "local",
      domainName,
      domainPrefix: domainName.split(".")[0] ?? domainName,
      http: {
        method: request.method ?? "GET",
        path,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp,
        userAgent: headers["user-agent"] ?? "",
      },
      requestId,
      routeKey: key,
      stage: "$default",
      time: commonLogTime(at),
      timeEpoch: at.getTime(),
    },
    ...(Object.keys(match.parameters).length > 0 ? { pathParameters: { ...match.parameters } } : {}),
    ...readBody(headers["content-type"] ?? "", body),
  };
}

function readBody(type: string, body: Buffer): { body?: string; isBase64Encoded: boolean } {
  if (body.length === 0) return { isBase64Encoded: false };
  const text = TEXT.test(type);
  return { body: body.toString(text ? "utf8" : "base64"), isBase64Encoded: !text };
}

/** What the gateway itself adds or overwrites. */
function addedHeaders(
  headers: Readonly<Record<string, string>>,
  { host, sourceIp, at, length }: { host: string; sourceIp: string; at: Date; length: number },
): Record<string, string> {
  const forwarded = headers["x-forwarded-for"];
  return {
    "content-length": headers["content-length"] ?? String(length),
    "x-amzn-trace-id": traceId(at),
    "x-forwarded-for": forwarded ? `${forwarded}, ${sourceIp}` : sourceIp,
    "x-forwarded-port": /:(\d+)$/.exec(host)?.[1] ?? "443",
    "x-forwarded-proto": "https",
  };
}

const traceId = (at: Date): string =>
  `Root=1-${Math.floor(at.getTime() / 1000).toString(16)}-${randomBytes(12).toString("hex")}`;
