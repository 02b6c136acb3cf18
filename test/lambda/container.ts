import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { listen } from "../../infra/local/gateway.ts";

/** Longest event or answer of one synchronous invocation, bytes. */
const LONGEST = 6 * 1024 * 1024;

export interface Launch {
  readonly handler: string;
  readonly functionName: string;
  readonly timeoutSeconds: number;
  /** The unpacked zip. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Every line the function prints. */
  readonly heard: (line: string) => void;
}

/** One execution environment: a process that takes one event at a time, and the runtime API it takes them from. */
export interface Container {
  /** From starting the process to its first wish for an event. */
  readonly initMilliseconds: number;
  readonly served: () => number;
  readonly alive: () => boolean;
  /** @throws {Error} named as the function's own, or `Runtime.ExitError`, `Sandbox.Timedout`. */
  invoke(event: unknown): Promise<unknown>;
  /** Loses the answer of the next event: the process ends when it has done all its work. */
  loseNext(): void;
  /** Stops it where it stands once it waits for an event, as Lambda does: never while it is still talking. */
  freeze(): Promise<void>;
  thaw(): void;
  stop(): Promise<void>;
}

interface Invocation {
  readonly id: string;
  readonly wire: string;
  readonly endsAt: number;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

const failure = (name: string, message: string): Error => Object.assign(new Error(message), { name });

/**
 * Starts one environment and waits until it asks for its first event.
 *
 * @throws {Error} what the function's module threw while it was loaded.
 */
export async function startContainer(launch: Launch): Promise<Container> {
  const started = performance.now();
  const ready = Promise.withResolvers<void>();
  let child: ChildProcess | undefined;
  let current: Invocation | undefined;
  let waiting: ServerResponse | undefined;
  let idle = Promise.withResolvers<void>();
  let served = 0;
  let losing = false;
  let gone: Error | undefined;

  const hand = (to: ServerResponse, { id, wire, endsAt }: Invocation): void => {
    to.writeHead(200, {
      "content-type": "application/json",
      "lambda-runtime-aws-request-id": id,
      "lambda-runtime-deadline-ms": String(endsAt),
      "lambda-runtime-invoked-function-arn": `arn:aws:lambda:us-east-1:999999999999:function:${launch.functionName}`,
      "lambda-runtime-trace-id": `Root=1-${id.slice(0, 8)}-${id.replaceAll("-", "").slice(8)}`,
    });
    to.end(wire);
  };
  const next = (answer: ServerResponse): void => {
    ready.resolve();
    if (current === undefined) {
      waiting = answer;
      idle.resolve();
    } else hand(answer, current);
  };
  const finish = (work: (invocation: Invocation) => void): void => {
    const done = current;
    current = undefined;
    served++;
    if (done !== undefined) work(done);
  };
  const route = async (asked: IncomingMessage, answer: ServerResponse): Promise<void> => {
    const path = (asked.url ?? "").replace("/2018-06-01/runtime/", "");
    if (path === "invocation/next") return next(answer);
    const parts: Buffer[] = [];
    for await (const part of asked) parts.push(part as Buffer);
    const text = Buffer.concat(parts).toString("utf8");
    if (losing && path.endsWith("/response")) {
      child?.kill("SIGKILL");
      return;
    }
    answer.writeHead(202).end("{}");
    if (path === "init/error") return ready.reject(failureOf(text));
    if (path.endsWith("/error")) return finish(({ reject }) => reject(failureOf(text)));
    finish(({ resolve, reject }) =>
      Buffer.byteLength(text) > LONGEST
        ? reject(failure("Function.ResponseSizeTooLarge", "Response payload size exceeded 6 MB"))
        : resolve(JSON.parse(text)),
    );
  };
  const server = createServer((asked, answer) => {
    route(asked, answer).catch(() => answer.destroy());
  });
  // An environment that is frozen keeps its connection: the runtime API never hangs up on it.
  server.keepAliveTimeout = 0;
  const api = await listen(server, 0, "127.0.0.1");
  child = spawn(process.execPath, [join(import.meta.dirname, "bootstrap.mjs")], {
    cwd: launch.folder,
    env: {
      ...launch.environment,
      AWS_LAMBDA_RUNTIME_API: new URL(api.url).host,
      AWS_LAMBDA_FUNCTION_NAME: launch.functionName,
      LAMBDA_TASK_ROOT: launch.folder,
      _HANDLER: launch.handler,
      PATH: "/usr/bin:/bin",
      TZ: ":UTC",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => {
      for (const line of chunk.toString("utf8").split("\n")) if (line !== "") launch.heard(line);
    });
  const ended = new Promise<void>((resolve) => {
    child?.once("exit", (code, signal) => {
      gone = failure("Runtime.ExitError", `the runtime exited with ${signal ?? code}`);
      ready.reject(gone);
      finish(({ reject }) => reject(gone ?? new Error()));
      resolve();
    });
  });
  const stop = async (): Promise<void> => {
    child?.kill("SIGKILL");
    await Promise.all([ended, api.stop()]);
  };
  try {
    await ready.promise;
  } catch (thrown) {
    await stop();
    throw thrown;
  }
  return {
    initMilliseconds: performance.now() - started,
    served: () => served,
    alive: () => gone === undefined,
    loseNext: () => {
      losing = true;
    },
    freeze: async () => {
      await idle.promise;
      child?.kill("SIGSTOP");
    },
    thaw: () => child?.kill("SIGCONT"),
    stop,
    invoke: (event) =>
      new Promise((resolve, reject) => {
        if (gone !== undefined) return reject(gone);
        const wire = JSON.stringify(event);
        const milliseconds = launch.timeoutSeconds * 1000;
        const timer = setTimeout(() => {
          reject(failure("Sandbox.Timedout", `timed out after ${launch.timeoutSeconds} seconds`));
          child?.kill("SIGKILL");
        }, milliseconds);
        const settle =
          <T>(how: (value: T) => void) =>
          (value: T): void => {
            clearTimeout(timer);
            how(value);
          };
        current = {
          id: randomUUID(),
          wire,
          endsAt: Date.now() + milliseconds,
          resolve: settle(resolve),
          reject: settle(reject),
        };
        idle = Promise.withResolvers();
        if (waiting !== undefined) hand(waiting, current);
        waiting = undefined;
      }),
  };
}

function failureOf(text: string): Error {
  const { errorType, errorMessage } = JSON.parse(text) as { errorType: string; errorMessage: string };
  return failure(errorType, errorMessage);
}
