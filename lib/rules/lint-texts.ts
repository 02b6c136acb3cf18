import type { Connection } from "../core/connection.ts";
import type { Problem } from "../core/problem.ts";
import type { Invariant } from "../core/promise.ts";
import type { Account } from "../core/role.ts";
import type { Rule } from "../core/rule.ts";
import { type LintContext, type Report, reporterOf } from "./lint-context.ts";
import { isRecord } from "./words.ts";

/** Format and control characters, and spaces that are no space: nobody sees them, and comparison does. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}]|(?! )\p{Zs}|[\u115f\u1160\u3164\uffa0\u2800]/u;
const UNSEEN_ONES = new RegExp(UNSEEN, "gu");
/** Letters of scripts whose letters pass for Latin ones. */
const LOOK_ALIKES = /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}]/u;
const LATIN = /[A-Za-z]/;
/** Full-width and mathematical letters, ligatures: another spelling of plain ones. */
const DRESSED = /[\uff01-\uff5e\u{1d400}-\u{1d7ff}\ufb00-\ufb06]/u;

/** ASCII that is seen, with no space around it: what nearly all texts are. */
const PLAIN = /^(?:[!-~](?:[ -~]*[!-~])?)?$/;

/** Why a text may not be what it looks like, or undefined. Comparison is byte-exact, so such a rule never fires or fires for another. */
export function doubtOfText(text: string): string | undefined {
  if (PLAIN.test(text)) return undefined;
  if (UNSEEN.test(text)) return "holds a character that cannot be seen";
  if (text !== text.normalize("NFC")) return "is not composed as keyboards compose it (NFC)";
  if (text !== text.trim()) return "begins or ends with a space";
  if (DRESSED.test(text)) return "holds letters dressed as others";
  if (LATIN.test(text) && LOOK_ALIKES.test(text)) return "mixes letters of two scripts that look alike";
  return undefined;
}

/** A text as everybody sees it: ASCII, with `\u{...}` for everything else. */
const spelledOut = (text: string): string =>
  [...text.slice(0, 60)]
    .map((one) => (/^[\x21-\x7e ]$/.test(one) ? one : `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`))
    .join("");

/** A text with everything in it that cannot be seen spelled out. */
export const visible = (text: string): string =>
  text.replace(UNSEEN_ONES, (one) => `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`);

/** Fields whose words are read by people and compared with nothing. */
const PROSE = ["description", "owner", "kind", "id", "policy"];

/** Texts of a rule or an invariant that are not what they look like. */
export const lintTexts = (of: Rule | Invariant, report: Report): Problem[] =>
  isPlain(of) ? [] : doubtful(textsIn(of, []), report);

/** Whether there is nothing to doubt: where texts stand need not be known of most rules. */
function isPlain(value: unknown, depth = 0): boolean {
  if (typeof value === "string") return PLAIN.test(value);
  if (Array.isArray(value)) return value.every((one) => isPlain(one, depth + 1));
  return (
    !isRecord(value) ||
    Object.keys(value).every((key) => isProse(key, depth) || isPlain(value[key], depth + 1))
  );
}

const isProse = (key: string, depth: number): boolean => depth <= 1 && PROSE.includes(key);

/** The same of some fields of another object, names of fields included. */
export function lintTextsOf(
  object: Connection | Account,
  fields: readonly string[],
  context: LintContext,
): Problem[] {
  const texts = Object.entries(object).flatMap(([field, value]) =>
    fields.includes(field) ? [...textsIn(value, [field]), ...namesIn(value, [field])] : [],
  );
  return doubtful(texts, reporterOf(object, context));
}

type Text = readonly [text: string, path: Problem["path"]];

const namesIn = (value: unknown, path: Problem["path"]): Text[] =>
  isRecord(value) ? Object.keys(value).map((name) => [name, [...path, name]]) : [];

const doubtful = (texts: readonly Text[], report: Report): Problem[] =>
  texts.flatMap(([text, path]) => {
    const doubt = doubtOfText(text);
    if (doubt === undefined) return [];
    const message = `This text ${doubt}: \`${spelledOut(text)}\`.`;
    return [report(path, message, "Type it anew, or leave it if the provider sends it so.", "warning")];
  });

function textsIn(value: unknown, path: Problem["path"]): Text[] {
  if (typeof value === "string") return [[value, path]];
  if (Array.isArray(value)) return value.flatMap((one, index) => textsIn(one, [...path, index]));
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, one]) =>
    isProse(key, path.length) ? [] : textsIn(one, [...path, key]),
  );
}
