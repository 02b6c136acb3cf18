import type { Decision } from "../core/decision.ts";
import { Refusal } from "../core/errors.ts";
import { type Epoch, fixedClock, toInstant } from "../core/time.ts";
import type { Reach } from "../rules/reach.ts";
import type { Asker } from "../store/kept.ts";
import { openRules } from "../store/rules.ts";
import { findSeen } from "../store/seen.ts";
import { decideFor } from "./decide.ts";
import type { Author, Planning } from "./plan.ts";

/** What a decision lets somebody change. */
export const reachOf = ({ broker, editing }: Decision): Reach =>
  broker.includes("admin") ? "everything" : (editing ?? "nothing");

/** An author who was not let in by IAM. */
type Known = Exclude<Author, { readonly actor: "operator" }>;

/** What is kept of an author, to decide them anew. */
export const askerOf = ({ actor, name, personId, identity, sourceIp }: Known): Asker => ({
  actor,
  name,
  personId,
  identity,
  ...(sourceIp === undefined ? {} : { sourceIp }),
});

/**
 * Somebody with the right to change that they have at an instant, by what is published now.
 *
 * @throws {Refusal} `right_exceeded` where they have none; `rules_unavailable`.
 */
export async function authorAt(broker: Planning, asker: Asker, at: Epoch): Promise<Known> {
  const rules = openRules(broker.table, broker.clock, 0);
  const { decision } = await decideFor(
    { rules, clock: fixedClock(at), config: broker.config },
    asker.identity,
    asker.sourceIp,
  );
  if (decision.broker.includes("admin") || decision.broker.includes("editor"))
    return { ...asker, reach: reachOf(decision) };
  const hint = `By the published rules you would have no right to change anything at ${toInstant(at)}.`;
  throw new Refusal("right_exceeded", { at }, { about: { hint } });
}

/** As they were last seen where they came again since, so that a group they lost is not believed on. */
export async function lastProven(broker: Planning, asker: Asker): Promise<Asker> {
  const seen = await findSeen(broker.table, asker.personId, broker.clock.now());
  return seen === undefined ? asker : { ...asker, identity: seen.identity };
}
