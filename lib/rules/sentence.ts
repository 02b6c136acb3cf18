import type { Language } from "../core/messages/words.ts";
import type { Condition, Rule } from "../core/rule.ts";
import { english } from "./sentence-en.ts";
import { japanese } from "./sentence-ja.ts";

/** What people call connections and accounts; an id where nobody has named one. */
export interface Names {
  readonly connection: (id: string) => string;
  readonly account: (id: string) => string;
}

/** A condition that asks something itself. */
export type Leaf = Exclude<Condition, { all: unknown } | { any: unknown } | { not: unknown }>;

/** How one language says a rule. */
export interface Phrasing {
  /** One condition, or that it is not so. */
  readonly leaf: (condition: Leaf, negated: boolean) => string;
  readonly join: (phrases: readonly string[], word: "and" | "or") => string;
  readonly group: (phrase: string) => string;
  readonly rule: (rule: Rule, conditions: readonly string[], names: Names) => string;
}

const PHRASINGS: Readonly<Record<Language, Phrasing>> = { en: english, ja: japanese };

/** A rule in plain words: "People of Okta whose groups include sre and who used a second factor get Admin in prod." */
export function sentenceOf(rule: Rule, language: Language, names: Names): string {
  const phrasing = PHRASINGS[language];
  return phrasing.rule(
    rule,
    rule.when.map((condition) => phraseOf(condition, phrasing, false, rule.when.length > 1)),
    names,
  );
}

/** One condition in plain words, as it stands in the sentence of its rule. */
export const conditionSentence = (condition: Condition, language: Language): string =>
  phraseOf(condition, PHRASINGS[language], false, false);

/** `not` goes down to what asks something: "not any of these" is easier to read as "none of them". */
function phraseOf(condition: Condition, phrasing: Phrasing, negated: boolean, inside: boolean): string {
  if ("not" in condition) return phraseOf(condition.not, phrasing, !negated, inside);
  if ("all" in condition) return several(condition.all, negated ? "or" : "and", phrasing, negated, inside);
  if ("any" in condition) return several(condition.any, negated ? "and" : "or", phrasing, negated, inside);
  return phrasing.leaf(condition, negated);
}

function several(
  conditions: readonly Condition[],
  word: "and" | "or",
  phrasing: Phrasing,
  negated: boolean,
  inside: boolean,
): string {
  const isOne = conditions.length === 1;
  const phrases = conditions.map((one) => phraseOf(one, phrasing, negated, !isOne || inside));
  const joined = phrasing.join(phrases, word);
  return inside && !isOne ? phrasing.group(joined) : joined;
}
