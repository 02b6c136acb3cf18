/** SAML response in, session out, over HTTP: one process, a store of equal latency on every side, eight connections. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildAll } from "../../../infra/build.ts";
import { type Client, openClient } from "../load/client.ts";
import { atLeast, type Bench, type Row } from "../row.ts";
import { type Installed, installPeers } from "./install.ts";
import { readTraffic, STORE_MILLISECONDS, type Traffic } from "./wire.ts";

const CONNECTIONS = 8;
const ROUNDS = 5;
const ROUND_MILLISECONDS = 2000;
const RESPONSES = 300;
const BUDGET = 5;

interface Runner {
  readonly what: string;
  readonly url: string;
  readonly note?: string;
}

export const bench: Bench = async () => {
  await buildAll();
  const { express, jackson } = installPeers();
  const folder = mkdtempSync(join(tmpdir(), "sekisho-throughput-"));
  const path = join(folder, "traffic.json");
  const children: ChildProcess[] = [];
  const start = (file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
    told(file, [path, ...args], env, children);
  try {
    const [made] = await once(
      fork(join(import.meta.dirname, "traffic.ts"), [path, String(RESPONSES)], {
        stdio: ["ignore", "ignore", "inherit", "ipc"],
      }),
      "exit",
    );
    if (made !== 0) throw new Error("the traffic of the bench could not be made");
    const traffic = readTraffic(path);
    const { environment } = traffic;
    const store = await start("store-server.ts", []);
    const peer = (which: string, at: string) => told("peer.ts", [which, path, at], {}, children);
    const runners: Runner[] = [
      ...(await installed(express, "node-saml 5.1 and express 5.3", (at) => peer("express", at))),
      { what: "node-saml 5.1 and node:http", url: await peer("node-saml", "") },
      { what: "samlify 2.13 and node:http", url: await peer("samlify", ""), note: "no schema" },
      ...(await installed(jackson, "saml-jackson 26.2 and node:http", (at) => peer("jackson", at))),
      { what: "ours, store in the process", url: await start("ours.ts", ["here"], environment) },
      {
        what: "ours, bundled, store behind the AWS SDK",
        url: await start("ours.ts", ["there"], { ...environment, AWS_ENDPOINT_URL_DYNAMODB: store }),
        note: "marshalling, signing and HTTP of six calls besides",
      },
    ];
    return rowsOf(runners, await drive(runners, traffic), [express, jackson]);
  } finally {
    for (const child of children) if (child.connected) child.disconnect();
    rmSync(folder, { recursive: true, force: true });
  }
};

/** Starts one server and waits for its address. */
async function told(
  file: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  children: ChildProcess[],
): Promise<string> {
  const child = fork(join(import.meta.dirname, file), args, {
    env: { PATH: process.env.PATH, ...env },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  children.push(child);
  const ended = once(child, "exit").then(([code]) =>
    Promise.reject(new Error(`${file} ${args.join(" ")} ended with ${code}`)),
  );
  const [{ url }] = (await Promise.race([once(child, "message"), ended])) as [{ url: string }];
  ended.catch(() => {});
  return url;
}

async function installed(
  peer: Installed,
  what: string,
  open: (folder: string) => Promise<string>,
): Promise<Runner[]> {
  return "folder" in peer ? [{ what, url: await open(peer.folder) }] : [];
}

/** Sign-ins a second of each, round by round, in turns. */
async function drive(
  runners: readonly Runner[],
  traffic: Traffic,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const results = new Map(runners.map(({ what }) => [what, [] as number[]]));
  for (let round = -1; round < ROUNDS; round++) {
    for (const { what, url } of runners) {
      const client = openClient({ [traffic.url]: url });
      const perSecond = await oneRound(client, traffic);
      client.close();
      if (round >= 0) results.get(what)?.push(perSecond);
    }
  }
  return results;
}

let next = 0;

async function oneRound(client: Client, { acs, answers }: Traffic): Promise<number> {
  const started = performance.now();
  const ends = started + ROUND_MILLISECONDS;
  let done = 0;
  const one = async (): Promise<void> => {
    while (performance.now() < ends) {
      const answer = answers[next++ % answers.length];
      if (answer === undefined) throw new Error("no traffic");
      const { response, relayState, cookie } = answer;
      const { status, headers, text } = await client.ask(acs, {
        method: "POST",
        form: { SAMLResponse: response, RelayState: relayState },
        headers: { cookie, "sec-fetch-site": "cross-site" },
      });
      const session = headers["set-cookie"]?.some((line) => line.includes("session="));
      if (status < 300 || status > 399 || !session)
        throw new Error(`no session: ${status} ${text.slice(0, 300)}`);
      done++;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, one));
  return done / ((performance.now() - started) / 1000);
}

function rowsOf(
  runners: readonly Runner[],
  results: ReadonlyMap<string, readonly number[]>,
  installs: readonly Installed[],
): Row[] {
  const best = ({ what }: Runner): number => Math.max(...(results.get(what) ?? []));
  const middle = ({ what }: Runner): number =>
    [...(results.get(what) ?? [])].sort((a, b) => a - b)[ROUNDS >> 1] ?? Number.NaN;
  const [floor] = runners;
  if (floor === undefined) return [];
  const rows = runners.map((runner): Row => {
    const ratio = best(runner) / best(floor);
    return {
      what: runner.what,
      value: best(runner),
      median: middle(runner),
      unit: "per second",
      ...(runner === floor ? {} : { ratio }),
      ...(runner.what === "ours, store in the process"
        ? { budget: atLeast(BUDGET, ratio, `${BUDGET}x node-saml`) }
        : {}),
      note: runner.note ?? `a store of ${STORE_MILLISECONDS} ms, ${CONNECTIONS} connections`,
    };
  });
  const missing = installs.flatMap((one) => ("reason" in one ? [one.reason] : []));
  return [...rows, ...missing.map((what): Row => ({ what, value: 0, unit: "per second", note: "no row" }))];
}
