import { lookup as systemLookup } from "node:dns";
import { isIP } from "node:net";
import { deadline } from "../core/deadline.ts";
import { Refusal } from "../core/errors.ts";
import type { Outbound, OutboundRequest, OutboundResponse } from "../core/outbound.ts";
import { isPublicAddress } from "./addresses.ts";
import { type Address, CallFailure, openExchange, toFailure } from "./exchange.ts";

const DEFAULT_TIMEOUT_MILLISECONDS = 3000;

/** How names become addresses; a test puts a lying resolver here. */
export type Resolve = (hostname: string) => Promise<readonly Address[]>;

const systemResolve: Resolve = (hostname) =>
  new Promise((resolve, reject) => {
    systemLookup(hostname, { all: true, verbatim: true }, (error, addresses) =>
      error ? reject(error) : resolve(addresses),
    );
  });

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
 * redirect is followed, nothing compressed is read, and time-out, size and the deadline of the request that asks bound the
 * whole exchange.
 *
 * @throws {Refusal} `provider_unreachable`; `detail.reason` says why and `detail.host` where.
 */
export function openOutbound(
  { privateHosts }: { readonly privateHosts: readonly string[] },
  resolve: Resolve = systemResolve,
): Outbound {
  const hosts = privateHosts.map((host) => host.toLowerCase());
  const exchange = openExchange();
  const call = async (asked: OutboundRequest, expiry: AbortSignal): Promise<OutboundResponse> => {
    const target = readTarget(asked.url, hosts);
    const addresses = await addressesOf(target, resolve);
    if (expiry.aborted) throw new CallFailure("timeout");
    return exchange(asked, target.url, addresses, expiry);
  };
  return async (asked) => {
    const longest = asked.timeoutMilliseconds ?? DEFAULT_TIMEOUT_MILLISECONDS;
    // Four slow providers in a row must not outlast the request: it answers before Lambda ends it.
    const left = deadline()?.left ?? (() => longest);
    const { signal, expired, clear } = expiring(Math.min(longest, left()));
    try {
      const answer = await Promise.race([call(asked, signal), expired]);
      if (left() <= 0) throw new CallFailure("timeout");
      return answer;
    } catch (thrown) {
      const { reason, cause } = toFailure(thrown);
      throw new Refusal("provider_unreachable", { host: hostOf(asked.url), reason }, { cause });
    } finally {
      clear();
    }
  };
}
