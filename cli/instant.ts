import { type Epoch, parseInstant } from "../lib/core/time.ts";
import { EXIT, Stop } from "./command.ts";

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** An instant as a person writes it: whole, a day, or so long ago. @throws {Stop} */
export function instantOf(text: string, now: Epoch): Epoch {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (count !== undefined && unit !== undefined) return now - Number(count) * (UNITS[unit] ?? 0);
  const at = parseInstant(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);
  if (at === undefined)
    throw new Stop(
      EXIT.usage,
      `${text} is no instant: write 2026-11-22T09:41:00Z, 2026-11-22, 7d, 12h or 30m.`,
    );
  return at;
}
