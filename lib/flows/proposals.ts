import type { AuditEvent } from "../core/audit.ts";
import { asRefusal, Refusal } from "../core/errors.ts";
import { record } from "../store/audit.ts";
import {
  decideProposal,
  holdProposal,
  listProposals,
  type Proposal,
  readProposal,
  releaseProposal,
} from "../store/proposals.ts";
import { readHead } from "../store/rules.ts";
import type { Admin } from "./admin.ts";
import { refuseUncovered } from "./covers.ts";
import { currentObjects, objectsIn, type Planning } from "./plan.ts";
import { type Preview, previewRules } from "./preview.ts";
import { comesRight, marksOf, twoPersonIn } from "./propose.ts";
import { eventOf, publishRules } from "./publish-rules.ts";
import type { Outcome } from "./publishing.ts";
import { retentionDays } from "./retention.ts";
import { namesOf, type ToldBy } from "./told-versions.ts";

/** A proposal as administrators read it. */
export interface ToldProposal
  extends Omit<Proposal, "schema" | "mark" | "marks" | "source" | "by" | "verdict" | "asker" | "heldUntil"> {
  /** `outdated`: another version was published since, so nobody can agree to it any more. */
  readonly state: Proposal["verdict"] | "expired" | "outdated";
  readonly author: ToldBy;
}

/** The latest proposals, newest first. */
export async function proposals(broker: Planning, most: number): Promise<readonly ToldProposal[]> {
  return tell(broker, await listProposals(broker.table, most));
}

/**
 * One proposal, with what it would change now and for whom: whoever agrees sees what whoever proposed saw.
 *
 * @param cursor Where the answer before ended, of the people who are replayed.
 * @throws {Refusal} `proposal_unknown`, and as `previewRules`.
 */
export async function showProposal(
  broker: Planning,
  id: string,
  author: Admin,
  cursor?: string,
): Promise<ToldProposal & { readonly plan: Preview }> {
  const proposal = await found(broker, id);
  const [told] = await tell(broker, [proposal]);
  if (told === undefined) throw new Refusal("proposal_unknown", {});
  const objects = await objectsIn(broker.table, proposal.source);
  return { ...told, plan: await previewRules(broker, { objects, author }, { cursor }) };
}

async function tell(broker: Planning, all: readonly Proposal[]): Promise<readonly ToldProposal[]> {
  const name = await namesOf(
    broker,
    all.map(({ by }) => by),
  );
  const now = broker.clock.now();
  const { version } = await readHead(broker.table);
  return all.map((one) => {
    const { schema: _, mark: __, marks: ___, source: ____, asker: _____, heldUntil: ______, ...rest } = one;
    const { by, verdict, ...proposal } = rest;
    const over = proposal.expiresAt <= now ? "expired" : proposal.base === version ? "open" : "outdated";
    const state = verdict === "open" ? over : verdict;
    return { ...proposal, state, author: name(by) };
  });
}

async function found({ table }: Planning, id: string): Promise<Proposal> {
  const proposal = await readProposal(table, id);
  if (proposal === undefined) throw new Refusal("proposal_unknown", {});
  return proposal;
}

async function open(broker: Planning, id: string): Promise<Proposal> {
  const proposal = await found(broker, id);
  if (proposal.verdict === "open" && proposal.expiresAt > broker.clock.now()) return proposal;
  throw new Refusal("proposal_unknown", { state: proposal.verdict });
}

interface Deciding {
  readonly id: string;
  readonly author: Admin;
  readonly reference: string;
}

/**
 * Publishes what somebody else proposed, on exactly the version they saw, or schedules it where it shall wait. Whoever
 * agrees is a person, not the one who proposed by whatever connection, and has the right to all of it themselves.
 *
 * @param hash What they looked at.
 * @throws {Refusal} `proposal_unknown`, `approval_not_yours`, `configuration_moved`, `publish_in_progress`, and as
 *   `publishRules`.
 */
export async function approveProposal(
  broker: Planning,
  { id, author, reference, hash }: Deciding & { readonly hash: string },
): Promise<Outcome> {
  const proposal = await open(broker, id);
  const marks = await marksOf(broker, author);
  if (author.actor !== "person" || marks.some((one) => proposal.marks.includes(one)))
    throw new Refusal("approval_not_yours", {});
  await refuseStray(broker, proposal, author);
  if (hash !== proposal.hash) throw new Refusal("configuration_moved", { proposal: "another" });
  await refuseOutdated(broker, proposal);
  const held = await hold(broker, proposal);
  try {
    const outcome = await publishAgreed(broker, held, { author, reference });
    if (outcome.outcome === "published" || outcome.outcome === "scheduled")
      await decideProposal(broker.table, held, outcome.outcome, broker.clock.now());
    else await releaseProposal(broker.table, held);
    return outcome;
  } catch (thrown) {
    // Where it may have been published after all, nobody decides it before the hold is over.
    if (asRefusal(thrown).status < 500) await releaseProposal(broker.table, held);
    throw thrown;
  }
}

/** By what is published: what is proposed does not say who agrees to it. */
async function refuseStray(broker: Planning, { by }: Proposal, { identity }: Admin): Promise<void> {
  const twoPerson = twoPersonIn(await currentObjects(broker.table, await readHead(broker.table)));
  if (comesRight(twoPerson, by, identity.connection)) return;
  const from = twoPerson?.approvers?.join(", ") ?? `${by.connection}, as whoever proposed it did`;
  throw new Refusal(
    "approval_not_yours",
    { connection: identity.connection },
    { about: { hint: `Whoever agrees signs in by ${from} (\`twoPerson.approvers\` in Settings).` } },
  );
}

/** Whoever agrees planned nothing: it is for whoever proposed to apply again. Publishing asks once more, for good. */
async function refuseOutdated(broker: Planning, { base }: Proposal): Promise<void> {
  const { version } = await readHead(broker.table);
  if (version === base) return;
  throw new Refusal(
    "configuration_moved",
    { seen: base, published: version },
    {
      about: {
        hint: `This was proposed on version ${base}, and version ${version} is published: whoever proposed it applies it again.`,
      },
    },
  );
}

/** Of everybody who decides one proposal at once, one write goes through; whoever rejects meets it as well. */
async function hold(broker: Planning, { id, ...proposal }: Proposal): Promise<Proposal> {
  const held = await holdProposal(broker.table, { id, ...proposal }, broker.clock.now());
  return held ?? refuseTaken(broker, id);
}

async function refuseTaken(broker: Planning, id: string): Promise<never> {
  await open(broker, id);
  throw new Refusal("publish_in_progress", { proposal: id });
}

async function publishAgreed(
  broker: Planning,
  { id, base, source, by, message, origin, rollbackOf, mark, dueAt, asker }: Proposal,
  { author, reference }: Omit<Deciding, "id">,
): Promise<Outcome> {
  return publishRules(broker, {
    objects: await objectsIn(broker.table, source),
    author,
    reference,
    ifVersion: base,
    overwrite: true, // whoever proposed was told of it then
    approves: {
      proposal: id,
      by,
      ...(mark === undefined ? {} : { mark }),
      ...(asker === undefined ? {} : { asker }),
    },
    // Where its time came before anybody agreed, agreeing is what it waited for.
    ...(dueAt === undefined || dueAt <= broker.clock.now() ? {} : { dueAt }),
    ...(message === undefined ? {} : { message }),
    ...(origin === undefined ? {} : { origin }),
    ...(rollbackOf === undefined ? {} : { rollbackOf }),
  });
}

/**
 * Closes a proposal: whoever made it, and who could have agreed to it.
 *
 * @throws {Refusal} `proposal_unknown`, `approval_not_yours`, `right_exceeded`; `publish_in_progress` where somebody agrees
 *   to it just now.
 */
export async function rejectProposal(broker: Planning, { id, author, reference }: Deciding): Promise<void> {
  const proposal = await open(broker, id);
  if (!proposal.marks.includes(author.personId))
    await refuseUncovered(broker, { source: proposal.source, takesTwo: true }, author);
  const { heldUntil: _, ...free } = proposal;
  if (!(await decideProposal(broker.table, free, "rejected", broker.clock.now())))
    return refuseTaken(broker, id);
  const event: AuditEvent = {
    ...eventOf(broker, { author, reference, objects: [] }, "config.refused"),
    code: "proposal_rejected",
    detail: { proposal: id },
  };
  await record(broker.table, event, await retentionDays(broker));
}
