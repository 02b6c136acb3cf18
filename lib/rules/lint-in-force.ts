import type { Problem } from "../core/problem.ts";
import type { Rule } from "../core/rule.ts";
import { parseMoment } from "../core/time.ts";
import type { LintContext, Report } from "./lint-context.ts";

/** Time enough to notice that a deny is about to end. */
const SOON_SECONDS = 30 * 86_400;

/** Whether a rule is in force at any time, and whether its end could surprise somebody. */
export function lintInForce({ effect, from, until }: Rule, { now }: LintContext, report: Report): Problem[] {
  const begins = from === undefined ? undefined : parseMoment(from)?.begins;
  const ends = until === undefined ? undefined : parseMoment(until)?.ends;
  if (begins !== undefined && ends !== undefined && ends <= begins)
    return [report(["until"], "This rule ends before it begins.", "Correct `from` or `until`.")];
  if (ends === undefined || now === undefined) return [];
  if (ends <= now)
    return [report(["until"], `This rule ended ${until}.`, "Remove it, or give it more time.", "warning")];
  if (effect !== "deny" || ends - now > SOON_SECONDS) return [];
  const message = `When this deny ends (${until}), what it takes away is given again.`;
  return [report(["until"], message, "Make sure that nobody rests on it any more.", "warning")];
}
