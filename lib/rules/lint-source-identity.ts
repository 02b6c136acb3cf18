import { isReservedClaim } from "../core/identity.ts";
import type { Problem } from "../core/problem.ts";
import type { Rule } from "../core/rule.ts";
import type { LintContext, Report } from "./lint-context.ts";
import { claimsInSourceIdentity, SOURCE_IDENTITY_FIX, sourceIdentityProblem } from "./source-identity.ts";

/** Whether a SourceIdentity still says whose a session is, and takes only what people cannot set themselves. */
export function lintSourceIdentity(rule: Rule, { connections }: LintContext, report: Report): Problem[] {
  const { sourceIdentity } = rule.grant;
  if (sourceIdentity === undefined) return [];
  const path = ["grant", "sourceIdentity"];
  const said = sourceIdentityProblem(sourceIdentity);
  if (said !== undefined) return [report(path, said, SOURCE_IDENTITY_FIX)];
  const ids = typeof rule.connection === "string" ? [rule.connection] : rule.connection;
  return claimsInSourceIdentity(sourceIdentity).flatMap((claim) =>
    ids
      .flatMap((id) => connections.get(id) ?? [])
      .filter(({ trusted }) => !trusted.includes(claim) || isReservedClaim(claim))
      .map(({ id }) =>
        report(
          path,
          `${id} does not mark \`${claim}\` as trusted, so it cannot enter a SourceIdentity.`,
          `Add it to \`trusted\` of ${id} if only administrators can set it; otherwise use another.`,
        ),
      ),
  );
}
