/** A small IAM: what policies allow. Written from AWS's documentation, apart from what it judges. */

export interface Doc {
  readonly Version: string;
  readonly Statement: readonly Record<string, unknown>[];
}

/** One thing somebody wants to do. A key that is absent is missing from the request's context. */
export interface Want {
  readonly action: string;
  readonly resource: string;
  readonly context: Readonly<Record<string, string | readonly string[]>>;
}

const list = (value: unknown): string[] => (Array.isArray(value) ? value : [value]).map((one) => String(one));

/** `*` any run, `?` any one character, anywhere. */
function glob(pattern: string, text: string): boolean {
  const source = [...pattern]
    .map((char) =>
      char === "*" ? "[^]*" : char === "?" ? "[^]" : char.replace(/[.+^${}()|[\]\\\-/]/g, "\\$&"),
    )
    .join("");
  return new RegExp(`^${source}$`).test(text);
}

const ip = (text: string): bigint =>
  text.split(".").reduce((sum, part) => (sum << 8n) | BigInt(Number(part)), 0n);
function inRange(address: string, range: string): boolean {
  const [base = "", bits = "32"] = range.split("/");
  const shift = BigInt(32 - Number(bits));
  return ip(address) >> shift === ip(base) >> shift;
}

type Compare = (given: string, wanted: string) => boolean;
const POSITIVE: Readonly<Record<string, Compare>> = {
  StringEquals: (a, b) => a === b,
  StringEqualsIgnoreCase: (a, b) => a.toLowerCase() === b.toLowerCase(),
  StringLike: (a, b) => glob(b, a),
  ArnLike: (a, b) => glob(b, a),
  ArnEquals: (a, b) => glob(b, a),
  IpAddress: inRange,
  Bool: (a, b) => a.toLowerCase() === b.toLowerCase(),
  DateLessThan: (a, b) => Date.parse(a) < Date.parse(b),
  DateLessThanEquals: (a, b) => Date.parse(a) <= Date.parse(b),
  DateGreaterThan: (a, b) => Date.parse(a) > Date.parse(b),
  DateGreaterThanEquals: (a, b) => Date.parse(a) >= Date.parse(b),
};
const NEGATIVE: Readonly<Record<string, string>> = {
  StringNotEquals: "StringEquals",
  StringNotEqualsIgnoreCase: "StringEqualsIgnoreCase",
  StringNotLike: "StringLike",
  ArnNotLike: "ArnLike",
  ArnNotEquals: "ArnEquals",
  NotIpAddress: "IpAddress",
};

/** Whether one value of the context satisfies an operator without prefixes. */
function one(operator: string, given: string, wanted: readonly string[]): boolean {
  const opposite = NEGATIVE[operator];
  if (opposite !== undefined) return !one(opposite, given, wanted);
  const compare = POSITIVE[operator];
  if (compare === undefined) throw new Error(`this IAM has no ${operator}`);
  return wanted.some((value) => compare(given, value));
}

function holds(operator: string, key: string, wanted: readonly string[], { context }: Want): boolean {
  const found = Object.entries(context).find(([name]) => name.toLowerCase() === key.toLowerCase())?.[1];
  const values = found === undefined ? [] : list(found);
  if (operator === "Null") return (values.length === 0) === (wanted[0] === "true");
  const [, set, base = operator] = /^(ForAllValues|ForAnyValue):(.+)$/.exec(operator) ?? [];
  if (set === "ForAllValues") return values.every((value) => one(base, value, wanted));
  if (set === "ForAnyValue") return values.some((value) => one(base, value, wanted));
  const plain = base.replace(/IfExists$/, "");
  if (values.length === 0) return plain !== base || plain in NEGATIVE;
  // AWS does not say what an operator without a set prefix makes of several values: never count on it holding.
  return values.length === 1 && one(plain, values[0] ?? "", wanted);
}

const matches = (patterns: unknown, text: string): boolean =>
  list(patterns).some((pattern) => glob(pattern, text));
const lower = (value: unknown): string[] => list(value).map((text) => text.toLowerCase());

function applies(statement: Record<string, unknown>, want: Want): boolean {
  const { Action, NotAction, Resource, NotResource, Condition = {} } = statement;
  const action = want.action.toLowerCase();
  const acts = Action === undefined ? !matches(lower(NotAction), action) : matches(lower(Action), action);
  const on = Resource === undefined ? !matches(NotResource, want.resource) : matches(Resource, want.resource);
  return (
    acts &&
    on &&
    Object.entries(Condition as Record<string, Record<string, unknown>>).every(([operator, keys]) =>
      Object.entries(keys).every(([key, wanted]) => holds(operator, key, list(wanted), want)),
    )
  );
}

const some = (docs: readonly Doc[], effect: string, want: Want): boolean =>
  docs.some((doc) => doc.Statement.some((one) => one.Effect === effect && applies(one, want)));

/** What policies allow together: something must allow it and nothing deny it. */
export const allowed = (docs: readonly Doc[], want: Want): boolean =>
  some(docs, "Allow", want) && !some(docs, "Deny", want);
