import type { ServerResponse } from "node:http";

/** What goes out, after the rules of payload format 2.0 were applied to what a function returned. */
export interface Reply {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

/** An answer of the gateway itself, in its own shape. */
export const gatewayReply = (status: number, message: string): Reply => ({
  status,
  headers: [["content-type", "application/json"]],
  body: Buffer.from(JSON.stringify({ message })),
});

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isScalar = (value: unknown): value is string | number | boolean =>
  ["string", "number", "boolean"].includes(typeof value);

/**
 * Reads what a function returned.
 *
 * Without `statusCode` the whole value is the JSON body of a 200, as HTTP APIs infer it.
 *
 * @throws {Error} saying what is malformed; the gateway answers that with a 500.
 */
export function readReply(result: unknown): Reply {
  if (result === undefined || result === null) throw new Error("the function returned nothing");
  if (!isRecord(result) || result.statusCode === undefined)
    return {
      status: 200,
      headers: [["content-type", "application/json"]],
      body: Buffer.from(typeof result === "string" ? result : JSON.stringify(result)),
    };
  const { body = "" } = result;
  if (typeof body !== "string") throw new Error("body is not a string");
  return {
    status: readStatus(result.statusCode),
    headers: [...readHeaders(result.headers), ...readCookies(result.cookies)],
    body: Buffer.from(body, result.isBase64Encoded === true ? "base64" : "utf8"),
  };
}

function readStatus(code: unknown): number {
  const status = typeof code === "string" ? Number(code) : code;
  if (typeof status === "number" && Number.isInteger(status) && status >= 200 && status <= 599) return status;
  throw new Error(`statusCode ${JSON.stringify(code)} is not a status`);
}

const NAME = /^[\w!#$%&'*+.^`|~-]+$/;

function readHeaders(headers: unknown): [string, string][] {
  if (headers === undefined || headers === null) return [["content-type", "text/plain; charset=utf-8"]];
  if (!isRecord(headers)) throw new Error("headers is not a map");
  const pairs = Object.entries(headers).map(([name, value]): [string, string] => {
    if (!isScalar(value)) throw new Error(`header ${name} is not a string`);
    return checked(name.toLowerCase(), String(value));
  });
  const typed = pairs.some(([name]) => name === "content-type");
  // Framing and connection headers are the gateway's own.
  const kept = pairs.filter(
    ([name]) => !["content-length", "transfer-encoding", "connection"].includes(name),
  );
  return typed ? kept : [...kept, ["content-type", "text/plain; charset=utf-8"]];
}

function readCookies(cookies: unknown): [string, string][] {
  if (cookies === undefined || cookies === null) return [];
  if (!Array.isArray(cookies)) throw new Error("cookies is not a list");
  return cookies.map((cookie): [string, string] => {
    if (typeof cookie !== "string") throw new Error("a cookie is not a string");
    return checked("set-cookie", cookie);
  });
}

function checked(name: string, value: string): [string, string] {
  if (!NAME.test(name) || /[\r\n\0]/.test(value)) throw new Error(`header ${name} cannot be sent`);
  return [name, value];
}

/** Sends a reply; headers leave in the order they were given, repeated `set-cookie` lines included. */
export function sendReply(response: ServerResponse, reply: Reply, requestId: string): void {
  const headers = [...reply.headers, ["apigw-requestid", requestId] as const];
  const bodiless = reply.status === 204 || reply.status === 304;
  const length = bodiless ? [] : [["content-length", String(reply.body.length)] as const];
  response.writeHead(
    reply.status,
    [...headers, ...length].flatMap(([name, value]) => [name, Buffer.from(value).toString("latin1")]),
  );
  response.end(bodiless ? undefined : reply.body);
}
