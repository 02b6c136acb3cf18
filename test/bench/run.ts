/** `npm run bench [-- NAME ...]`: every bench beside it, as a table and as JSON in dist/bench.json. */
import { globSync, mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";
import { basename, join } from "node:path";
import type { Bench, Row } from "./row.ts";

const HERE = import.meta.dirname;
const OTHERS = ["run.ts", "row.ts"];
const wanted = process.argv.slice(2);

const files = globSync("*.ts", { cwd: HERE })
  .filter((file) => !OTHERS.includes(file))
  .filter((file) => wanted.length === 0 || wanted.includes(basename(file, ".ts")))
  .sort();
if (files.length === 0) {
  console.error(`No bench of that name. There are: ${globSync("*.ts", { cwd: HERE }).join(", ")}`);
  process.exit(2);
}

const machine = {
  cpu: cpus()[0]?.model.trim() ?? "unknown",
  cores: availableParallelism(),
  memoryGb: Math.round(totalmem() / 2 ** 30),
  node: process.version,
  platform: `${process.platform} ${process.arch}`,
  command: ["npm run bench", ...(wanted.length > 0 ? ["--", ...wanted] : [])].join(" "),
};
console.log(Object.values(machine).join(", "));

const tables: Record<string, readonly Row[]> = {};
for (const file of files) {
  const name = basename(file, ".ts");
  const module: { bench?: Bench } = await import(join(HERE, file));
  if (module.bench === undefined) continue;
  const rows = await module.bench();
  tables[name] = rows;
  print(name, rows);
}

function print(name: string, rows: readonly Row[]): void {
  const width = Math.max(...rows.map(({ what }) => what.length));
  console.log(`\n${name}`);
  for (const { what, microseconds, ratio, note } of rows) {
    const times = ratio === undefined ? "" : `${ratio.toFixed(ratio < 10 ? 2 : 0)}x`;
    console.log(
      `  ${what.padEnd(width)}  ${duration(microseconds).padStart(10)}  ${times.padStart(8)}  ${note ?? ""}`,
    );
  }
}

function duration(microseconds: number): string {
  if (microseconds < 1000) return `${microseconds.toFixed(microseconds < 100 ? 1 : 0)} us`;
  return `${(microseconds / 1000).toFixed(microseconds < 100_000 ? 2 : 0)} ms`;
}

const json = join(HERE, "../../dist/bench.json");
mkdirSync(join(HERE, "../../dist"), { recursive: true });
writeFileSync(json, `${JSON.stringify({ machine, tables }, undefined, 2)}\n`);
console.log("\nAs JSON: dist/bench.json");
