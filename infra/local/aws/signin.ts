import { randomBytes } from "node:crypto";
import { notice } from "./console-page.ts";
import { isConsoleDestination, isIssuer } from "./destination.ts";
import { partitionById } from "./partition.ts";
import { type Parameters, readParameters } from "./query.ts";
import type { AwsSession } from "./state.ts";
import type { AwsAnswer, AwsRequest, World } from "./wire.ts";

/** A sign-in URL may be opened this long after its token was made, in seconds. */
const TOKEN_SECONDS = 900;
/** Path of the cookie and name of it; one console session per browser, as with AWS. */
export const CONSOLE_COOKIE = "local-console";

const refuse = (message: string): AwsAnswer => notice(400, "This sign-in cannot go on", message);

/** The live session that a `Session` parameter holds the credentials of. */
function sessionOf(text: string, world: World): AwsSession | undefined {
  let given: Record<string, unknown>;
  try {
    given = JSON.parse(text);
  } catch {
    return undefined;
  }
  const names = ["sessionId", "sessionKey", "sessionToken"];
  if (typeof given !== "object" || given === null || Object.keys(given).sort().join() !== names.join())
    return undefined;
  const session = world.state.sessions.get(String(given.sessionId));
  const genuine =
    session?.secretAccessKey === given.sessionKey && session?.sessionToken === given.sessionToken;
  return session && genuine && session.expiresAt > world.clock.now() ? session : undefined;
}

/** SessionDuration; `refused` when out of bounds, for chained credentials, or above what the role allows. */
function durationOf(text: string | undefined, session: AwsSession): number | "refused" | undefined {
  if (text === undefined) return undefined;
  const seconds = /^\d{3,5}$/.test(text) ? Number(text) : 0;
  const allowed = seconds >= 900 && seconds <= 43_200 && seconds <= session.maxSessionSeconds;
  return allowed && !session.chained ? seconds : "refused";
}

function getSigninToken(parameters: Parameters, world: World): AwsAnswer {
  const session = sessionOf(parameters.get("Session") ?? "", world);
  if (session === undefined) return refuse("Invalid credentials parameter");
  const seconds = durationOf(parameters.get("SessionDuration"), session);
  if (seconds === "refused") return refuse("Invalid credentials parameter or SessionDuration");
  const token = randomBytes(360).toString("base64url");
  world.state.signinTokens.set(token, {
    accessKeyId: session.accessKeyId,
    ...(seconds === undefined ? {} : { sessionSeconds: seconds }),
    expiresAt: world.clock.now() + TOKEN_SECONDS,
  });
  return {
    status: 200,
    headers: { "content-type": "application/json", "cache-control": "no-store" },
    body: JSON.stringify({ SigninToken: token }),
  };
}

/** Takes a sign-in token out of the state, so that it opens one console and no second. */
function spendToken(token: string, world: World) {
  const found = world.state.signinTokens.get(token);
  world.state.signinTokens.delete(token);
  const session = found && world.state.sessions.get(found.accessKeyId);
  const now = world.clock.now();
  return found && session && found.expiresAt > now && session.expiresAt > now
    ? { found, session }
    : undefined;
}

function login(parameters: Parameters, world: World): AwsAnswer {
  const issuer = parameters.get("Issuer") ?? "";
  const destination = parameters.get("Destination") ?? "";
  if (!isIssuer(issuer)) return refuse("Issuer is not a URL of an identity broker");
  const spent = spendToken(parameters.get("SigninToken") ?? "", world);
  if (spent === undefined) return refuse("SigninToken is not valid, was used, or is older than 15 minutes");
  const { found, session } = spent;
  const partition = partitionById(session.partition);
  if (!partition || !isConsoleDestination(destination, partition, world.url))
    return refuse("Destination is not a page of the AWS console");
  const cookie = randomBytes(32).toString("base64url");
  const now = world.clock.now();
  const expiresAt = found.sessionSeconds === undefined ? session.expiresAt : now + found.sessionSeconds;
  world.state.consoles.set(cookie, { accessKeyId: session.accessKeyId, issuer, expiresAt });
  const own = new URL(destination).origin === new URL(world.url).origin;
  return {
    status: 302,
    headers: {
      location: own ? destination : `${world.url}/console/?destination=${encodeURIComponent(destination)}`,
      "set-cookie": `${CONSOLE_COOKIE}=${cookie}; Path=/console; HttpOnly; SameSite=Lax; Max-Age=${expiresAt - now}`,
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
    },
    body: "",
  };
}

const KNOWN = ["Action", "Session", "SessionDuration", "SessionType", "Issuer", "Destination", "SigninToken"];

/**
 * The sign-in federation endpoint, `/federation`.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-custom-url.html
 */
export function federate(request: AwsRequest, world: World): AwsAnswer {
  const isForm = (request.headers["content-type"] ?? "").startsWith("application/x-www-form-urlencoded");
  if (request.method === "POST" && !isForm) return refuse("A POST carries a form");
  const parameters = readParameters(
    request.method === "POST" ? request.body.toString("utf8") : request.query,
  );
  const unknown = [...parameters.keys()].find((name) => !KNOWN.includes(name));
  if (unknown !== undefined) return refuse(`${unknown.slice(0, 60)} is not a parameter`);
  const action = parameters.get("Action");
  if (action === "getSigninToken") return getSigninToken(parameters, world);
  if (action === "login" && request.method === "GET") return login(parameters, world);
  return refuse("Action is not known");
}
