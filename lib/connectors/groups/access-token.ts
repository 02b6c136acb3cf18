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
  readonly until: Epoch;
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
 * The broker's own access token at a vendor, kept by this container until shortly before it ends.
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
): Promise<string> {
  const shelf = shelfOf(outbound);
  const name = JSON.stringify([url, ...key]);
  const here = shelf.get(name);
  if (here && here.until > clock.now()) return here.token;
  const { json } = await callJson(call, { url, ...form(await fields()) });
  const parsed = v.safeParse(Token, json);
  if (!parsed.success) throw failed("token_answer");
  const { access_token: token, expires_in: seconds } = parsed.output;
  shelf.delete(name);
  shelf.set(name, { token, until: clock.now() + seconds - MARGIN_SECONDS });
  const [oldest] = shelf.keys();
  if (shelf.size > MOST_TOKENS && oldest !== undefined) shelf.delete(oldest);
  return token;
}
