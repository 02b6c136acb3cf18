import { harmless } from "../lib/core/csv.ts";
import type { Impact, Move } from "../lib/core/impact.ts";

const COLUMNS = ["person", "name", "connection", "change", "account", "role", "roles before", "roles after"];

/** One row for each right that somebody gains or loses, and one that counts those not told by name; RFC 4180. */
export function impactCsv({ moves }: Impact): string {
  const rows = moves.flatMap((move) => [
    ...move.gained.map((right) => rowOf(move, "gained", right)),
    ...move.lost.map((right) => rowOf(move, "lost", right)),
    ...(move.more === undefined ? [] : [rowOf(move, "not listed", `/${move.more}`)]),
  ]);
  return [COLUMNS, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

function rowOf(
  { personId, name = "", connection, before, after }: Move,
  change: "gained" | "lost" | "not listed",
  right: string,
): string[] {
  const at = right.indexOf("/");
  const [account, role] = [right.slice(0, at), right.slice(at + 1)];
  return [personId, name, connection, change, account, role, `${before}`, `${after}`];
}

/**
 * A cell that a spreadsheet takes for text. Names come from providers, and one that begins like a formula would be run
 * by whoever opens the file.
 */
const cell = (text: string): string => `"${harmless(text).replaceAll('"', '""')}"`;
