import type { Truth } from "../core/decision.ts";
import type { Language } from "../core/messages/words.ts";
import type { ClaimSeen } from "./claims-seen.ts";
import type { Missing } from "./missing.ts";
import { conditionSentence } from "./sentence.ts";
import type { Considered, Term, Trace, Untold } from "./trace.ts";
import { englishTrace } from "./trace-en.ts";
import { japaneseTrace } from "./trace-ja.ts";

/** A trace in plain words. */
export interface TraceText {
  readonly headline: string;
  /** What is missing least, where the role is not given. */
  readonly nearest?: string;
  /** What to do, the easiest first. */
  readonly next: readonly string[];
  readonly rules: readonly {
    readonly title: string;
    readonly terms: readonly { readonly truth: Truth; readonly text: string }[];
  }[];
  readonly claims: readonly string[];
}

/** How one language says a trace. */
export interface TraceWords {
  readonly headline: (trace: Trace, place: string) => string;
  readonly nearest: (rule: Considered) => string;
  readonly next: (missing: Missing, rule: Considered, whom: string) => string;
  readonly ask: (trace: Trace, whom: string) => string;
  readonly title: (rule: Considered) => string;
  readonly term: (term: Term, sentence: string) => string;
  readonly claim: (claim: ClaimSeen) => string;
  readonly more: Readonly<Record<"doing" | "nothing" | "inShadow", (count: number) => string>>;
  readonly elsewhere: (connections: readonly string[]) => string;
}

const WORDS: Readonly<Record<Language, TraceWords>> = { en: englishTrace, ja: japaneseTrace };

/** @param contact Whom to ask where a rule names nobody. */
export function traceText(trace: Trace, language: Language, contact: string): TraceText {
  const words = WORDS[language];
  const { accountId, accountName, role } = trace;
  const place =
    accountName === undefined ? `${role} @ ${accountId}` : `${role} @ ${accountName} (${accountId})`;
  const nearest = nearestOf(trace);
  return {
    headline: words.headline(trace, place),
    ...(nearest === undefined ? {} : { nearest: words.nearest(nearest) }),
    next: nextOf(trace, nearest, words, contact),
    rules: [
      ...trace.rules.map((rule) => ({
        title: words.title(rule),
        terms: rule.terms.map((term) => ({
          truth: term.truth,
          text: words.term(term, sayTerm(term, language)),
        })),
      })),
      ...untold(trace.more, words).map((title) => ({ title, terms: [] })),
      ...(trace.elsewhere.length === 0 ? [] : [{ title: words.elsewhere(trace.elsewhere), terms: [] }]),
    ],
    claims: trace.claims.map(words.claim),
  };
}

const untold = ({ doing, nothing, denies, inShadow }: Untold, { more }: TraceWords): string[] => [
  ...(doing === 0 ? [] : [more.doing(doing)]),
  ...(nothing + denies === 0 ? [] : [more.nothing(nothing + denies)]),
  ...(inShadow === 0 ? [] : [more.inShadow(inShadow)]),
];

const sayTerm = ({ condition, text }: Term, language: Language): string =>
  condition === undefined ? text : conditionSentence(condition, language);

/** The rule that matters most where the role is not given: a deny that stands, or the nearest miss. */
export const nearestOf = ({ outcome, rules }: Trace): Considered | undefined => {
  if (outcome === "granted") return undefined;
  if (outcome === "denied") return rules.find(({ does }) => does === "takes");
  return rules.find(
    ({ does, effect, missing, shadow }) =>
      does === "nothing" && effect === "allow" && missing.length > 0 && !shadow,
  );
};

function nextOf(trace: Trace, nearest: Considered | undefined, words: TraceWords, contact: string): string[] {
  if (trace.outcome === "granted") return [];
  const whom = nearest?.owner ?? contact;
  const steps = nearest === undefined ? [] : nearest.missing.map((one) => words.next(one, nearest, whom));
  return steps.length > 0 && trace.outcome !== "eligible" ? [...new Set(steps)] : [words.ask(trace, whom)];
}
