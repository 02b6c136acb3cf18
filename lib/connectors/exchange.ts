import {
  type ClientRequest,
  type IncomingMessage,
  Agent as PlainAgent,
  request as plainRequest,
} from "node:http";
import { Agent as SecureAgent, request as secureRequest } from "node:https";
import type { LookupFunction } from "node:net";
import type { OutboundRequest, OutboundResponse } from "../core/outbound.ts";

const DEFAULT_MAX_BYTES = 1_000_000;

/** Why a call did not give an answer; the `reason` in the detail of `provider_unreachable`. */
type Reason =
  | "url_invalid"
  | "not_https"
  | "address_not_allowed"
  | "dns"
  | "timeout"
  | "too_large"
  | "redirect"
  | "compressed"
  | "tls"
  | "connection";

/** A call that went wrong, before it becomes the refusal that everybody sees. */
export class CallFailure extends Error {
  readonly reason: Reason;

  constructor(reason: Reason, cause?: unknown) {
    super(reason, { cause });
    this.reason = reason;
  }
}

/** One address of a host. */
export interface Address {
  readonly address: string;
  readonly family: number;
}

/** A resolver that knows one answer. */
const pinned =
  (addresses: readonly Address[]): LookupFunction =>
  (_hostname, options, callback) => {
    const [first] = addresses;
    if (options.all) callback(null, [...addresses]);
    else callback(null, first?.address ?? "", first?.family);
  };

/** Reads a body to its end, or fails at the first byte too many. */
async function readBody(response: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  if (Number(response.headers["content-length"] ?? 0) > maxBytes) throw new CallFailure("too_large");
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) throw new CallFailure("too_large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function checkHead({ statusCode = 0, headers }: IncomingMessage): void {
  if (statusCode >= 300 && statusCode < 400) throw new CallFailure("redirect");
  const encoding = headers["content-encoding"];
  if (encoding !== undefined && encoding !== "identity") throw new CallFailure("compressed");
}

async function readResponse(response: IncomingMessage, maxBytes: number): Promise<OutboundResponse> {
  checkHead(response);
  const body = await readBody(response, maxBytes);
  const headers = Object.entries(response.headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(", ") : (value ?? ""),
  ]);
  return { status: response.statusCode ?? 0, headers: Object.fromEntries(headers), body };
}

const TLS_FAILURE =
  /^(?:ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|EPROTO)/;

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
}

export const toFailure = (thrown: unknown): CallFailure =>
  thrown instanceof CallFailure
    ? thrown
    : new CallFailure(TLS_FAILURE.test(codeOf(thrown)) ? "tls" : "connection", thrown);

/** One request on one connection; the time-out ends it wherever it is. */
function exchange(
  asked: OutboundRequest,
  open: () => ClientRequest,
  expiry: AbortSignal,
): Promise<OutboundResponse> {
  return new Promise((resolve, reject) => {
    const call = open();
    const end = (thrown: unknown) => {
      call.destroy();
      reject(thrown);
    };
    const expire = () => end(new CallFailure("timeout"));
    expiry.addEventListener("abort", expire, { once: true });
    call.once("close", () => expiry.removeEventListener("abort", expire));
    call.once("error", end);
    call.once("response", (response) => {
      readResponse(response, asked.maxBytes ?? DEFAULT_MAX_BYTES).then(resolve, end);
    });
    call.end(asked.body);
  });
}

/** Whether a kept connection had been closed by the other side before the request reached anybody. */
const wasStale = (call: ClientRequest | undefined, thrown: unknown): boolean =>
  call?.reusedSocket === true && ["ECONNRESET", "EPIPE"].includes(codeOf(thrown));

/** Calls, and calls once more where a kept connection turned out to be dead. */
async function callTwice(
  asked: OutboundRequest,
  open: () => ClientRequest,
  expiry: AbortSignal,
): Promise<OutboundResponse> {
  let call: ClientRequest | undefined;
  const opened = () => {
    call = open();
    return call;
  };
  try {
    return await exchange(asked, opened, expiry);
  } catch (thrown) {
    if (!wasStale(call, thrown)) throw thrown;
    return exchange(asked, opened, expiry);
  }
}

/** Makes one request to addresses that were checked. */
export type Exchange = (
  asked: OutboundRequest,
  url: URL,
  addresses: readonly Address[],
  expiry: AbortSignal,
) => Promise<OutboundResponse>;

/**
 * Opens the agents of one door out. A connection is kept for a few requests in a row (discovery, token, keys).
 *
 * @throws {CallFailure} or what node:http throws; `toFailure` makes the one of the other.
 */
export function openExchange(): Exchange {
  const kept = { keepAlive: true, maxSockets: 16, maxFreeSockets: 4, timeout: 10_000 };
  const secure = new SecureAgent(kept);
  const plain = new PlainAgent(kept);
  const open = (asked: OutboundRequest, url: URL, addresses: readonly Address[]) => {
    const options = {
      method: asked.method ?? "GET",
      headers: {
        "user-agent": "sekisho",
        ...asked.headers,
        "accept-encoding": "identity",
        ...(asked.body === undefined ? {} : { "content-length": Buffer.byteLength(asked.body) }),
      },
      lookup: pinned(addresses),
      autoSelectFamily: true,
    };
    return url.protocol === "https:"
      ? secureRequest(url, { ...options, agent: secure })
      : plainRequest(url, { ...options, agent: plain });
  };
  return (asked, url, addresses, expiry) => callTwice(asked, () => open(asked, url, addresses), expiry);
}
