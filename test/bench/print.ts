import type { Row, Unit } from "./row.ts";

export function printTable(name: string, rows: readonly Row[]): void {
  const width = Math.max(...rows.map(({ what }) => what.length));
  console.log(`\n${name}`);
  for (const row of rows) console.log(`  ${cells(row, width).join("  ").trimEnd()}`);
}

function cells({ what, value, unit, median, ratio, budget, note = "" }: Row, width: number): string[] {
  const middle = median === undefined ? "" : `(${told(median, unit)})`;
  const times = ratio === undefined ? "" : `${ratio.toFixed(ratio < 10 ? 2 : 0)}x`;
  const kept = budget?.held ? "HELD" : "MISSED";
  return [
    what.padEnd(width),
    told(value, unit).padStart(10),
    middle.padStart(11),
    times.padStart(7),
    budget === undefined ? "" : `${kept}: ${budget.promise};`,
    note,
  ];
}

/** @returns How many budgets were missed. */
export function printSummary(rows: readonly Row[]): number {
  const promised = rows.flatMap(({ what, budget }) => (budget === undefined ? [] : [{ what, ...budget }]));
  const missed = promised.filter(({ held }) => !held);
  console.log(`\n${promised.length - missed.length} of ${promised.length} budgets held.`);
  for (const { what, promise } of missed) console.log(`  MISSED: ${what}, ${promise}`);
  console.log(
    "Times are of the fastest tenth of the rounds, medians in parentheses; ratios compare within one run.",
  );
  return missed.length;
}

function told(value: number, unit: Unit): string {
  switch (unit) {
    case "us":
      return duration(value);
    case "bytes":
      return `${Math.ceil(value / 1000)} kB`;
    case "per second":
      return `${value.toFixed(value < 100 ? 1 : 0)}/s`;
    case "count":
      return String(value);
    case "slope":
      return value.toFixed(3);
  }
}

function duration(microseconds: number): string {
  if (microseconds < 1000) return `${microseconds.toFixed(microseconds < 100 ? 1 : 0)} us`;
  return `${(microseconds / 1000).toFixed(microseconds < 100_000 ? 2 : 0)} ms`;
}
