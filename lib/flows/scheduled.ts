import { Refusal } from "../core/errors.ts";
import { record } from "../store/audit.ts";
import {
  changeScheduled,
  pageOfScheduled,
  readScheduled,
  type Scheduled,
  stateOfScheduled,
} from "../store/scheduled.ts";
import type { Admin } from "./admin.ts";
import { refuseUncovered } from "./covers.ts";
import { objectsIn, type Plan, type Planning } from "./plan.ts";
import { eventOf, planRules } from "./publish-rules.ts";
import { retentionDays } from "./retention.ts";
import { namesOf, type ToldBy } from "./told-versions.ts";

type Hidden = "schema" | "revision" | "source" | "askers" | "heldUntil" | "by" | "approvedBy" | "verdict";

/** What was scheduled, as administrators read it. */
export interface ToldScheduled extends Omit<Scheduled, Hidden> {
  readonly state: Scheduled["verdict"];
  readonly author: ToldBy;
  readonly approver?: ToldBy;
}

/** A page of what was scheduled, and where to go on. */
export interface ScheduledPage {
  readonly scheduled: readonly ToldScheduled[];
  readonly more?: string;
}

/** From the one that is due last back; of these, the ones in the state that is asked for, so that a page may hold fewer. */
export async function scheduledPage(
  broker: Planning,
  page: { readonly most: number; readonly before?: string },
  state?: Scheduled["verdict"],
): Promise<ScheduledPage> {
  const { scheduled, more } = await pageOfScheduled(broker.table, page);
  const told = await tell(broker, scheduled);
  return {
    scheduled: told.filter((one) => state === undefined || one.state === state),
    ...(more === undefined ? {} : { more }),
  };
}

/** One of them, with what it would change now. @throws {Refusal} `scheduled_unknown`. */
export async function showScheduled(
  broker: Planning,
  id: string,
  author: Admin,
): Promise<ToldScheduled & { readonly plan: Plan }> {
  const scheduled = await found(broker, id);
  const [told] = await tell(broker, [scheduled]);
  if (told === undefined) throw new Refusal("scheduled_unknown", {});
  const objects = await objectsIn(broker.table, scheduled.source);
  return { ...told, plan: await planRules(broker, { objects, author }) };
}

async function tell(broker: Planning, all: readonly Scheduled[]): Promise<readonly ToldScheduled[]> {
  const name = await namesOf(
    broker,
    all.flatMap(({ by, approvedBy }) => [by, approvedBy]),
  );
  const now = broker.clock.now();
  return all.map((one) => {
    const { schema: _, revision: __, source: ___, askers: ____, heldUntil: _____, ...rest } = one;
    const { by, approvedBy, verdict, version, code: ______, ...told } = rest;
    return {
      ...told,
      ...stateOfScheduled(one, now),
      author: name(by),
      ...(approvedBy === undefined ? {} : { approver: name(approvedBy) }),
      // Of one that was tried in vain it is a number that nobody sees.
      ...(version === undefined || verdict !== "published" ? {} : { version }),
    };
  });
}

async function found({ table }: Planning, id: string): Promise<Scheduled> {
  const scheduled = await readScheduled(table, id);
  if (scheduled === undefined) throw new Refusal("scheduled_unknown", {});
  return scheduled;
}

interface Cancelling {
  readonly id: string;
  readonly author: Admin;
  readonly reference: string;
}

/**
 * Ends what waits. Whoever scheduled it may, an administrator, and an editor who may change all of what it changes; of
 * what two people agreed to, no program but one that proposed it.
 *
 * @throws {Refusal} `scheduled_unknown`, `right_exceeded`, `approval_not_yours`; `publish_in_progress` where it is being published just now.
 */
export async function cancelScheduled(
  broker: Planning,
  { id, author, reference }: Cancelling,
): Promise<void> {
  const scheduled = await found(broker, id);
  const now = broker.clock.now();
  const { state } = stateOfScheduled(scheduled, now);
  if (state === "publishing") throw new Refusal("publish_in_progress", { scheduled: id });
  if (state !== "open") throw new Refusal("scheduled_unknown", { state });
  const { source, proposal, askers } = scheduled;
  if (!askers.some(({ personId }) => personId === author.personId))
    await refuseUncovered(broker, { source, takesTwo: proposal !== undefined }, author);
  const change: Partial<Scheduled> = { verdict: "cancelled", askers: [], endedAt: now };
  if ((await changeScheduled(broker.table, scheduled, change)) === undefined)
    throw new Refusal("publish_in_progress", { scheduled: id });
  const event = {
    ...eventOf(broker, { author, reference, objects: [] }, "config.schedule-cancelled"),
    detail: { scheduled: id, dueAt: scheduled.dueAt },
  };
  await record(broker.table, event, await retentionDays(broker));
}
