import { Refusal } from "../core/errors.ts";
import { type Epoch, toInstant } from "../core/time.ts";
import type { Asker } from "../store/kept.ts";
import { countScheduled, putScheduled, readScheduled, type Scheduled } from "../store/scheduled.ts";
import { writeSource } from "../store/source.ts";
import type { EditionFacts } from "../store/version-records.ts";
import type { Planning, Prepared } from "./plan.ts";
import { authorAt } from "./right-then.ts";

/** So soon there is nothing to schedule, and so late nobody knows any more what was meant. */
const SOONEST_SECONDS = 60;
const LATEST_SECONDS = 90 * 86_400;
/** Every minute the schedule looks at what waits. */
const MOST_WAITING = 50;

const wrongTime = (hint: string) =>
  new Refusal("request_invalid", { field: "at" }, { about: { hint: `at: ${hint}` } });

/** @throws {Refusal} `request_invalid` of a time that is too near or too far. */
export function checkDue(dueAt: Epoch, now: Epoch): void {
  if (dueAt < now + SOONEST_SECONDS)
    throw wrongTime(`name a time at least a minute ahead; it is ${toInstant(now)} here.`);
  if (dueAt > now + LATEST_SECONDS) throw wrongTime("name a time within 90 days.");
}

/**
 * Whether something may wait until then at all.
 *
 * @throws {Refusal} `right_exceeded` where its authors would have no right by then, by what is published now;
 *   `request_invalid` where too much waits.
 */
export async function checkMayWait(broker: Planning, askers: readonly Asker[], dueAt: Epoch): Promise<void> {
  for (const asker of askers) await authorAt(broker, asker, dueAt);
  if ((await countScheduled(broker.table, broker.clock.now())) >= MOST_WAITING)
    throw wrongTime(`${MOST_WAITING} configurations wait already; cancel one, see \`sekisho scheduled\`.`);
}

interface Waiting {
  readonly id: string;
  readonly dueAt: Epoch;
  readonly hash: string;
  readonly facts: EditionFacts;
  readonly askers: readonly Asker[];
  readonly overwrite?: boolean | readonly string[];
  readonly proposal?: string;
}

/**
 * Keeps a configuration until it is due. Nobody sees it but administrators.
 *
 * @throws {Refusal} `proposal_unknown` where the same proposal was scheduled before and waits no more.
 */
export async function schedule(
  broker: Planning,
  { head, source, pages }: Prepared,
  { facts, askers, overwrite, ...waiting }: Waiting,
): Promise<void> {
  const { by, approvedBy, changes, message, origin, rollbackOf } = facts;
  const scheduled: Scheduled = {
    schema: 1,
    ...waiting,
    revision: 1,
    verdict: "open",
    by,
    ...(approvedBy === undefined ? {} : { approvedBy }),
    askers: [...askers],
    at: broker.clock.now(),
    base: head.version,
    source: await writeSource(broker.table, source, head.source, head.version, pages),
    changes,
    ...(message === undefined ? {} : { message }),
    ...(origin === undefined ? {} : { origin }),
    ...(rollbackOf === undefined ? {} : { rollbackOf }),
    ...(overwrite === undefined
      ? {}
      : { overwrite: typeof overwrite === "boolean" ? overwrite : [...overwrite] }),
    heldUntil: 0,
  };
  if (await putScheduled(broker.table, scheduled)) return;
  // Two people may agree to one proposal at once: both did, and it is there once.
  const before = await readScheduled(broker.table, scheduled.id);
  if (before?.verdict !== "open") throw new Refusal("proposal_unknown", { scheduled: before?.verdict });
}
