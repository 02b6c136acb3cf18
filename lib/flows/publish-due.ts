import type { AuditEvent } from "../core/audit.ts";
import { deadline } from "../core/deadline.ts";
import { asRefusal, Refusal, type RefusalCode } from "../core/errors.ts";
import type { Head } from "../core/rule-set.ts";
import { newReference } from "../core/secret.ts";
import { record } from "../store/audit.ts";
import { readHead } from "../store/rules.ts";
import { changeScheduled, dueScheduled, type Scheduled, TOO_LATE_SECONDS } from "../store/scheduled.ts";
import { listVersions, readVersion } from "../store/version-records.ts";
import { objectsIn, type Planning, type Prepared, prepare } from "./plan.ts";
import { publishRules } from "./publish-rules.ts";
import type { Outcome, Publishing } from "./publishing.ts";
import { retentionDays } from "./retention.ts";
import { authorAt, lastProven } from "./right-then.ts";

/** Longer than a function runs and a version is claimed: whoever held it by then does nothing any more. */
export const HELD_SECONDS = 960;
/** Milliseconds of a round in which nothing more is begun: what is begun shall be finished. */
const TIME_TO_BEGIN = 16_000;
/** More versions than these in between, and nobody can say any more what is gone over. */
const MOST_BETWEEN = 100;

/** What became of one that was due. `put off`: something was in the way that passes, and the next round tries again. */
export type Ended = { readonly id: string; readonly reference: string } & (
  | { readonly end: "published"; readonly outcome: Outcome }
  | { readonly end: "failed" | "put off"; readonly code: RefusalCode }
);

/**
 * Publishes what is due, in order of time, each as if it were applied now by whoever scheduled it: nothing that was
 * asked then is believed. One that fails does not stop the others.
 */
export async function* publishDue(broker: Planning): AsyncGenerator<Ended> {
  const { due, unreadable } = await dueScheduled(broker.table, broker.clock.now());
  for (const id of unreadable)
    yield { id, reference: newReference(), end: "put off", code: "broker_updating" };
  for (const one of due) {
    if ((deadline()?.left() ?? Number.POSITIVE_INFINITY) < TIME_TO_BEGIN) return;
    const ended = await publishOne(broker, one);
    if (ended !== undefined) yield ended;
  }
}

/** One that is held by us, as it was written last. */
interface Hand {
  held: Scheduled;
}

async function publishOne(broker: Planning, one: Scheduled): Promise<Ended | undefined> {
  const heldUntil = broker.clock.now() + HELD_SECONDS;
  const held = await changeScheduled(broker.table, one, { verdict: "publishing", heldUntil });
  if (held === undefined) return undefined;
  const hand = { held };
  const ids = { id: one.id, reference: newReference() };
  try {
    const outcome = await attempt(broker, hand, ids.reference);
    if (outcome.outcome === "refused") return await fail(broker, hand, ids, outcome.code);
    const version = outcome.outcome === "published" ? outcome.published : outcome.version;
    await decided(broker, hand, { verdict: "published", version });
    return { ...ids, end: "published", outcome };
  } catch (thrown) {
    const { code, status } = asRefusal(thrown);
    if (status < 500 && code !== "publish_in_progress") return await fail(broker, hand, ids, code);
    await changeScheduled(broker.table, hand.held, { verdict: "open", heldUntil: 0 }).catch(() => {});
    return { ...ids, end: "put off", code };
  }
}

/** @throws {Refusal} of whatever speaks against it now. */
async function attempt(broker: Planning, hand: Hand, reference: string): Promise<Outcome> {
  const { id, version, dueAt, askers, source, proposal, origin } = hand.held;
  if (version !== undefined && (await isOut(broker, version)))
    return { outcome: "unchanged", version, changes: [], problems: [] };
  const now = broker.clock.now();
  if (dueAt + TOO_LATE_SECONDS <= now) throw new Refusal("schedule_missed", { dueAt });
  const head = await readHead(broker.table);
  await refuseMoved(broker, hand.held, head);
  const authors = await Promise.all(
    askers.map(async (asker) => authorAt(broker, await lastProven(broker, asker), now)),
  );
  const author = authors.at(-1);
  if (author === undefined) throw new Refusal("right_exceeded", { askers: 0 });
  const objects = await objectsIn(broker.table, source);
  const from = origin === undefined ? {} : { origin };
  let proposed: Prepared | undefined;
  for (const other of authors.slice(0, -1)) {
    // What whoever proposed may change is asked as well; tests and the rest are asked once, below.
    proposed = await prepare(broker, head, { objects, author: other, promises: "not asked", ...from });
    if (proposed.beyond) throw new Refusal("right_exceeded", { proposal });
  }
  const scheduled = { id, going: goingBy(broker, hand) };
  const publishing = { objects, author, reference, ifVersion: head.version, scheduled };
  return publishRules(broker, { ...publishing, ...wishIn(hand.held, proposed?.mark) });
}

/** Said when everything is written and nobody sees it: where it is ours no more, nobody ever does. */
const goingBy =
  ({ table }: Planning, hand: Hand) =>
  async (version: number): Promise<void> => {
    const held = await changeScheduled(table, hand.held, { version });
    if (held === undefined) throw new Refusal("publish_in_progress", { scheduled: hand.held.id });
    hand.held = held;
  };

/** What was wished for besides the objects. @param mark Under what the files of whoever proposed are remembered. */
const wishIn = (
  { id, by, approvedBy, proposal = id, ...one }: Scheduled,
  mark: string | undefined,
): Partial<Publishing> => ({
  ...(approvedBy === undefined
    ? {}
    : { approves: { proposal, by, ...(mark === undefined ? {} : { mark }) } }),
  ...(one.message === undefined ? {} : { message: one.message }),
  ...(one.origin === undefined ? {} : { origin: one.origin }),
  ...(one.rollbackOf === undefined ? {} : { rollbackOf: one.rollbackOf }),
  ...(one.overwrite === undefined ? {} : { overwrite: one.overwrite }),
});

/** Whether an earlier try got so far that everybody sees it, and only what became of it was not written down. */
const isOut = async ({ table }: Planning, version: number): Promise<boolean> =>
  (await readVersion(table, version))?.version.state === "published";

/**
 * What was published in between is gone over only where its author said so, never by what two people agreed to, and
 * never where an operator published: a recovery must last.
 */
async function refuseMoved({ table }: Planning, one: Scheduled, head: Head): Promise<void> {
  if (head.version === one.base) return;
  const moved = new Refusal("configuration_moved", { seen: one.base, published: head.version });
  if (one.overwrite !== true || one.proposal !== undefined) throw moved;
  const { versions, more = 1 } = await listVersions(table, { most: MOST_BETWEEN });
  const between = versions.filter(({ version, state }) => version > one.base && state === "published");
  if (more > one.base + 1 || between.some(({ by }) => by.actor === "operator")) throw moved;
}

/** Writes down what became of it; who asked is forgotten then. */
async function decided(broker: Planning, hand: Hand, change: Partial<Scheduled>): Promise<void> {
  const endedAt = broker.clock.now();
  await changeScheduled(broker.table, hand.held, { ...change, askers: [], heldUntil: 0, endedAt });
}

async function fail(
  broker: Planning,
  hand: Hand,
  ids: { readonly id: string; readonly reference: string },
  code: RefusalCode,
): Promise<Ended> {
  const { version, dueAt, base, askers } = hand.held;
  if (version !== undefined && (await isOut(broker, version))) {
    await decided(broker, hand, { verdict: "published", version });
    return {
      ...ids,
      end: "published",
      outcome: { outcome: "unchanged", version, changes: [], problems: [] },
    };
  }
  const asker = askers.at(-1);
  const event: AuditEvent = {
    schema: 1,
    // The event of the refusal itself, where there is one, has the reference.
    id: `${ids.reference}-schedule`,
    at: broker.clock.now(),
    kind: "config.schedule-failed",
    actor: "broker",
    ...(asker === undefined ? {} : { personId: asker.personId, connection: asker.identity.connection }),
    code,
    detail: { scheduled: ids.id, dueAt, from: base },
  };
  await record(broker.table, event, await retentionDays(broker));
  await decided(broker, hand, { verdict: "failed", code });
  return { ...ids, end: "failed", code };
}
