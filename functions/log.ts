import type { Refusal } from "../lib/core/errors.ts";
import type { At, Event } from "./middleware.ts";

/**
 * One JSON line per request, and one more per refusal; `requestId` is what the access log calls the request, and that
 * log knows from where it came. Lines hold the route, never the query, the body or a header: those carry tokens,
 * assertions, claims and addresses. A detail that looks like one of these all the same, as where a stranger asked for a
 * connection by that name, is withheld.
 */
export const log = {
  request(event: Event, at: At, status: number): void {
    const { requestId } = event.requestContext;
    write({ level: "info", reference: at.reference, route: event.routeKey, status, requestId });
  },
  refusal(refusal: Refusal, event: Event, at: At): void {
    const level = refusal.status >= 500 ? "error" : "warn";
    const { code, detail } = refusal;
    const cause = causeOf(refusal);
    write({
      level,
      reference: at.reference,
      route: event.routeKey,
      code,
      detail: told(detail),
      ...(cause ? { cause } : {}),
    });
  },
  /** What runs without a request: schedules and direct invocations. */
  event(
    message: string,
    facts: Readonly<Record<string, string | number | boolean>>,
    level: "info" | "warn" | "error" = "info",
  ): void {
    write({ level, message, ...facts });
  },
};

/** An e-mail address; a secret, a signature or a message in base 64 or hex; a JWT. Ids of keys, 36 characters, are none. */
const CONFIDENTIAL = /@|[\w+/=]{40}|[\w+=-]{40}|\beyJ[\w-]{10}/;
const LONGEST = 300;

/** A detail as it may be written down. */
function told(value: unknown): unknown {
  if (typeof value === "string") return CONFIDENTIAL.test(value) ? "(withheld)" : value.slice(0, LONGEST);
  if (Array.isArray(value)) return value.map(told);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, held]) => [name, told(held)]));
}

/** Past the console: Lambda's own puts a time and an id before each line, and then no metric filter reads it as JSON. */
const write = (line: Record<string, unknown>): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

/** Name and place of a cause. Never its message: libraries quote in it what they were fed. */
function causeOf({ cause }: Refusal): Record<string, unknown> | undefined {
  if (!(cause instanceof Error)) return undefined;
  return { name: told(cause.name), at: framesOf(cause) };
}

/** Where it was thrown. What stands before the frames is the message, whose lines may look like frames. */
function framesOf({ message, stack = "" }: Error): readonly string[] {
  const from = stack.indexOf(message);
  if (from < 0) return [];
  const lines = stack.slice(from + message.length).split("\n");
  return lines
    .map((line) => line.trim())
    .filter((line) => line.startsWith("at "))
    .slice(0, 4);
}
