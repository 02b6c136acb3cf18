/**
 * `npm run load [-- SECONDS CALLS]`: 200 sign-ins at once for a minute, then 10,000 credentials calls, on loopback.
 * Says how long each took, and ends with 1 when one failed, the heap afterwards differs by more than 10%, or p99 is beyond 5x p50.
 *
 * The table, AWS and the providers are on this machine as well, and everything waits for them. So the bench first finds
 * out how many sign-ins all of it together can do, and then asks for half of that: people type a password. Asking for
 * more measures how the demo table queues, until every call to it takes longer than a request may. Programs are few and
 * call again as soon as they are answered.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { buildAll, ROOT } from "../../../infra/build.ts";
import { openClient } from "./client.ts";
import {
  atOnce,
  CREDENTIALS,
  fetchOnce,
  newTally,
  providerSession,
  SIGN_IN,
  signInOnce,
  type Tally,
  workloadToken,
} from "./drive.ts";

const PEOPLE = 200;
/** As many at once keep every core busy, and queue no longer than that takes. */
const FEW = 8;
const SHARE = 0.5;
const WARMING_CALLS = 500;
const LARGEST_DIFFERENCE = 0.1;
const LARGEST_SPREAD = 5;
/** What a person or a program waits for; of what it consists is told besides. */
const JUDGED = [SIGN_IN, CREDENTIALS];
const [seconds = 60, calls = 10_000] = process.argv.slice(2).map(Number);

const children: ChildProcess[] = [];
function child(file: string, args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  const started = fork(join(import.meta.dirname, file), args, {
    env,
    execArgv: ["--expose-gc"],
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  children.push(started);
  return started;
}
const told = async <Told>(from: ChildProcess): Promise<Told> =>
  (
    await Promise.race([
      once(from, "message"),
      once(from, "exit").then(([code]) =>
        Promise.reject(new Error(`a process of the bench ended with ${code}`)),
      ),
    ])
  )[0] as Told;

/** Lines that say something is wrong with us rather than with whoever asked. */
let faults = 0;

async function heap(broker: ChildProcess): Promise<number> {
  broker.send("heap");
  return (await told<{ heapBytes: number }>(broker)).heapBytes;
}

const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

function summary(tally: Tally, took: number) {
  return Object.entries(tally.times).map(([what, times]) => {
    const sorted = [...times].sort((a, b) => a - b);
    const [p50, p99] = [at(sorted, 0.5), at(sorted, 0.99)];
    return { what, count: sorted.length, perSecond: sorted.length / took, p50, p99, spread: p99 / p50 };
  });
}

/** How many a second all of it together can do, a few at once. The first ones only warm it up. */
async function capacity(many: number, once: () => Promise<unknown>, tally: Tally): Promise<number> {
  let left = many;
  let begun = performance.now();
  await atOnce(
    FEW,
    () => {
      if (left === many >> 1) begun = performance.now();
      return left-- > 0;
    },
    once,
    tally,
  );
  return (many >> 1) / ((performance.now() - begun) / 1000);
}

/** Pauses by which so many at once ask for a share of what can be done, each a little longer or shorter than the last. */
function pauses(many: number, perSecond: number): () => Promise<void> {
  const mean = (many / (SHARE * perSecond)) * 1000;
  return () => new Promise((resume) => setTimeout(resume, mean * (0.5 + Math.random())));
}

async function run(): Promise<boolean> {
  await buildAll();
  const surroundings = child("surroundings.ts", [], process.env);
  surroundings.stdout?.resume();
  surroundings.stderr?.pipe(process.stderr);
  const { urls, environment } = await told<{
    urls: Record<"broker" | "okta" | "ci", string>;
    environment: Record<string, string>;
  }>(surroundings);
  const broker = child("broker.ts", ["dist/*.mjs"], { PATH: process.env.PATH, ...environment });
  for (const stream of [broker.stdout, broker.stderr])
    stream?.on("data", (chunk: Buffer) => {
      faults += chunk.toString().match(/"level":"error"/g)?.length ?? 0;
    });
  const { url } = await told<{ url: string }>(broker);
  const client = openClient({ [urls.broker]: url });
  const provider = await providerSession(client, urls);

  const warm = newTally();
  let token = await workloadToken(client, urls);
  const signInsPerSecond = await capacity(2 * PEOPLE, () => signInOnce(client, urls, provider, warm), warm);
  let warming = WARMING_CALLS;
  const call = (tally: Tally) => () => fetchOnce(client, urls, token, tally);
  await atOnce(FEW, () => warming-- > 0, call(warm), warm);
  const before = await heap(broker);

  const signIns = newTally();
  const started = performance.now();
  const ends = started + seconds * 1000;
  const atProvider = pauses(PEOPLE, signInsPerSecond);
  const come = new Set<number>();
  await atOnce(
    PEOPLE,
    () => performance.now() < ends,
    async (person) => {
      // They come one after the other, and are at it all at once from then on.
      if (!come.has(person)) await atProvider();
      come.add(person);
      await signInOnce(client, urls, provider, signIns, atProvider);
    },
    signIns,
  );
  const signingIn = (performance.now() - started) / 1000;

  const fetches = newTally();
  let left = calls;
  const begun = performance.now();
  await atOnce(
    FEW,
    () => left-- > 0,
    async () => {
      if (left % 1000 === 0) token = await workloadToken(client, urls);
      await call(fetches)();
    },
    fetches,
  );
  const fetching = (performance.now() - begun) / 1000;
  const after = await heap(broker);
  client.close();

  const rows = [...summary(signIns, signingIn), ...summary(fetches, fetching)];
  const errors = [...warm.errors, ...signIns.errors, ...fetches.errors];
  const growth = after / before - 1;
  const machine = `${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ${process.version}`;
  console.log(
    `${machine}; ${PEOPLE} sign-ins at once for ${seconds} s, at half of the ${signInsPerSecond.toFixed(0)} a second that can be done; then ${calls} calls by ${FEW} programs`,
  );
  for (const { what, count, perSecond, p50, p99, spread } of rows)
    console.log(
      `  ${what.padEnd(30)} ${String(count).padStart(7)}  ${perSecond.toFixed(0).padStart(5)}/s  p50 ${p50.toFixed(0).padStart(5)} ms  p99 ${p99.toFixed(0).padStart(5)} ms  ${spread.toFixed(1)}x`,
    );
  console.log(`  errors ${errors.length}, error lines in the log ${faults}`);
  console.log(
    `  heap ${(before / 1e6).toFixed(1)} MB before, ${(after / 1e6).toFixed(1)} MB after: ${(100 * growth).toFixed(1)}%`,
  );
  for (const sentence of [...new Set(errors)].slice(0, 5)) console.error(`  ${sentence}`);
  mkdirSync(join(ROOT, "dist"), { recursive: true });
  const json = { machine, seconds, calls, rows, errors: errors.length, faults, heap: { before, after } };
  writeFileSync(join(ROOT, "dist/load.json"), `${JSON.stringify(json, undefined, 2)}\n`);
  const wide = rows.filter(({ what, spread }) => JUDGED.includes(what) && spread > LARGEST_SPREAD);
  for (const { what } of wide) console.error(`  ${what}: p99 is beyond ${LARGEST_SPREAD}x p50`);
  if (Math.abs(growth) > LARGEST_DIFFERENCE) console.error("  the heap is not what it was within 10%");
  return errors.length === 0 && faults === 0 && Math.abs(growth) <= LARGEST_DIFFERENCE && wide.length === 0;
}

try {
  process.exitCode = (await run()) ? 0 : 1;
} finally {
  for (const each of children) if (each.connected) each.disconnect();
}
