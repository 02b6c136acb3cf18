import type { AccessRule } from "../core/access.ts";
import type { Language } from "../core/messages/words.ts";
import type { Rule } from "../core/rule.ts";
import type { CompiledRule } from "../core/rule-set.ts";
import { toInstant } from "../core/time.ts";
import type { World } from "../core/world.ts";
import { sentenceOf } from "../rules/sentence.ts";

/** Rules in plain words, by id. */
export const tellRules = (
  rules: readonly CompiledRule[],
  world: World,
  language: Language,
): readonly AccessRule[] => {
  const names = {
    connection: (id: string) => world.connections.get(id)?.title ?? id,
    account: (id: string) => world.accounts.get(id)?.name ?? id,
  };
  return rules
    .map((rule) => ({
      id: rule.id,
      effect: rule.effect,
      sentence: sentenceOf(asWritten(rule), language, names),
    }))
    .sort((one, other) => (one.id < other.id ? -1 : 1));
};

/** A rule much as it was written; it begins and ends to the second. */
const asWritten = ({ connections, from, until, ...rule }: CompiledRule): Rule => ({
  kind: "Rule",
  ...rule,
  connection: [...connections],
  ...(from === undefined ? {} : { from: toInstant(from) }),
  ...(until === undefined ? {} : { until: toInstant(until) }),
});
