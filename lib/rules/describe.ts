import type { Condition } from "../core/rule.ts";

/** A condition in short form, as explanations show it: `groups equals sre`. */
export function describe(condition: Condition): string {
  if ("all" in condition) return `all of (${condition.all.map(describe).join("; ")})`;
  if ("any" in condition) return `any of (${condition.any.map(describe).join("; ")})`;
  if ("not" in condition) return `not (${describe(condition.not)})`;
  if ("claim" in condition) return describeClaim(condition);
  if ("mfa" in condition) return condition.mfa ? "second factor" : "no second factor";
  if ("authAgeSeconds" in condition) return `signed in within ${condition.authAgeSeconds} s`;
  if ("network" in condition) return `network ${condition.network}`;
  if ("acr" in condition) return `authentication context at least ${condition.acr.atLeast}`;
  if ("cidr" in condition) return `address in ${condition.cidr.join(", ")}`;
  const { from, until, zone, days } = condition.timeWindow;
  return `${from} to ${until} ${zone}${days === undefined ? "" : ` on ${days.join(", ")}`}`;
}

function describeClaim(condition: Extract<Condition, { claim: string }>): string {
  const { claim } = condition;
  if ("equals" in condition) return `${claim} equals ${condition.equals}`;
  if ("in" in condition) return `${claim} in ${listed(condition.in)}`;
  if ("startsWith" in condition) return `${claim} starts with ${condition.startsWith}`;
  if ("endsWith" in condition) return `${claim} ends with ${condition.endsWith}`;
  if ("glob" in condition) return `${claim} like ${condition.glob}`;
  if ("template" in condition) return `${claim} fits ${condition.template}`;
  if ("regex" in condition) return `${claim} matches ${condition.regex}`;
  if ("number" in condition) return `${claim} ${bounds(condition.number)}`;
  return condition.exists ? `${claim} exists` : `${claim} does not exist`;
}

const BOUNDS = { atLeast: "at least", above: "above", atMost: "at most", below: "below" } as const;

const bounds = (given: Extract<Condition, { number: unknown }>["number"]): string =>
  (["atLeast", "above", "atMost", "below"] as const)
    .flatMap((word) => (given[word] === undefined ? [] : `${BOUNDS[word]} ${given[word]}`))
    .join(" and ");

const SHOWN = 5;
const listed = (values: readonly string[]): string =>
  values.length <= SHOWN
    ? `[${values.join(", ")}]`
    : `[${values.slice(0, SHOWN).join(", ")}, and ${values.length - SHOWN} more]`;
