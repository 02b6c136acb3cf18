import type { Truth } from "../core/decision.ts";
import type { Condition } from "../core/rule.ts";
import type { Epoch } from "../core/time.ts";

export type TimeWindow = Extract<Condition, { timeWindow: unknown }>["timeWindow"];

const DAYS: readonly string[] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const DAY_MINUTES = 1440;

/** Time of day on the wall of a zone. */
interface WallClock {
  /** 0 is Sunday. */
  readonly day: number;
  readonly minutes: number;
}

/** One per zone: making a formatter is two hundred times as dear as asking it. */
const formatters = new Map<string, Intl.DateTimeFormat | undefined>();

function formatterOf(zone: string): Intl.DateTimeFormat | undefined {
  if (!formatters.has(zone)) formatters.set(zone, newFormatter(zone));
  return formatters.get(zone);
}

function newFormatter(zone: string): Intl.DateTimeFormat | undefined {
  // `+09:00` is accepted by Intl, but an offset knows no summer time; a zone has a name.
  if (!/^[A-Za-z]/.test(zone)) return undefined;
  try {
    return new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      weekday: "short",
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    });
  } catch {
    return undefined;
  }
}

/** Whether this runtime knows a zone by that IANA name. */
export const isZone = (zone: string): boolean => formatterOf(zone) !== undefined;

export function wallClock(zone: string, now: Epoch): WallClock | undefined {
  const parts = formatterOf(zone)?.formatToParts(now * 1000);
  if (parts === undefined) return undefined;
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? "";
  const day = DAYS.indexOf(part("weekday").toLowerCase());
  return { day, minutes: Number(part("hour")) * 60 + Number(part("minute")) };
}

/**
 * Whether it is now within a window, by the clock on the wall there.
 *
 * `from` is inside, `until` is not. A window that goes past midnight belongs to the day on which it began; equal
 * times mean the whole day. Unknown when the zone is not known here.
 */
export function withinWindow({ zone, from, until, days }: TimeWindow, now: Epoch): Truth {
  const wall = wallClock(zone, now);
  if (wall === undefined) return "unknown";
  const start = minutesOf(from);
  const end = minutesOf(until);
  const length = (end - start + DAY_MINUTES) % DAY_MINUTES || DAY_MINUTES;
  const since = (wall.minutes - start + DAY_MINUTES) % DAY_MINUTES;
  const beganYesterday = wall.minutes < start;
  const day = DAYS[(wall.day + (beganYesterday ? 6 : 0)) % 7];
  const onDay = days === undefined || days.some((one) => one === day);
  return since < length && onDay ? "true" : "false";
}

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

/** A clock is set by an hour at most where a summer time begins or ends, and by half of that in few places. */
const SHIFTS = [0, -3600, 3600, -1800, 1800];

/**
 * When a window that is shut opens next, or one that is open and wanted shut closes. Undefined when it does not within
 * eight days.
 */
export function turnsAt(window: TimeWindow, now: Epoch, wanted: Truth): Epoch | undefined {
  const wall = wallClock(window.zone, now);
  if (wall === undefined) return undefined;
  const minute = now - (now % 60);
  const ahead = [window.from, window.until].map(
    (time) => (minutesOf(time) - wall.minutes + DAY_MINUTES) % DAY_MINUTES,
  );
  const days = Array.from({ length: 9 }, (_, day) => day * DAY_MINUTES);
  return days
    .flatMap((day) => ahead.flatMap((after) => SHIFTS.map((shift) => minute + (day + after) * 60 + shift)))
    .sort((a, b) => a - b)
    .find((at) => at > now && withinWindow(window, at) === wanted);
}
