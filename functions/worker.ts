import { within } from "../lib/core/deadline.ts";
import { WORKER_SECONDS } from "../lib/core/limits.ts";
import { newReference } from "../lib/core/secret.ts";
import { openBase, openWayOut } from "../lib/flows/open.ts";
import { refreshConnections } from "../lib/flows/refresh-connections.ts";
import { log } from "./log.ts";
import { once } from "./middleware.ts";

const broker = once(() => {
  const base = openBase(process.env);
  return { ...base, ...openWayOut(base) };
});

/** By schedule: reads every provider's metadata and keys again. One that fails does not stop the others. */
export const handler = async (): Promise<{ refreshed: number; failed: number }> => {
  const outcome = await within(WORKER_SECONDS, () => refreshConnections(broker(), newReference()));
  for (const alarm of outcome.alarms) log.event("provider alarm", alarm, "warn");
  log.event("connections refreshed", { refreshed: outcome.refreshed, failed: outcome.failed });
  return { refreshed: outcome.refreshed, failed: outcome.failed };
};
