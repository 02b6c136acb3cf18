import * as v from "valibot";
import type { Challenge } from "../lib/connectors/connector.ts";
import { Refusal } from "../lib/core/errors.ts";
import type { Session } from "../lib/core/session.ts";
import { ownPath, type SignIn } from "../lib/core/sign-in.ts";
import { currentSession, sessionNamed } from "../lib/flows/bearer.ts";
import { type Arrival, finishSignIn } from "../lib/flows/finish-sign-in.ts";
import { initiatedSignIn } from "../lib/flows/initiate.ts";
import { openBase, openProviderKeys, openWayOut } from "../lib/flows/open.ts";
import { choosable, peopleConnection, titleOf } from "../lib/flows/providers.ts";
import { signOut } from "../lib/flows/sign-out.ts";
import { isSignInHandle, startSignIn } from "../lib/flows/start-sign-in.ts";
import { resume, tileTarget } from "../lib/flows/targets.ts";
import { type At, bodyText, type Event, form, http, input, once, query, routes } from "./middleware.ts";
import { pageFault } from "./page-fault.ts";
import { choosePage } from "./pages/choose.ts";
import { continuePage } from "./pages/continue.ts";
import { signedOutPage } from "./pages/signed-out.ts";
import {
  heldCookie,
  noSessionCookies,
  page,
  type Reply,
  readHeldCookie,
  readSessionCookie,
  readSignInCookie,
  redirect,
  sessionCookie,
  signInCookie,
} from "./respond.ts";
import { checkCsrf, languageCookies, languageOf, openedFromOwnPage, pathOf } from "./visitor.ts";

const broker = once(() => {
  const base = openBase(process.env);
  return { ...base, ...openWayOut(base), ...openProviderKeys(base) };
});

const fault = pageFault(() => broker());

const To = v.object({ to: v.optional(v.string(), "/"), mfa: v.optional(v.string()) });
const connectionOf = (event: Event): string => event.pathParameters?.connection ?? "";

/** `GET /signin`: whose sign-in page to go to; one provider alone is no choice. */
const choose = http(async (event) => {
  const { to, mfa } = input(To, query(event));
  const path = ownPath(to);
  const world = await broker().rules.world();
  const connections = choosable(world).map((one) => ({ id: one.id, title: titleOf(one) }));
  const [only, ...others] = connections;
  if (only !== undefined && others.length === 0) return begin(event, only.id, path, mfa !== undefined);
  const { organization, contact } = world.settings;
  const view = {
    language: languageOf(event),
    path: pathOf(event),
    connections,
    to: path,
    organization,
    contact,
  };
  return page(choosePage(view), { cookies: languageCookies(event) });
}, fault);

/** `GET /signin/{connection}?to=`: go there. */
const start = http(async (event) => {
  const { to, mfa } = input(To, query(event));
  return begin(event, connectionOf(event), to, mfa !== undefined);
}, fault);

async function begin(
  event: Event,
  connection: string,
  to: string,
  secondFactor: boolean,
  more: { origin?: SignIn["origin"]; loginHint?: string } = {},
): Promise<Reply> {
  const origin = more.origin ?? (openedFromOwnPage(event) ? "own" : "link");
  const { challenge, browser } = await startSignIn(broker(), {
    connection,
    to,
    origin,
    browser: readSignInCookie(event.cookies),
    secondFactor,
    ...(more.loginHint === undefined ? {} : { loginHint: more.loginHint }),
  });
  return send(event, connection, challenge, browser);
}

/** Lets the browser go to its provider, by redirect or by a form that sends itself. */
async function send(event: Event, connection: string, challenge: Challenge, browser: string): Promise<Reply> {
  const cookies = [signInCookie(browser)];
  if (challenge.kind === "redirect") return redirect(challenge.url, cookies);
  const title = titleOf(peopleConnection(await broker().rules.world(), connection));
  const { action, fields } = challenge;
  const { privateHosts } = broker().config;
  const view = { language: languageOf(event), path: "/signin", action, privateHosts, fields, title };
  return page(continuePage(view), { cookies, formTargets: [new URL(action).origin] });
}

const SamlForm = v.object({ SAMLResponse: v.string(), RelayState: v.optional(v.string(), "") });

/** `POST /saml/{connection}/acs`: a provider's answer, or a tile. */
const acs = http(async (event, at) => {
  const { SAMLResponse: response, RelayState: relayState } = input(SamlForm, form(event));
  if (isSignInHandle(relayState)) {
    return finish(event, at, { kind: "saml", response }, { kind: "asked", handle: relayState });
  }
  const connection = peopleConnection(await broker().rules.world(), connectionOf(event));
  const policy = connection.protocol === "saml" ? connection.idpInitiated : "off";
  // A bounced tile's assertion is not even read: the sign-in starts over at that provider, asked for by this browser.
  if (policy === "bounce")
    return begin(event, connection.id, tileTarget(relayState, broker().config.url), false, {
      origin: "tile",
    });
  // Where tiles are off the connector refuses it as unsolicited, unread, and the refusal is written down.
  return finish(event, at, { kind: "saml", response }, { kind: "tile", relayState });
}, fault);

/** `GET /oidc/{connection}/callback`: a provider's answer. */
const callback = http(async (event, at) => {
  const state = new URLSearchParams(event.rawQueryString).get("state") ?? "";
  if (!isSignInHandle(state)) throw new Refusal("signin_expired", { state: "not ours" });
  return finish(event, at, { kind: "oidc", query: event.rawQueryString }, { kind: "asked", handle: state });
}, fault);

async function finish(
  event: Event,
  at: At,
  answer: Parameters<typeof finishSignIn>[1]["answer"],
  arrival: Arrival,
): Promise<Reply> {
  const finished = await finishSignIn(broker(), {
    connection: connectionOf(event),
    answer,
    arrival,
    browser: readSignInCookie(event.cookies),
    current: await replacedSession(event),
    sourceIp: at.sourceIp,
    reference: at.reference,
  });
  const { secret, session } = finished;
  const seconds = session.expiresAt - session.openedAt;
  return redirect(resume(finished, secret), [
    sessionCookie(secret, seconds),
    heldCookie(session.id, seconds),
  ]);
}

const heldSession = (event: Event): Promise<Session | undefined> =>
  currentSession(broker(), readSessionCookie(event.cookies));

/** The session that an answer would replace; a provider's form comes without the session's own cookie. */
const replacedSession = async (event: Event): Promise<Session | undefined> =>
  (await heldSession(event)) ?? (await sessionNamed(broker(), readHeldCookie(event.cookies)));

/**
 * `/oidc/{connection}/initiate`: a tile of an OpenID provider.
 *
 * @see https://openid.net/specs/openid-connect-core-1_0.html#ThirdPartyInitiatedLogin
 */
const initiate = http(async (event) => {
  const encoded = event.requestContext.http.method === "POST" ? bodyText(event) : event.rawQueryString;
  const world = await broker().rules.world();
  const { connection, to, loginHint } = initiatedSignIn(
    world,
    connectionOf(event),
    encoded,
    broker().config.url,
  );
  return begin(event, connection, to, false, {
    origin: "tile",
    ...(loginHint === undefined ? {} : { loginHint }),
  });
}, fault);

/** `GET /signout`: where signing out ends. Whoever is still signed in finds the button at `/`. */
const signedOut = http(async (event) => {
  if ((await heldSession(event)) !== undefined) return redirect("/");
  const world = await broker().rules.world();
  const connections = choosable(world).map((one) => ({ id: one.id, title: titleOf(one) }));
  return page(signedOutPage({ language: languageOf(event), path: "/signout", connections }), {
    cookies: languageCookies(event),
  });
}, fault);

/** `POST /signout`: ends the session at once. */
const leave = http(async (event, at) => {
  checkCsrf(event, form(event));
  const session = await heldSession(event);
  if (session !== undefined) await signOut(broker(), session, at);
  return redirect("/signout", noSessionCookies());
}, fault);

export const handler = routes({
  "GET /signin": choose,
  "GET /signin/{connection}": start,
  "POST /saml/{connection}/acs": acs,
  "GET /oidc/{connection}/callback": callback,
  "GET /oidc/{connection}/initiate": initiate,
  "POST /oidc/{connection}/initiate": initiate,
  "GET /signout": signedOut,
  "POST /signout": leave,
});
