import { isRefusal, Refusal } from "../core/errors.ts";
import { matchesWhole } from "../core/pattern.ts";
import type { Scope } from "../core/role.ts";
import { readPolicy } from "./statement.ts";

/** A scope with its parameters filled in. */
export interface FilledScope {
  readonly policy?: unknown;
  readonly policyArns?: readonly string[];
}

/** `{name}`, but not IAM's own `${variable}`. */
const PLACEHOLDER = /(?<!\$)\{([a-z][A-Za-z0-9]{0,31})\}/g;
/** What would mean something else than itself in a policy. */
const SPECIAL = /[*?${}]/;
const VALUE = /^[\x20-\x7e\xa0-\xff]{1,256}$/;
/** Where a stranger's value may stand. */
const FILLED = new Set(["Resource", "NotResource", "Condition"]);

/**
 * Fills a scope's parameters into its policy.
 *
 * The policy is data, and values take their place in strings of Resource and Condition: never in names of keys, never in
 * actions, and never with a character that IAM would read as more than itself.
 *
 * @throws {Refusal} `scope_parameter_invalid` for a value that is missing, unknown or does not match; `scope_invalid`
 *   when the scope itself cannot be read.
 */
export function fillScope(scope: Scope, parameters: Readonly<Record<string, string>> = {}): FilledScope {
  const values = checkParameters(scope, parameters);
  const { policy, policyArns } = scope;
  return {
    ...(policy === undefined ? {} : { policy: fillPolicy(scope, policy, values) }),
    ...(policyArns === undefined ? {} : { policyArns }),
  };
}

/**
 * What would keep every session of this scope from being issued, for whoever publishes it.
 *
 * @returns Sentences; none for a scope that can be used.
 */
export function scopeProblems(scope: Scope): readonly string[] {
  return problemsOf(() => {
    for (const [name, pattern] of Object.entries(scope.parameters)) matches(scope, name, pattern, "");
    const names = Object.keys(scope.parameters).map((name) => [name, "x"] as const);
    if (scope.policy !== undefined) readPolicy(fillPolicy(scope, scope.policy, new Map(names)), "scope");
  });
}

/** The same for the session policy of a rule. */
export const rulePolicyProblems = (policy: unknown): readonly string[] =>
  problemsOf(() => void readPolicy(policy, "rule"));

function problemsOf(judge: () => void): readonly string[] {
  try {
    judge();
    return [];
  } catch (thrown) {
    if (!isRefusal(thrown)) throw thrown;
    return [thrown.about.hint ?? thrown.message];
  }
}

function checkParameters(scope: Scope, given: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(scope.parameters, name));
  if (unknown.length > 0) return refuseParameter(scope, `it has no parameter of ${unknown.length} given`);
  return new Map(
    Object.entries(scope.parameters).map(([name, pattern]) => {
      const value = Object.hasOwn(given, name) ? given[name] : undefined;
      if (value === undefined) return refuseParameter(scope, `\`${name}\` is missing`);
      if (!VALUE.test(value) || SPECIAL.test(value) || !matches(scope, name, pattern, value))
        return refuseParameter(scope, `\`${name}\` must match ${pattern} whole, without * ? $ { }`);
      return [name, value];
    }),
  );
}

function refuseParameter(scope: Scope, what: string): never {
  throw new Refusal(
    "scope_parameter_invalid",
    { scope: scope.id, what },
    { about: { scope: scope.id, hint: `Scope ${scope.id}: ${what}.` } },
  );
}

function refuseScope(scope: Scope, what: string, cause?: unknown): never {
  throw new Refusal(
    "scope_invalid",
    { scope: scope.id, what },
    { cause, about: { scope: scope.id, hint: `Scope ${scope.id}: ${what}.` } },
  );
}

function matches(scope: Scope, name: string, pattern: string, value: string): boolean {
  try {
    return matchesWhole(pattern, value);
  } catch (cause) {
    return refuseScope(scope, `the pattern of \`${name}\` cannot be used`, cause);
  }
}

function fillPolicy(
  scope: Scope,
  policy: NonNullable<Scope["policy"]>,
  values: ReadonlyMap<string, string>,
): unknown {
  const fill = (text: string): string =>
    text.replace(
      PLACEHOLDER,
      (_, name: string) => values.get(name) ?? refuseScope(scope, `\`{${name}}\` is no parameter of it`),
    );
  const keep = (text: string): string =>
    text.search(PLACEHOLDER) < 0
      ? text
      : refuseScope(scope, "a parameter may fill Resource and Condition only");
  const Statement = policy.Statement.map((statement) =>
    Object.fromEntries(
      Object.entries(statement).map(([element, value]) => [
        keep(element),
        walk(value, FILLED.has(element) ? fill : keep, keep),
      ]),
    ),
  );
  return { ...policy, Statement };
}

/** Data with every string value passed through one function and every name of a key through another. */
function walk(value: unknown, text: (text: string) => string, key: (text: string) => string): unknown {
  if (typeof value === "string") return text(value);
  if (Array.isArray(value)) return value.map((one) => walk(one, text, key));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [key(name), walk(one, text, key)]));
}
