import { within } from "../lib/core/deadline.ts";
import { WORKER_SECONDS } from "../lib/core/limits.ts";
import { newReference } from "../lib/core/secret.ts";
import { openBase, openSealing, openSinks, openWayOut } from "../lib/flows/open.ts";
import { refreshConnections } from "../lib/flows/refresh-connections.ts";
import { announcement, sealAudit } from "../lib/flows/seal-audit.ts";
import { shipAudit } from "../lib/flows/ship-audit.ts";
import { log } from "./log.ts";
import { once } from "./middleware.ts";

const broker = once(() => {
  const base = openBase(process.env);
  return { ...base, ...openWayOut(base), ...openSealing(base), ...openSinks(base, process.env) };
});

/** What a schedule asks for; nothing is the round of providers. */
type Round = { readonly sekisho?: unknown } | undefined;

/** By schedule: one round of what the schedule asks for. */
export const handler = (round?: Round): Promise<object> => (round?.sekisho === "seal" ? seal() : refresh());

/**
 * Seals the audit trail as far as it is over, and takes what is sealed to every place outside. Each digest is told to the
 * log: a line kept outside the account is an anchor of everything before it.
 */
const seal = (): Promise<object> =>
  within(WORKER_SECONDS, async () => {
    const { digests, damaged, behindSeconds } = await sealAudit(broker());
    for (const digest of digests) log.event("audit sealed", announcement(digest));
    for (const number of damaged) log.event("audit leaves missing", { number }, "error");
    log.event("audit round", { sealed: digests.length, behindSeconds });
    for (const { failed, ...shipped } of await shipAudit(broker())) {
      if (failed !== undefined)
        log.event("audit sink failed", { sink: shipped.sink, error: failed }, "error");
      log.event("audit shipped", { ...shipped });
    }
    return { sealed: digests.length };
  });

/** Reads every provider's metadata and keys again. One that fails does not stop the others. */
async function refresh(): Promise<object> {
  const outcome = await within(WORKER_SECONDS, () => refreshConnections(broker(), newReference()));
  for (const alarm of outcome.alarms) log.event("provider alarm", alarm, "warn");
  log.event("connections refreshed", { refreshed: outcome.refreshed, failed: outcome.failed });
  return { refreshed: outcome.refreshed, failed: outcome.failed };
}
