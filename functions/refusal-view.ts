import { REFUSALS, type Refusal } from "../lib/core/errors.ts";
import { type Language, words } from "../lib/core/messages/words.ts";
import { ownPath } from "../lib/core/sign-in.ts";
import type { World } from "../lib/core/world.ts";
import type { At, Event } from "./middleware.ts";
import type { Next, RefusalView } from "./pages/view.ts";
import { envOf } from "./rows.ts";
import { languageOf, pathOf, seenOf, whoIs } from "./visitor.ts";

/**
 * A refusal as the person it concerns may see it: what happened, why, what to do, and the code with its reference.
 *
 * @param world For names; undefined when even that cannot be asked, and then the page does without.
 */
export function refusalView(refusal: Refusal, event: Event, at: At, world: World | undefined): RefusalView {
  const language = languageOf(event);
  const [, en, ja] = REFUSALS[refusal.code];
  const { person, about } = refusal;
  const account = about.accountId === undefined ? undefined : world?.accounts.get(about.accountId);
  return {
    language,
    path: pathOf(event),
    code: refusal.code,
    status: refusal.status,
    what: language === "ja" ? ja : en,
    reference: at.reference,
    about: {
      ...about,
      ...(account === undefined ? {} : { accountName: account.name, ...envOf(account.tags) }),
    },
    contact: contactOf(refusal, world),
    next: nextOf(refusal, language, event),
    ...whyOf(refusal),
    ...(person === undefined ? {} : { seen: seenOf(person.identity) }),
    ...(person === undefined || world === undefined ? {} : { who: whoIs(person, world) }),
  };
}

/** Codes that rules decide. */
const BY_RULES: readonly string[] = ["role_not_granted", "role_denied", "mfa_required"];

/** Where all that was considered stands, for somebody who asked for a role and is known. */
function whyOf({ code, person, about: { accountId, role } }: Refusal): Pick<RefusalView, "whyHref"> {
  const isAsked = person !== undefined && accountId !== undefined && role !== undefined;
  if (!isAsked || !BY_RULES.includes(code)) return {};
  return { whyHref: `/why?${new URLSearchParams({ account: accountId, role })}` };
}

/** Whom to ask: the connection's own contact before the broker's. */
function contactOf({ person }: Refusal, world: World | undefined): string {
  const connection = person === undefined ? undefined : world?.connections.get(person.identity.connection);
  return connection?.contact ?? world?.settings.contact ?? "your platform team";
}

/** The primary button. A place the person was on the way to is kept through a new sign-in. */
function nextOf(refusal: Refusal, language: Language, event: Event): Next {
  const path = pathOf(event);
  const label = words(language).next[refusal.next];
  const onTheWay = path.startsWith("/console?") || path.startsWith("/credentials?");
  const to = refusal.about.to ?? (onTheWay ? path : "/");
  const connection = refusal.person?.identity.connection;
  if (refusal.next === "sign_in_mfa" && connection !== undefined) {
    return { label, href: `/signin/${connection}?${new URLSearchParams({ to, mfa: "1" })}` };
  }
  if (refusal.next === "retry") return { label, href: againAt(event) };
  const signsIn = refusal.next === "sign_in" || refusal.next === "sign_in_mfa";
  return { label, href: signsIn ? `/signin?${new URLSearchParams({ to })}` : "/" };
}

/** What a sign-in went through; the answer it brought cannot be used again, so the sign-in starts over. */
const ANSWERED = /^\/(?:saml|oidc)\/([a-z0-9-]+)\/(?:acs|callback)$/;

/**
 * Where trying again is: the same page where it was only looked at. A foreign link to a page of the console is not
 * repeated from here, where it would pass for ours.
 */
function againAt(event: Event): string {
  const connection = ANSWERED.exec(event.rawPath)?.[1];
  if (connection !== undefined) return `/signin/${connection}`;
  const foreign = new URLSearchParams(event.rawQueryString).has("destination");
  if (event.requestContext.http.method !== "GET" || foreign) return "/";
  try {
    return ownPath(pathOf(event));
  } catch {
    return "/"; // a path that a browser could read as another host
  }
}
