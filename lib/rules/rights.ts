import { BROKER_RIGHTS, type Decision, type EditingBounds } from "../core/decision.ts";
import type { CompiledRule } from "../core/rule-set.ts";

interface Applied {
  readonly rule: CompiledRule;
}

/** Rights on the broker that rules which apply give and take. */
export function rightsOf(
  allows: readonly Applied[],
  denies: readonly Applied[],
): Pick<Decision, "broker" | "editing"> {
  const giving = allows.filter(({ rule }) => rule.grant.broker !== undefined);
  if (giving.length === 0) return NO_RIGHTS;
  const taken = denies.flatMap(({ rule }) => rule.grant.broker ?? []);
  const given = giving.flatMap(({ rule }) => rule.grant.broker ?? []);
  const broker = BROKER_RIGHTS.filter((one) => given.includes(one) && !taken.includes(one));
  if (!broker.includes("editor")) return { broker };
  const editors = giving.filter(({ rule }) => rule.grant.broker?.includes("editor"));
  return { broker, editing: editors.map(({ rule }) => boundsOf(rule)) };
}

const NO_RIGHTS: Pick<Decision, "broker"> = { broker: [] };

/** With roles beside it, `accounts` is about the roles; lint lets the two not stand together. */
const boundsOf = ({ id, grant: { accounts, connections } }: CompiledRule): EditingBounds => ({
  rule: id,
  ...(accounts === undefined ? {} : { accounts }),
  ...(connections === undefined ? {} : { connections }),
});
