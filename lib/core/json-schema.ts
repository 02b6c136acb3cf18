import type * as v from "valibot";

/** A JSON Schema of draft 7 and later. */
export type JsonSchema = { readonly [key: string]: unknown };

/** What of a valibot schema says how it is built; every kind carries some of it. */
interface Parts {
  readonly kind: string;
  readonly type: string;
  readonly pipe?: readonly Parts[];
  readonly requirement?: unknown;
  readonly message?: unknown;
  readonly entries?: Readonly<Record<string, Parts>>;
  readonly wrapped?: Parts;
  readonly default?: unknown;
  readonly options?: readonly unknown[];
  readonly literal?: unknown;
  readonly item?: Parts;
  readonly key?: Parts;
  readonly value?: Parts;
  readonly getter?: (input: unknown) => Parts;
}

/** Names for schemas that are told once and referred to, and where such definitions lie. */
export interface Named {
  readonly names: ReadonlyMap<object, string>;
  readonly at: `#/${string}`;
}

/**
 * What a schema takes, as JSON Schema. It is made of the very schema that checks, so the two cannot say different
 * things; what only code can check (`v.check`) is told in words.
 *
 * @param named A schema that is among these is referred to, but for the one that is asked for.
 */
export const toJsonSchema = (schema: v.GenericSchema, named: Named): JsonSchema =>
  convert(schema as unknown as Parts, named);

/** A definition that is referred to, or the schema itself. */
function refer(schema: Parts, named: Named): JsonSchema {
  const name = named.names.get(schema);
  return name === undefined ? convert(schema, named) : { $ref: `${named.at}${name}` };
}

function convert(schema: Parts, named: Named): JsonSchema {
  const [first, ...actions] = schema.pipe ?? [schema];
  const base = first === undefined ? {} : begin(first, schema, named);
  if (base === undefined) throw new Error(`no JSON Schema is known for ${first?.type}`);
  let built = base;
  for (const action of actions) {
    const more = LIMIT[action.type]?.(action, built);
    // What comes after a transformation is said of what it makes, not of what is sent.
    if (more === undefined && action.kind === "transformation") break;
    built = { ...built, ...more };
  }
  return built;
}

/** What a pipe begins with may be a pipe itself, whose limits hold as well. */
const begin = (first: Parts, whole: Parts, named: Named): JsonSchema | undefined =>
  first !== whole && first.pipe !== undefined ? convert(first, named) : BUILD[first.type]?.(first, named);

const object =
  (more: JsonSchema) =>
  ({ entries = {} }: Parts, named: Named): JsonSchema => {
    const fields = Object.entries(entries);
    const required = fields.filter(([, one]) => !isOptional(one)).map(([name]) => name);
    return {
      type: "object",
      properties: Object.fromEntries(fields.map(([name, one]) => [name, refer(one, named)])),
      ...(required.length === 0 ? {} : { required }),
      ...more,
    };
  };

const isOptional = ({ type }: Parts): boolean =>
  ["optional", "exact_optional", "undefinedable"].includes(type);

const optional = ({ wrapped, default: usual }: Parts, named: Named): JsonSchema => {
  const inner = wrapped === undefined ? {} : refer(wrapped, named);
  const told = usual !== undefined && typeof usual !== "function" && usual !== Number.POSITIVE_INFINITY;
  return told ? { ...inner, default: usual } : inner;
};

const union = ({ options = [] }: Parts, named: Named): JsonSchema => ({
  anyOf: options.map((one) => refer(one as Parts, named)),
});

const BUILD: Readonly<Record<string, (schema: Parts, named: Named) => JsonSchema>> = {
  any: () => ({}),
  unknown: () => ({}),
  custom: () => ({}),
  string: () => ({ type: "string" }),
  number: () => ({ type: "number" }),
  boolean: () => ({ type: "boolean" }),
  null: () => ({ type: "null" }),
  literal: ({ literal }) => ({ const: literal }),
  picklist: ({ options }) => ({ enum: options }),
  array: ({ item }, named) => ({ type: "array", items: item === undefined ? {} : refer(item, named) }),
  record: ({ key, value }, named) => {
    const names = key === undefined ? {} : refer(key, named);
    return {
      type: "object",
      ...(Object.keys(names).length === 1 ? {} : { propertyNames: names }),
      additionalProperties: value === undefined ? {} : refer(value, named),
    };
  },
  object: object({}),
  loose_object: object({}),
  strict_object: object({ additionalProperties: false }),
  optional,
  exact_optional: optional,
  undefinedable: optional,
  union,
  variant: union,
  lazy: ({ getter }, named) => (getter === undefined ? {} : refer(getter(undefined), named)),
};

const length = (least: boolean, limit: unknown, { type }: JsonSchema): JsonSchema =>
  type === "array"
    ? { [least ? "minItems" : "maxItems"]: limit }
    : { [least ? "minLength" : "maxLength"]: limit };

const both = (one: unknown, other: string): string => (typeof one === "string" ? `${one}; ${other}` : other);

const LIMIT: Readonly<Record<string, (action: Parts, built: JsonSchema) => JsonSchema>> = {
  regex: ({ requirement, message }) => ({
    pattern: requirement instanceof RegExp ? requirement.source : "",
    ...(typeof message === "string" ? { description: message } : {}),
  }),
  min_length: ({ requirement }, built) => length(true, requirement, built),
  max_length: ({ requirement }, built) => length(false, requirement, built),
  min_value: ({ requirement }) => ({ minimum: requirement }),
  max_value: ({ requirement }) => ({ maximum: requirement }),
  integer: () => ({ type: "integer" }),
  url: () => ({ format: "uri" }),
  base64: () => ({ contentEncoding: "base64" }),
  value: ({ requirement }) => ({ const: requirement }),
  check: ({ message }, { description }) =>
    typeof message === "string" ? { description: both(description, message) } : {},
  // A number in an address is written as digits.
  to_number: () => ({ type: "number", pattern: undefined }),
};
