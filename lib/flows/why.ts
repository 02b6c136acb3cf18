import { Refusal } from "../core/errors.ts";
import type { Identity } from "../core/identity.ts";
import type { Account } from "../core/role.ts";
import type { CompiledRule, Head } from "../core/rule-set.ts";
import { personId } from "../core/secret.ts";
import { fixedClock } from "../core/time.ts";
import type { World } from "../core/world.ts";
import { grantKeys } from "../rules/granting.ts";
import { askedKeys } from "../rules/index.ts";
import { type Place, type Trace, traceOf } from "../rules/trace.ts";
import { toldToOneself } from "../rules/trace-told.ts";
import { findSeen } from "../store/seen.ts";
import type { Deciding } from "./broker.ts";
import { type decideFor, decideIn } from "./decide.ts";

type Decided = Awaited<ReturnType<typeof decideFor>>;

/** A role in an account, as whoever asks names them: the account by id or by name. */
export interface Question {
  readonly account: string;
  readonly role: string;
}

/** An answer, and whom to ask further. */
export interface Why {
  readonly trace: Trace;
  readonly contact: string;
  /** Older code published this version: rules that none of the claims lead to are not among those considered. */
  readonly partial: boolean;
}

/**
 * Why somebody has a role, or has not: one HEAD and `ceil(keys / 100)` parallel reads, for the rules that give or take
 * that role. How many others there are makes no difference.
 *
 * @throws {Refusal} `rules_unavailable`.
 */
async function replay(
  broker: Deciding,
  identity: Identity,
  { account: named, role }: Question,
  sourceIp: string | undefined,
): Promise<Why> {
  const head = await broker.rules.head();
  const world = await broker.rules.world(head);
  // One that is not there is asked for all the same: that an answer comes sooner must not tell.
  const account = accountOf(world, named) ?? { id: named, path: "/", tags: {} };
  const at = { now: broker.clock.now(), ...(sourceIp === undefined ? {} : { sourceIp }) };
  const rules = await rulesFor(broker, head, identity, account, role, sourceIp);
  const decision = decideIn(identity, rules, world, at, undefined);
  const trace = traceOf(decision, identity, rules, world, at, { accountId: account.id, role });
  const contact = world.connections.get(identity.connection)?.contact ?? world.settings.contact;
  return { trace, contact, partial: head.granting === undefined && head.version > 0 };
}

function rulesFor(
  { rules }: Deciding,
  head: Head,
  identity: Identity,
  account: Pick<Account, "id" | "path" | "tags">,
  role: string,
  sourceIp: string | undefined,
): Promise<readonly CompiledRule[]> {
  const keys =
    head.granting === undefined
      ? askedKeys(identity, head.lengths, sourceIp)
      : grantKeys(account, role, head.granting);
  return rules.rules(keys, head, "evenly");
}

/** By id, or by a name that only one account has. */
function accountOf({ accounts }: World, named: string): Account | undefined {
  const byId = accounts.get(named);
  if (byId !== undefined) return byId;
  const found = [...accounts.values()].filter(({ name }) => name === named);
  return found.length === 1 ? found[0] : undefined;
}

/** Why one has a role oneself, as far as `explain` of the settings lets it be told. @throws {Refusal} `rules_unavailable`. */
export async function whyOneself(
  broker: Deciding,
  identity: Identity,
  question: Question,
  sourceIp: string,
): Promise<Why> {
  const why = await replay(broker, identity, question, sourceIp);
  const { settings } = await broker.rules.world();
  return { ...why, trace: toldToOneself(why.trace, question.account, settings.explain) };
}

/**
 * Why a role was refused: whole, and as far as `explain` of the settings lets it be told.
 *
 * @param decided What was decided of it. A program is told of rules that its own claims led to and of no others: an issuer
 *   may serve strangers' programs as well.
 * @throws {Refusal} `rules_unavailable`.
 */
export async function whyRefused(
  broker: Deciding,
  identity: Identity,
  { accountId, role }: Place,
  sourceIp: string,
  { decision, world, rules }: Decided,
): Promise<{ readonly trace: Trace; readonly told: Trace }> {
  const at = { now: broker.clock.now(), sourceIp };
  const trace =
    identity.kind === "person"
      ? (await replay(broker, identity, { account: accountId, role }, sourceIp)).trace
      : traceOf(decision, identity, rules, world, at, { accountId, role });
  return { trace, told: toldToOneself(trace, accountId, world.settings.explain) };
}

/** The id of somebody as their provider knows them. */
export const personNamed = async (
  { pepper }: Pick<Deciding, "pepper">,
  connection: string,
  subject: string,
): Promise<string> => personId(await pepper(), connection, subject);

/** Whom an auditor asks about: somebody who was seen, or themselves. */
export type About =
  | { readonly personId: string }
  | { readonly identity: Identity; readonly sourceIp: string };

/**
 * Why somebody has a role, by what was proven of them when they last signed in and from where they came then; everything.
 *
 * @param at As if it were then, by the rules of now.
 * @returns `seenAt` is absent of oneself.
 * @throws {Refusal} `person_unknown`, `rules_unavailable`.
 */
export async function whyAnybody(
  broker: Deciding,
  about: About,
  question: Question,
  at: number | undefined,
): Promise<Why & { readonly seenAt?: number; readonly personId?: string }> {
  const when = at === undefined ? broker : { ...broker, clock: fixedClock(at) };
  if ("identity" in about) return replay(when, about.identity, question, about.sourceIp);
  const seen = await findSeen(broker.table, about.personId, broker.clock.now());
  if (seen === undefined) throw new Refusal("person_unknown");
  const { identity, seenAt, personId } = seen;
  return { ...(await replay(when, identity, question, identity.sourceIp)), seenAt, personId };
}
