import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock } from "../../../lib/core/time.ts";
import { route } from "./route.ts";
import { openState, type Snapshot, snapshotOf, sweep } from "./state.ts";
import type { AwsAnswer, AwsRequest, Invoke, World } from "./wire.ts";

/** Longest body by what signs it, in bytes: metadata is large and grows when form-encoded. */
const IAM_BYTES = 32 * 1024 * 1024;
const LAMBDA_BYTES = 7 * 1024 * 1024;
const OTHER_BYTES = 1024 * 1024;
/** A client that does not finish its request is cut off. */
const REQUEST_MILLISECONDS = 20_000;

const limitOf = (request: IncomingMessage): number => {
  if (request.headers.authorization?.includes("/iam/aws4_request")) return IAM_BYTES;
  return request.url?.startsWith("/2015-03-31/") ? LAMBDA_BYTES : OTHER_BYTES;
};

/** The whole body, or undefined when it is longer than it may be. */
async function readBody(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const most = limitOf(incoming);
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > most) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function readRequest(incoming: IncomingMessage, id: string): Promise<AwsRequest | undefined> {
  const body = await readBody(incoming);
  if (body === undefined) return undefined;
  const [path = "/", ...query] = (incoming.url ?? "/").split("?");
  return {
    id,
    method: incoming.method ?? "GET",
    path,
    query: query.join("?"),
    headers: Object.fromEntries(
      Object.entries(incoming.headers).map(([name, value]) => [
        name,
        Array.isArray(value) ? value.join(",") : value,
      ]),
    ),
    body,
    remoteAddress: incoming.socket.remoteAddress ?? "",
  };
}

const TOO_LARGE: AwsAnswer = {
  status: 413,
  headers: { "content-type": "text/plain", connection: "close" },
  body: "The request is too large.",
};
const FAILED: AwsAnswer = {
  status: 500,
  headers: { "content-type": "text/plain" },
  body: "The AWS look-alike failed.",
};

async function answerTo(incoming: IncomingMessage, id: string, world: World): Promise<AwsAnswer> {
  const request = await readRequest(incoming, id);
  if (request === undefined) return TOO_LARGE;
  sweep(world.state, world.clock.now());
  return route(request, world);
}

async function serve(incoming: IncomingMessage, outgoing: ServerResponse, world: World): Promise<void> {
  const id = randomUUID();
  let answer: AwsAnswer;
  try {
    answer = await answerTo(incoming, id, world);
  } catch (cause) {
    if (incoming.destroyed && !incoming.complete) return;
    console.error("aws look-alike:", cause);
    answer = FAILED;
  }
  // SDKs correct their clocks by this header, so it follows the clock of this world.
  const date = new Date(world.clock.now() * 1000).toUTCString();
  outgoing.writeHead(answer.status, { date, "x-amzn-requestid": id, ...answer.headers } as Record<
    string,
    string
  >);
  outgoing.end(answer.body);
}

/** A running look-alike. `snapshot` holds private keys and live credentials: write it for the owner's eyes only. */
export interface LocalAws {
  readonly url: string;
  stop(): Promise<void>;
  snapshot(): Snapshot;
}

/**
 * Serves the parts of AWS that the broker uses, on one port: IAM, STS, KMS, Secrets Manager, Organizations, Lambda's
 * Invoke, sign-in federation and a console page.
 *
 * Access keys follow a convention: `AKIALOCAL<account>` with the secret `local-secret-<account>` is an administrator
 * of that account; STS session credentials work as well and may do what their role and session policy allow.
 *
 * @param options.port 0 for any free one.
 * @param options.state What `snapshot` gave in an earlier run.
 * @param options.invoke Runs a function of the broker by name; without it there is no function.
 * @throws when the port is taken (`code: "EADDRINUSE"`).
 */
export async function startAws(options: {
  readonly port: number;
  readonly host: string;
  readonly clock: Clock;
  readonly state?: Snapshot;
  readonly invoke?: Invoke;
}): Promise<LocalAws> {
  const state = openState(options.state);
  const server = createServer({ requestTimeout: REQUEST_MILLISECONDS, headersTimeout: REQUEST_MILLISECONDS });
  server.listen(options.port, options.host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const url = `http://${options.host}:${port}`;
  const world: World = { state, clock: options.clock, url, invoke: options.invoke };
  server.on("request", (incoming, outgoing) => void serve(incoming, outgoing, world));
  return {
    url,
    snapshot: () => snapshotOf(state),
    stop: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}
