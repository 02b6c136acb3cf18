import type { AccessGrant, AccessPage, AccessQuestion } from "../core/access.ts";
import type { Language } from "../core/messages/words.ts";
import type { CompiledRule } from "../core/rule-set.ts";
import type { Epoch } from "../core/time.ts";
import { givenBy, type Spot, spotsAbout, spotsOf } from "../rules/giving.ts";
import type { Table } from "../store/table.ts";
import { type Giver, sinceWhen } from "./access-since.ts";
import type { RulesAt } from "./rules-at.ts";
import { tellRules } from "./told-rules.ts";

/** Most rules that are told. */
const MOST_GRANTS = 200;

interface Asked {
  readonly question: AccessQuestion;
  readonly at: Epoch;
  readonly language: Language;
}

/**
 * The rules that give what is asked about, whether anybody who was seen has it by them or not. Those in shadow give
 * nothing, and neither do those that have not begun or have ended.
 *
 * @param hasTime Whether one more version may be looked at for since when they do.
 * @returns Nothing where no role or account is asked about, or somebody is, or where there are too many rules to read.
 */
export async function grantsAbout(
  table: Table,
  { version, world, giving }: RulesAt,
  { question, at, language }: Asked,
  hasTime: () => boolean,
): Promise<Pick<AccessPage, "grants" | "moreGrants">> {
  if (giving === undefined || !isAboutPlaces(question)) return {};
  const spots = spotsAbout(spotsOf(world), question);
  const all = giversAmong(await giving(), spots, question.connection, at);
  const givers = all.slice(0, MOST_GRANTS);
  const since = await sinceWhen(table, version, question, givers, hasTime);
  const rules = new Map(givers.map(({ rule }) => [rule.id, rule]));
  const grants = tellRules([...rules.values()], world, language).flatMap((told): AccessGrant[] => {
    const when = since.get(told.id);
    if (when === undefined) return [];
    const { owner, until } = rules.get(told.id) ?? {};
    return [
      {
        ...told,
        ...(owner === undefined ? {} : { owner }),
        ...(until === undefined ? {} : { until }),
        since: when,
      },
    ];
  });
  const more = all.length - givers.length;
  return { grants, ...(more === 0 ? {} : { moreGrants: more }) };
}

const isAboutPlaces = ({ account, role, person, group }: AccessQuestion): boolean =>
  (account ?? role) !== undefined && person === undefined && group === undefined;

/** In order of id, each once. */
function giversAmong(
  rules: readonly CompiledRule[],
  spots: readonly Spot[],
  connection: string | undefined,
  at: Epoch,
): Giver[] {
  const inForce = ({ from, until, shadow }: CompiledRule): boolean =>
    !shadow && (from ?? at) <= at && (until === undefined || at < until);
  const unique = new Map(rules.filter(inForce).map((rule) => [rule.id, rule]));
  return [...unique.values()]
    .filter(({ connections }) => connection === undefined || connections.includes(connection))
    .map((rule) => ({ rule, places: givenBy(rule, spots) }))
    .filter(({ places }) => places.length > 0)
    .sort((one, other) => (one.rule.id < other.rule.id ? -1 : 1));
}
