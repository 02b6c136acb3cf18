import { createHash } from "node:crypto";
import type { AuditEvent } from "../core/audit.ts";
import { Refusal } from "../core/errors.ts";
import type { Problem } from "../core/problem.ts";
import type { Epoch } from "../core/time.ts";
import { fileTold } from "../rules/granting.ts";
import { placements } from "../rules/place.ts";
import { markApplied } from "../store/applied.ts";
import { record } from "../store/audit.ts";
import { publishEdition } from "../store/publish.ts";
import { readHead } from "../store/rules.ts";
import { scheduledId } from "../store/scheduled.ts";
import { unmeant } from "./drift.ts";
import {
  type Author,
  LOCKED_OUT,
  type Plan,
  type Planning,
  type Prepared,
  prepare,
  type Wished,
} from "./plan.ts";
import { propose, takesTwo } from "./propose.ts";
import { factsOf, type Outcome, type Publishing, type RefusedBy } from "./publishing.ts";
import { askerOf } from "./right-then.ts";
import { checkDue, checkMayWait, schedule } from "./schedule.ts";
import { tellChanges, tellDrift, tellProblems } from "./told-plan.ts";

/** What would happen, without making it happen. */
export const planRules = async (broker: Planning, wished: Wished): Promise<Plan> =>
  toPlan(await prepare(broker, await readHead(broker.table), wished), wished.changesFrom);

/** What of it is told: as much as one answer holds. @param from Number of the first change that is wanted. */
export function toPlan({ version, changes, problems, drift, readable }: Prepared, from?: number): Plan {
  const told = tellProblems(problems);
  // What cannot be read is in no plan, so that one would name removals that nobody meant.
  if (!readable) return { version, changes: [], unreadable: true, problems: told };
  return {
    version,
    ...tellChanges(changes, from),
    problems: told,
    ...(drift === undefined ? {} : { drift: tellDrift(drift) }),
  };
}

/**
 * Publishes a whole configuration: lint, would it lock its author out, then one new version that everybody sees at
 * once (decision 7).
 *
 * @throws {Refusal} `configuration_moved`, `publish_in_progress`, `request_invalid` of a time it cannot wait for; what is
 *   wrong with the configuration is an outcome.
 */
export async function publishRules(broker: Planning, publishing: Publishing): Promise<Outcome> {
  const head = await readHead(broker.table);
  const { overwrite = false } = publishing;
  refuseAtOnce(broker, publishing, head.version);
  const prepared = await prepare(broker, head, publishing);
  const errors = prepared.problems.filter(({ severity }) => severity === "error");
  if (errors.length > 0) return refuse(broker, publishing, prepared, codeOf(prepared, errors), errors.length);
  const hash = hashOf(prepared.source);
  if (hash === head.hash) {
    if (prepared.mark !== undefined) await markApplied(broker.table, prepared.mark, head.version);
    return { ...toPlan(prepared), outcome: "unchanged" };
  }
  const unasked = unmeant(prepared.drift, overwrite);
  if (unasked.length > 0) return refuse(broker, publishing, prepared, "changed_by_hand", unasked.length);
  return settle(broker, publishing, prepared, hash);
}

/** What needs no look at the configuration. */
function refuseAtOnce(
  broker: Planning,
  { author, ifVersion, dueAt, approves }: Publishing,
  version: number,
): void {
  if (author.actor !== "operator" && author.reach === "nothing") throw new Refusal("right_exceeded");
  if (dueAt !== undefined && approves === undefined) checkDue(dueAt, broker.clock.now());
  if (ifVersion !== undefined && ifVersion !== version)
    throw new Refusal("configuration_moved", { seen: ifVersion, published: version });
}

/** Nothing speaks against it: it is published, kept for somebody else to agree to, or kept until it is due. */
async function settle(
  broker: Planning,
  publishing: Publishing,
  prepared: Prepared,
  hash: string,
): Promise<Outcome> {
  const { author } = publishing;
  if (author.actor === "operator") return publish(broker, publishing, prepared, hash);
  const alone = publishing.approves === undefined;
  if (alone && takesTwo(prepared.twoPerson, prepared.changes))
    return publishing.scheduled === undefined
      ? proposeInstead(broker, { ...publishing, author }, prepared, hash)
      : refuse(broker, publishing, prepared, "approval_needed", 0);
  const { dueAt } = publishing;
  return dueAt === undefined
    ? publish(broker, publishing, prepared, hash)
    : scheduleInstead(broker, { ...publishing, author, dueAt }, prepared, hash);
}

type ByKnown = Publishing & { readonly author: Exclude<Author, { readonly actor: "operator" }> };

/** What shall take effect later is kept until then. The event is written first: nothing waits without one. */
async function scheduleInstead(
  broker: Planning,
  publishing: ByKnown & { readonly dueAt: Epoch },
  prepared: Prepared,
  hash: string,
): Promise<Outcome> {
  const { author, reference, dueAt, overwrite, approves } = publishing;
  const id = scheduledId(dueAt, approves?.proposal ?? reference);
  const askers = [...(approves?.asker === undefined ? [] : [approves.asker]), askerOf(author)];
  await checkMayWait(broker, askers, dueAt);
  const proposal = approves === undefined ? {} : { proposal: approves.proposal };
  const { version: from, changes } = prepared;
  const detail = {
    scheduled: id,
    dueAt,
    from,
    changes: changes.length,
    hash: hash.slice(0, 16),
    ...proposal,
  };
  const event = { ...eventOf(broker, publishing, "config.scheduled"), detail };
  await record(broker.table, event, prepared.configuration.settings.auditRetentionDays);
  const facts = factsOf(publishing, prepared);
  const going = overwrite === undefined ? {} : { overwrite };
  await schedule(broker, prepared, { id, dueAt, hash, facts, askers, ...going, ...proposal });
  return { ...toPlan(prepared), outcome: "scheduled", scheduled: id, dueAt };
}

/** What takes two people is kept for the second. */
async function proposeInstead(
  broker: Planning,
  publishing: ByKnown,
  prepared: Prepared,
  hash: string,
): Promise<Outcome> {
  const facts = factsOf(publishing, prepared);
  const { reference, author, dueAt } = publishing;
  if (dueAt !== undefined) await checkMayWait(broker, [askerOf(author)], dueAt);
  const { id, expiresAt } = await propose(broker, author, prepared, hash, { facts, reference, dueAt });
  const detail = { proposal: id, hash: hash.slice(0, 16) };
  const event = { ...eventOf(broker, publishing, "config.refused"), code: "approval_needed", detail };
  await record(broker.table, event, prepared.configuration.settings.auditRetentionDays);
  const due = dueAt === undefined ? {} : { dueAt };
  return { ...toPlan(prepared), outcome: "proposed", proposal: id, expiresAt, ...due };
}

/** Of the whole, as text: one list of objects in one order. */
function hashOf(source: readonly string[]): string {
  const hash = createHash("sha256").update("[");
  // Never as one text: of a million objects it would be longer than a text may be.
  for (const [index, object] of source.entries()) hash.update(index === 0 ? object : `,${object}`);
  return hash.update("]").digest("base64url");
}

function codeOf({ beyond, red }: Prepared, errors: readonly Problem[]): RefusedBy {
  if (beyond) return "right_exceeded";
  if (red) return "tests_failed";
  return errors.includes(LOCKED_OUT) ? "would_lock_out" : "configuration_invalid";
}

async function publish(
  broker: Planning,
  publishing: Publishing,
  prepared: Prepared,
  hash: string,
): Promise<Outcome> {
  const { configuration, told, compiled, source, pages, head, changes } = prepared;
  const { settings, connections, scopes, accounts } = configuration;
  const { rollbackOf, origin, approves, scheduled } = publishing;
  const mark = approves === undefined ? prepared.mark : approves.mark;
  const grants = fileTold(told);
  const detail = {
    from: head.version,
    changes: changes.length,
    hash: hash.slice(0, 16),
    ...(rollbackOf === undefined ? {} : { rollbackOf }),
    ...(origin === undefined ? {} : { origin }),
    ...(approves === undefined ? {} : { proposal: approves.proposal }),
    ...(scheduled === undefined ? {} : { scheduled: scheduled.id }),
  };
  const published = await publishEdition(
    broker.table,
    head,
    {
      buckets: new Map([...compiled.buckets, ...grants.buckets]),
      lengths: compiled.lengths,
      granting: grants.pieces,
      snapshot: {
        settings,
        connections: [...connections],
        scopes: [...scopes],
        accounts: [...accounts],
        roles: placements(configuration),
      },
      source,
      pages,
      hash,
      facts: factsOf(publishing, prepared),
      ...(mark === undefined ? {} : { mark }),
    },
    broker.clock.now(),
    // Before anybody sees it: no version is in force without its event. One that HEAD lists as aborted never was.
    async (version) => {
      await scheduled?.going(version);
      const event = { ...eventOf(broker, publishing, "config.published"), version, detail };
      await record(broker.table, event, settings.auditRetentionDays);
    },
    broker.clock,
  );
  const moved = changes.filter(({ kind, what }) => kind === "Connection" && what !== "removed");
  return { ...toPlan(prepared), outcome: "published", published, connections: moved.map(({ id }) => id) };
}

async function refuse(
  broker: Planning,
  publishing: Publishing,
  prepared: Prepared,
  code: RefusedBy,
  errors: number,
): Promise<Outcome> {
  const event = { ...eventOf(broker, publishing, "config.refused"), code, detail: { errors } };
  await record(broker.table, event, prepared.configuration.settings.auditRetentionDays);
  return { ...toPlan(prepared), outcome: "refused", code };
}

/** An event of a change, as far as who asks says it. */
export const eventOf = (
  { clock }: Planning,
  { author, reference }: Publishing,
  kind: AuditEvent["kind"],
): AuditEvent => ({
  schema: 1,
  id: reference,
  at: clock.now(),
  kind,
  actor: author.actor,
  ...(author.actor === "operator"
    ? {}
    : { personId: author.personId, connection: author.identity.connection }),
});
