import { Refusal } from "../core/errors.ts";
import type { Credentials } from "../core/issue.ts";
import { ONE_TRY } from "../core/limits.ts";
import type { Partition } from "../core/role.ts";
import { post } from "./http.ts";
import { type PartitionSites, sitesOf } from "./partition.ts";
import { retrying } from "./retry.ts";

/** Other places than the partition's own: the local stack, a regional sign-in host. */
export interface ConsoleSites {
  readonly federationUrl?: string;
  readonly consoleUrl?: string;
}

export interface ConsoleAsk {
  readonly credentials: Credentials;
  readonly partition: Partition;
  readonly region: string;
  /** As `checkDestination` answered it; the console's first page in the region by default. */
  readonly destination?: string;
  /** Where the console sends people when their session is over. */
  readonly issuerUrl: string;
  /** How long the console session lasts; as long as the credentials by default. 900 to 43200. */
  readonly sessionSeconds?: number;
}

const LONGEST_DESTINATION = 2048;

/**
 * Turns credentials into a console URL.
 *
 * The credentials travel in the body, not in a URL that proxies log. Where AWS accepts no SessionDuration for them
 * (400), the console session lasts as long as the credentials.
 *
 * @returns A bearer secret, good for 15 minutes.
 * @throws {Refusal} `aws_throttled`, `aws_unreachable`, `aws_refused`.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-custom-url.html
 */
export async function consoleUrl(ask: ConsoleAsk, sites: ConsoleSites = {}): Promise<string> {
  const own = sitesOf(ask.partition);
  const federation = new URL(sites.federationUrl ?? own.federation);
  const SigninToken = await retrying(() => signinToken(federation, ask));
  const Destination = ask.destination ?? firstPage(sites.consoleUrl ?? own.console, ask.region);
  const query = new URLSearchParams({ Action: "login", Issuer: ask.issuerUrl, Destination, SigninToken });
  return `${federation.href}?${query}`;
}

function firstPage(console: string, region: string): string {
  const page = new URL(console);
  page.searchParams.set("region", region);
  return page.href;
}

async function signinToken(federation: URL, ask: ConsoleAsk): Promise<string> {
  const { accessKeyId: sessionId, secretAccessKey: sessionKey, sessionToken } = ask.credentials;
  const Session = JSON.stringify({ sessionId, sessionKey, sessionToken });
  const plain = { Action: "getSigninToken", Session };
  if (ask.sessionSeconds === undefined) return tokenOf(await send(federation, plain));
  const SessionDuration = String(Math.min(43_200, Math.max(900, ask.sessionSeconds)));
  const timed = await send(federation, { ...plain, SessionDuration });
  return tokenOf(timed.status === 400 ? await send(federation, plain) : timed);
}

const send = async (url: URL, form: Record<string, string>): Promise<{ status: number; body: string }> => {
  try {
    return await post({
      url,
      headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
      body: new URLSearchParams(form).toString(),
      timeoutMilliseconds: ONE_TRY.requestHandler.requestTimeout,
      maxBytes: 65_536,
    });
  } catch (cause) {
    throw new Refusal("aws_unreachable", { asked: "getSigninToken", host: url.host }, { cause });
  }
};

function tokenOf({ status, body }: { status: number; body: string }): string {
  const detail = { asked: "getSigninToken", status };
  if (status === 429) throw new Refusal("aws_throttled", detail);
  if (status >= 500) throw new Refusal("aws_unreachable", detail);
  if (status >= 400) throw new Refusal("aws_refused", detail);
  const token = status === 200 ? readToken(body) : undefined;
  // A page, a redirect, or words that hold no token are nobody's no.
  if (token === undefined) throw new Refusal("aws_unreachable", detail);
  return token;
}

function readToken(body: string): string | undefined {
  try {
    const answer: unknown = JSON.parse(body);
    if (typeof answer !== "object" || answer === null || !("SigninToken" in answer)) return undefined;
    return typeof answer.SigninToken === "string" && answer.SigninToken !== ""
      ? answer.SigninToken
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Accepts a page of the AWS console of this partition, and nothing that a browser could read as another place.
 *
 * @param console A console elsewhere that the deployment names; its origin is accepted besides.
 * @returns The destination as a browser reads it.
 * @throws {Refusal} `destination_not_allowed`.
 */
export function checkDestination(destination: string, partition: Partition, console?: string): string {
  const url = readUrl(destination);
  const elsewhere = console === undefined ? undefined : new URL(console).origin;
  const allowed =
    url !== undefined && (url.origin === elsewhere || isConsole(url, sitesOf(partition))) ? url : undefined;
  if (allowed !== undefined) return allowed.href;
  const hint = `A destination is an https page of ${sitesOf(partition).consoleHost} or of a host below it.`;
  throw new Refusal("destination_not_allowed", { length: destination.length }, { about: { hint } });
}

function readUrl(text: string): URL | undefined {
  // Spaces, control characters and backslashes are read differently by browsers, proxies and AWS.
  if (text.length > LONGEST_DESTINATION || !/^[\x21-\x5b\x5d-\x7e]+$/.test(text)) return undefined;
  if (!/^https?:\/\/[^/]/.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.username === "" && url.password === "" ? url : undefined;
}

/** Labels below a console's host, each followed by its dot. */
const BELOW = /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*$/;

function isConsole(url: URL, { consoleHost, serviceHosts }: PartitionSites): boolean {
  if (url.protocol !== "https:" || url.port !== "") return false;
  return [consoleHost, ...serviceHosts].some(
    (host) => url.hostname.endsWith(host) && BELOW.test(url.hostname.slice(0, -host.length)),
  );
}
