import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";

/** What a function answers. `cookies` become Set-Cookie lines. */
export type Reply = APIGatewayProxyStructuredResultV2;

/**
 * Nothing we send may be kept, framed, sniffed or fetched from elsewhere; and what is no page, opened as one by whoever is
 * led to it, loads and runs nothing.
 */
const ALWAYS = {
  "strict-transport-security": "max-age=63072000; includeSubDomains",
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
  "cache-control": "no-store",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "content-security-policy":
    "default-src 'none'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
  "x-frame-options": "DENY",
} as const;

/**
 * The policy of every page: our own styles and scripts, nothing inline, no frames.
 *
 * @param formTargets Origins besides our own that a form on the page may be sent to (a provider's sign-on address).
 */
export const contentPolicy = (formTargets: readonly string[] = []): string =>
  [
    "default-src 'none'",
    "style-src 'self'",
    "script-src 'self'",
    "img-src 'self' data:",
    `form-action ${["'self'", ...formTargets].join(" ")}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join("; ");

/** A page. */
export const page = (
  body: string,
  more: { status?: number; cookies?: string[]; formTargets?: string[] } = {},
): Reply => ({
  statusCode: more.status ?? 200,
  headers: {
    ...ALWAYS,
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": contentPolicy(more.formTargets),
  },
  body,
  ...(more.cookies ? { cookies: more.cookies } : {}),
});

/** A JSON answer. */
export const json = (value: unknown, status = 200, headers: Record<string, string> = {}): Reply => ({
  statusCode: status,
  headers: { ...ALWAYS, "content-type": "application/json", ...headers },
  body: JSON.stringify(value),
});

/** Any other document; `maxAgeSeconds` lets caches keep what is public and unchanging. */
export const document = (body: string, type: string, maxAgeSeconds = 0): Reply => ({
  statusCode: 200,
  headers: {
    ...ALWAYS,
    "content-type": type,
    ...(maxAgeSeconds > 0 ? { "cache-control": `public, max-age=${maxAgeSeconds}` } : {}),
  },
  body,
});

/** Sends the browser on. Addresses elsewhere may carry secrets, so no referrer leaves with them. */
export const redirect = (location: string, cookies: string[] = []): Reply => ({
  statusCode: 302,
  headers: {
    ...ALWAYS,
    "referrer-policy": location.startsWith("/") ? "same-origin" : "no-referrer",
    location,
  },
  body: "",
  ...(cookies.length > 0 ? { cookies } : {}),
});

/** The browser that started a sign-in. It must come back with a provider's cross-site form, hence SameSite=None. */
const SIGN_IN_COOKIE = "__Host-signin";
/** The session. Lax: it travels with links, never with forms from elsewhere. */
const SESSION_COOKIE = "__Host-session";
/**
 * Which session that is: its id, which opens nothing. It travels with a provider's form where the session's own cookie
 * stays behind, so that an answer cannot replace a session unseen.
 */
const HELD_COOKIE = "__Host-held";

const cookie = (name: string, value: string, sameSite: "Lax" | "None", maxAgeSeconds: number): string =>
  `${name}=${value}; Path=/; Max-Age=${maxAgeSeconds}; Secure; HttpOnly; SameSite=${sameSite}`;

export const signInCookie = (secret: string): string => cookie(SIGN_IN_COOKIE, secret, "None", 3600);
export const sessionCookie = (secret: string, seconds: number): string =>
  cookie(SESSION_COOKIE, secret, "Lax", seconds);
export const heldCookie = (id: string, seconds: number): string => cookie(HELD_COOKIE, id, "None", seconds);
export const noSessionCookies = (): string[] => [sessionCookie("", 0), heldCookie("", 0)];

const SECRET = /^[\w-]{43}$/;

/** Reads one of our cookies; a value that we cannot have made, or one sent twice, is as good as none. */
function readCookie(cookies: readonly string[] | undefined, name: string): string | undefined {
  const values = (cookies ?? [])
    .filter((line) => line.startsWith(`${name}=`))
    .map((line) => line.slice(name.length + 1));
  const [value] = values;
  return values.length === 1 && value !== undefined && SECRET.test(value) ? value : undefined;
}

export const readSignInCookie = (cookies: readonly string[] | undefined) =>
  readCookie(cookies, SIGN_IN_COOKIE);
export const readSessionCookie = (cookies: readonly string[] | undefined) =>
  readCookie(cookies, SESSION_COOKIE);
export const readHeldCookie = (cookies: readonly string[] | undefined) => readCookie(cookies, HELD_COOKIE);
