import * as v from "valibot";
import type { Outbound } from "../../core/outbound.ts";
import type { Clock, Epoch } from "../../core/time.ts";
import { callJson, failed, form } from "./look-up.ts";

const Token = v.object({
  access_token: v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,8192}$/)),
  expires_in: v.optional(v.number(), 0),
});

interface Held {
  readonly token: string;
  readonly from: Epoch;
  readonly until: Epoch;
}

/** The broker's own access token, and how to give it up where the vendor no longer takes it. */
export interface AccessToken {
  readonly token: string;
  readonly forget: () => void;
}

/** A token is not used in its last seconds. */
const MARGIN_SECONDS = 60;
const MOST_TOKENS = 64;

const shelves = new WeakMap<Outbound, Map<string, Held>>();

function shelfOf(outbound: Outbound): Map<string, Held> {
  const shelf = shelves.get(outbound) ?? new Map<string, Held>();
  shelves.set(outbound, shelf);
  return shelf;
}

/**
 * The broker's own access token at a vendor, kept by this container until shortly before it ends. A clock that jumped
 * back makes it as old as one that ended.
 *
 * @param key Tells tokens apart: connection, and what they were asked for.
 * @param fields Makes the form for the token endpoint.
 * @throws {Refusal} `groups_lookup_failed`.
 */
export async function accessToken(
  { outbound, clock, call }: { readonly outbound: Outbound; readonly clock: Clock; readonly call: Outbound },
  key: readonly string[],
  url: string,
  fields: () => Promise<Readonly<Record<string, string>>>,
): Promise<AccessToken> {
  const shelf = shelfOf(outbound);
  const name = JSON.stringify([url, ...key]);
  const forget = () => void shelf.delete(name);
  const here = shelf.get(name);
  const now = clock.now();
  if (here && here.from <= now && now < here.until) return { token: here.token, forget };
  const { json } = await callJson(call, { url, ...form(await fields()) });
  const parsed = v.safeParse(Token, json);
  if (!parsed.success) throw failed("token_answer");
  const { access_token: token, expires_in: seconds } = parsed.output;
  forget();
  shelf.set(name, { token, from: now, until: now + seconds - MARGIN_SECONDS });
  const [oldest] = shelf.keys();
  if (shelf.size > MOST_TOKENS && oldest !== undefined) shelf.delete(oldest);
  return { token, forget };
}

/**
 * A call that carries the token. One that is answered 401 is asked with it no more: a token that was revoked must not
 * fail look-ups for as long as it would have lasted.
 */
export const withToken =
  (call: Outbound, { token, forget }: AccessToken): Outbound =>
  async (request) => {
    const headers = { ...request.headers, authorization: `Bearer ${token}` };
    const response = await call({ ...request, headers });
    if (response.status === 401) forget();
    return response;
  };
