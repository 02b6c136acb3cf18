import type { Challenge } from "../connectors/connector.ts";
import { fingerprint, newSecret } from "../core/secret.ts";
import { ownPath, SIGN_IN_SECONDS, type SignIn } from "../core/sign-in.ts";
import { putSignIn } from "../store/sign-ins.ts";
import type { Broker } from "./broker.ts";
import { type Connecting, connectTo } from "./providers.ts";

/** What starts a sign-in. */
export interface Start {
  readonly connection: string;
  /** Path of ours to go on to; checked here. */
  readonly to: string;
  readonly origin: SignIn["origin"];
  /** Secret of the browser's sign-in cookie, when it has one: several tabs may sign in at once. */
  readonly browser: string | undefined;
  readonly secondFactor: boolean;
  readonly loginHint?: string;
}

/** Handles of sign-ins look like this, so that RelayState tells ours from a tile's. */
const HANDLE = /^si_[\w-]{43}$/;
export const isSignInHandle = (text: string): boolean => HANDLE.test(text);

/** The handle travels with the browser; the table knows its fingerprint alone. */
export const signInId = (handle: string): string => fingerprint(handle);

/**
 * Sends a browser to its provider.
 *
 * @returns What the browser does next, and the secret of its sign-in cookie.
 * @throws {Refusal} `target_not_allowed`, `connection_unknown`, `connection_disabled`, `provider_unreachable`.
 */
export async function startSignIn(
  broker: Connecting & Pick<Broker, "table">,
  start: Start,
): Promise<{ challenge: Challenge; browser: string }> {
  const to = ownPath(start.to);
  const { connector } = await connectTo(broker, start.connection);
  const handle = `si_${newSecret()}`;
  const browser = start.browser ?? newSecret();
  const wish = start.loginHint === undefined ? {} : { loginHint: start.loginHint };
  const challenge = await connector.begin(handle, { secondFactor: start.secondFactor, ...wish });
  const startedAt = broker.clock.now();
  await putSignIn(broker.table, {
    schema: 1,
    id: signInId(handle),
    connection: start.connection,
    browser: fingerprint(browser),
    memo: challenge.memo,
    to,
    origin: start.origin,
    startedAt,
    expiresAt: startedAt + SIGN_IN_SECONDS,
  });
  return { challenge, browser };
}
