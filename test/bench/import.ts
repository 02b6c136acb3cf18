/** What a cold start costs of our own: the import of each bundle in a fresh process, and its first request besides. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { buildAll, functionNames, ROOT } from "../../infra/build.ts";
import { eventOf } from "../support/event.ts";
import { atMost, type Row } from "./row.ts";
import { openSurroundings, type Surroundings } from "./surroundings.ts";
import { type Taken, takenOf } from "./timing.ts";

/** Goals in milliseconds over an empty module, in docs/performance.md. */
const GOALS: Readonly<Record<string, number>> = { metadata: 50, signin: 60, credentials: 60, tokens: 50 };
const PROCESSES = 25;

/** What a fresh process says: milliseconds of the import, and of the first request if there was one. */
interface Started {
  readonly imported: number;
  readonly answered: number;
  readonly status: number;
}

/** Imports one module in a process of its own, which then answers one request. */
function startOnce(path: string, environment: Readonly<Record<string, string>>, event?: object): Started {
  const code = `const { hrtime } = process;
    const before = hrtime.bigint();
    const { handler } = await import(${JSON.stringify(pathToFileURL(path).href)});
    const imported = hrtime.bigint();
    const event = ${JSON.stringify(event) ?? "undefined"};
    const reply = event === undefined ? {} : await handler(event, {});
    const answered = hrtime.bigint();
    const milliseconds = (from, to) => Number(to - from) / 1e6;
    console.error(JSON.stringify({
      imported: milliseconds(before, imported),
      answered: milliseconds(imported, answered),
      status: reply.statusCode ?? 0,
    }));
    process.exit(0);`;
  const { stderr, status } = spawnSync(process.execPath, ["--input-type=module", "-e", code], {
    encoding: "utf8",
    env: { PATH: process.env.PATH, ...environment },
  });
  // What a function logs goes to the other stream.
  const told = stderr.split("\n").findLast((line) => line.startsWith('{"imported"'));
  if (status !== 0 || told === undefined) throw new Error(`${path} does not load:\n${stderr}`);
  return JSON.parse(told);
}

/** One request for each function that people or programs wait for; each reads the table. */
function requests({
  urls,
  session,
}: Surroundings): Readonly<Record<string, { what: string; event: object }>> {
  const host = new URL(urls.broker).host;
  const of = (what: string, asked: Parameters<typeof eventOf>[0]) => ({
    what,
    event: eventOf({ route: what, headers: { host }, ...asked }),
  });
  const cookies = [session];
  const challenge = "a".repeat(43);
  const authorize = { purpose: "api", port: "49152", state: "b".repeat(16), challenge };
  return {
    metadata: of("GET /saml/{connection}/metadata", { parameters: { connection: "okta" } }),
    signin: of("GET /signin/{connection}", { parameters: { connection: "okta" } }),
    credentials: of("GET /", { cookies }),
    tokens: of("GET /api/login/authorize", {
      cookies,
      query: new URLSearchParams(authorize).toString(),
    }),
  };
}

/** Fresh processes, taken in turns so that a busy moment of the machine hits all alike. */
export async function bench(): Promise<readonly Row[]> {
  await buildAll();
  const folder = mkdtempSync(join(tmpdir(), "sekisho-bench-"));
  const surroundings = await openSurroundings();
  try {
    const empty = join(folder, "empty.mjs");
    writeFileSync(empty, "export {};\n");
    const first = requests(surroundings);
    const imports = new Map([
      ["empty", [] as number[]],
      ...functionNames().map((name) => [name, [] as number[]] as const),
    ]);
    const both = new Map(Object.keys(first).map((name) => [name, [] as number[]]));
    for (let round = 0; round < PROCESSES; round++) {
      imports.get("empty")?.push(startOnce(empty, {}).imported);
      for (const name of functionNames()) {
        const asked = first[name];
        const { imported, answered, status } = startOnce(
          join(ROOT, "dist", `${name}.mjs`),
          surroundings.environment,
          asked?.event,
        );
        if (asked !== undefined && (status < 200 || status > 399))
          throw new Error(`the first request of ${name}, ${asked.what}, was answered with ${status}`);
        imports.get(name)?.push(imported);
        both.get(name)?.push(imported + answered);
      }
    }
    return rowsOf(imports, both, first);
  } finally {
    await surroundings.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function rowsOf(
  imports: ReadonlyMap<string, readonly number[]>,
  both: ReadonlyMap<string, readonly number[]>,
  first: Readonly<Record<string, { what: string }>>,
): Row[] {
  const floor = takenOf(imports.get("empty") ?? []);
  const over = (taken: Taken) => ({
    value: (taken.quiet - floor.quiet) * 1000,
    median: (taken.median - floor.median) * 1000,
    unit: "us" as const,
  });
  const [, ...named] = imports;
  return [
    {
      what: "import an empty module",
      value: floor.quiet * 1000,
      median: floor.median * 1000,
      unit: "us",
      note: `${PROCESSES} processes of each, in turns`,
    },
    ...named.map(([name, times]): Row => {
      const row = { what: `import ${name}, over empty`, ...over(takenOf(times)) };
      const goal = GOALS[name];
      return goal === undefined ? row : { ...row, budget: atMost(goal * 1000, row.value, `${goal} ms`) };
    }),
    ...[...both].map(
      ([name, times]): Row => ({
        what: `import ${name} and answer its first request, over empty`,
        ...over(takenOf(times)),
        note: first[name]?.what ?? "",
      }),
    ),
  ];
}
