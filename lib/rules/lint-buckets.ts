import type { Problem } from "../core/problem.ts";
import type { CompiledRules } from "./compile.ts";

/** Every decision looks at all rules that nothing could be found to file by, so there may be few. */
const MOST_RESIDUAL = 64;
const LARGE_BUCKET = 256;
const LARGEST_BUCKET = 1024;
const SHOWN = 20;

const whole = { kind: "Configuration", id: "", path: [] } as const;

/** Whether any decision would have to look at too many rules. */
export function lintBuckets({ buckets, residual }: CompiledRules): Problem[] {
  const problems: Problem[] = [...buckets]
    .filter(([, rules]) => rules.length > LARGE_BUCKET)
    .slice(0, SHOWN)
    .map(([anchor, rules]) => ({
      ...whole,
      severity: rules.length > LARGEST_BUCKET ? "error" : "warning",
      message: `${rules.length} rules are found through ${sayAnchor(anchor)}; at most ${LARGEST_BUCKET} may be.`,
      fix: "Give them a rarer condition besides (a narrower group, `subject`), or join rules that give the same with `in`.",
    }));
  if (residual.length > MOST_RESIDUAL) {
    problems.push({
      ...whole,
      severity: "error",
      message: `${residual.length} rules have no \`equals\`, \`in\`, \`startsWith\`, \`endsWith\` or \`glob\` to find them by; at most ${MOST_RESIDUAL} may have none.`,
      fix: `Give them such a condition. Some of them: ${residual.slice(0, 5).join(", ")}.`,
    });
  }
  return problems;
}

function sayAnchor(anchor: string): string {
  const [connection, kind = "", claim, value, ...other] = anchor.split("\n");
  const where = `on ${connection}`;
  if (kind === "both")
    return `\`${claim}\` equal to \`${value}\` and \`${other[0]}\` equal to \`${other[1]}\` ${where}`;
  if (value !== undefined) return `\`${claim}\` ${WORDS[kind] ?? kind} \`${value}\` ${where}`;
  if (claim !== undefined) return `\`${claim}\` being unknown ${where}`;
  return kind === "residual" ? `nothing in particular ${where}` : `claims that ${connection} does not map`;
}

const WORDS: Readonly<Record<string, string>> = {
  equals: "equal to",
  starts: "beginning with",
  ends: "ending in",
};
