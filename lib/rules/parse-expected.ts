import type * as v from "valibot";

/** A place in an object as people write it: `grant.accounts[0]`. */
export const spelled = (path: readonly (string | number)[]): string =>
  path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    return text === "" ? part : `${text}.${part}`;
  }, "");

/** Whether a schema has words of its own for what it wants. */
export const saysMore = ({ message }: v.BaseIssue<unknown>): boolean => !message.startsWith("Invalid");

/** What would be right. Never what was written: somebody may have pasted a secret. */
export function expectationOf(issue: v.BaseIssue<unknown>): string {
  const { message, requirement, expected } = issue;
  if (saysMore(issue)) return `${message.slice(0, 1).toUpperCase()}${message.slice(1)}.`;
  const limit = typeof requirement === "number" ? LIMITS[issue.type]?.(requirement, issue) : undefined;
  if (limit !== undefined) return limit;
  if (expected?.startsWith("/")) return `Write what fits \`${expected}\`.`;
  const wanted = (expected ?? "another value").replace(/^\((.*)\)$/, "$1").split(" | ");
  return `Write ${wanted.length > 5 ? "one of " : ""}${wanted.map(inWords).join(", or ")}.`;
}

const SORTS: Readonly<Record<string, string>> = {
  string: "a text, in quotes if it looks like a number",
  number: "a number, without quotes",
  boolean: "`true` or `false`",
  Array: "a list",
  Object: "an object with fields",
};

const inWords = (expected: string): string => SORTS[expected] ?? expected.replace(/^"(.*)"$/, "`$1`");

const unit = ({ input }: v.BaseIssue<unknown>): string =>
  typeof input === "string" ? "characters" : "entries";

const LIMITS: Readonly<Record<string, (limit: number, issue: v.BaseIssue<unknown>) => string>> = {
  min_value: (limit) => `Write a number of at least ${limit}.`,
  max_value: (limit) => `Write a number of at most ${limit}.`,
  min_length: (limit, issue) => `Write at least ${limit} ${unit(issue)}.`,
  max_length: (limit, issue) => `Write at most ${limit} ${unit(issue)}.`,
};
