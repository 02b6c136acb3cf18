import { randomUUID } from "node:crypto";
import type { Context } from "aws-lambda";
import type { Handler } from "./gateway.ts";
import type { Deployment } from "./routes.ts";

/** The functions of a deployment, invoked by name as Lambda would. */
export interface Functions {
  invoke(name: string, event: unknown, requestId?: string): Promise<unknown>;
  /** Imports every function, so that the first visitor does not wait for it. @throws {Error} of a file that does not load. */
  warm(): Promise<void>;
}

/**
 * Opens functions, each imported on first use: the environment must be in place by then.
 *
 * @param fileOf Where the file of a function is.
 */
export function openFunctions(deployment: Deployment, fileOf: (name: string) => URL): Functions {
  const opened = new Map<string, Promise<Handler>>();
  const open = (name: string): Promise<Handler> => {
    const handler = opened.get(name) ?? load(deployment, fileOf(name), name);
    opened.set(name, handler);
    return handler;
  };
  return {
    async invoke(name, event, requestId = randomUUID()) {
      const handler = await open(name);
      const seconds = deployment.functions.get(name)?.timeoutSeconds ?? 6;
      return handler(event, contextOf(name, requestId, Date.now() + seconds * 1000));
    },
    async warm() {
      await Promise.all([...deployment.functions.keys()].map(open));
    },
  };
}

async function load(deployment: Deployment, file: URL, name: string): Promise<Handler> {
  if (!deployment.functions.has(name)) throw new Error(`serverless.yml has no function ${name}`);
  const module: unknown = await import(file.href);
  if (typeof module === "object" && module !== null && "handler" in module && isHandler(module.handler))
    return module.handler;
  throw new Error(`${file.pathname} exports no handler`);
}

const isHandler = (value: unknown): value is Handler => typeof value === "function";

function contextOf(name: string, requestId: string, endsAt: number): Context {
  const unused = (): never => {
    throw new Error("callbacks do not exist on this runtime; return a promise");
  };
  return {
    awsRequestId: requestId,
    functionName: name,
    functionVersion: "$LATEST",
    invokedFunctionArn: `arn:aws:lambda:us-east-1:999999999999:function:${name}`,
    memoryLimitInMB: "1024",
    logGroupName: `/aws/lambda/${name}`,
    logStreamName: "local",
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: () => Math.max(0, endsAt - Date.now()),
    done: unused,
    fail: unused,
    succeed: unused,
  };
}

/** Invokes scheduled functions by their rates until told to stop. Nothing runs before the first rate has passed. */
export function startSchedules(
  deployment: Deployment,
  functions: Functions,
  report: (functionName: string, thrown: unknown) => void,
): { runAll(): Promise<void>; stop(): void } {
  const run = async ({ functionName, input }: Deployment["schedules"][number]): Promise<void> => {
    try {
      await functions.invoke(functionName, input);
    } catch (thrown) {
      report(functionName, thrown);
    }
  };
  const timers = deployment.schedules.map((schedule) =>
    setInterval(() => void run(schedule), schedule.rateSeconds * 1000).unref(),
  );
  return {
    runAll: async () => {
      await Promise.all(deployment.schedules.map(run));
    },
    stop: () => timers.forEach(clearInterval),
  };
}
