import type { Refusal } from "../lib/core/errors.ts";
import type { At, Event } from "./middleware.ts";

/**
 * One JSON line per request, and one more per refusal. Lines hold the route, never the query, the body or a header:
 * those carry tokens, assertions, claims and addresses.
 */
export const log = {
  request(event: Event, at: At, status: number): void {
    write({ level: "info", reference: at.reference, route: event.routeKey, status });
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
      detail,
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

const write = (line: Record<string, unknown>): void => console.log(JSON.stringify(line));

/** Name and place of a cause. Messages of libraries may quote what they were fed, so only faults of ours tell theirs. */
function causeOf(refusal: Refusal): Record<string, unknown> | undefined {
  const { cause } = refusal;
  if (!(cause instanceof Error)) return undefined;
  const frames = cause.stack?.split("\n").filter((line) => line.trimStart().startsWith("at ")) ?? [];
  return { name: cause.name, at: frames.slice(0, 4).map((line) => line.trim()) };
}
