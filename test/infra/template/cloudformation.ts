import { parse } from "yaml";

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const tag = (name: string) => {
  const long = name === "Ref" || name === "Condition" ? name : `Fn::${name}`;
  const ofText = (text: string): unknown => ({
    [long]: name === "GetAtt" ? [text.slice(0, text.indexOf(".")), text.slice(text.indexOf(".") + 1)] : text,
  });
  return [
    { tag: `!${name}`, resolve: ofText },
    {
      tag: `!${name}`,
      collection: "seq" as const,
      resolve: (items: { toJSON(): unknown }) => ({ [long]: items.toJSON() }),
    },
  ];
};
const customTags = [
  "And",
  "Condition",
  "Equals",
  "FindInMap",
  "GetAtt",
  "If",
  "Join",
  "Not",
  "Or",
  "Ref",
  "Sub",
].flatMap(tag);

/** A template in YAML, with the long form of its functions. */
export const parseTemplate = (text: string): Fields =>
  parse(text, { customTags, logLevel: "error" }) as Fields;

/** What CloudFormation knows while it makes a stack. */
export interface Stack {
  /** Parameters, pseudo parameters, and what `Ref` of a resource answers. */
  readonly refs: Readonly<Record<string, string>>;
  /** `Resource.Attribute` */
  readonly attributes?: Readonly<Record<string, string>>;
}

/** Stands for `AWS::NoValue`. */
const NOTHING = Symbol("no value");

/**
 * Whatever stands in a template, as the resource's own service is given it.
 *
 * @throws {Error} of a reference nobody answers and of a function this does not know.
 */
export function resolve(template: Fields, value: unknown, stack: Stack): unknown {
  const resolved = (one: unknown): unknown => resolve(template, one, stack);
  if (Array.isArray(value)) return value.map(resolved).filter((one) => one !== NOTHING);
  if (!isFields(value)) return value;
  const [[name, argument] = ["", undefined], ...others] = Object.entries(value);
  if (others.length === 0 && (name === "Ref" || name.startsWith("Fn::")))
    return call(template, name, argument, stack);
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, one]) => [key, resolved(one)] as const)
      .filter(([, one]) => one !== NOTHING),
  );
}

function call(template: Fields, name: string, argument: unknown, stack: Stack): unknown {
  const list = (Array.isArray(argument) ? argument : [argument]) as unknown[];
  const resolved = (one: unknown): string => String(resolve(template, one, stack));
  const [first, second, third] = list;
  switch (name) {
    case "Ref":
      return first === "AWS::NoValue" ? NOTHING : known(stack, String(first));
    case "Fn::GetAtt":
      return known(stack, list.join("."));
    case "Fn::Sub":
      return String(first).replace(/\$\{([\w:.]+)\}/g, (_, wanted: string) => known(stack, wanted));
    case "Fn::Join":
      return (second as unknown[]).map(resolved).join(String(first));
    case "Fn::If":
      return resolve(template, holds(template, String(first), stack) ? second : third, stack);
    case "Fn::FindInMap": {
      const maps = template.Mappings as Record<string, Record<string, Record<string, string>>>;
      const found = maps[resolved(first)]?.[resolved(second)]?.[resolved(third)];
      if (found === undefined) throw new Error(`no mapping has ${list.map(resolved).join(".")}`);
      return found;
    }
    default:
      throw new Error(`${name} is not understood`);
  }
}

function known({ refs, attributes = {} }: Stack, name: string): string {
  const found = refs[name] ?? attributes[name];
  if (found === undefined) throw new Error(`nobody says what ${name} is`);
  return found;
}

/** Whether a condition of the template holds. */
export function holds(template: Fields, name: string, stack: Stack): boolean {
  const conditions = template.Conditions as Readonly<Record<string, unknown>>;
  if (!(name in conditions)) throw new Error(`there is no condition ${name}`);
  return judge(template, conditions[name], stack);
}

function judge(template: Fields, condition: unknown, stack: Stack): boolean {
  const [[name, argument] = ["", undefined]] = Object.entries(condition as Fields);
  const list = argument as unknown[];
  const judged = (one: unknown): boolean => judge(template, one, stack);
  switch (name) {
    case "Condition":
      return holds(template, String(argument), stack);
    case "Fn::Equals":
      return resolve(template, list[0], stack) === resolve(template, list[1], stack);
    case "Fn::Not":
      return !judged(list[0]);
    case "Fn::And":
      return list.every(judged);
    case "Fn::Or":
      return list.some(judged);
    default:
      throw new Error(`${name} is not understood`);
  }
}
