import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { registerHooks } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Event } from "../../functions/middleware.ts";
import type { Reply } from "../../functions/respond.ts";
import { csrfOf } from "../../functions/visitor.ts";
import { ROOT } from "../../infra/build.ts";
import { openStack, type Stack, throughForms } from "../http/stack.ts";
import { type Asked, eventOf } from "./event.ts";
import { type FaultyWire, healthy, type Schedule, startFaultyWire } from "./faulty-wire.ts";
import { formOf, newPerson, type Page } from "./person.ts";
import { ciToken } from "./programs.ts";

type Handler = (event: Event) => Promise<Reply>;

/** A stack whose functions reach AWS by wires that break on command. */
export interface FaultyBroker {
  readonly stack: Stack;
  readonly wires: Readonly<Record<"dynamodb" | "aws", FaultyWire>>;
  /** A container of a function that has answered nothing yet. */
  fresh(name: string): Promise<Handler>;
  heal(): void;
  stop(): Promise<void>;
}

const FUNCTIONS = pathToFileURL(join(ROOT, "functions/")).href;
/** What a container holds open belongs to it alone: pieces that the stack opened before are opened again. */
const OWN = [
  FUNCTIONS,
  ...["lib/flows/open.ts", "lib/aws/kms.ts"].map((file) => pathToFileURL(join(ROOT, file)).href),
];

registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    const container = /[?]container=[0-9]+$/.exec(context.parentURL ?? "")?.[0];
    if (container === undefined || !OWN.some((own) => found.url.startsWith(own))) return found;
    return { ...found, url: `${found.url.replace(/[?].*/, "")}${container}` };
  },
});

/**
 * Opens a stack and puts the wires between its functions and AWS. Functions of containers made by `fresh` alone go
 * through them; the stack's own, which were opened while it was filled, do not.
 */
export async function openFaultyBroker(): Promise<FaultyBroker> {
  const stack = await openStack();
  const dynamodb = await startFaultyWire(stack.urls.dynamodb);
  const aws = await startFaultyWire(stack.urls.aws);
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url,
    AWS_ENDPOINT_URL_KMS: aws.url,
    AWS_ENDPOINT_URL_STS: aws.url,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: aws.url,
    SEKISHO_FEDERATION_URL: `${aws.url}/federation`,
  });
  let containers = 0;
  return {
    stack,
    wires: { dynamodb, aws },
    fresh: async (name) => {
      const file = new URL(`${name}.ts?container=${++containers}`, FUNCTIONS);
      const module = (await import(file.href)) as { handler: Handler };
      return module.handler;
    },
    heal: () => {
      for (const wire of [dynamodb, aws]) wire.schedule = healthy;
    },
    stop: async () => {
      await stack.stop();
      await Promise.all([dynamodb.stop(), aws.stop()]);
    },
  };
}

/** A fault at every request that fits, or at the first so many of them. */
export function at(fault: ReturnType<Schedule>, fits: RegExp, times = Number.POSITIVE_INFINITY): Schedule {
  let left = times;
  return ({ operation, body }) => (fits.test(`${operation} ${body}`) && left-- > 0 ? fault : undefined);
}

/** A reply as the page that a browser would hold. */
const pageOf = (stack: Stack, path: string, reply: Reply): Page => ({
  url: `${stack.url}${path}`,
  status: reply.statusCode ?? 0,
  headers: new Headers(),
  text: reply.body ?? "",
  way: [],
});

export const cookiesOf = (reply: Reply): string[] =>
  (reply.cookies ?? []).map((line) => line.slice(0, line.indexOf(";")));

export const startRequest = (): Asked => ({
  route: "GET /signin/{connection}",
  path: "/signin/okta",
  parameters: { connection: "okta" },
  headers: { "sec-fetch-site": "same-origin", accept: "text/html" },
});

/** The provider's answer to a sign-in that was begun: what its form posts to us. */
export async function answered(stack: Stack, begun: Reply, name = "sre"): Promise<Asked> {
  const person = newPerson();
  const there =
    begun.statusCode === 302
      ? await person.open(String(begun.headers?.location))
      : await person.send(pageOf(stack, "/signin/okta", begun), {}, { which: /SAMLRequest/ });
  const login = /name="SAMLRequest"/.test(there.text) ? await throughForms(person, there) : there;
  const page = await person.send(login, { username: name, password: name }, { which: /password/i });
  const { fields } = formOf(page, /SAMLResponse/);
  return {
    route: "POST /saml/{connection}/acs",
    path: "/saml/okta/acs",
    parameters: { connection: "okta" },
    headers: { "content-type": "application/x-www-form-urlencoded", accept: "text/html" },
    cookies: cookiesOf(begun),
    body: new URLSearchParams(fields).toString(),
  };
}

/** Cookies of somebody signed in, through wires that must be healthy. */
export async function signedInCookies(broker: FaultyBroker): Promise<string[]> {
  const signin = await broker.fresh("signin");
  const begun = await signin(eventOf(startRequest()));
  const reply = await signin(eventOf(await answered(broker.stack, begun)));
  assert.equal(reply.statusCode, 302, reply.body);
  return cookiesOf(reply);
}

const page = { "sec-fetch-site": "same-origin", accept: "text/html" };
const PLACE = { account: "333333333333", role: "Admin" };

export const registerRequest = (cookies: readonly string[]): Asked => ({
  route: "GET /",
  cookies,
  headers: page,
});
export const consoleRequest = (cookies: readonly string[]): Asked => ({
  route: "GET /console",
  query: new URLSearchParams(PLACE).toString(),
  cookies,
  headers: page,
});
export const signOutRequest = (cookies: readonly string[]): Asked => {
  const secret = /^__Host-session=(.*)$/m.exec(cookies.join("\n"))?.[1] ?? "";
  return {
    route: "POST /signout",
    cookies,
    headers: { ...page, "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ csrf: csrfOf(secret) }).toString(),
  };
};
export const programRequest = (token: string): Asked => ({
  route: "GET /api/credentials/{accountId}/{role}",
  path: "/api/credentials/222222222222/Deploy",
  parameters: { accountId: "222222222222", role: "Deploy" },
  headers: { authorization: token },
});

/** The form of the credentials page, as a browser that was shown the page sends it. */
export async function keysRequest(broker: FaultyBroker, cookies: readonly string[]): Promise<Asked> {
  const credentials = await broker.fresh("credentials");
  const query = new URLSearchParams(PLACE).toString();
  const shown = await credentials(eventOf({ route: "GET /credentials", query, cookies, headers: page }));
  assert.equal(shown.statusCode, 200, shown.body);
  const { fields } = formOf(pageOf(broker.stack, `/credentials?${query}`, shown), /action="\/credentials"/);
  return {
    route: "POST /credentials",
    cookies,
    headers: { ...page, "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ ...fields, show: "1" }).toString(),
  };
}

/** The question of the command line's sign-in, as the page holds it, and what redeems its code later. */
export async function askForTicket(
  broker: FaultyBroker,
  cookies: readonly string[],
  purpose: "api" | "credentials",
): Promise<{ readonly ticket: string; readonly verifier: string }> {
  const tokens = await broker.fresh("tokens");
  const verifier = randomBytes(32).toString("base64url");
  const challenge = createHash("sha256").update(verifier).digest("base64url");
  const query = new URLSearchParams({ purpose, port: "40123", state: verifier, challenge }).toString();
  const question = await tokens(
    eventOf({ route: "GET /api/login/authorize", query, cookies, headers: page }),
  );
  const ticket = /ticket=([\w-]{43})/.exec(question.body ?? "")?.[1] ?? assert.fail(question.body ?? "");
  return { ticket, verifier };
}

export const approveRequest = (ticket: string, cookies: readonly string[]): Asked => ({
  route: "GET /api/login/approve",
  query: `ticket=${ticket}`,
  cookies,
  headers: page,
});

/** The code that a yes takes to the command line, if it was one. */
export const codeOf = ({ headers }: Reply): string | undefined => {
  const location = String(headers?.location ?? "");
  return location.startsWith("http") ? (new URL(location).searchParams.get("code") ?? undefined) : undefined;
};

export const codeRequest = (code: string, verifier: string): Asked => ({
  route: "POST /api/login/token",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ code, verifier }),
});

/** A code of the command line's sign-in, and the request that redeems it. */
export async function redeemRequest(
  broker: FaultyBroker,
  cookies: readonly string[],
  purpose: "api" | "credentials",
): Promise<Asked> {
  const { ticket, verifier } = await askForTicket(broker, cookies, purpose);
  const tokens = await broker.fresh("tokens");
  const code = codeOf(await tokens(eventOf(approveRequest(ticket, cookies))));
  return codeRequest(code ?? assert.fail("no code"), verifier);
}

/** A token of somebody signed in. */
export async function tokenFor(
  broker: FaultyBroker,
  cookies: readonly string[],
  purpose: "api" | "credentials",
): Promise<string> {
  const tokens = await broker.fresh("tokens");
  const reply = await tokens(eventOf(await redeemRequest(broker, cookies, purpose)));
  return (JSON.parse(reply.body ?? "{}") as { token: string }).token;
}

export const workloadToken = (broker: FaultyBroker): Promise<string> => ciToken(broker.stack.urls);
