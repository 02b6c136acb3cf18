import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { page, type Reply } from "../../functions/respond.ts";

const TYPES: Readonly<Record<string, string>> = {
  css: "text/css",
  js: "text/javascript",
  svg: "image/svg+xml",
};

/** What one address answers. */
export interface Answer {
  readonly body: string;
  /** Origins a form of the page may be sent to. */
  readonly formTargets?: string[];
}

/** A server of ready pages under the very headers of `functions/respond.ts`, on a free port of the loopback. */
export interface PageServer {
  readonly url: string;
  /** Requests other than GET, as `POST /path body`. */
  readonly posted: string[];
  [Symbol.asyncDispose](): Promise<void>;
}

/** One of our assets, or nothing. */
function assetOf(path: string): { type: string; body: Buffer } | undefined {
  const extension = /^\/assets\/[a-z]+\.(css|js|svg)$/.exec(path)?.[1];
  if (extension === undefined) return undefined;
  return {
    type: TYPES[extension] ?? "text/plain",
    body: readFileSync(new URL(`../../web${path}`, import.meta.url)),
  };
}

/** The page at a path, or a bare 404. */
function pageAt(found: Answer | undefined): Reply {
  const body = found?.body ?? "<!doctype html><title>none</title>";
  return page(body, { status: found ? 200 : 404, formTargets: found?.formTargets ?? [] });
}

async function textOf(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const part of request) body += part;
  return body;
}

/** @param answer Path and query to a page; undefined is a 404. */
export async function servePages(answer: (path: string) => Answer | undefined): Promise<PageServer> {
  const posted: string[] = [];
  const server = createServer(async (request, response) => {
    const path = request.url ?? "/";
    const asset = assetOf(path);
    if (asset) return void response.setHeader("content-type", asset.type).end(asset.body);
    if (request.method !== "GET") posted.push(`${request.method} ${path} ${await textOf(request)}`);
    const reply = pageAt(answer(path));
    for (const [name, value] of Object.entries(reply.headers ?? {}))
      if (name !== "strict-transport-security") response.setHeader(name, String(value));
    response.statusCode = reply.statusCode ?? 200;
    response.end(reply.body);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    posted,
    [Symbol.asyncDispose]: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}
