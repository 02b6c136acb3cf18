import type { Condition } from "../core/rule.ts";
import type { CompiledRule } from "../core/rule-set.ts";
import { placedRoleKey, type World } from "../core/world.ts";
import { capturedName, isCaptured, sourceOf } from "./captured.ts";
import type { View } from "./claims.ts";
import { concerns } from "./resolve.ts";
import { accountsOf, deniedBy, grantedBy } from "./targets.ts";
import { type Captures, fillTemplate } from "./template.ts";

interface Place {
  readonly accountId: string;
  readonly role: string;
}

/** A rule that could give a role, or take it away. */
export interface Aimed {
  readonly rule: CompiledRule;
  /** Its conditions, with what a template would have to hold for this very role in the template's place. */
  readonly when: readonly Condition[];
  /** Whether, its conditions holding, it gives this person this role and not only another one. */
  readonly lands: boolean;
}

/**
 * The rules that speak of this person's connection and could give or take the role, each once; and through which other
 * connections it is given.
 */
export function aims(
  rules: readonly CompiledRule[],
  world: World,
  view: View,
  place: Place,
): { readonly concerned: readonly Aimed[]; readonly elsewhere: readonly string[] } {
  const concerned = new Map<string, Aimed>();
  const elsewhere = new Set<string>();
  for (const rule of rules) {
    const aimed = aimedAt(rule, world, view, place);
    if (aimed === undefined) continue;
    if (concerns(rule, view.identity)) concerned.set(rule.id, aimed);
    else if (rule.effect !== "deny" && !rule.shadow) for (const one of rule.connections) elsewhere.add(one);
  }
  elsewhere.delete(view.identity.connection);
  return { concerned: [...concerned.values()], elsewhere: [...elsewhere].sort() };
}

function aimedAt(rule: CompiledRule, world: World, view: View, place: Place): Aimed | undefined {
  const placed = world.roles.get(placedRoleKey(place.accountId, place.role));
  if (placed === undefined) return undefined;
  if (rule.effect === "deny")
    return deniedBy(rule, placed, world) ? { rule, when: rule.when, lands: true } : undefined;
  if (isCaptured(rule)) return capturedAim(rule, world, view, place);
  const gives = grantedBy(rule, world).some((one) => one.placed === placed);
  return gives ? { rule, when: rule.when, lands: true } : undefined;
}

/** A rule that takes what it gives from a template could give this role to whoever has the value that says so. */
function capturedAim(rule: CompiledRule, world: World, view: View, place: Place): Aimed | undefined {
  const at = rule.when.findIndex((one) => sourceOf({ when: [one], grant: rule.grant }) !== undefined);
  const source = sourceOf(rule);
  const fields = fieldsFor(rule, world, place);
  if (source === undefined || fields === undefined) return undefined;
  const text = fillTemplate(source.template, fields);
  if (text === undefined) return undefined;
  const { claim } = source;
  const wanted: Condition = text.includes("{") ? { claim, template: text } : { claim, equals: text };
  const lands = grantedBy(rule, world, view).some(
    ({ placed }) => placed.accountId === place.accountId && placed.name === place.role,
  );
  return { rule, when: rule.when.with(at, wanted), lands };
}

/** What the fields would have to hold; undefined where whatever they hold leads elsewhere. */
function fieldsFor({ grant }: CompiledRule, world: World, place: Place): Captures | undefined {
  const { roles = [], accounts = [] } = grant;
  const account = accounts.some((text) => !isField(text) && accountsOf(world, text).has(place.accountId))
    ? {}
    : fieldOf(accounts, place.accountId);
  const role = roles.includes(place.role) ? {} : fieldOf(roles, place.role);
  return account === undefined || role === undefined ? undefined : { ...account, ...role };
}

const isField = (text: string): boolean => capturedName(text) !== undefined;

function fieldOf(texts: readonly string[], value: string): Captures | undefined {
  const name = capturedName(texts.find(isField) ?? "");
  return name === undefined ? undefined : { [name]: value };
}
