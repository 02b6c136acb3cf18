import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import { isRefusal } from "../../lib/core/errors.ts";

/** One request as a vendor's API saw it. */
export interface Seen {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What the API answers: a body sent as JSON, or a string sent as it is. */
export interface Reply {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body: unknown;
}

/** A vendor's API over real HTTP; a handler that answers undefined leaves the request open for ever. */
export async function startVendorApi(t: TestContext, handle: (seen: Seen) => Reply | undefined) {
  const requests: Seen[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const url = new URL(request.url ?? "/", origin);
    const seen: Seen = { method: request.method ?? "", url, headers: request.headers, body };
    requests.push(seen);
    const reply = handle(seen);
    if (reply === undefined) return;
    response.writeHead(reply.status ?? 200, { "content-type": "application/json", ...reply.headers });
    response.end(typeof reply.body === "string" ? reply.body : JSON.stringify(reply.body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const origin = `http://${host}`;
  return { host, origin, requests };
}

/** Whether a look-up failed for this reason, so that no row passes for another. */
export const failedFor =
  (reason: string) =>
  (thrown: unknown): boolean =>
    isRefusal(thrown, "groups_lookup_failed") && thrown.detail.reason === reason;
