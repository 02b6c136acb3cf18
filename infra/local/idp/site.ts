import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { listen, type Running } from "../gateway.ts";

/** One request to a demo provider. */
export interface Visit {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly cookies: ReadonlyMap<string, string>;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The body as text, at most 256 KB; read once, remembered after. */
  text(): Promise<string>;
  form(): Promise<URLSearchParams>;
}

/** An answer of a demo provider. */
export interface Answer {
  readonly status?: number;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cookies?: readonly string[];
  readonly body?: string;
}

/** Undefined: the visit was answered already, by a library that writes to the response itself. */
export type Site = (visit: Visit) => Promise<Answer | undefined>;

export const html = (body: string, more: Answer = {}): Answer => ({
  type: "text/html; charset=utf-8",
  body,
  ...more,
});

export const json = (value: unknown, status = 200): Answer => ({
  status,
  type: "application/json",
  body: JSON.stringify(value),
});

export const redirect = (location: string, cookies: readonly string[] = []): Answer => ({
  status: 302,
  headers: { location },
  cookies,
});

/** A path of this site, or its front page: `to` comes from a query and must not name another host. */
export const ownPath = (to: string | null | undefined): string =>
  to && /^\/(?![/\\])[\x21-\x7e]*$/.test(to) ? to : "/";

/** Serves one demo provider on 127.0.0.1. */
export function startSite(port: number, site: Site): Promise<Running> {
  const server = createServer((request, response) => {
    answer(site, request, response).catch((thrown: unknown) => {
      console.error(thrown);
      if (!response.headersSent) send(response, { status: 500, type: "text/plain", body: "Server error\n" });
    });
  });
  return listen(server, port, "127.0.0.1");
}

async function answer(site: Site, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://127.0.0.1");
  if (url.pathname === "/favicon.ico") return send(response, { status: 204 });
  let read: Promise<string> | undefined;
  const text = (): Promise<string> => {
    read ??= readText(request);
    return read;
  };
  const result = await site({
    method: request.method ?? "GET",
    path: url.pathname,
    query: url.searchParams,
    cookies: readCookies(request.headers.cookie),
    request,
    response,
    text,
    form: async () => new URLSearchParams(await text()),
  });
  if (result) send(response, result);
}

function send(
  response: ServerResponse,
  { status = 200, type, headers = {}, cookies = [], body }: Answer,
): void {
  response.writeHead(status, {
    ...(type ? { "content-type": type } : {}),
    "cache-control": "no-store",
    ...headers,
    ...(cookies.length > 0 ? { "set-cookie": [...cookies] } : {}),
  });
  response.end(body);
}

const LONGEST_BODY = 256 * 1024;

async function readText(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > LONGEST_BODY) throw new Error("a body longer than a demo provider reads");
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

function readCookies(header: string | undefined): ReadonlyMap<string, string> {
  const pairs = (header ?? "").split(";").map((pair) => pair.trim().split("="));
  return new Map(pairs.map(([name = "", ...value]) => [name, value.join("=")]));
}
