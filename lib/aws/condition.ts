import { parseInstant } from "../core/time.ts";
import type { PolicyCondition } from "./statement.ts";

/** Operators and what is true exactly when they are false, a missing key included: the first fails on it, the second holds. */
const OPPOSITES: readonly (readonly [positive: string, negative: string, keys: RegExp])[] = [
  ["StringEquals", "StringNotEquals", /^/],
  ["StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", /^/],
  ["StringLike", "StringNotLike", /^/],
  ["ArnEquals", "ArnNotEquals", /^aws:(?:principal|source)arn$/],
  ["ArnLike", "ArnNotLike", /^aws:(?:principal|source)arn$/],
  ["IpAddress", "NotIpAddress", /^aws:(?:vpc)?sourceip$/],
];

/** Keys that have one value at most. On a key with several, an operator without a set prefix has no exact opposite. */
const SINGLE =
  /^(?:aws:(?!tagkeys$|calledvia$|principalorgpaths$|resourceorgpaths$|sourceorgpaths$|principalservicenameslist$)|s3:(?!requestobjecttagkeys$)|[a-z0-9-]+:resourcetag\/)/;
const TRUTHS = /^aws:(?:securetransport|multifactorauthpresent|viaawsservice|principalisawsservice)$/;
const INSTANTS: Readonly<Record<string, string>> = {
  DateLessThan: "DateGreaterThanEquals",
  DateLessThanEquals: "DateGreaterThan",
  DateGreaterThan: "DateLessThanEquals",
  DateGreaterThanEquals: "DateLessThan",
};

/**
 * What holds exactly when a condition does not.
 *
 * Only where nothing lies between the two: keys that are malformed or have several values, and policy variables, make
 * some operators false together with their opposites, and what is neither allowed nor denied would widen a session.
 *
 * @returns Conditions that must all hold, or undefined where there is no exact opposite.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
export function negate(condition: PolicyCondition): readonly PolicyCondition[] | undefined {
  const { operator, key, values } = condition;
  if (values.some((value) => value.includes("${"))) return undefined;
  const set = /^(ForAllValues|ForAnyValue):(\w+)$/.exec(operator);
  if (set !== null) return negateSet(condition, set[1] ?? "", set[2] ?? "");
  const lower = key.toLowerCase();
  if (operator === "Null") return flip(condition, "Null");
  if (/^Bool(?:IfExists)?$/.test(operator)) return TRUTHS.test(lower) ? negateTruth(condition) : undefined;
  const instant = INSTANTS[operator];
  if (instant !== undefined) return negateInstant(condition, instant);
  return SINGLE.test(lower) ? negateMatch(condition, lower) : undefined;
}

function negateMatch(condition: PolicyCondition, lower: string): readonly PolicyCondition[] | undefined {
  const ifExists = condition.operator.endsWith("IfExists");
  const operator = ifExists ? condition.operator.slice(0, -"IfExists".length) : condition.operator;
  for (const [positive, negative, keys] of OPPOSITES) {
    if (!keys.test(lower)) continue;
    // A negative operator holds on a missing key with IfExists and without.
    if (operator === negative) return [{ ...condition, operator: positive }];
    if (operator !== positive) continue;
    const opposite = { ...condition, operator: negative };
    return ifExists ? [opposite, { operator: "Null", key: condition.key, values: ["false"] }] : [opposite];
  }
  return undefined;
}

/** "Some value matches" against "no value matches", and the reverse; a missing key is an empty set in both. */
function negateSet(
  condition: PolicyCondition,
  set: string,
  operator: string,
): readonly PolicyCondition[] | undefined {
  const other = set === "ForAllValues" ? "ForAnyValue" : "ForAllValues";
  for (const [positive, negative] of OPPOSITES.slice(0, 3)) {
    if (operator === positive) return [{ ...condition, operator: `${other}:${negative}` }];
    if (operator === negative) return [{ ...condition, operator: `${other}:${positive}` }];
  }
  return undefined;
}

function negateTruth(condition: PolicyCondition): readonly PolicyCondition[] | undefined {
  return flip(condition, condition.operator === "Bool" ? "BoolIfExists" : "Bool");
}

function flip(condition: PolicyCondition, operator: string): readonly PolicyCondition[] | undefined {
  const [value, ...more] = condition.values;
  if (more.length > 0 || (value !== "true" && value !== "false")) return undefined;
  return [{ operator, key: condition.key, values: [value === "true" ? "false" : "true"] }];
}

/** The present is always there and well-formed. */
function negateInstant(condition: PolicyCondition, operator: string): readonly PolicyCondition[] | undefined {
  const [value, ...more] = condition.values;
  const exact = more.length === 0 && parseInstant(value ?? "") !== undefined;
  return exact && condition.key.toLowerCase() === "aws:currenttime"
    ? [{ ...condition, operator }]
    : undefined;
}
