import * as v from "valibot";
import type { Problem } from "../core/problem.ts";
import { Condition } from "../core/rule.ts";
import { isRecord, nearest } from "./words.ts";

/** `all`, `any` and `not` nest this deep. */
const DEEPEST = 3;
/** Conditions of one rule, nested ones included. */
const MOST = 16;

const NESTING = ["all", "any", "not"];
const ALONE = ["mfa", "acr", "authAgeSeconds", "cidr", "network", "timeWindow"];
const OF_CLAIMS = ["equals", "in", "startsWith", "endsWith", "glob", "template", "regex", "number", "exists"];
const WORDS = [...OF_CLAIMS, ...ALONE, ...NESTING];

type Here = Pick<Problem, "severity" | "kind" | "id" | "index">;
type Path = readonly (string | number)[];
type Report = (path: Path, message: string, fix: string) => Problem;

/**
 * What is wrong with a list of conditions, one by one.
 *
 * @param place Where the list stands in its object; `when` of a rule.
 */
export function checkConditions(when: unknown, here: Here, place: Path = ["when"]): Problem[] {
  const report: Report = (path, message, fix) => ({ ...here, path: [...place, ...path], message, fix });
  if (!Array.isArray(when)) {
    const message = `\`${place.at(-1)}\` is ${when === undefined ? "missing" : "not a list"}.`;
    return [
      report([], message, "Write a list of conditions, all of which must hold; `[]` holds for everybody."),
    ];
  }
  const problems = when.flatMap((one, index) => checkCondition(one, [index], 1, report));
  if (problems.length === 0 && countIn(when) > MOST)
    problems.push(report([], `These are more than ${MOST} conditions.`, kindFix(here)));
  return problems;
}

const kindFix = ({ kind }: Here): string => `Split the ${kind.toLowerCase()} in two.`;

/** Whether conditions that have their shapes nest: only then can they be too many or too deep all the same. */
export const nests = (when: unknown): boolean =>
  Array.isArray(when) && when.some((one) => NESTING.some((word) => Object.hasOwn(one, word)));

const countIn = (conditions: readonly unknown[]): number =>
  conditions.reduce<number>((sum, condition) => {
    if (!isRecord(condition)) return sum;
    const inner = condition.all ?? condition.any ?? (condition.not === undefined ? [] : [condition.not]);
    return sum + 1 + (Array.isArray(inner) ? countIn(inner) : 0);
  }, 0);

function checkCondition(raw: unknown, path: Path, depth: number, report: Report): Problem[] {
  if (!isRecord(raw))
    return [report(path, "This is not a condition.", "Write for example `{ claim: groups, equals: sre }`.")];
  const nested = NESTING.find((word) => Object.hasOwn(raw, word));
  if (nested !== undefined) return checkNested(raw, nested, path, depth, report);
  const misnamed = misnamedKey(raw, path, report);
  if (misnamed !== undefined) return [misnamed];
  const parsed = v.safeParse(Condition, raw);
  return parsed.success ? [] : [wrongValue(raw, path, report)];
}

function checkNested(
  raw: Record<string, unknown>,
  word: string,
  path: Path,
  depth: number,
  report: Report,
): Problem[] {
  const others = Object.keys(raw).filter((key) => key !== word);
  if (others.length > 0)
    return [
      report(
        [...path, others[0] ?? ""],
        `\`${word}\` stands alone.`,
        `Put the rest inside \`${word}\`, or beside it as a condition of its own.`,
      ),
    ];
  if (depth >= DEEPEST)
    return [
      report(
        path,
        `Conditions nest deeper than ${DEEPEST} levels.`,
        "Write it flatter, or as several rules.",
      ),
    ];
  if (word === "not") return checkCondition(raw.not, [...path, "not"], depth + 1, report);
  const inner = raw[word];
  if (!Array.isArray(inner) || inner.length === 0 || inner.length > MOST)
    return [
      report([...path, word], `\`${word}\` is not a list of 1 to ${MOST} conditions.`, "Write a list."),
    ];
  return inner.flatMap((one, index) => checkCondition(one, [...path, word, index], depth + 1, report));
}

function misnamedKey(raw: Record<string, unknown>, path: Path, report: Report): Problem | undefined {
  const keys = Object.keys(raw);
  const known = [...WORDS, "claim"];
  const strange = keys.find((key) => !known.includes(key));
  if (strange !== undefined) {
    const like = nearest(strange, known);
    const fix = like === undefined ? `Write one of ${WORDS.join(", ")}.` : `Did you mean \`${like}\`?`;
    return report([...path, strange], `\`${strange}\` is not a word of a condition.`, fix);
  }
  const [first, ...more] = keys.filter((key) => key !== "claim");
  if (first === undefined)
    return report(
      path,
      "This condition asks nothing.",
      `Write one of ${OF_CLAIMS.join(", ")} beside \`claim\`.`,
    );
  if (more.length > 0)
    return report(
      [...path, more[0] ?? ""],
      `\`${first}\` and \`${more[0]}\` are two conditions.`,
      "Write them as two items of the list.",
    );
  return claimMisplaced(raw, first, path, report);
}

function claimMisplaced(
  raw: Record<string, unknown>,
  word: string,
  path: Path,
  report: Report,
): Problem | undefined {
  const needsClaim = OF_CLAIMS.includes(word);
  const hasClaim = Object.hasOwn(raw, "claim");
  if (needsClaim && !hasClaim)
    return report(
      path,
      `\`${word}\` does not say of which claim.`,
      "Write `claim: groups`, or another name, beside it.",
    );
  if (!needsClaim && hasClaim)
    return report([...path, "claim"], `\`${word}\` speaks of no claim.`, "Remove `claim`.");
  return undefined;
}

const EXPECTED: Readonly<Record<string, string>> = {
  equals: "Write one text, in quotes if it looks like a number.",
  in: "Write a list of 1 to 256 texts, in quotes if they look like numbers.",
  startsWith: "Write one text that is not empty.",
  endsWith: "Write one text that is not empty.",
  glob: "Write one text; `*` stands for any run and `?` for one character, neither crosses `/` or `:`.",
  template: "Write one text with fields, as in `aws_{account:digits}_{role:name}`.",
  regex: "Write one regular expression; it speaks of the whole value, and has at most 256 characters.",
  number:
    "Write `{ atLeast: 3, below: 5 }`: a lower bound (`atLeast` or `above`), an upper one (`atMost` or `below`), or one of each; numbers without quotes.",
  exists: "Write `true` or `false`.",
  mfa: "Write `true` or `false`.",
  authAgeSeconds: "Write a whole number of seconds, at least 1.",
  acr: "Write `{ atLeast: ... }` with one of `contexts` of the connection.",
  network: "Write one name of `networks` in Settings.",
  cidr: "Write a list of ranges such as `10.0.0.0/8`.",
  timeWindow:
    'Write `zone`, `from` and `until` as in `{ zone: Asia/Tokyo, from: "09:00", until: "18:00" }`; `days` is a list of mon, tue, wed, thu, fri, sat, sun.',
};

function wrongValue(raw: Record<string, unknown>, path: Path, report: Report): Problem {
  const word = Object.keys(raw).find((key) => key !== "claim") ?? "";
  const field = typeof raw.claim === "string" || !Object.hasOwn(raw, "claim") ? word : "claim";
  const fix = field === "claim" ? "Write the name of a claim, 1 to 256 characters." : (EXPECTED[word] ?? "");
  return report([...path, field], `\`${field}\` is not what it should be.`, fix);
}
