import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { systemClock } from "../../lib/core/time.ts";
import { startAws } from "./aws/server.ts";
import { createTable, startDynamoDb } from "./dynamodb.ts";
import {
  BROKER_ACCOUNT,
  busyParts,
  DEFAULT_PORT,
  enterEnvironment,
  freeBase,
  localEnvironment,
  type Part,
  partPort,
  partUrls,
  TABLE,
} from "./environment.ts";
import { type Functions, openFunctions, startSchedules } from "./functions.ts";
import { startGateway } from "./gateway.ts";
import { startCi } from "./idp/ci.ts";
import { startEntra } from "./idp/entra.ts";
import { serviceAccountFile, startGoogle } from "./idp/google.ts";
import { type Keyring, openKeyring } from "./idp/keys.ts";
import { startOkta } from "./idp/okta.ts";
import { type Deployment, readDeployment } from "./routes.ts";
import { readSeed, type SeedObject, seed } from "./seed.ts";
import { ensureAuditKey, makeKeys } from "./seed-aws.ts";

/** Everything of a broker on one machine, running. */
export interface Stack {
  /** The broker's origin. */
  readonly url: string;
  readonly urls: Readonly<Record<Part, string>>;
  /** What the functions find in their environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Whether a kept stack was opened again, rather than a fresh one filled. */
  readonly kept: boolean;
  /** Stops every server and, where there is a folder, saves; nothing is left behind. */
  stop(): Promise<void>;
}

export interface StackOptions {
  /** Port of the broker; the other parts follow (product.md). 0 finds a free range. Default 8700. */
  readonly port?: number;
  /** Folder that keeps the data between runs; in memory where absent. */
  readonly data?: string;
  /** Where failures of functions are told. */
  readonly report?: (functionName: string, thrown: unknown) => void;
  /** Opens the functions; by default those of `functions/`, in this process. */
  readonly open?: (environment: Readonly<Record<string, string>>) => {
    readonly deployment: Deployment;
    readonly functions: Functions;
  };
  /** Changes the demo configuration before it is applied; the AWS look-alike is there by then. */
  readonly prepare?: (objects: readonly SeedObject[]) => Promise<readonly SeedObject[]>;
  /** Without it the broker stands as right after its deployment: no keys, no configuration, no account that trusts it. Default true. */
  readonly fill?: boolean;
}

/** A reason not to start that the person at the keyboard can do something about. */
export class StartRefusal extends Error {}

const ROOT = new URL("../../", import.meta.url);
const HOST = "127.0.0.1";

/**
 * Starts the whole stack in this process, ready to be used when the promise resolves.
 *
 * The functions read `process.env`, as on Lambda, so a process holds one stack at a time, and the functions of one stack
 * only.
 *
 * @throws {StartRefusal} in one sentence: a port is taken, or kept data belongs to other ports.
 */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  if (options.port !== 0) return startAt(options.port ?? DEFAULT_PORT, options);
  // Somebody else may take a port between looking and listening; then another range is as good.
  for (let first = FIRST_FREE + (process.pid % RANGES) * 20, tries = 1; ; tries++) {
    const base = await freeBase(first);
    try {
      return await startAt(base, options);
    } catch (thrown) {
      if (tries === MOST_TRIES || !isPortTaken(thrown)) throw thrown;
      first = base + 20;
    }
  }
}

/** Below the ports that systems hand out by themselves, above those that people choose by hand and 10080, which no browser opens. */
const FIRST_FREE = 10_100;
const RANGES = 1000;
const MOST_TRIES = 5;

const isPortTaken = (thrown: unknown): boolean =>
  thrown instanceof StartRefusal ||
  (thrown instanceof Error && "code" in thrown && thrown.code === "EADDRINUSE");

async function startAt(port: number, options: StackOptions): Promise<Stack> {
  const undo: (() => unknown)[] = [];
  try {
    return await start({ ...options, port }, undo);
  } catch (thrown) {
    await unwind(undo);
    throw thrown;
  }
}

/** Waits for all, also when one fails: what starts a moment later must be known to be stopped. */
async function allStarted<T extends readonly unknown[] | []>(
  starting: T,
): Promise<{ -readonly [Place in keyof T]: Awaited<T[Place]> }> {
  await Promise.allSettled(starting);
  return Promise.all(starting);
}

async function unwind(undo: (() => unknown)[]): Promise<void> {
  for (const step of undo.splice(0).reverse()) await step();
}

async function start(options: StackOptions & { port: number }, undo: (() => unknown)[]): Promise<Stack> {
  const { port: base } = options;
  await refuseBusy(base);
  const store = options.data === undefined ? undefined : openStore(resolve(options.data), base);
  const keyring = openKeyring(store && join(store.folder, "keys"));
  const environment = {
    ...localEnvironment(base),
    GOOGLE_SERVICE_ACCOUNT: serviceAccountFile(
      await keyring("google-service-account"),
      `${partUrls(base).google}/token`,
    ),
  };
  undo.push(enterEnvironment(environment));

  const report = options.report ?? ((name, thrown) => console.error(`${name}:`, thrown));
  const { deployment, functions } = (options.open ?? openOurs)(environment);
  const state = store?.readAws();
  const isFilled = state === undefined && options.fill !== false;
  const [{ aws, keys }] = await allStarted([
    startAws({
      port: partPort(base, "aws"),
      host: HOST,
      clock: systemClock,
      invoke: (name, payload) => functions.invoke(name, payload),
      ...(state ? { state } : {}),
    })
      .then(stopping(undo))
      // Keys take longest to make, so they are begun while everything else starts.
      .then(async (aws) => {
        const [keys] = await Promise.all([
          isFilled ? makeKeys(aws.url, BROKER_ACCOUNT) : undefined,
          ensureAuditKey(aws.url, BROKER_ACCOUNT),
        ]);
        return { aws, keys };
      }),
    startTable(base, store && join(store.folder, "dynamodb")).then(stopping(undo)),
    startProviders(base, keyring, undo),
    startGateway({
      port: base,
      host: HOST,
      hostNames: ["localhost"],
      routes: deployment.routes,
      invoke: functions.invoke,
      report,
    }).then(stopping(undo)),
    functions.warm(),
  ]);
  const save = () => store?.writeAws(aws.snapshot());
  undo.push(save);
  if (keys) {
    const objects = readSeed(base);
    await seed(functions, base, keys, await (options.prepare?.(objects) ?? objects));
  }
  save();
  const schedules = startSchedules(deployment, functions, report);
  undo.push(schedules.stop);
  await schedules.runAll();
  const urls = partUrls(base);
  return { url: urls.broker, urls, environment, kept: state !== undefined, stop: () => unwind(undo) };
}

function openOurs(): { deployment: Deployment; functions: Functions } {
  const deployment = readDeployment(readFileSync(new URL("serverless.yml", ROOT), "utf8"));
  return {
    deployment,
    functions: openFunctions(deployment, (name) => new URL(`functions/${name}.ts`, ROOT)),
  };
}

/** Remembers how to stop what was just started, also when a neighbour fails to. */
const stopping =
  (undo: (() => unknown)[]) =>
  <Started extends { stop(): Promise<void> }>(started: Started): Started => {
    undo.push(() => started.stop());
    return started;
  };

async function refuseBusy(base: number): Promise<void> {
  const [busy] = await busyParts(base);
  if (!busy) return;
  const other = base + 100;
  throw new StartRefusal(
    `Port ${busy.port} (${busy.part}) is taken by another program: stop it, or start elsewhere with PORT=${other} npm start.`,
  );
}

async function startTable(base: number, dataDir: string | undefined) {
  const dynamodb = await startDynamoDb({
    port: partPort(base, "dynamodb"),
    host: HOST,
    ...(dataDir === undefined ? {} : { dataDir }),
  });
  await createTable(dynamodb.endpoint, TABLE);
  return dynamodb;
}

async function startProviders(base: number, keyring: Keyring, undo: (() => unknown)[]): Promise<void> {
  const brokerUrl = partUrls(base).broker;
  const at = (part: Part) => ({ port: partPort(base, part), brokerUrl, keyring });
  await allStarted([
    startOkta({
      ...at("okta"),
      acs: `${brokerUrl}/saml/okta/acs`,
      audience: `${brokerUrl}/saml/okta/metadata`,
    }).then(stopping(undo)),
    startEntra(at("entra")).then(stopping(undo)),
    startGoogle(at("google")).then(stopping(undo)),
    startCi(at("ci")).then(stopping(undo)),
  ]);
}

type AwsState = ReturnType<Awaited<ReturnType<typeof startAws>>["snapshot"]>;

/**
 * The folder of a kept stack: `dynamodb/`, `keys/`, and `aws.json`, which says when the stack was filled.
 *
 * @throws {StartRefusal} when the data was made for other ports: addresses are part of it.
 */
function openStore(folder: string, base: number) {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, "aws.json");
  const kept = existsSync(file)
    ? (JSON.parse(readFileSync(file, "utf8")) as { base: number; state: AwsState })
    : undefined;
  if (kept && kept.base !== base)
    throw new StartRefusal(
      `${folder} was made with PORT=${kept.base}: start with that port, or name another folder in SEKISHO_DATA.`,
    );
  return {
    folder,
    readAws: () => kept?.state,
    writeAws(state: AwsState) {
      // Private keys are in it, though of a look-alike.
      writeFileSync(file, JSON.stringify({ base, state }), { mode: 0o600 });
      chmodSync(file, 0o600);
    },
  };
}
