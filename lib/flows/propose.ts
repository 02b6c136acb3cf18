import * as v from "valibot";
import { personId } from "../core/secret.ts";
import { Settings } from "../core/settings.ts";
import type { Epoch } from "../core/time.ts";
import type { Change, Written } from "../rules/diff.ts";
import { type Proposal, putProposal } from "../store/proposals.ts";
import { writeSource } from "../store/source.ts";
import type { EditionFacts } from "../store/version-records.ts";
import type { Author, Planning, Prepared } from "./plan.ts";
import { askerOf } from "./right-then.ts";

export type TwoPerson = NonNullable<Settings["twoPerson"]>;

/** Which changes take two people, by what is published: what is wished for does not say how it may come about. */
export function twoPersonIn(current: readonly Written[]): TwoPerson | undefined {
  const written = current.find(({ kind }) => kind === "Settings");
  return written === undefined ? undefined : v.parse(Settings, written).twoPerson;
}

/** Whether one person alone may not publish this. The switch itself is covered wherever it is on. */
export const takesTwo = (twoPerson: TwoPerson | undefined, changes: readonly Change[]): boolean =>
  twoPerson !== undefined &&
  changes.some(
    ({ kind, what, fields }) =>
      twoPerson.kinds.some((one) => one === kind) ||
      (kind === "Settings" && (what !== "changed" || fields.some(({ path }) => /^twoPerson\b/.test(path)))),
  );

type Proposer = Exclude<Author, { readonly actor: "operator" }>;

/** What somebody is known by, whichever connection they come by. */
export async function marksOf(
  broker: Pick<Planning, "pepper">,
  { personId: id, identity }: Proposer,
): Promise<readonly string[]> {
  const pepper = await broker.pepper();
  const { email = [] } = identity.claims;
  // Providers spell one address in several ways: composed or not, in full width, in capitals.
  const plain = email.map((one) => one.normalize("NFKC").trim().toLowerCase());
  return [id, ...plain.map((one) => personId(pepper, "\u0000email", one))];
}

/**
 * Whether somebody who came by a connection may be the second person. One human may have an account at each of two
 * providers, and nothing says so: so the second comes from where the first did, unless the settings name connections.
 * Behind a program stands nobody in particular, and whoever agrees to it comes by any.
 */
export const comesRight = (
  twoPerson: TwoPerson | undefined,
  first: Pick<EditionFacts["by"], "actor" | "connection">,
  connection: string,
): boolean =>
  twoPerson?.approvers?.includes(connection) ??
  (first.actor === "workload" || first.connection === connection);

interface Proposing {
  readonly facts: EditionFacts;
  readonly reference: string;
  /** When it shall take effect, where that is not at once. */
  readonly dueAt?: Epoch | undefined;
}

/** Keeps a configuration for another person to look at. Nobody sees it but administrators. */
export async function propose(
  broker: Planning,
  author: Proposer,
  { head, source, pages, twoPerson, mark }: Prepared,
  hash: string,
  { facts, reference, dueAt }: Proposing,
): Promise<Proposal> {
  const at = broker.clock.now();
  const { by, changes, message, origin, rollbackOf } = facts;
  const proposal: Proposal = {
    schema: 2,
    id: reference,
    verdict: "open",
    by,
    marks: [...(await marksOf(broker, author))],
    at,
    expiresAt: at + (twoPerson?.expiresSeconds ?? 0),
    base: head.version,
    hash,
    source: await writeSource(broker.table, source, head.source, head.version, pages),
    changes,
    ...(message === undefined ? {} : { message }),
    ...(origin === undefined ? {} : { origin }),
    ...(mark === undefined ? {} : { mark }),
    ...(rollbackOf === undefined ? {} : { rollbackOf }),
    ...(dueAt === undefined ? {} : { dueAt, asker: askerOf(author) }),
  };
  await putProposal(broker.table, proposal);
  return proposal;
}
