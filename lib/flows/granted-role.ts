import type { Decision, GrantedRole, Reason } from "../core/decision.ts";
import { Refusal, refusalOf } from "../core/errors.ts";
import type { PlacedRole } from "../core/role.ts";
import type { Settings } from "../core/settings.ts";
import { placedRoleKey } from "../core/world.ts";
import { type Missed, nearestMiss } from "../rules/why-not.ts";
import type { Bearer } from "./bearer.ts";
import type { Deciding } from "./broker.ts";
import { decideFor } from "./decide.ts";

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

interface Place {
  readonly accountId: string;
  readonly role: string;
}

/**
 * One role out of a decision, or why it is not in there: the rule that denies it, or the one that came closest. Where
 * nothing but a second factor is missing, that is what the refusal says.
 *
 * @throws {Refusal} `role_not_granted`, `role_denied`, `mfa_required`.
 */
export function grantedRole(
  { decision, world, rules }: Decided,
  { accountId, role }: Place,
): { granted: GrantedRole; placed: PlacedRole } {
  const place = { accountId, role };
  const isIt = (one: Place) => one.accountId === accountId && one.role === role;
  const granted = decision.roles.find(isIt);
  const placed = world.roles.get(placedRoleKey(accountId, role));
  if (granted !== undefined && placed !== undefined) return { granted, placed };
  const denied = decision.denied.find(isIt);
  if (denied !== undefined) throw refuseDenied(place, denied.rules, decision);
  const missed = nearestMiss(decision, rules, world, place);
  const about = { ...place, ...toldOf(missed, world.settings) };
  throw new Refusal(missed?.onlySecondFactor ? "mfa_required" : "role_not_granted", place, { about });
}

/** As much of the nearest miss as the settings let people be told. */
function toldOf(missed: Missed | undefined, { explain }: Settings): Partial<Pick<Missed, "rule" | "wants">> {
  if (missed === undefined || explain === "off") return {};
  const { rule, wants } = missed;
  return explain === "named" ? { rule } : { rule, wants };
}

function refuseDenied(place: Place, rules: readonly string[], { reasons }: Decision): Refusal {
  const against = reasons.filter(({ rule }) => rules.includes(rule));
  const curable = against.length > 0 && against.every(liftedBySecondFactor);
  const [rule] = rules;
  const about = rule === undefined ? place : { ...place, rule };
  return new Refusal(curable ? "mfa_required" : "role_denied", { ...place, rules }, { about });
}

/** As `describe` writes the conditions of a deny that a second factor would make false. */
const WITHOUT_SECOND_FACTOR = new Set(["no second factor", "not (second factor)"]);
const liftedBySecondFactor = ({ conditions }: Reason): boolean =>
  conditions.some(({ condition }) => WITHOUT_SECOND_FACTOR.has(condition));

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
    return { ...grantedRole(decided, ask), world: decided.world };
  } catch (thrown) {
    throw refusalOf(thrown, { identity: bearer.identity, since: bearer.since });
  }
}
