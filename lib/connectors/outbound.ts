import { lookup as systemLookup } from "node:dns";
import {
  type ClientRequest,
  type IncomingMessage,
  Agent as PlainAgent,
  request as plainRequest,
} from "node:http";
import { Agent as SecureAgent, request as secureRequest } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { Refusal } from "../core/errors.ts";
import type { Outbound, OutboundRequest, OutboundResponse } from "../core/outbound.ts";
import { isPublicAddress } from "./addresses.ts";

const DEFAULT_TIMEOUT_MILLISECONDS = 3000;
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

interface Address {
  readonly address: string;
  readonly family: number;
}

/** How names become addresses; a test puts a lying resolver here. */
export type Resolve = (hostname: string) => Promise<readonly Address[]>;

const systemResolve: Resolve = (hostname) =>
  new Promise((resolve, reject) => {
    systemLookup(hostname, { all: true, verbatim: true }, (error, addresses) =>
      error ? reject(error) : resolve(addresses),
    );
  });

/** A call that went wrong, before it becomes the refusal that everybody sees. */
class CallFailure extends Error {
  readonly reason: Reason;

  constructor(reason: Reason, cause?: unknown) {
    super(reason, { cause });
    this.reason = reason;
  }
}

interface Target {
  readonly url: URL;
  /** `host:port`, lower case. */
  readonly host: string;
  readonly private: boolean;
}

function readTarget(text: string, privateHosts: readonly string[]): Target {
  if (!URL.canParse(text)) throw new CallFailure("url_invalid");
  const url = new URL(text);
  const host = `${url.hostname}:${url.port || (url.protocol === "http:" ? "80" : "443")}`;
  const known = privateHosts.includes(host);
  if (url.username !== "" || url.password !== "") throw new CallFailure("url_invalid");
  if (url.protocol !== "https:" && !(url.protocol === "http:" && known)) throw new CallFailure("not_https");
  return { url, host, private: known };
}

/** Resolves once and keeps the answer: the connection goes to an address that was checked, whatever DNS says next. */
async function addressesOf(target: Target, resolve: Resolve): Promise<readonly Address[]> {
  const hostname = target.url.hostname.replace(/^\[|\]$/g, "");
  const family = isIP(hostname);
  let addresses: readonly Address[] = [{ address: hostname, family }];
  if (family === 0) {
    try {
      addresses = await resolve(hostname);
    } catch (cause) {
      throw new CallFailure("dns", cause);
    }
  }
  if (addresses.length === 0) throw new CallFailure("dns");
  if (!target.private && !addresses.every(({ address }) => isPublicAddress(address)))
    throw new CallFailure("address_not_allowed");
  return addresses;
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
  if (!response.complete) throw new CallFailure("connection");
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

const toFailure = (thrown: unknown): CallFailure =>
  thrown instanceof CallFailure
    ? thrown
    : new CallFailure(TLS_FAILURE.test(codeOf(thrown)) ? "tls" : "connection", thrown);

type Open = (asked: OutboundRequest, target: Target, addresses: readonly Address[]) => ClientRequest;

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

function opener(): Open {
  // A connection is kept for a few requests in a row (discovery, token, keys); agents belong to one Outbound.
  const kept = { keepAlive: true, maxSockets: 16, maxFreeSockets: 4, timeout: 10_000 };
  const secure = new SecureAgent(kept);
  const plain = new PlainAgent(kept);
  return (asked, { url }, addresses) => {
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
}

/** The signal that ends a whole exchange, and the promise that fails with it. */
function expiring(milliseconds: number): { signal: AbortSignal; expired: Promise<never>; clear: () => void } {
  const controller = new AbortController();
  let clear = () => {};
  const expired = new Promise<never>((_resolve, reject) => {
    const timer = setTimeout(() => {
      controller.abort();
      reject(new CallFailure("timeout"));
    }, milliseconds);
    clear = () => clearTimeout(timer);
  });
  return { signal: controller.signal, expired, clear };
}

function hostOf(text: string): string {
  return URL.canParse(text) ? new URL(text).host : "";
}

/**
 * Opens the one door through which the broker calls providers.
 *
 * https to public addresses only; an exact `host:port` of `privateHosts` may be private and may speak http. A name
 * is resolved once, every address it has must pass, and the connection goes to one of those (no rebinding). No
 * redirect is followed, nothing compressed is read, and time-out and size bound the whole exchange.
 *
 * @throws {Refusal} `provider_unreachable`; `detail.reason` says why and `detail.host` where.
 */
export function openOutbound(
  { privateHosts }: { readonly privateHosts: readonly string[] },
  resolve: Resolve = systemResolve,
): Outbound {
  const hosts = privateHosts.map((host) => host.toLowerCase());
  const open = opener();
  const call = async (asked: OutboundRequest, expiry: AbortSignal): Promise<OutboundResponse> => {
    const target = readTarget(asked.url, hosts);
    const addresses = await addressesOf(target, resolve);
    if (expiry.aborted) throw new CallFailure("timeout");
    return callTwice(asked, () => open(asked, target, addresses), expiry);
  };
  return async (asked) => {
    const { signal, expired, clear } = expiring(asked.timeoutMilliseconds ?? DEFAULT_TIMEOUT_MILLISECONDS);
    try {
      return await Promise.race([call(asked, signal), expired]);
    } catch (thrown) {
      const { reason, cause } = toFailure(thrown);
      throw new Refusal("provider_unreachable", { host: hostOf(asked.url), reason }, { cause });
    } finally {
      clear();
    }
  };
}
