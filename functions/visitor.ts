import type { Connection } from "../lib/core/connection.ts";
import { Refusal } from "../lib/core/errors.ts";
import type { Identity } from "../lib/core/identity.ts";
import type { Language } from "../lib/core/messages/words.ts";
import { fingerprint, sameSecret } from "../lib/core/secret.ts";
import type { World } from "../lib/core/world.ts";
import type { Event } from "./middleware.ts";
import { pickLanguage } from "./pages/language.ts";
import type { Seen, Who } from "./pages/view.ts";
import { readSessionCookie } from "./respond.ts";

/** The language of this request: the choice in the query, then the cookie, then the browser's list. */
export const languageOf = (event: Event): Language =>
  pickLanguage(event.headers["accept-language"], chosenLanguage(event), languageCookie(event));

const chosenLanguage = (event: Event) => new URLSearchParams(event.rawQueryString).get("lang") ?? undefined;

const languageCookie = (event: Event) =>
  event.cookies?.find((line) => line.startsWith("__Host-lang="))?.slice("__Host-lang=".length);

/** A choice made by `?lang=` is kept for a year; it says nothing of the person. */
export const languageCookies = (event: Event): string[] => {
  const chosen = chosenLanguage(event);
  const known = chosen === "en" || chosen === "ja";
  return known ? [`__Host-lang=${chosen}; Path=/; Max-Age=31536000; Secure; HttpOnly; SameSite=Lax`] : [];
};

/** Path and query of this request, for links back to it. */
export const pathOf = (event: Event): string =>
  event.rawQueryString === "" ? event.rawPath : `${event.rawPath}?${event.rawQueryString}`;

/** The value a form of ours must bring back: bound to the session, useless to anybody else. */
export const csrfOf = (secret: string): string => fingerprint(`${secret} posts a form`);

/**
 * @throws {Refusal} `forgery_suspected` unless the form came from our own page in this session.
 */
export function checkCsrf(event: Event, fields: Readonly<Record<string, string>>): void {
  const secret = readSessionCookie(event.cookies);
  const site = event.headers["sec-fetch-site"];
  const foreign = site !== undefined && site !== "same-origin";
  if (secret === undefined || foreign || !sameSecret(fields.csrf ?? "", csrfOf(secret))) {
    throw new Refusal("forgery_suspected", { site: site ?? "none" });
  }
}

/**
 * Whether the browser says that this address was opened from a page of ours. `none` is not enough: an address typed or
 * bookmarked, and just as well a link in a mail or a chat program.
 */
export const openedFromOwnPage = (event: Event): boolean => event.headers["sec-fetch-site"] === "same-origin";

const titleIn = (world: World, id: string): string => {
  const connection: Connection | undefined = world.connections.get(id);
  return connection?.title ?? id;
};

/** Who is signed in, for the head of a page. */
export const whoIs = (held: { identity: Identity; since: number }, world: World): Who => ({
  name: held.identity.name,
  connection: titleIn(world, held.identity.connection),
  since: held.since,
});

/** What the provider said of a person, for that person. */
export const seenOf = (identity: Identity): Seen => {
  const groups = identity.claims.groups;
  return {
    ...(groups === undefined ? {} : { groups }),
    groupsUnknown: identity.unknown.includes("groups"),
    mfa: identity.mfa,
    notes: identity.notes,
  };
};
