import { negate } from "./condition.ts";
import { globsMeet } from "./glob.ts";
import { EVERYTHING, type Matcher, type PolicyCondition, type Statement } from "./statement.ts";

/** Part of a deny: what it says nothing of, it holds for. */
interface Part {
  readonly actions?: Matcher;
  readonly resources?: Matcher;
  readonly conditions: readonly PolicyCondition[];
}

/** Statements of a complement; more would not fit into a session policy anyway. */
const MOST_PARTS = 32;

/**
 * Denies everything that a list of Allow statements does not allow, and nothing else.
 *
 * A request is outside the list when it is outside each statement, and outside a statement when its action, or its
 * resource, or one of its conditions is.
 *
 * @param allows Allow statements; none of them allows nothing.
 * @returns Deny statements, or undefined where IAM has no exact words for it.
 */
export function complement(allows: readonly Statement[]): Statement[] | undefined {
  const merged = merge(
    allows.filter(({ actions, resources }) => !isNothing(actions) && !isNothing(resources)),
  );
  if (merged.some(usesVariables)) return undefined;
  const parts = areApart(merged) ? oneByOne(merged) : combinations(merged);
  return parts?.map((part) => ({
    effect: "Deny",
    actions: part.actions ?? EVERYTHING,
    resources: part.resources ?? EVERYTHING,
    conditions: part.conditions,
  }));
}

const isEverything = ({ not, values }: Matcher): boolean => !not && values.includes("*");
const isNothing = ({ not, values }: Matcher): boolean => not && values.includes("*");
const opposite = ({ not, values }: Matcher): Matcher => ({ not: !not, values });

/** A statement whose variable has no value counts for nothing, its opposite as well; both at once would leave a gap. */
const usesVariables = ({ resources }: Statement): boolean =>
  resources.values.some((value) => value.includes("${"));

/** Joins statements that differ in their actions alone, or in their resources alone. */
function merge(statements: readonly Statement[]): readonly Statement[] {
  const byResource = mergeBy(statements, "actions", ({ resources, conditions }) => [resources, conditions]);
  return mergeBy(byResource, "resources", ({ actions, conditions }) => [actions, conditions]);
}

function mergeBy(
  statements: readonly Statement[],
  element: "actions" | "resources",
  rest: (statement: Statement) => unknown,
): readonly Statement[] {
  const found = new Map<string, Statement>();
  for (const statement of statements) {
    const key = JSON.stringify([statement[element].not ? statement[element] : false, rest(statement)]);
    const same = found.get(key);
    const joined = same === undefined ? statement : join(same, statement, element);
    found.set(key, joined);
  }
  return [...found.values()];
}

function join(left: Statement, right: Statement, element: "actions" | "resources"): Statement {
  const values = [...new Set([...left[element].values, ...right[element].values])];
  return { ...left, [element]: { not: left[element].not, values } };
}

/** Whether no action can fall under two of the statements. */
function areApart(statements: readonly Statement[]): boolean {
  if (statements.some(({ actions }) => actions.not)) return false;
  return statements.every((left, at) =>
    statements
      .slice(at + 1)
      .every((right) =>
        left.actions.values.every((a) =>
          right.actions.values.every((b) => !globsMeet(a.toLowerCase(), b.toLowerCase())),
        ),
      ),
  );
}

/** Actions of no statement; then, for the actions of each, what is outside that one. */
function oneByOne(statements: readonly Statement[]): Part[] | undefined {
  const parts: Part[] = [];
  const actions = statements.flatMap(({ actions: { values } }) => values);
  if (!actions.includes("*"))
    parts.push(
      actions.length === 0 ? { conditions: [] } : { actions: { not: true, values: actions }, conditions: [] },
    );
  for (const statement of statements) {
    const outside = outsideOf({ ...statement, actions: EVERYTHING });
    if (outside === undefined) return undefined;
    const only = isEverything(statement.actions) ? {} : { actions: statement.actions };
    parts.push(...outside.map((part) => ({ ...part, ...only })));
  }
  return parts.length > MOST_PARTS ? undefined : parts;
}

/** The ways to be outside one statement, or undefined where a condition has no exact opposite. */
function outsideOf({ actions, resources, conditions }: Statement): Part[] | undefined {
  const parts: Part[] = [];
  if (!isEverything(actions)) parts.push({ actions: opposite(actions), conditions: [] });
  if (!isEverything(resources)) parts.push({ resources: opposite(resources), conditions: [] });
  for (const condition of conditions) {
    const negated = negate(condition);
    if (negated === undefined) return undefined;
    parts.push({ conditions: negated });
  }
  return parts;
}

/** One way to be outside each statement, all at once, in every combination. */
function combinations(statements: readonly Statement[]): Part[] | undefined {
  let parts: Part[] = [{ conditions: [] }];
  for (const statement of statements) {
    const outside = outsideOf(statement);
    if (outside === undefined || parts.length * outside.length > MOST_PARTS) return undefined;
    const both = parts.flatMap((left) => outside.map((right) => joinParts(left, right)));
    parts = both.filter((part) => part !== undefined);
    if (parts.length < both.length) return undefined;
  }
  return parts;
}

function joinParts(left: Part, right: Part): Part | undefined {
  const actions = joinMatchers(left.actions, right.actions);
  const resources = joinMatchers(left.resources, right.resources);
  const conditions = joinConditions(left.conditions, right.conditions);
  if (actions === null || resources === null || conditions === undefined) return undefined;
  return { ...(actions ? { actions } : {}), ...(resources ? { resources } : {}), conditions };
}

/** Both at once: null where one element cannot say it. */
function joinMatchers(left: Matcher | undefined, right: Matcher | undefined): Matcher | undefined | null {
  if (left === undefined || right === undefined) return left ?? right;
  if (left.not && right.not) return { not: true, values: [...new Set([...left.values, ...right.values])] };
  return JSON.stringify(left) === JSON.stringify(right) ? left : null;
}

/** Several values of one operator are alternatives, or, where it says not, exclusions: only those can be joined. */
function joinConditions(
  left: readonly PolicyCondition[],
  right: readonly PolicyCondition[],
): readonly PolicyCondition[] | undefined {
  const joined = [...left];
  for (const condition of right) {
    const at = joined.findIndex(
      ({ operator, key }) =>
        operator === condition.operator && key.toLowerCase() === condition.key.toLowerCase(),
    );
    const same = joined[at];
    if (same === undefined) joined.push(condition);
    else if (/^(?:ForAllValues:)?(?:String|Arn)Not|^NotIp/.test(same.operator))
      joined[at] = { ...same, values: [...new Set([...same.values, ...condition.values])] };
    else if (JSON.stringify(same.values) !== JSON.stringify(condition.values)) return undefined;
  }
  return joined;
}
