import type { Refusal } from "../lib/core/errors.ts";
import type { World } from "../lib/core/world.ts";
import type { Deciding } from "../lib/flows/broker.ts";
import { decideFor } from "../lib/flows/decide.ts";
import type { At, Event, Fault } from "./middleware.ts";
import { refusalPage } from "./pages/refusal.ts";
import { refusalView } from "./refusal-view.ts";
import { page, type Reply } from "./respond.ts";

/**
 * A refusal as a page: what happened, why, what to do, and the code with its reference.
 *
 * @param broker For names, and to know an administrator, who is shown the private detail too. When even that cannot be
 *   asked, the page does without.
 */
export const pageFault =
  (broker: () => Deciding): Fault =>
  async (refusal: Refusal, event: Event, at: At): Promise<Reply> => {
    const known = await asked(broker).catch(() => undefined);
    const admin = known !== undefined && (await isAdministrator(broker(), refusal, at).catch(() => false));
    const view = refusalView(refusal, event, at, known);
    return page(refusalPage(admin ? { ...view, raw: rawOf(refusal) } : view), { status: refusal.status });
  };

const asked = async (broker: () => Deciding): Promise<World> => broker().rules.world();

async function isAdministrator(broker: Deciding, { person }: Refusal, at: At): Promise<boolean> {
  if (person === undefined) return false;
  const { decision } = await decideFor(broker, person.identity, at.sourceIp);
  return decision.broker.includes("admin");
}

/** What the log holds of it, for whoever may read the log. */
const rawOf = ({ code, detail, cause }: Refusal): string =>
  JSON.stringify({ code, detail, ...(cause instanceof Error ? { cause: cause.name } : {}) }, null, 2);
