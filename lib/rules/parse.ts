import * as v from "valibot";
import { OidcConnection, SamlConnection, WorkloadConnection } from "../core/connection.ts";
import { type ConfigObject, type Configuration, KINDS, type Kind } from "../core/objects.ts";
import type { Problem } from "../core/problem.ts";
import { DEFAULT_SETTINGS } from "../core/settings.ts";
import { tellFew } from "./few.ts";
import { checkConditions, nests } from "./parse-conditions.ts";
import { expectationOf, saysMore, spelled } from "./parse-expected.ts";
import { sharing } from "./sharing.ts";
import { isRecord, nearest } from "./words.ts";

/** A configuration with its shape checked, and where each object stood among those that were sent. */
export interface Parsed {
  readonly configuration: Configuration;
  /** Position of each object of `configuration`. */
  readonly positions: ReadonlyMap<object, number>;
  readonly problems: readonly Problem[];
}

/** Objects nest no deeper: even a policy of conditions on conditions. */
const DEEPEST = 32;

/** Gives objects their shape. What has none is told as a problem and left out. */
export function parseObjects(objects: readonly unknown[]): Parsed {
  const positions = new Map<object, number>();
  const problems = tellFew(
    (function* () {
      for (const [index, raw] of objects.entries()) {
        const parsed = parseObject(raw, index);
        if (Array.isArray(parsed)) yield parsed;
        else positions.set(parsed, index);
      }
    })(),
  );
  return { configuration: assemble([...positions.keys()] as ConfigObject[]), positions, problems };
}

/** Objects by kind. Of two settings the first counts; lint refuses the second. */
function assemble(objects: readonly ConfigObject[]): Configuration {
  const of = <K extends Kind>(kind: K) =>
    objects.filter((object): object is Extract<ConfigObject, { kind: K }> => object.kind === kind);
  return {
    connections: of("Connection"),
    accounts: of("Account"),
    roles: of("Role"),
    rules: of("Rule"),
    scopes: of("Scope"),
    tests: of("Test"),
    invariants: of("Invariant"),
    settings: of("Settings")[0] ?? DEFAULT_SETTINGS,
  };
}

function parseObject(raw: unknown, index: number): ConfigObject | Problem[] {
  if (!isRecord(raw)) {
    const fix = "Write `kind: Rule`, `kind: Connection` and so on, with fields below.";
    return [{ ...at("Configuration", "", index), path: [], message: "This is not an object.", fix }];
  }
  const kind = kindOf(raw.kind);
  if (kind === undefined) return [unknownKind(raw, index)];
  const here = at(kind, nameOf(raw), index);
  if (isTooDeep(raw)) {
    return [
      { ...here, path: [], message: `This nests deeper than ${DEEPEST} levels.`, fix: "Write it flatter." },
    ];
  }
  const schema = schemaOf(kind, raw);
  const whole = v.safeParse(schema, raw);
  if (whole.success && kind === "Rule" && !nests(raw.when)) return sharing(whole.output, raw);
  const { conditions, checked } = conditionsOf(kind, raw, here);
  if (whole.success && conditions.length === 0) return sharing(whole.output, raw);
  const parsed = conditions.length === 0 ? whole : v.safeParse(schema, checked);
  const issues = parsed.success ? [] : parsed.issues.map((issue) => problemOf(issue, kind, here));
  return [...conditions, ...issues];
}

/**
 * What is wrong with conditions, and the object without those that are: they have a check of their own, with words for each
 * mistake, where the schema would say "one of fifteen shapes".
 */
function conditionsOf(kind: Kind, raw: Readonly<Record<string, unknown>>, here: Here) {
  if (kind === "Rule") {
    const conditions = checkConditions(raw.when, here);
    return { conditions, checked: conditions.length === 0 ? raw : { ...raw, when: [] } };
  }
  if (kind !== "Invariant") return { conditions: [], checked: raw };
  const { never } = raw;
  const when =
    isRecord(never) && never.when !== undefined ? checkConditions(never.when, here, ["never", "when"]) : [];
  const then = raw.then === undefined ? [] : checkConditions(raw.then, here, ["then"]);
  const { then: _, ...rest } = raw;
  const kept = then.length > 0 ? rest : raw;
  const checked =
    when.length > 0 && isRecord(never) ? { ...kept, never: { ...never, when: undefined } } : kept;
  return { conditions: [...when, ...then], checked };
}

const at = (kind: Problem["kind"], id: string, index: number) =>
  ({ severity: "error", kind, id, index }) as const;

const isKind = (text: string): text is Kind => Object.hasOwn(KINDS, text);
const kindOf = (kind: unknown): Kind | undefined =>
  typeof kind === "string" && isKind(kind) ? kind : undefined;

/** What people call an object: its id, or its name. */
export const nameOf = (raw: Readonly<Record<string, unknown>>): string => {
  const name = raw.kind === "Role" ? raw.name : raw.id;
  return typeof name === "string" ? name : "";
};

function unknownKind(raw: Readonly<Record<string, unknown>>, index: number): Problem {
  const kinds = Object.keys(KINDS);
  const asked = typeof raw.kind === "string" ? raw.kind : "";
  const like = nearest(asked, kinds);
  const fix = like === undefined ? `Write one of ${kinds.join(", ")}.` : `Did you mean \`${like}\`?`;
  const message = asked === "" ? "`kind` is missing." : `There is no kind \`${asked.slice(0, 40)}\`.`;
  return { ...at("Configuration", nameOf(raw), index), path: ["kind"], message, fix };
}

/** One schema of a connection's three, so that what is wrong with it is told in its own terms. */
function schemaOf(
  kind: Kind,
  raw: Readonly<Record<string, unknown>>,
): v.GenericSchema<unknown, ConfigObject> {
  if (kind !== "Connection") return KINDS[kind];
  if (raw.protocol !== "oidc") return SamlConnection;
  return raw.purpose === "workload" ? WorkloadConnection : OidcConnection;
}

/** Whether something nests deeper than any object, so that nothing that calls itself may look at it. */
export function isTooDeep(value: unknown, left = DEEPEST): boolean {
  if (left === 0) return true;
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some((inner) => isTooDeep(inner, left - 1));
}

type Here = ReturnType<typeof at>;

function problemOf(whole: v.BaseIssue<unknown>, kind: Kind, here: Here): Problem {
  const chain = mostTelling(whole);
  const issue = chain.at(-1) ?? whole;
  const path = chain.flatMap(pathOf);
  const field = String(path.at(-1) ?? "");
  if (issue.type === "strict_object" && issue.expected === "never") {
    const like = path.length === 1 ? meant(field, kind) : undefined;
    const fix = like === undefined ? "Remove it, or correct its name." : `Did you mean \`${like}\`?`;
    return { ...here, path, message: `\`${field}\` is not a field of a ${kind} here.`, fix };
  }
  const isMissing = issue.received === "undefined";
  const name = `\`${spelled(path)}\``;
  const message = isMissing ? `${name} is missing.` : `${name} is not what it should be.`;
  return { ...here, path, message, fix: expectationOf(issue) };
}

/** A role alone is called by its name. */
const meant = (field: string, kind: Kind): string | undefined =>
  kind === "Role" && field === "id" ? "name" : nearest(field, fieldsOf(kind));

/** Of the ways in which every shape of a union failed, the one that came furthest; with all that led to it. */
function mostTelling(issue: v.BaseIssue<unknown>): v.BaseIssue<unknown>[] {
  const [first, ...rest] = issue.issues ?? [];
  if (first === undefined) return [issue];
  const furthest = rest.reduce((best, one) => (rankOf(one) > rankOf(best) ? one : best), first);
  // Where none came anywhere, each of them would be right.
  return rankOf(furthest) === 0 && !saysMore(furthest) ? [issue] : [issue, ...mostTelling(furthest)];
}

/** What was written wrongly tells more than what was not written, or belongs to another shape. */
function rankOf({ path, kind, received, expected }: v.BaseIssue<unknown>): number {
  const isElsewhere = received === "undefined" || expected === "never";
  return (path?.length ?? 0) * 4 + (kind === "validation" ? 1 : 0) - (isElsewhere ? 2 : 0);
}

const pathOf = (issue: v.BaseIssue<unknown>): (string | number)[] =>
  (issue.path ?? []).map(({ key }) => (typeof key === "number" ? key : String(key)));

const fieldsOf = (kind: Kind): string[] =>
  kind === "Connection"
    ? [SamlConnection, OidcConnection, WorkloadConnection].flatMap(({ entries }) => Object.keys(entries))
    : Object.keys(KINDS[kind].entries);
