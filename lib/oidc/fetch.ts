import type { CustomFetch } from "openid-client";
import type { Outbound, OutboundResponse } from "../core/outbound.ts";

/** Statuses whose Response may carry no body. */
const BODILESS = [204, 205, 304];

/** A `Response` as openid-client wants to read it. */
function toResponse({ status, headers, body }: OutboundResponse): Response {
  const bytes = new Uint8Array(body);
  return new Response(BODILESS.includes(status) ? null : bytes, { status, headers });
}

/** Answers a request from what is already here, or undefined to let it go out. */
export type Inside = (url: string) => Promise<OutboundResponse> | undefined;

/**
 * A fetch for openid-client that goes through our own door out and nowhere else.
 *
 * @param inside Answers some addresses from a cache.
 * @param allowed Whether an address may be called at all.
 * @param seen Is shown each answer that came from outside.
 */
export const fetchThrough =
  (
    outbound: Outbound,
    inside: Inside,
    allowed: (url: string) => boolean,
    seen: (response: OutboundResponse) => void,
  ): CustomFetch =>
  async (url, options) => {
    const kept = inside(url);
    if (kept !== undefined) return toResponse(await kept);
    if (!allowed(url)) throw new TypeError("an address outside this sign-in was asked for");
    const response = await outbound({
      url,
      method: options.method === "POST" ? "POST" : "GET",
      headers: options.headers,
      ...(options.body === undefined || options.body === null ? {} : { body: String(options.body) }),
    });
    seen(response);
    return toResponse(response);
  };
