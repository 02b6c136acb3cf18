import { Refusal } from "../core/errors.ts";
import { isPassing, persistently } from "../core/persistence.ts";
import type { Clock } from "../core/time.ts";
import { type Posted, post } from "./http.ts";
import { partitionOf, sitesOf } from "./partition.ts";
import { type SigningCredentials, signRequest } from "./sigv4.ts";

/** Who calls services that no client here is for, and from where. */
export interface Caller {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Region and credentials as the SDK finds them. */
  readonly identity: () => Promise<{ readonly region: string; readonly credentials: SigningCredentials }>;
}

/** What is asked of a service. */
export interface Call {
  readonly method: "POST" | "PUT";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  readonly service: string;
  readonly region: string;
}

/** An answer that is no yes. `name` is the service's own word. */
export class AwsFault extends Error {
  readonly status: number;
  constructor(status: number, name: string) {
    super(`${name} (${status})`);
    this.name = name;
    this.status = status;
  }
}

const BUSY = new Set([
  "SlowDown",
  "ThrottlingException",
  "InternalFailure",
  "InternalException",
  "OperationAborted",
]);
/** The name under which Node says that an exchange took too long. */
const LATE = "AbortError";

const isPassingHere = (thrown: unknown): boolean =>
  thrown instanceof AwsFault
    ? thrown.status === 429 || thrown.status >= 500 || BUSY.has(thrown.name)
    : isPassing(thrown) || (thrown instanceof Error && thrown.name === LATE);

/**
 * Tries again what the service was too busy for.
 *
 * @throws {Refusal} `broker_unavailable`, naming the service and its word for why.
 */
export async function trying<T>(service: string, attempt: () => Promise<T>): Promise<T> {
  try {
    return await persistently(attempt, { passing: isPassingHere });
  } catch (cause) {
    const error = cause instanceof Error ? cause.name : "unknown";
    throw new Refusal("broker_unavailable", { service, error }, { cause });
  }
}

/** Signs and sends one request, once. */
export async function callOnce({ clock, identity }: Caller, call: Call): Promise<Posted> {
  const { credentials } = await identity();
  const headers = signRequest({ ...call, at: clock.now() }, credentials);
  const { method, url, body } = call;
  return post({ method, url, headers, body, timeoutMilliseconds: 5000, maxBytes: 1_000_000 });
}

/** Where a service answers; elsewhere only where the environment may say so. */
export function endpointOf({ environment }: Caller, variable: string, service: string, region: string) {
  const isIgnored = environment.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS === "true";
  const configured = environment[`AWS_ENDPOINT_URL_${variable}`] ?? environment.AWS_ENDPOINT_URL;
  return configured !== undefined && !isIgnored
    ? { isConfigured: true, url: configured }
    : { isConfigured: false, url: `https://${service}.${region}.${sitesOf(partitionOf(region)).suffix}` };
}
