import type { Judged } from "../core/decision.ts";
import type { CompiledRule } from "../core/rule-set.ts";
import type { View } from "./claims.ts";
import { trustedValue } from "./tags.ts";

/** What may stand between `{person}` and anything else. No id and no claim's value holds one, so the id is always found again. */
const SEPARATORS = ".,=@+";
const PLACE = /\{([^{}]*)\}/g;
const CLAIM = /^claims\.([^{}]+)$/;
/** A claim's value in a SourceIdentity. */
const VALUE = /^[\w-]{1,16}$/;
const LITERAL = /^[\w+=,.@-]*$/;
/** Characters of the opaque id, and of all that STS takes. */
const ID = 26;
const MOST = 64;
const LONGEST_VALUE = 16;

/** Claims that a SourceIdentity takes values from. */
export const claimsInSourceIdentity = (text: string): string[] =>
  [...text.matchAll(PLACE)].flatMap(([, name = ""]) => CLAIM.exec(name)?.[1] ?? []);

/**
 * What speaks against a SourceIdentity: its text, in one sentence. It must say who a session belongs to for ever, so
 * the person's id stays in it, once, apart from everything else.
 */
export function sourceIdentityProblem(text: string): string | undefined {
  const places = [...text.matchAll(PLACE)];
  const persons = places.filter(([, name]) => name === "person");
  const strange = places.find(([, name = ""]) => name !== "person" && !CLAIM.test(name));
  if (strange !== undefined) return `\`${strange[0].slice(0, 40)}\` has no meaning in a SourceIdentity.`;
  if (persons.length !== 1) return "A SourceIdentity holds `{person}` exactly once.";
  const [before = "", after = ""] = text.split("{person}");
  const apart = (side: string, next: string) => side === "" || SEPARATORS.includes(next);
  if (!apart(before, before.at(-1) ?? "") || !apart(after, after.at(0) ?? ""))
    return "`{person}` does not stand apart from what is beside it.";
  const literal = text.replace(PLACE, "");
  if (!LITERAL.test(literal)) return "AWS does not take this SourceIdentity.";
  const others = text.replace(PLACE, (_, name) => (name === "person" ? "" : "x".repeat(LONGEST_VALUE)));
  // Whoever reads it knows the id by its length.
  if (others.split(/[.,=@+]/).some((part) => part.length >= ID))
    return `Something in this SourceIdentity could be as long as an id, ${ID} characters.`;
  const longest = literal.length + ID + (places.length - 1) * LONGEST_VALUE;
  return longest <= MOST ? undefined : `This SourceIdentity can be ${longest} characters; AWS takes ${MOST}.`;
}

export const SOURCE_IDENTITY_FIX =
  "Write for example `{claims.team}.{person}`: letters, digits, `_+=,.@-`, and one of `.,=@+` beside `{person}`.";

/** The SourceIdentity a rule gives one person, with `{person}` left in; a claim without one true value fails, as in tags. */
export function fillSourceIdentity(
  { grant: { sourceIdentity: text } }: CompiledRule,
  view: View,
): { readonly sourceIdentity?: string } | { readonly failed: Judged } {
  if (text === undefined) return NONE;
  let complete = true;
  const sourceIdentity = text.replace(PLACE, (place, name: string) => {
    const claim = CLAIM.exec(name)?.[1];
    if (claim === undefined) return place;
    const value = trustedValue(claim, view);
    complete &&= value !== undefined && VALUE.test(value);
    return value ?? "";
  });
  return complete
    ? { sourceIdentity }
    : { failed: { condition: `source identity from ${text}`, truth: "unknown" } };
}

const NONE = {};
