import type * as v from "valibot";
import { type JsonSchema, type Named, toJsonSchema } from "./json-schema.ts";
import { KINDS, type Kind } from "./objects.ts";
import { PolicyDocument } from "./role.ts";
import { Condition } from "./rule.ts";

/** What a kind is, for whoever completes from its schema. */
const ABOUT: Readonly<Record<Kind, string>> = {
  Connection: "One identity provider, of people or of programs.",
  Account: "An AWS account the broker may hand out.",
  Role: "An IAM role, and the accounts it stands in.",
  Rule: "Conditions on claims, and the roles they give or take away.",
  Scope: "A named session policy with parameters.",
  Test: "What somebody like this must get, or must not get; tried by every plan.",
  Invariant: "What must be so whatever claims somebody comes with; proven by every plan.",
  Settings: "Settings of the whole broker; there is at most one.",
};

const SHARED: readonly (readonly [object, string])[] = [
  [Condition, "Condition"],
  [PolicyDocument, "PolicyDocument"],
];

/** Every kind and what they share, by the name it is referred to. */
export const namedSchemas = (): ReadonlyMap<object, string> =>
  new Map([...Object.entries(KINDS).map(([name, schema]) => [schema, name] as const), ...SHARED]);

/** Definitions of all that has a name. @param at Where they will lie. */
export function definitions(at: Named["at"]): Readonly<Record<string, JsonSchema>> {
  const names = namedSchemas();
  return Object.fromEntries(
    [...names].map(([schema, name]) => [
      name,
      { title: name, ...aboutOf(name), ...toJsonSchema(schema as v.GenericSchema, { names, at }) },
    ]),
  );
}

const aboutOf = (name: string): JsonSchema => {
  const about = Object.entries(ABOUT).find(([kind]) => kind === name)?.[1];
  return about === undefined ? {} : { description: about };
};

/** Names under which schemas are published: each kind's, in lower case, and `config` for any of them. */
export const schemaNames = (): readonly string[] => [
  ...Object.keys(KINDS).map((kind) => kind.toLowerCase()),
  "config",
];

/**
 * The JSON Schema of one kind, or of any object of a configuration, whole in itself: what editors complete from.
 *
 * @param name One of `schemaNames`.
 * @returns Nothing where there is no such name.
 */
export function publishedSchema(name: string): JsonSchema | undefined {
  if (!schemaNames().includes(name)) return undefined;
  const all = definitions("#/definitions/");
  const kind = Object.keys(KINDS).find((one) => one.toLowerCase() === name);
  const whole =
    kind === undefined
      ? { title: "Configuration", oneOf: Object.keys(KINDS).map((one) => ({ $ref: `#/definitions/${one}` })) }
      : all[kind];
  const used = reachable(all, whole, new Set());
  const parts = Object.entries(all).filter(([one]) => used.has(one));
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    ...whole,
    ...(parts.length === 0 ? {} : { definitions: Object.fromEntries(parts) }),
  };
}

/** Names of the definitions that a schema needs, those that these need among them. */
function reachable(
  all: Readonly<Record<string, JsonSchema>>,
  schema: unknown,
  found: Set<string>,
): ReadonlySet<string> {
  for (const [, name = ""] of JSON.stringify(schema).matchAll(/"#\/definitions\/(\w+)"/g)) {
    if (found.has(name)) continue;
    found.add(name);
    reachable(all, all[name], found);
  }
  return found;
}
