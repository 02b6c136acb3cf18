/**
 * What a publish takes of the admin function's own work: time without a table's, memory, and how often a table is asked.
 * `npm run bench -- publish`, with sizes in SEKISHO_BENCH_RULES (`10000,100000`).
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Bench, Row } from "../row.ts";

const SIZES = process.env.SEKISHO_BENCH_RULES ?? "10000,100000";

/** One measurement of `size.ts`. */
interface Measured {
  readonly what: string;
  readonly milliseconds: number;
  /** Milliseconds of all threads, those that collect garbage among them: what others on the machine make little longer. */
  readonly processor: number;
  readonly reads: number;
  readonly writes: number;
  readonly peak: number;
}

export const bench: Bench = async () => {
  const rows: Row[] = [];
  for (const size of SIZES.split(",").map(Number)) {
    const execArgv = [`--max-old-space-size=${Math.max(1000, Math.ceil(size / 250))}`];
    const child = fork(join(import.meta.dirname, "size.ts"), [String(size)], { execArgv });
    const ended = once(child, "exit").then(([code]) => {
      throw new Error(`${size} rules ended with ${code}`);
    });
    ended.catch(() => undefined);
    const [told] = (await Promise.race([once(child, "message"), ended])) as [readonly Measured[]];
    for (const { what, milliseconds, processor, reads, writes, peak } of told) {
      const of = `${size} rules, ${what}`;
      rows.push({ what: `${of}: time`, value: milliseconds * 1000, unit: "us" });
      rows.push({ what: `${of}: processor time`, value: processor * 1000, unit: "us" });
      rows.push({ what: `${of}: table writes`, value: writes, unit: "count" });
      rows.push({ what: `${of}: items read`, value: reads, unit: "count" });
      rows.push({ what: `${of}: most memory so far, table included`, value: peak, unit: "bytes" });
    }
  }
  return rows;
};
