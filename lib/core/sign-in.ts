import * as v from "valibot";
import { Refusal } from "./errors.ts";

/** A sign-in in progress, from the redirect to the provider until its answer. Spent by the first answer. */
export const SignIn = v.object({
  schema: v.literal(1),
  id: v.string(),
  connection: v.string(),
  /** Fingerprint of the `__Host-signin` cookie of the browser that started. */
  browser: v.string(),
  /** What the connector must remember (request id, nonce, verifier); opaque to everybody else. */
  memo: v.string(),
  /** Where to go afterwards: a path of ours. */
  to: v.string(),
  /** Whether `to` came from a link on another site (decision 9). */
  origin: v.picklist(["own", "tile", "link"]),
  startedAt: v.number(),
  expiresAt: v.number(),
});
export type SignIn = Readonly<v.InferOutput<typeof SignIn>>;

/** A sign-in may take this long, in seconds. */
export const SIGN_IN_SECONDS = 600;

/** Longest path and query we carry around, in characters. */
const LONGEST_PATH = 2048;

/**
 * Accepts a path of this broker and nothing that a browser could read as another host.
 *
 * @param text What a stranger sent: `/`, `/console?account=...`.
 * @returns The same path, normalised.
 * @throws {Refusal} `target_not_allowed` for absolute URLs, `//host`, backslashes, control characters, dot segments that climb.
 */
export function ownPath(text: string): string {
  const refuse = (): never => {
    throw new Refusal("target_not_allowed", { length: text.length });
  };
  if (text.length > LONGEST_PATH || !/^\/(?![/\\])[\x21-\x7e]*$/.test(text) || text.includes("\\"))
    return refuse();
  let url: URL;
  try {
    url = new URL(text, "https://own.invalid");
  } catch {
    return refuse();
  }
  if (url.origin !== "https://own.invalid" || url.pathname.startsWith("//")) return refuse();
  return url.pathname + url.search + url.hash;
}
