import type { Problem } from "../core/problem.ts";
import type { Rule } from "../core/rule.ts";
import { capturedName, capturedNames, sourceOf, sourcesIn } from "./captured.ts";
import type { Report } from "./lint-context.ts";

/** Whether what a grant takes from a template can be had there. */
export function lintCaptures(rule: Rule, report: Report): Problem[] {
  const names = capturedNames(rule.grant);
  if (names.length === 0) return [];
  const path = firstCaptured(rule);
  if (rule.effect === "deny")
    return [
      report(
        path,
        "A deny names its roles and accounts: what cannot be read must be denied too.",
        'Write them out, or `roles: ["*"]` and `accounts: ["ou:/**"]`.',
      ),
    ];
  const sources = sourcesIn(rule.when);
  if (sources.length === 0)
    return [
      report(
        path,
        `Nothing says what \`{${names[0]}}\` is.`,
        'Add a template at the top of `when`, as `{ claim: groups, template: "aws_{account:digits}_{role:name}" }`.',
      ),
    ];
  if (sourceOf(rule) !== undefined) return [];
  const known = sources.flatMap(({ template }) => template.fields.map(({ name }) => `{${name}}`));
  return [
    report(
      path,
      `No one template has ${names.map((name) => `\`{${name}}\``).join(" and ")}.`,
      `Take all from one template; fields there are: ${known.join(", ")}.`,
    ),
  ];
}

function firstCaptured({ grant: { roles = [], accounts = [] } }: Rule): Problem["path"] {
  const index = roles.findIndex((one) => capturedName(one) !== undefined);
  if (index >= 0) return ["grant", "roles", index];
  return ["grant", "accounts", accounts.findIndex((one) => capturedName(one) !== undefined)];
}
