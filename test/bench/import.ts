import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { buildAll, functionNames, ROOT, sizes } from "../../infra/build.ts";
import { median, type Row } from "./row.ts";

/** Goals in milliseconds over an empty module, in docs/performance.md. */
const GOALS: Readonly<Record<string, number>> = { metadata: 50, signin: 60, credentials: 60, tokens: 50 };
const PROCESSES = 15;

/** Imports one module in a process of its own and says how long that took, in milliseconds. */
function importOnce(path: string): number {
  const code = `const before = process.hrtime.bigint();
    await import(${JSON.stringify(pathToFileURL(path).href)});
    console.log(Number(process.hrtime.bigint() - before) / 1e6);
    process.exit(0);`;
  const { stdout, stderr, status } = spawnSync(process.execPath, ["--input-type=module", "-e", code], {
    encoding: "utf8",
    env: { PATH: process.env.PATH },
  });
  if (status !== 0) throw new Error(`${path} does not load:\n${stderr}`);
  return Number(stdout);
}

/** Import of each bundle in fresh processes, taken in turns so that a busy moment of the machine hits all alike. */
export async function bench(): Promise<readonly Row[]> {
  const bundles = await buildAll();
  const folder = mkdtempSync(join(tmpdir(), "sekisho-bench-"));
  try {
    const empty = join(folder, "empty.mjs");
    writeFileSync(empty, "");
    const paths = new Map([
      ["empty", empty],
      ...functionNames().map((name) => [name, join(ROOT, "dist", `${name}.mjs`)] as const),
    ]);
    const times = new Map([...paths.keys()].map((name) => [name, [] as number[]]));
    for (let round = 0; round < PROCESSES; round++) {
      for (const [name, path] of paths) if (existsSync(path)) times.get(name)?.push(importOnce(path));
    }
    const floor = median(times.get("empty") ?? []);
    return [
      {
        what: "import an empty module",
        microseconds: floor * 1000,
        note: `median of ${PROCESSES} processes`,
      },
      ...bundles.map((made): Row => {
        const over = median(times.get(made.name) ?? []) - floor;
        const { staticBytes, lazyBytes } = sizes(made);
        const size = `${Math.ceil(staticBytes / 1000)} kB at start, ${Math.ceil(lazyBytes / 1000)} kB later`;
        const goal = GOALS[made.name];
        const bound = goal === undefined ? "" : `; goal ${goal} ms: ${over <= goal ? "held" : "MISSED"}`;
        return { what: `import ${made.name}, over empty`, microseconds: over * 1000, note: size + bound };
      }),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
