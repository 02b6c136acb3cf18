import type { Decision } from "../../../lib/core/decision.ts";
import type { Rule } from "../../../lib/core/rule.ts";

/** What somebody may do, as text: the roles they have, and those that a deny took away. */
export interface Answer {
  readonly roles: string;
  readonly denied: string;
}

export const answerOf = ({ roles, denied }: Decision): Answer => ({
  roles: joined(roles.map(({ accountId, role }) => `${accountId}/${role}`)),
  denied: joined(denied.map(({ accountId, role }) => `${accountId}/${role}`)),
});

/** The same of the rules that another engine says match: an engine matches, what follows from it is said here. */
export function answerOfMatches(rules: ReadonlyMap<string, Rule>, ids: readonly string[]): Answer {
  const places = (effect: Rule["effect"]) =>
    new Set(
      ids.flatMap((id) => {
        const rule = rules.get(id);
        if (rule === undefined) throw new Error(`no rule is called ${id}`);
        const { roles = [], accounts = [] } = rule.grant;
        return rule.effect === effect ? roles.flatMap((role) => accounts.map((one) => `${one}/${role}`)) : [];
      }),
    );
  const [given, taken] = [places("allow"), places("deny")];
  return {
    roles: joined([...given].filter((one) => !taken.has(one))),
    denied: joined([...given].filter((one) => taken.has(one))),
  };
}

const joined = (places: readonly string[]): string => places.toSorted().join(" ");
