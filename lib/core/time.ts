/** Seconds since 1970-01-01T00:00:00Z. Milliseconds exist only in this file and on wires that want them. */
export type Epoch = number;

/** Where the time comes from, so that every expiry can be tested at its edge. */
export interface Clock {
  /** The present instant, in whole epoch seconds. */
  now(): Epoch;
}

export const systemClock: Clock = { now: () => Math.floor(Date.now() / 1000) };

/** A clock that stands still, for tests and for judging a document `--at` an instant. */
export const fixedClock = (at: Epoch): Clock => ({ now: () => at });

const INSTANT =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)$/;

/**
 * Reads an xs:dateTime that names its zone, as SAML and our YAML write it.
 *
 * @returns Epoch seconds, rounded down, or undefined when the text is not one exact instant.
 * @see https://www.w3.org/TR/xmlschema-2/#dateTime
 */
export function parseInstant(text: string): Epoch | undefined {
  if (!INSTANT.test(text)) return undefined;
  const milliseconds = Date.parse(text);
  return Number.isNaN(milliseconds) ? undefined : Math.floor(milliseconds / 1000);
}

/** What a moment as people write it means when something begins and when something ends by it. */
export interface Moment {
  readonly begins: Epoch;
  readonly ends: Epoch;
}

/** Reads an instant that names its zone, or `2026-12-31`, the whole of that day in UTC. */
export function parseMoment(text: string): Moment | undefined {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) {
    const begins = parseInstant(`${text}T00:00:00Z`);
    // Some days that no calendar has would quietly be taken for another.
    const isDay = begins !== undefined && toInstant(begins).startsWith(text);
    return isDay ? { begins, ends: begins + 86_400 } : undefined;
  }
  const at = parseInstant(text);
  return at === undefined ? undefined : { begins: at, ends: at };
}

/**
 * Reads a time to come as people write it: seconds may be left out, the zone may not.
 *
 * @returns undefined for what is no such time, and for a day that no calendar has.
 */
export function parseDue(text: string): Epoch | undefined {
  const [, day = "", minute = "", second = ":00", zone = ""] =
    /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d)(:\d\d)?(Z|[+-]\d\d:\d\d)$/.exec(text) ?? [];
  return parseMoment(day) === undefined ? undefined : parseInstant(`${day}${minute}${second}${zone}`);
}

/** Writes epoch seconds as `2026-11-22T09:41:00Z`. */
export const toInstant = (at: Epoch): string => new Date(at * 1000).toISOString().replace(".000Z", "Z");

/**
 * Starts a budget for several waits in a row, for time-outs only: no instant is ever read from it. It is over by the
 * clock that went further: the monotonic one, which nobody sets, or the wall's, which goes on while a machine is frozen.
 *
 * @returns Milliseconds left, never negative.
 */
export function startBudget(milliseconds: number): () => number {
  const [end, endOnTheWall] = [performance.now() + milliseconds, Date.now() + milliseconds];
  return () => Math.max(0, Math.floor(Math.min(end - performance.now(), endOnTheWall - Date.now())));
}

/** Epoch seconds as a Date, for libraries that want one. */
export const toDate = (at: Epoch): Date => new Date(at * 1000);

/** A Date that a library answered, as epoch seconds, rounded down. */
export const fromDate = (date: Date): Epoch => Math.floor(date.getTime() / 1000);
