import * as v from "valibot";
import type { Decision } from "../core/decision.ts";
import { isRefusal } from "../core/errors.ts";
import { AccountId, RoleName } from "../core/role.ts";
import { fingerprint, sameSecret } from "../core/secret.ts";
import { ownPath } from "../core/sign-in.ts";

/** Pages a tile may lead to. Never a device, consent or admin page (decision 8). */
const TILE_PAGES = new Set(["/", "/start", "/console"]);

/** The console door of one role. */
export const consolePath = (accountId: string, role: string, destination?: string): string => {
  const asked = new URLSearchParams({ account: accountId, role });
  if (destination !== undefined) asked.set("destination", destination);
  return `/console?${asked}`;
};

/**
 * Reads a tile's RelayState: `111111111111/Admin`, or one of our own pages, as a path or as a whole address, which is all
 * that some providers take. Anything else, an address elsewhere included, means the list of roles: providers put their own
 * defaults there.
 *
 * @param brokerUrl Our own origin.
 */
export function tileTarget(relayState: string, brokerUrl: string): string {
  const [accountId = "", role = ""] = splitOnce(relayState, "/");
  if (v.is(AccountId, accountId) && v.is(RoleName, role)) return consolePath(accountId, role);
  try {
    const own = relayState.startsWith(`${brokerUrl}/`);
    const path = ownPath(own ? relayState.slice(brokerUrl.length) : relayState);
    return TILE_PAGES.has(new URL(path, "https://own.invalid").pathname) ? path : "/";
  } catch (thrown) {
    if (isRefusal(thrown)) return "/";
    throw thrown;
  }
}

const splitOnce = (text: string, at: string): string[] => {
  const place = text.indexOf(at);
  return place < 0 ? [text] : [text.slice(0, place), text.slice(place + 1)];
};

/**
 * Where a finished sign-in goes on to. A tile that names nothing opens the person's only role.
 *
 * Console links that this sign-in caused carry our own seal, so they open without asking again (decision 9).
 */
export function resume(
  finished: {
    readonly to: string;
    readonly origin: "own" | "tile" | "link";
    readonly decision: Decision;
    readonly replaces?: boolean;
  },
  secret: string,
): string {
  const [only, ...others] = finished.decision.roles;
  const bare = finished.to === "/" || finished.to === "/start";
  if (finished.origin === "tile" && bare && only !== undefined && others.length === 0) {
    return sealPath(consolePath(only.accountId, only.role), secret);
  }
  const console = finished.to.startsWith("/console?");
  // A tile may name account and role; a page to open there is asked about first, as anybody can forge a tile's post.
  // So it is after a foreign link to a sign-in that nobody needed: it would be a way around the question.
  const foreign = finished.origin === "tile" || (finished.origin === "link" && finished.replaces === true);
  const asksFirst = foreign && new URLSearchParams(finished.to.slice(9)).has("destination");
  return console && !asksFirst ? sealPath(finished.to, secret) : finished.to;
}

const SEAL = /[?&]seal=([\w-]{43})$/;

/** Marks a path as ours for the holder of this session: nobody else can write that seal. */
export const sealPath = (path: string, secret: string): string =>
  `${path}${path.includes("?") ? "&" : "?"}seal=${fingerprint(`${secret} goes to ${path}`)}`;

/** Whether a path was sealed for this session. */
export function isSealed(path: string, secret: string): boolean {
  const seal = SEAL.exec(path)?.[1];
  return seal !== undefined && sameSecret(seal, fingerprint(`${secret} goes to ${path.replace(SEAL, "")}`));
}
