import type { GrantedRole } from "../core/decision.ts";
import { isRefusal, Refusal, refusalOf } from "../core/errors.ts";
import type { PlacedRole } from "../core/role.ts";
import { placedRoleKey } from "../core/world.ts";
import type { Considered, Place, Trace } from "../rules/trace.ts";
import { nearestOf } from "../rules/trace-text.ts";
import type { Bearer } from "./bearer.ts";
import type { Deciding } from "./broker.ts";
import { decideFor } from "./decide.ts";
import { whyRefused } from "./why.ts";

export type Decided = Awaited<ReturnType<typeof decideFor>>;

/**
 * Decides for whoever holds a bearer; says so where the connection they came through is gone or switched off, as no
 * rule is then to blame.
 *
 * @throws {Refusal} `connection_unknown`, `connection_disabled`, with who was refused; `rules_unavailable`.
 */
export async function decideForBearer(broker: Deciding, bearer: Bearer, sourceIp: string): Promise<Decided> {
  const decided = await decideFor(broker, bearer.identity, sourceIp);
  const { connection: id } = bearer.identity;
  const connection = decided.world.connections.get(id);
  if (connection?.enabled === true) return decided;
  const code = connection === undefined ? "connection_unknown" : "connection_disabled";
  const refusal = new Refusal(code, { id }, { about: { connection: connection?.title ?? id } });
  throw refusalOf(refusal, { identity: bearer.identity, since: bearer.since });
}

/**
 * One role out of a decision, or why it is not in there, by the same replay that answers whoever asks why: the rule that
 * denies it, or the one that came closest. Where nothing but a second factor is missing, that is what the refusal says.
 *
 * @throws {Refusal} `role_not_granted`, `role_denied`, `mfa_required`.
 */
export async function grantedRole(
  broker: Deciding,
  { identity }: Pick<Bearer, "identity">,
  decided: Decided,
  { accountId, role, sourceIp }: Place & { readonly sourceIp: string },
): Promise<{ granted: GrantedRole; placed: PlacedRole }> {
  const { decision, world } = decided;
  const place = { accountId, role };
  const isIt = (one: Place) => one.accountId === accountId && one.role === role;
  const granted = decision.roles.find(isIt);
  const placed = world.roles.get(placedRoleKey(accountId, role));
  if (granted !== undefined && placed !== undefined) return { granted, placed };
  const why = await whyRefused(broker, identity, place, sourceIp, decided).catch(forgone);
  const denied = decision.denied.find(isIt);
  if (denied !== undefined) throw refuseDenied(place, denied.rules, why?.trace);
  const missed = why === undefined ? undefined : nearestOf(why.trace);
  const told = why === undefined ? undefined : nearestOf(why.told);
  const about = { ...place, ...(told === undefined ? {} : toldOf(told)) };
  const code = missed !== undefined && wantsOnlySecondFactor(missed) ? "mfa_required" : "role_not_granted";
  throw new Refusal(code, place, { about });
}

/** That a role was not given is certain, whether it can be told why or not. */
function forgone(thrown: unknown): undefined {
  if (!isRefusal(thrown)) throw thrown;
}

/** Its terms are none where settings let only its name be told. */
function toldOf({ rule, terms }: Considered): { readonly rule: string; readonly wants?: readonly string[] } {
  const wants = terms.filter(({ truth }) => truth !== "true").map(({ text }) => text);
  return wants.length === 0 ? { rule } : { rule, wants };
}

const wantsOnlySecondFactor = ({ missing }: Considered): boolean =>
  missing.length > 0 && missing.every(({ remedy }) => remedy === "second_factor");

/** A second factor helps where it lifts every one of the denies. */
function refuseDenied(place: Place, rules: readonly string[], trace: Trace | undefined): Refusal {
  const against = trace?.rules.filter(({ does }) => does === "takes") ?? [];
  const curable = against.length > 0 && against.every(wantsOnlySecondFactor);
  const [rule] = rules;
  const about = rule === undefined ? place : { ...place, rule };
  return new Refusal(curable ? "mfa_required" : "role_denied", { ...place, rules }, { about });
}

/**
 * One role somebody has now, to show before anything is issued.
 *
 * @throws {Refusal} as `grantedRole`, with who was refused.
 */
export async function showRole(
  broker: Deciding,
  bearer: Bearer,
  ask: Place & { readonly sourceIp: string },
): Promise<{ granted: GrantedRole; placed: PlacedRole; world: Decided["world"] }> {
  const decided = await decideForBearer(broker, bearer, ask.sourceIp);
  try {
    return { ...(await grantedRole(broker, bearer, decided, ask)), world: decided.world };
  } catch (thrown) {
    throw refusalOf(thrown, { identity: bearer.identity, since: bearer.since });
  }
}
