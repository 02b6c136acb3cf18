import { BlockList, isIP } from "node:net";
import { type Context, fill, globMatches } from "./glob.ts";

/** One line of a Condition block. */
export interface Condition {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

type Compare = (actual: string, expected: string, context: Context) => boolean;

const filled =
  (same: (actual: string, expected: string) => boolean): Compare =>
  (actual, expected, context) => {
    const value = fill(expected, context);
    return value !== undefined && same(actual, value);
  };
const numeric = (holds: (actual: number, expected: number) => boolean): Compare =>
  filled((actual, expected) => actual.trim() !== "" && expected.trim() !== "" && holds(+actual, +expected));

/** Epoch seconds as digits, or an ISO 8601 instant. */
const instant = (text: string) => (/^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text));
const dated = (holds: (actual: number, expected: number) => boolean): Compare =>
  filled((actual, expected) => holds(instant(actual), instant(expected)));

function withinRange(actual: string, expected: string): boolean {
  const [network = "", bits] = expected.split("/");
  const family = isIP(network);
  const width = bits === undefined ? (family === 4 ? 32 : 128) : Number(bits);
  if (family === 0 || isIP(actual) === 0 || !Number.isInteger(width) || width < 0) return false;
  if (width > (family === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  list.addSubnet(network, width, family === 4 ? "ipv4" : "ipv6");
  return list.check(actual, isIP(actual) === 4 ? "ipv4" : "ipv6");
}

const equals = filled((actual, expected) => actual === expected);
const equalsIgnoringCase = filled((actual, expected) => actual.toLowerCase() === expected.toLowerCase());
const like: Compare = (actual, expected, context) => globMatches(expected, actual, context);

/** Each ARN part is matched by itself: a star never crosses one of the first five colons. */
const arnLike: Compare = (actual, expected, context) => {
  const [got, wanted] = [actual, expected].map((arn) =>
    /^([^:]*):([^:]*):([^:]*):([^:]*):([^:]*):(.*)$/s.exec(arn),
  );
  if (!got || !wanted) return false;
  return wanted.slice(1).every((part, at) => globMatches(part, got[at + 1] ?? "", context));
};

const POSITIVE: Readonly<Record<string, Compare>> = {
  StringEquals: equals,
  StringEqualsIgnoreCase: equalsIgnoringCase,
  StringLike: like,
  ArnEquals: arnLike,
  ArnLike: arnLike,
  Bool: equalsIgnoringCase,
  IpAddress: filled(withinRange),
  NumericEquals: numeric((a, b) => a === b),
  NumericLessThan: numeric((a, b) => a < b),
  NumericLessThanEquals: numeric((a, b) => a <= b),
  NumericGreaterThan: numeric((a, b) => a > b),
  NumericGreaterThanEquals: numeric((a, b) => a >= b),
  DateEquals: dated((a, b) => a === b),
  DateLessThan: dated((a, b) => a < b),
  DateLessThanEquals: dated((a, b) => a <= b),
  DateGreaterThan: dated((a, b) => a > b),
  DateGreaterThanEquals: dated((a, b) => a >= b),
};
const NEGATIVE: Readonly<Record<string, string>> = {
  StringNotEquals: "StringEquals",
  StringNotEqualsIgnoreCase: "StringEqualsIgnoreCase",
  StringNotLike: "StringLike",
  ArnNotEquals: "ArnEquals",
  ArnNotLike: "ArnLike",
  NotIpAddress: "IpAddress",
  NumericNotEquals: "NumericEquals",
  DateNotEquals: "DateEquals",
};

interface Operator {
  readonly set: "all" | "any" | "one";
  readonly name: string;
  readonly ifExists: boolean;
}

function parseOperator(text: string): Operator {
  const [, set, name = "", suffix] = /^(ForAllValues:|ForAnyValue:)?(.*?)(IfExists)?$/.exec(text) ?? [];
  return {
    set: set === "ForAllValues:" ? "all" : set === "ForAnyValue:" ? "any" : "one",
    name,
    ifExists: suffix !== undefined,
  };
}

/** Whether an operator is one AWS has and this look-alike decides. */
export function isOperator(text: string): boolean {
  const { set, name, ifExists } = parseOperator(text);
  if (name === "Null") return set === "one" && !ifExists;
  return Object.hasOwn(POSITIVE, name) || Object.hasOwn(NEGATIVE, name);
}

/**
 * Whether one condition holds.
 *
 * @param effect What the statement does, so that a question without an answer (several values and no set
 *   operator) fails closed: no allow, but a deny.
 */
export function conditionHolds(condition: Condition, context: Context, effect: "Allow" | "Deny"): boolean {
  const { set, name, ifExists } = parseOperator(condition.operator);
  const actual = context.get(condition.key.toLowerCase()) ?? [];
  if (name === "Null")
    return condition.values.some((value) => (value.toLowerCase() === "true") === (actual.length === 0));
  const base = NEGATIVE[name];
  const compare = POSITIVE[base ?? name];
  if (compare === undefined) return effect === "Deny";
  // Nothing to look at: all of nothing hold, any of nothing does not, and a lone negation does.
  if (actual.length === 0) return ifExists || set === "all" || (set === "one" && base !== undefined);
  if (set === "one" && actual.length > 1) return effect === "Deny";
  const matches = (value: string) =>
    condition.values.some((expected) => compare(value, expected, context)) !== (base !== undefined);
  return set === "all" ? actual.every(matches) : actual.some(matches);
}
