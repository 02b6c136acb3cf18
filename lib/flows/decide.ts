import type { Config, FirstAdmin } from "../core/config.ts";
import type { Decision } from "../core/decision.ts";
import type { Identity } from "../core/identity.ts";
import type { CompiledRule } from "../core/rule-set.ts";
import type { Clock, Epoch } from "../core/time.ts";
import type { World } from "../core/world.ts";
import { askedKeys } from "../rules/index.ts";
import { decide } from "../rules/resolve.ts";
import type { RulesReader } from "../store/rules.ts";

/**
 * Decides what somebody may do now, by the published rules: one HEAD, at most 5 s old, and `ceil(keys / 100)`
 * parallel reads of buckets; before them, once per version, the filter that says which of them there are.
 *
 * @param sourceIp API Gateway's source address of this request; conditions on it are unknown without.
 * @throws {Refusal} `rules_unavailable`: then nobody may do anything.
 */
export async function decideFor(
  broker: { readonly rules: RulesReader; readonly clock: Clock; readonly config: Config },
  identity: Identity,
  sourceIp?: string,
): Promise<{ decision: Decision; world: World; rules: readonly CompiledRule[] }> {
  const head = await broker.rules.head();
  const keys = askedKeys(identity, head.lengths, sourceIp);
  const [world, rules] = await Promise.all([broker.rules.world(head), broker.rules.rules(keys, head)]);
  const at = { now: broker.clock.now(), ...(sourceIp === undefined ? {} : { sourceIp }) };
  return { decision: decideIn(identity, rules, world, at, broker.config.firstAdmin), world, rules };
}

/** Decides by given rules, and lets the first administrator administer: that is the deployment's word, not a rule's. */
export function decideIn(
  identity: Identity,
  rules: readonly CompiledRule[],
  world: World,
  at: { readonly now: Epoch; readonly sourceIp?: string },
  firstAdmin: FirstAdmin | undefined,
): Decision {
  const decision = decide(identity, isOfItsKind(identity, world) ? rules : [], world, at);
  const isFirst = firstAdmin !== undefined && isFirstAdmin(firstAdmin, identity, world);
  return isFirst ? { ...decision, broker: ["admin"] } : decision;
}

/** An id that was people's and is a workload's now, or the other way round, means somebody else: no rule is theirs. */
function isOfItsKind({ connection, kind }: Identity, world: World): boolean {
  return (world.connections.get(connection)?.purpose === "people") === (kind === "person");
}

function isFirstAdmin(first: FirstAdmin, identity: Identity, world: World): boolean {
  const enabled = world.connections.get(first.connection)?.enabled === true;
  if (!enabled || identity.connection !== first.connection) return false;
  if ("subject" in first) return identity.subject === first.subject;
  const values = Object.hasOwn(identity.claims, first.claim) ? identity.claims[first.claim] : undefined;
  return values?.includes(first.equals) === true;
}
