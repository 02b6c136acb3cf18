/** `npm start`: the broker, AWS's look-alike and the demo identity providers, in one process. */
import { enableCompileCache } from "node:module";
import { fileURLToPath } from "node:url";
import type { Stack } from "./stack.ts";

// Halves every start but the first. It must be on before anything large is imported, hence the imports below.
enableCompileCache(fileURLToPath(new URL("../../node_modules/.cache/sekisho", import.meta.url)));
const [{ DEFAULT_PORT }, { readyScreen, shortenLogs }, { StartRefusal, startStack }] = await Promise.all([
  import("./environment.ts"),
  import("./screen.ts"),
  import("./stack.ts"),
]);

/** How often an npm that was killed outright is noticed, milliseconds. */
const ORPHAN_CHECK = 1000;

/** PORT, or undefined when it is no port that leaves room for the others. */
function readPort(text: string | undefined): number | undefined {
  if (text === undefined || text === "") return DEFAULT_PORT;
  const port = Number(text);
  return Number.isInteger(port) && port >= 1024 && port <= 65_500 ? port : undefined;
}

function refuse(sentence: string): never {
  console.error(sentence);
  process.exit(1);
}

let stack: Stack | undefined;
let stopping = false;

async function stop(status: number): Promise<void> {
  if (stopping) process.exit(130);
  stopping = true;
  await stack?.stop();
  process.exit(status);
}

/** Under npm the process ends with npm, even when npm could not pass a signal on. */
function endWithParent(): void {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) void stop(1);
  }, ORPHAN_CHECK).unref();
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void stop(0));
process.on("uncaughtException", (thrown) => console.error("uncaught:", thrown));
process.on("unhandledRejection", (thrown) => console.error("unhandled rejection:", thrown));

const port = readPort(process.env.PORT);
if (port === undefined) refuse(`PORT=${process.env.PORT} is no port between 1024 and 65500.`);
const data = process.env.SEKISHO_DATA || undefined;
const showLogs = shortenLogs();
endWithParent();
try {
  stack = await startStack({ port, ...(data === undefined ? {} : { data }) });
} catch (thrown) {
  if (thrown instanceof StartRefusal) refuse(thrown.message);
  console.error("The stack did not start:", thrown);
  process.exit(1);
}
console.log(readyScreen(stack, process.uptime() * 1000, data));
showLogs();
