import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Context } from "aws-lambda";
import { decodePath, newRequestId, readTarget, toEvent } from "./event.ts";
import { gatewayReply, type Reply, readReply, sendReply } from "./reply.ts";
import { matchRoute, type Route, sortRoutes } from "./routes.ts";

/** What a function file exports as `handler`. */
export type Handler = (event: unknown, context: Context) => unknown;

/** A server that stands somewhere and can be told to go. */
export interface Running {
  readonly url: string;
  /** Ends it, open connections included; resolves when the port is free. */
  stop(): Promise<void>;
}

export interface GatewayOptions {
  /** 0 picks a free port. */
  readonly port: number;
  readonly host?: string;
  /** Host names served; any other is answered 403, as a custom domain does, which also keeps DNS rebinding out. Any, where absent. */
  readonly hostNames?: readonly string[];
  readonly routes: readonly Route[];
  /** Invokes a function by its name in serverless.yml with one event. */
  readonly invoke: (functionName: string, event: unknown, requestId: string) => Promise<unknown>;
  /** Where failures of functions are told; a stranger sees `Internal Server Error` alone. */
  readonly report?: (functionName: string, thrown: unknown) => void;
  readonly timeoutMilliseconds?: number;
}

/** Longest body API Gateway accepts, bytes. */
const LONGEST_BODY = 10 * 1024 * 1024;
/** Longest event or answer of one synchronous Lambda invocation, bytes. */
const LONGEST_INVOCATION = 6 * 1024 * 1024;
/** Request line and headers together, bytes. */
const LONGEST_HEAD = 10_240;
const INTEGRATION_TIMEOUT = 30_000;

/**
 * Serves functions over HTTP as an API Gateway HTTP API with payload format 2.0 does: same event, same limits, same
 * refusals.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
 */
export async function startGateway(options: GatewayOptions): Promise<Running> {
  const routes = sortRoutes(options.routes);
  const server = createServer(
    { maxHeaderSize: 64 * 1024, joinDuplicateHeaders: false },
    (request, response) => {
      const requestId = newRequestId();
      answer({ ...options, routes }, request, requestId)
        .catch((thrown: unknown) => {
          options.report?.("gateway", thrown);
          return gatewayReply(500, "Internal Server Error");
        })
        .then((reply) => {
          if (reply.status === 413) response.setHeader("connection", "close");
          send(request, response, reply, requestId);
        });
    },
  );
  server.on("clientError", (_, socket) => {
    if (socket.writable)
      socket.end("HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
  });
  return listen(server, options.port, options.host ?? "127.0.0.1");
}

/** Starts a server and says where it stands. @throws {Error} `EADDRINUSE` with the port when it is taken. */
export async function listen(server: Server, port: number, host: string): Promise<Running> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${bound}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function send(request: IncomingMessage, response: ServerResponse, reply: Reply, requestId: string): void {
  if (response.destroyed) return;
  sendReply(response, reply, requestId);
  // What is left of a body nobody wanted is read away a little, then the connection ends.
  if (!request.complete) request.resume();
}

async function answer(options: GatewayOptions, request: IncomingMessage, requestId: string): Promise<Reply> {
  const refused = refuseHead(options, request);
  if (refused) return refused;
  const target = readTarget(request.url ?? "/");
  const path = decodePath(target.path);
  if (path === undefined) return gatewayReply(400, "Bad Request");
  const match = matchRoute(options.routes, request.method ?? "GET", path);
  if (!match) return gatewayReply(404, "Not Found");
  const body = await readBody(request);
  if (!body) return gatewayReply(413, "Request Entity Too Large");
  const event = toEvent(request, { path, query: target.query, body, match, requestId });
  const wire = JSON.stringify(event);
  if (Buffer.byteLength(wire) > LONGEST_INVOCATION) return gatewayReply(413, "Request Entity Too Large");
  return invoke(options, match.route.functionName, wire, requestId);
}

function refuseHead(options: GatewayOptions, request: IncomingMessage): Reply | undefined {
  const line = `${request.method} ${request.url} HTTP/1.1`.length;
  const head = request.rawHeaders.reduce((sum, text) => sum + text.length, line);
  if (head > LONGEST_HEAD) return gatewayReply(431, "Request Header Fields Too Large");
  const name = (request.headers.host ?? "").replace(/:\d+$/, "").toLowerCase();
  if (options.hostNames && !options.hostNames.includes(name)) return gatewayReply(403, "Forbidden");
  return undefined;
}

/** The whole body, or undefined as soon as it is known to be too long. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  if (Number(request.headers["content-length"] ?? 0) > LONGEST_BODY) return undefined;
  const parts: Buffer[] = [];
  let length = 0;
  return new Promise((resolve, reject) => {
    request.on("data", (part: Buffer) => {
      length += part.length;
      if (length > LONGEST_BODY) resolve(undefined);
      else parts.push(part);
    });
    request.on("end", () => resolve(Buffer.concat(parts)));
    request.on("error", reject);
    request.on("close", () => resolve(undefined));
  });
}

async function invoke(
  { invoke: run, report, timeoutMilliseconds = INTEGRATION_TIMEOUT }: GatewayOptions,
  name: string,
  wire: string,
  requestId: string,
): Promise<Reply> {
  const late = Symbol("late");
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<typeof late>((resolve) => {
    timer = setTimeout(resolve, timeoutMilliseconds, late);
  });
  try {
    // Functions see plain JSON, as across the real wire: nothing shared, nothing undefined.
    const result = await Promise.race([run(name, JSON.parse(wire), requestId), timeout]);
    if (result === late) return gatewayReply(503, "Service Unavailable");
    const plain = result === undefined ? undefined : JSON.stringify(result);
    if (plain !== undefined && Buffer.byteLength(plain) > LONGEST_INVOCATION)
      throw new Error("the answer is longer than the 6 MB that Lambda carries");
    return readReply(plain === undefined ? undefined : JSON.parse(plain));
  } catch (thrown) {
    report?.(name, thrown);
    return gatewayReply(500, "Internal Server Error");
  } finally {
    clearTimeout(timer);
  }
}
