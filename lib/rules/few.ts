import type { Problem } from "../core/problem.ts";

/** Enough to see what is wrong; a hundred thousand rules with one mistake each are one mistake. */
export const MOST_TOLD = 1000;

/**
 * The first problems there are, errors first: once there are enough of those, what comes after is not looked at any
 * more, and one more problem says so. Warnings beyond as many are counted.
 *
 * @param found Problems in pieces, worked out as they are asked for.
 */
export function tellFew(found: Iterable<readonly Problem[]>): Problem[] {
  const errors: Problem[] = [];
  const warnings: Problem[] = [];
  for (const piece of found) {
    for (const problem of piece) (problem.severity === "error" ? errors : warnings).push(problem);
    if (errors.length >= MOST_TOLD) return [...errors.slice(0, MOST_TOLD), ENOUGH];
  }
  const untold = warnings.length - MOST_TOLD;
  return [...errors, ...warnings.slice(0, MOST_TOLD), ...(untold > 0 ? [more(untold)] : [])];
}

const WHOLE = { kind: "Configuration", id: "", path: [] } as const;

const ENOUGH: Problem = {
  ...WHOLE,
  severity: "error",
  message: `There are ${MOST_TOLD} problems or more; the rest was not looked at.`,
  fix: "Correct these first: they may well be one.",
};

const more = (count: number): Problem => ({
  ...WHOLE,
  severity: "warning",
  message: `There are ${count} more warnings.`,
  fix: "Look at these first.",
});
