/**
 * `npm run bench [-- NAME ...] [--strict]`: the benches beside it, as a table and as JSON in dist/bench.json. Those that
 * install something run only when they are named.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { printSummary, printTable } from "./print.ts";
import type { Row } from "./row.ts";

const BENCHES = ["verify", "mint", "decide", "bundle", "import"];
const ON_REQUEST = ["cost", "publish", "rules", "throughput"];

/** Its rows, made in a process of its own: what one bench leaves behind in the heap and the compiler slows the next. */
async function rowsOf(name: string): Promise<readonly Row[]> {
  const child = fork(join(import.meta.dirname, "one.ts"), [name]);
  const ended = once(child, "exit").then(([code]) =>
    Promise.reject(new Error(`the bench ${name} ended with ${code} and no rows`)),
  );
  ended.catch(() => undefined);
  const [rows] = await Promise.race([once(child, "message"), ended]);
  return rows as readonly Row[];
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { strict: { type: "boolean", default: false } },
});
const all = [...BENCHES, ...ON_REQUEST];
const wanted = positionals.length > 0 ? positionals : BENCHES;
const unknown = wanted.find((name) => !all.includes(name));
if (unknown !== undefined) {
  console.error(`No bench is called ${unknown}. There are: ${all.join(", ")}`);
  process.exit(2);
}

const machine = {
  cpu: cpus()[0]?.model.trim() ?? "unknown",
  cores: availableParallelism(),
  memoryGb: Math.round(totalmem() / 2 ** 30),
  node: process.version,
  platform: `${process.platform} ${process.arch}`,
  /** Of the minute before; more than a little means that others were at work. */
  load: Number(loadavg()[0]?.toFixed(1)),
  command: ["npm run bench", ...(positionals.length > 0 ? ["--", ...positionals] : [])].join(" "),
};
console.log(
  `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, Node ${machine.node}, load ${machine.load}`,
);

const tables: Record<string, readonly Row[]> = {};
for (const name of wanted) {
  const rows = await rowsOf(name);
  tables[name] = rows;
  printTable(name, rows);
}

const missed = printSummary(Object.values(tables).flat());
const folder = join(import.meta.dirname, "../../dist");
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "bench.json"), `${JSON.stringify({ machine, tables }, undefined, 2)}\n`);
console.log("As JSON: dist/bench.json");
if (values.strict && missed > 0) process.exitCode = 1;
