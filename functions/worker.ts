import { within } from "../lib/core/deadline.ts";
import { WORKER_SECONDS } from "../lib/core/limits.ts";
import { newReference } from "../lib/core/secret.ts";
import { openBase, openSealing, openWayOut } from "../lib/flows/open.ts";
import { refreshConnections } from "../lib/flows/refresh-connections.ts";
import { announcement, sealAudit } from "../lib/flows/seal-audit.ts";
import { log } from "./log.ts";
import { once } from "./middleware.ts";

const broker = once(() => {
  const base = openBase(process.env);
  return { ...base, ...openWayOut(base), ...openSealing(base) };
});

/** What a schedule asks for; nothing is the round of providers. */
type Round = { readonly sekisho?: unknown } | undefined;

/** By schedule: one round of what the schedule asks for. */
export const handler = (round?: Round): Promise<object> => (round?.sekisho === "seal" ? seal() : refresh());

/**
 * Seals the audit trail as far as it is over. Each digest is told to the log: a line kept outside the account is an
 * anchor of everything before it.
 */
async function seal(): Promise<object> {
  const { digests, damaged } = await within(WORKER_SECONDS, () => sealAudit(broker()));
  for (const digest of digests) log.event("audit sealed", announcement(digest));
  for (const number of damaged) log.event("audit leaves missing", { number }, "error");
  return { sealed: digests.length };
}

/** Reads every provider's metadata and keys again. One that fails does not stop the others. */
async function refresh(): Promise<object> {
  const outcome = await within(WORKER_SECONDS, () => refreshConnections(broker(), newReference()));
  for (const alarm of outcome.alarms) log.event("provider alarm", alarm, "warn");
  log.event("connections refreshed", { refreshed: outcome.refreshed, failed: outcome.failed });
  return { refreshed: outcome.refreshed, failed: outcome.failed };
}
