import { isAlias, parseDocument, visit, YAMLMap } from "yaml";

/** A CloudFormation template as far as the one of member accounts needs it: what it does not know it refuses. */
export interface Template {
  readonly Parameters?: Readonly<Record<string, { readonly Default?: unknown }>>;
  readonly Mappings?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>>;
  readonly Conditions?: Readonly<Record<string, unknown>>;
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<Record<string, { readonly Condition?: string; readonly Value: unknown }>>;
}
export interface Resource {
  readonly Type: string;
  readonly Condition?: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

/** Reads YAML of CloudFormation's: `!Sub text` and the like become `{ Sub: text }`. */
export function readTemplate(text: string): Template {
  const document = parseDocument(text, { logLevel: "silent", merge: true });
  visit(document, {
    Node: (_, node) => {
      if (isAlias(node) || !node.tag?.startsWith("!")) return undefined;
      const call = new YAMLMap(document.schema);
      const { tag, anchor } = node;
      Object.assign(node, { tag: undefined, anchor: undefined });
      if (anchor !== undefined) call.anchor = anchor;
      call.set(tag.slice(1), node);
      return call;
    },
  });
  return document.toJS() as Template;
}

/** What a stack of the template knows. */
export interface Surroundings {
  readonly template: Template;
  readonly accountId: string;
  readonly partition: string;
  /** What `Ref` answers for a parameter that was given, or a resource that exists by now; `GetAtt` for `Name.Attribute`. */
  readonly references: ReadonlyMap<string, string>;
}

const NOTHING = Symbol("AWS::NoValue");

/** A value with its functions carried out. @throws {Error} of a function or a name nobody knows. */
export function resolve(value: unknown, around: Surroundings): unknown {
  if (Array.isArray(value)) return value.map((one) => resolve(one, around)).filter((one) => one !== NOTHING);
  if (typeof value !== "object" || value === null) return value;
  const [[name = "", argument] = [], ...more] = Object.entries(value);
  const run = more.length === 0 ? CALLS[name] : undefined;
  if (run !== undefined) return run(argument, around);
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, held]): [string, unknown] => [key, resolve(held, around)])
      .filter(([, held]) => held !== NOTHING),
  );
}

/** Whether a resource is made. */
export const isWanted = ({ Condition }: { readonly Condition?: string }, around: Surroundings): boolean =>
  Condition === undefined || conditionOf(Condition, around);

const conditionOf = (name: string, around: Surroundings): boolean =>
  resolve(around.template.Conditions?.[name], around) === true;

function referenceTo(name: string, { template, references, accountId, partition }: Surroundings): unknown {
  const own = new Map<string, unknown>([
    ["AWS::AccountId", accountId],
    ["AWS::Partition", partition],
    ["AWS::NoValue", NOTHING],
    ...Object.entries(template.Parameters ?? {}).map(([key, { Default }]): [string, unknown] => [
      key,
      Default,
    ]),
    ...references,
  ]);
  const found = own.get(name);
  if (found === undefined) throw new Error(`nobody says what ${name} is`);
  return found;
}

const CALLS: Readonly<Record<string, (argument: unknown, around: Surroundings) => unknown>> = {
  Ref: (name, around) => referenceTo(String(name), around),
  GetAtt: (name, around) => referenceTo(String(name), around),
  Sub: (text, around) =>
    String(text).replace(/\$\{([\w:]+)\}/g, (_, name: string) => String(referenceTo(name, around))),
  Join: (argument, around) => {
    const [between, parts] = argument as [string, unknown[]];
    return parts.map((part) => String(resolve(part, around))).join(between);
  },
  FindInMap: (argument, around) => {
    const [map = "", row = "", column = ""] = (argument as unknown[]).map((part) =>
      String(resolve(part, around)),
    );
    return around.template.Mappings?.[map]?.[row]?.[column];
  },
  If: (argument, around) => {
    const [condition, yes, no] = argument as [string, unknown, unknown];
    return resolve(conditionOf(condition, around) ? yes : no, around);
  },
  Equals: (argument, around) => {
    const [left, right] = (argument as unknown[]).map((part) => resolve(part, around));
    return left === right;
  },
  Not: (argument, around) => resolve((argument as unknown[])[0], around) !== true,
};
