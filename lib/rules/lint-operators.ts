import type { Connection } from "../core/connection.ts";
import type { Problem } from "../core/problem.ts";
import type { Condition } from "../core/rule.ts";
import { parseRange } from "./address.ts";
import { type LintContext, type Report, reporterOf } from "./lint-context.ts";
import { isEmpty } from "./number.ts";
import { readTemplate } from "./template.ts";
import { nearest } from "./words.ts";

type Path = Problem["path"];

/** What is wrong with what is asked of a claim's values. */
export function lintAsked(
  condition: Extract<Condition, { claim: string }>,
  path: Path,
  { regexProblem }: LintContext,
  report: Report,
): Problem[] {
  if ("template" in condition) {
    const read = readTemplate(condition.template);
    return "message" in read ? [report([...path, "template"], read.message, read.fix)] : [];
  }
  if ("regex" in condition) {
    const said = regexProblem(condition.regex);
    return said === undefined ? [] : [report([...path, "regex"], said, fixOfRegex(condition.regex))];
  }
  if ("number" in condition && isEmpty(condition.number))
    return [report([...path, "number"], "No number lies within these bounds.", "Correct one of them.")];
  return [];
}

function fixOfRegex(pattern: string): string {
  if (/^\^|\$$/.test(pattern)) return "Leave `^` and `$` out: a pattern always speaks of the whole value.";
  if (/\(\?[^:]|\\\d/.test(pattern))
    return "Look-arounds, named groups and back-references do not run in one pass; write it without.";
  return "Write literals, `.`, classes, `\\d \\w \\s`, groups, `|` and `? * + {m,n}`; or use `glob` or `template`.";
}

/** A network that rules name must be one of the settings'. */
export function lintNetwork(
  name: string,
  path: Path,
  { configuration: { settings } }: LintContext,
  report: Report,
): Problem[] {
  if (Object.hasOwn(settings.networks, name)) return [];
  const like = nearest(name, Object.keys(settings.networks));
  const fix = like === undefined ? "Add it to `networks` in Settings." : `Did you mean \`${like}\`?`;
  return [report([...path, "network"], `There is no network \`${name}\`.`, fix)];
}

/** The ranges of the settings' networks. */
export function lintNetworks(context: LintContext): Problem[] {
  const { settings } = context.configuration;
  const report = reporterOf(settings, context);
  return Object.entries(settings.networks).flatMap(([name, ranges]) =>
    lintRanges(ranges, ["networks", name], report),
  );
}

export const lintRanges = (ranges: readonly string[], path: Path, report: Report): Problem[] =>
  ranges.flatMap((range, index) => {
    if (parseRange(range) !== undefined) return [];
    const fix = "Write `10.0.0.0/8` or `2001:db8::/32`, with no bits set beyond the prefix.";
    return [report([...path, index], `\`${range}\` is not an address range.`, fix)];
  });

/** A level that a connection does not list is unknown for everybody there. */
export const lintLevel = (
  level: string,
  path: Path,
  meant: readonly Connection[],
  report: Report,
): Problem[] =>
  meant
    .filter(({ contexts }) => !contexts.includes(level))
    .map(({ id, contexts }) => {
      const like = nearest(level, contexts);
      const fix =
        like === undefined
          ? `Add it to \`contexts\` of ${id}, weakest first, or leave ${id} out.`
          : `Did you mean \`${like}\`?`;
      return report([...path, "acr", "atLeast"], `${id} has no \`${level}\` in \`contexts\`.`, fix);
    });
