/**
 * The broker alone in a process of its own: nothing else shares its heap. Its environment is the stack's.
 * Tells its parent where it stands, and how much heap is in use whenever it is asked.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT } from "../../../infra/build.ts";
import { openFunctions } from "../../../infra/local/functions.ts";
import { startGateway } from "../../../infra/local/gateway.ts";
import { readDeployment } from "../../../infra/local/routes.ts";

const deployment = readDeployment(readFileSync(join(ROOT, "serverless.yml"), "utf8"));
/** Where the file of a function is, with `*` for its name. */
const pattern = process.argv[2] ?? "dist/*.mjs";
const functions = openFunctions(deployment, (name) => pathToFileURL(join(ROOT, pattern.replace("*", name))));
await functions.warm();
const gateway = await startGateway({
  port: 0,
  hostNames: ["localhost"],
  routes: deployment.routes,
  invoke: functions.invoke,
  report: (name, thrown) => console.error(JSON.stringify({ level: "error", name, thrown: String(thrown) })),
});
/** Whatever can go: a usual collection keeps code and texts that V8 thinks it may want again, and lets go of them later. */
const COLLECTION = { type: "major", execution: "async", flavor: "last-resort" } as const;
process.on("message", async () => {
  // Twice, since what finalizers let go of is only free after the second.
  await globalThis.gc?.(COLLECTION);
  await globalThis.gc?.(COLLECTION);
  process.send?.({ heapBytes: process.memoryUsage().heapUsed });
});
process.once("disconnect", () => void gateway.stop().finally(() => process.exit(0)));
process.send?.({ url: gateway.url });
