import type { Condition } from "../core/rule.ts";
import { matchGlob } from "./glob.ts";
import { prepareRegex } from "./regex.ts";
import { captureFrom, readTemplate } from "./template.ts";

type ClaimCondition = Extract<Condition, { claim: string }>;

/** Whether some of these values fits. */
export type Fitter = (values: readonly string[]) => boolean;

/** What a condition asks of values; undefined when what it was written with cannot be read, which lint refuses. */
export function fitterOf(
  condition: Exclude<ClaimCondition, { exists: boolean } | { number: unknown }>,
): Fitter | undefined {
  if ("equals" in condition) return (values) => values.includes(condition.equals);
  if ("in" in condition) {
    const wanted = new Set(condition.in);
    return (values) => values.some((value) => wanted.has(value));
  }
  if ("startsWith" in condition)
    return (values) => values.some((one) => one.startsWith(condition.startsWith));
  if ("endsWith" in condition) return (values) => values.some((one) => one.endsWith(condition.endsWith));
  if ("glob" in condition) return (values) => values.some((value) => matchGlob(condition.glob, value));
  if ("regex" in condition) {
    const fits = prepareRegex(condition.regex);
    return fits && ((values) => values.some(fits));
  }
  const template = readTemplate(condition.template);
  if ("message" in template) return undefined;
  return (values) => values.some((value) => captureFrom(template, value) !== undefined);
}
