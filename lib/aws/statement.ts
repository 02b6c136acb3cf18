import { Refusal } from "../core/errors.ts";

/** The values an element lists, or everything but them. */
export interface Matcher {
  readonly not: boolean;
  readonly values: readonly string[];
}

/** One operator on one key; any one value satisfies it. */
export interface PolicyCondition {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

/** One statement of an IAM policy in one spelling: lists everywhere, no Sid. */
export interface Statement {
  readonly effect: "Allow" | "Deny";
  readonly actions: Matcher;
  readonly resources: Matcher;
  /** All must hold. */
  readonly conditions: readonly PolicyCondition[];
}

/** Where a policy comes from, for whoever must correct it. */
export type PolicyOrigin = "caller" | "scope" | "rule";

export const EVERYTHING: Matcher = { not: false, values: ["*"] };

const DOCUMENT_KEYS = new Set(["Version", "Id", "Statement"]);
const STATEMENT_KEYS = new Set([
  "Sid",
  "Effect",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Condition",
]);
const ACTION = /^(?:\*|[A-Za-z0-9*?-]{1,64}:[\w*?-]{1,128})$/;
const RESOURCE = /^(?:\*|arn:[\x20-\xff]+)$/;
const OPERATOR = /^(?:For(?:All|Any)Values?:)?[A-Za-z]{2,40}$/;
/** What STS takes in a policy at all: Latin-1 without control characters. */
const TEXT = /^[\x20-\x7e\xa0-\xff]*$/;

/**
 * Reads an IAM policy document, as JSON text or as data.
 *
 * What comes out is written again from the parts, so that AWS never sees a spelling that was not understood here:
 * doubled keys, principals, elements of other kinds of policies.
 *
 * @throws {Refusal} `policy_invalid`, saying what is wrong with whose policy.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
export function readPolicy(document: unknown, origin: PolicyOrigin): Statement[] {
  const invalid = (what: string): never => {
    throw new Refusal(
      "policy_invalid",
      { origin, what },
      { about: { hint: `The ${origin}'s session policy: ${what}.` } },
    );
  };
  const { Version, Statement: listed, ...rest } = objectOf(document, invalid);
  if (Version !== "2012-10-17") invalid('Version must be "2012-10-17"');
  if (Object.keys(rest).some((key) => !DOCUMENT_KEYS.has(key))) invalid("it holds an unknown element");
  const statements = Array.isArray(listed) ? listed : [listed];
  if (statements.length === 0 || listed === undefined) invalid("it has no Statement");
  return statements.map((one) => readStatement(objectOf(one, invalid), invalid));
}

type Invalid = (what: string) => never;

function objectOf(value: unknown, invalid: Invalid): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return invalid("expected an object");
  return value as Record<string, unknown>;
}

function readStatement(raw: Record<string, unknown>, invalid: Invalid): Statement {
  const unknown = Object.keys(raw).find((key) => !STATEMENT_KEYS.has(key));
  if (unknown !== undefined) invalid("a statement holds an element that session policies do not have");
  const { Effect } = raw;
  if (Effect !== "Allow" && Effect !== "Deny") return invalid("Effect must be Allow or Deny");
  return {
    effect: Effect,
    actions: readMatcher(raw, "Action", ACTION, invalid),
    resources: readMatcher(raw, "Resource", RESOURCE, invalid),
    conditions: raw.Condition === undefined ? [] : readConditions(raw.Condition, invalid),
  };
}

function readMatcher(
  raw: Record<string, unknown>,
  element: "Action" | "Resource",
  shape: RegExp,
  invalid: Invalid,
): Matcher {
  const plain = raw[element];
  const negated = raw[`Not${element}`];
  if ((plain === undefined) === (negated === undefined))
    return invalid(`a statement needs either ${element} or Not${element}`);
  const values = stringsOf(plain ?? negated, invalid);
  if (values.length === 0 || values.some((value) => !shape.test(value)))
    return invalid(`a value of ${element} is not one`);
  return { not: plain === undefined, values: [...new Set(values)] };
}

function readConditions(raw: unknown, invalid: Invalid): PolicyCondition[] {
  const conditions = Object.entries(objectOf(raw, invalid)).flatMap(([operator, keys]) =>
    Object.entries(objectOf(keys, invalid)).map(([key, listed]): PolicyCondition => {
      const values = stringsOf(listed, invalid);
      if (!OPERATOR.test(operator)) return invalid("a condition operator is not one");
      if (!/^[\x21-\x7e]{1,256}$/.test(key) || values.length === 0) return invalid("a condition is empty");
      return { operator, key, values };
    }),
  );
  // IAM reads names without regard to case; two spellings of one would be read as it pleases.
  const names = new Set(conditions.map(({ operator, key }) => `${operator} ${key}`.toLowerCase()));
  return names.size === conditions.length ? conditions : invalid("a condition key is there twice");
}

/** A list of strings, or one; numbers and truth values become text, as IAM reads them. */
function stringsOf(raw: unknown, invalid: Invalid): string[] {
  return (Array.isArray(raw) ? raw : [raw]).map((value: unknown) => {
    const text = typeof value === "number" || typeof value === "boolean" ? String(value) : value;
    if (typeof text !== "string" || !TEXT.test(text)) return invalid("a value is not plain text");
    return text;
  });
}

/** Writes statements as the JSON text that STS is given. */
export function writePolicy(statements: readonly Statement[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements.map(writeStatement) });
}

const oneOrMany = (values: readonly string[]): string | readonly string[] =>
  values.length === 1 ? (values[0] ?? "") : values;

function writeStatement({ effect, actions, resources, conditions }: Statement): Record<string, unknown> {
  const written: Record<string, unknown> = {
    Effect: effect,
    [actions.not ? "NotAction" : "Action"]: oneOrMany(actions.values),
    [resources.not ? "NotResource" : "Resource"]: oneOrMany(resources.values),
  };
  if (conditions.length > 0) written.Condition = writeConditions(conditions);
  return written;
}

function writeConditions(conditions: readonly PolicyCondition[]): Record<string, Record<string, unknown>> {
  const written: Record<string, Record<string, unknown>> = {};
  for (const { operator, key, values } of conditions) {
    written[operator] = { ...written[operator], [key]: oneOrMany(values) };
  }
  return written;
}
