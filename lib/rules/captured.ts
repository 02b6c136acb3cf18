import type { PlacedRole } from "../core/role.ts";
import type { Rule } from "../core/rule.ts";
import type { CompiledRule } from "../core/rule-set.ts";
import { placedRoleKey, type World } from "../core/world.ts";
import { type View, valuesOf } from "./claims.ts";
import { type Captures, captureFrom, readTemplate, type Template } from "./template.ts";

/** Name of the field that a role or account of a grant is taken from: `role` of `{role}`. */
export const capturedName = (text: string): string | undefined =>
  text.startsWith("{") ? text.slice(1, -1) : undefined;

/** Fields that a grant takes its roles and accounts from. */
export const capturedNames = ({ roles = [], accounts = [] }: Rule["grant"]): string[] =>
  [...roles, ...accounts].flatMap((text) => capturedName(text) ?? []);

/** Whether what a rule gives depends on whom it gives to. */
export const isCaptured = ({ grant }: Pick<Rule, "grant">): boolean => capturedNames(grant).length > 0;

/** A template that a rule's grant can take from: one that must hold, with its claim. */
export interface Source {
  readonly claim: string;
  readonly template: Template;
}

/** Templates at the top of `when`. Below `any` or `not` nothing says that they hold. */
export const sourcesIn = (when: Rule["when"]): Source[] =>
  when.flatMap((condition) => {
    if (!("template" in condition)) return [];
    const template = readTemplate(condition.template);
    return "message" in template ? [] : [{ claim: condition.claim, template }];
  });

/** The one template that has all these fields. */
export const sourceOf = (rule: Pick<Rule, "when" | "grant">): Source | undefined => {
  const wanted = capturedNames(rule.grant);
  return sourcesIn(rule.when).find(({ template }) =>
    wanted.every((one) => template.fields.some(({ name }) => name === one)),
  );
};

const sources = new WeakMap<CompiledRule, { readonly source: Source | undefined }>();

function sourceOfRule(rule: CompiledRule): Source | undefined {
  const known = sources.get(rule) ?? { source: sourceOf(rule) };
  sources.set(rule, known);
  return known.source;
}

const roleNames = new WeakMap<World, ReadonlySet<string>>();

function namesIn(world: World): ReadonlySet<string> {
  const known = roleNames.get(world) ?? new Set([...world.roles.values()].map(({ name }) => name));
  roleNames.set(world, known);
  return known;
}

/**
 * The roles that a rule gives to one person through what the fields of its template held: each value that fits names
 * an account, a role or both, and counts only where a configured role of that name stands in that account.
 *
 * @param accountsOf Ids of the accounts a selector means.
 */
export function capturedPlaces(
  rule: CompiledRule,
  world: World,
  view: View,
  accountsOf: (selector: string) => Iterable<string>,
): PlacedRole[] {
  const source = sourceOfRule(rule);
  if (source === undefined) return [];
  const { roles = [], accounts = [] } = rule.grant;
  return valuesOf(view, source.claim).flatMap((value) => {
    const captures = captureFrom(source.template, value);
    if (captures === undefined) return [];
    const names = roles.map((text) => filled(text, captures)).filter((name) => namesIn(world).has(name));
    if (names.length === 0) return [];
    return accounts.flatMap((text) => {
      const ids = capturedName(text) === undefined ? accountsOf(text) : [filled(text, captures)];
      return [...ids].flatMap((id) =>
        names.flatMap((name) => world.roles.get(placedRoleKey(id, name)) ?? []),
      );
    });
  });
}

function filled(text: string, captures: Captures): string {
  const name = capturedName(text);
  return name === undefined ? text : (captures[name] ?? "");
}
