/** One HTTP request to a provider. */
export interface OutboundRequest {
  readonly url: string;
  readonly method?: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Whole exchange, milliseconds; default 3000. */
  readonly timeoutMilliseconds?: number;
  /** Longest body read; default 1,000,000 bytes. */
  readonly maxBytes?: number;
}

export interface OutboundResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/**
 * Calls a provider: https to public addresses only, except exact `host:port` pairs in SEKISHO_PRIVATE_HOSTS
 * (decision 12). Follows no redirect.
 *
 * @throws {Refusal} `provider_unreachable` with the reason in `detail`.
 */
export type Outbound = (request: OutboundRequest) => Promise<OutboundResponse>;

/** Whether an address is one of the exact `host:port` pairs that may be private and may speak plain http (decision 12). */
export function isPrivateHost({ hostname, port, protocol }: URL, privateHosts: readonly string[]): boolean {
  const host = `${hostname}:${port || (protocol === "http:" ? "80" : "443")}`;
  return privateHosts.some((known) => known.toLowerCase() === host);
}
