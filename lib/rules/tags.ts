import type { Judged } from "../core/decision.ts";
import type { CompiledRule } from "../core/rule-set.ts";
import { type View, valuesOf } from "./claims.ts";

/** What STS accepts in a tag's value. */
const VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u;
const PLACE = /\{claims\.([^{}]+)\}/g;

/** Claims a tag's text takes values from. */
export const claimsInTag = (text: string): string[] =>
  [...text.matchAll(PLACE)].map(([, name]) => name ?? "");

/** What is left of a tag's text when its places are taken out: must hold no braces. */
export const literalOfTag = (text: string): string => text.replace(PLACE, "");

/**
 * Session tags of a rule for one person.
 *
 * A tag whose claim is untrusted, missing, not known, or has several values has no one true value. The rule then
 * does not grant, because a policy may rest on the tag being there: `failed` says which.
 */
export function resolveTags(
  rule: CompiledRule,
  view: View,
): { readonly tags: Readonly<Record<string, string>> } | { readonly failed: Judged } {
  const { tags } = rule.grant;
  if (tags === undefined) return { tags: NO_TAGS };
  const filled: Record<string, string> = {};
  for (const [key, text] of Object.entries(tags)) {
    const value = fill(text, view);
    if (value === undefined) return { failed: { condition: `tag ${key} from ${text}`, truth: "unknown" } };
    filled[key] = value;
  }
  return { tags: filled };
}

export const NO_TAGS: Readonly<Record<string, string>> = {};

function fill(text: string, view: View): string | undefined {
  if (!text.includes("{")) return text;
  let complete = true;
  const value = text.replace(PLACE, (_, claim: string) => {
    const found = trustedValue(claim, view);
    complete &&= found !== undefined;
    return found ?? "";
  });
  return complete && VALUE.test(value) ? value : undefined;
}

export function trustedValue(claim: string, view: View): string | undefined {
  const trusted = view.connection.trusted.includes(claim) && !view.identity.unknown.includes(claim);
  const values = trusted ? valuesOf(view, claim) : [];
  return values.length === 1 ? values[0] : undefined;
}
