import { type AccessQuestion, BROKER_PLACE, type Holding } from "../core/access.ts";
import type { Decision } from "../core/decision.ts";
import type { Identity } from "../core/identity.ts";
import type { CompiledRule } from "../core/rule-set.ts";
import { placedRoleKey } from "../core/world.ts";

type What = Pick<AccessQuestion, "account" | "role">;
type Whom = Pick<AccessQuestion, "connection" | "group">;

/** Whether somebody is among those a question is about. */
export const isMeant = ({ connection, claims }: Identity, whom: Whom): boolean =>
  (whom.connection === undefined || whom.connection === connection) &&
  (whom.group === undefined ||
    (Object.hasOwn(claims, "groups") && claims.groups?.includes(whom.group) === true));

/** What orders the holdings of one person. */
export const holdingKey = ({ accountId, role }: Pick<Holding, "accountId" | "role">): string =>
  placedRoleKey(accountId, role);

/**
 * What of a decision a question is about, in order of `holdingKey`: roles that are given, roles that could be asked for,
 * and rights on the broker.
 *
 * @param rules Those that were decided by: a decision does not say which of them gave a right on the broker.
 */
export function holdingsOf(decision: Decision, rules: readonly CompiledRule[], what: What): Holding[] {
  const found: Holding[] = [];
  const put = (how: Holding["how"], { accountId, role, rules: by }: Omit<Holding, "how">): void => {
    const isAsked =
      (what.account === undefined || what.account === accountId) &&
      (what.role === undefined || what.role === role);
    if (isAsked) found.push({ accountId, role, how, rules: by });
  };
  for (const one of decision.roles) put("given", one);
  for (const one of decision.eligible) put("eligible", one);
  for (const right of decision.broker)
    put("given", { accountId: BROKER_PLACE, role: right, rules: giversOf(right, decision, rules) });
  return found.sort((one, other) => (holdingKey(one) < holdingKey(other) ? -1 : 1));
}

function giversOf(
  right: Decision["broker"][number],
  { reasons }: Decision,
  rules: readonly CompiledRule[],
): string[] {
  // What is in shadow only would have given it.
  const giving = reasons.filter(
    ({ effect, truth, shadow }) => effect === "allow" && truth === "true" && shadow === undefined,
  );
  const gave = new Set(giving.map(({ rule }) => rule));
  const givers = rules.filter(({ id, grant }) => gave.has(id) && grant.broker?.includes(right));
  return [...new Set(givers.map(({ id }) => id))].sort();
}
