import type { Epoch } from "../../core/time.ts";
import type { World } from "../../core/world.ts";
import type { Effort } from "./effort.ts";
import { type Found, findText } from "./find-text.ts";
import type { Literal } from "./formula.ts";
import { addressesFor, judgeAt, momentsFor } from "./surroundings.ts";
import { ANY, oneOf, type Texts } from "./texts.ts";

/** What was chosen for one thing about somebody. */
export type Choice =
  | { readonly values: readonly string[]; readonly unknown?: true }
  | { readonly mfa: "yes" | "no" | "unknown" }
  | { readonly age: number | undefined }
  | { readonly sourceIp: string | undefined }
  | { readonly now: Epoch };

/** Nothing will do; or what would could not be found. */
export type Chosen = Choice | "none" | "undecided";

/** The thing a literal asks about. Two of different things never contradict each other. */
export function thingOf(literal: Literal): string {
  if ("claim" in literal) return `claim ${literal.claim}`;
  if ("mfa" in literal) return "mfa";
  if ("age" in literal) return "age";
  if ("beyond" in literal) return "beyond";
  return "now" in literal || "timeWindow" in literal.circumstance ? "now" : "address";
}

export const keyOf = (literal: Literal): string =>
  JSON.stringify(literal, (name, value) => (name === "texts" ? (value as Texts).key : value));

/** Chooses for one thing so that all that is asked of it is so, as far as the effort goes. */
export function choose(literals: readonly Literal[], world: World, now: Epoch, effort: Effort): Chosen {
  const [first] = literals;
  if (first === undefined) return "none";
  if ("claim" in first) return chooseClaim(first.claim, literals, effort);
  if ("mfa" in first) return chooseMfa(literals);
  if ("age" in first) return chooseAge(literals);
  if ("beyond" in first) return "undecided";
  return thingOf(first) === "now" ? chooseNow(literals, world, now) : chooseAddress(literals, world, now);
}

function chooseClaim(claim: string, literals: readonly Literal[], effort: Effort): Chosen {
  const asked = literals.flatMap((one) => ("claim" in one ? [one] : []));
  const is = (which: string) => asked.some((one) => one.is === which);
  const sets = (which: string) =>
    asked.flatMap((one) => (one.is === which && "texts" in one ? [one.texts] : []));
  const [some, none, one] = [sets("some"), together(sets("none")), sets("one")];
  const needed = is("known") || one.length > 0;
  if (is("unknown")) return needed ? "none" : chooseUnknown(claim, some, none, effort);
  if (claim === "subject") return single([ANY, ...some, ...one], none, effort);
  if (claim === "acr")
    return needed || some.length > 0 ? single([ANY, ...some, ...one], none, effort) : { values: [] };
  if (one.length > 0) return single([...some, ...one], none, effort);
  // Methods that a provider does not name are not known.
  const wanted = claim === "amr" && needed && some.length === 0 ? [ANY] : some;
  return several(wanted, none, effort);
}

/** A claim whose look-up failed may have values all the same; what connectors set is unknown where there is none. */
function chooseUnknown(
  claim: string,
  some: readonly Texts[],
  none: readonly Texts[],
  effort: Effort,
): Chosen {
  if (claim === "subject") return "none";
  if (claim === "acr" || claim === "amr") return some.length > 0 ? "none" : { values: [] };
  const chosen = several(some, none, effort);
  return typeof chosen === "string" || !("values" in chosen) ? chosen : { ...chosen, unknown: true };
}

const asChosen = (found: readonly Found[]): Chosen => {
  if (found.includes("none")) return "none";
  const values = found.flatMap((one) => (typeof one === "string" ? [] : [one.text]));
  return values.length < found.length ? "undecided" : { values: [...new Set(values)] };
};

const single = (within: readonly Texts[], without: readonly Texts[], effort: Effort): Chosen =>
  asChosen([findText(within, without, effort)]);

/** Each may be satisfied by a value of its own; one that another makes needless is left out. */
function several(some: readonly Texts[], without: readonly Texts[], effort: Effort): Chosen {
  const chosen = asChosen(some.map((texts) => findText([texts], without, effort)));
  if (typeof chosen === "string" || !("values" in chosen)) return chosen;
  const enough = (values: readonly string[]) =>
    some.every((texts) => values.some((value) => texts.has(value)));
  const values = chosen.values.reduceRight<readonly string[]>((kept, value) => {
    const fewer = kept.filter((one) => one !== value);
    return enough(fewer) ? fewer : kept;
  }, chosen.values);
  return { ...chosen, values };
}

/** Very many denies mean very many single values, which are one set. */
function together(sets: readonly Texts[]): Texts[] {
  const few = sets.filter((one) => one.few !== undefined && one.bounds === undefined);
  if (few.length < 2) return [...sets];
  const rest = sets.filter((one) => one.few === undefined || one.bounds !== undefined);
  return [oneOf(few.flatMap((one) => one.few ?? [])), ...rest];
}

function chooseMfa(literals: readonly Literal[]): Chosen {
  const allowed = (["yes", "no", "unknown"] as const).find((one) =>
    literals.every((each) => "mfa" in each && each.mfa.includes(one)),
  );
  return allowed === undefined ? "none" : { mfa: allowed };
}

function chooseAge(literals: readonly Literal[]): Chosen {
  const asked = literals.flatMap((one) => ("age" in one ? [one.age] : []));
  const ages = [0, ...asked.flatMap(({ seconds }) => [seconds, seconds + 1])];
  const fits = (age: number | undefined) =>
    asked.every(({ seconds, truths }) =>
      truths.includes(age === undefined ? "unknown" : age <= seconds ? "true" : "false"),
    );
  const found = ages.find(fits);
  if (found !== undefined) return { age: found };
  return fits(undefined) ? { age: undefined } : "none";
}

function chooseAddress(literals: readonly Literal[], world: World, now: Epoch): Chosen {
  const asked = literals.flatMap((one) => ("circumstance" in one ? [one] : []));
  const conditions = asked.flatMap(({ circumstance }) =>
    "timeWindow" in circumstance ? [] : [circumstance],
  );
  const fits = (sourceIp: string | undefined) =>
    asked.every(({ circumstance, truths }) =>
      truths.includes(judgeAt(circumstance, world, sourceIp === undefined ? { now } : { now, sourceIp })),
    );
  const found = addressesFor(conditions, world).filter(fits);
  return found.length === 0 ? "none" : { sourceIp: found[0] };
}

function chooseNow(literals: readonly Literal[], world: World, now: Epoch): Chosen {
  const windows = literals.flatMap((one) =>
    "circumstance" in one && "timeWindow" in one.circumstance ? [one.circumstance] : [],
  );
  const edges = literals.flatMap((one) =>
    "now" in one ? [one.now.from ?? [], one.now.until ?? []].flat() : [],
  );
  const fits = (at: Epoch) => literals.every((one) => holdsAt(one, world, at));
  const found = momentsFor(windows, edges, now).find(fits);
  return found === undefined ? "none" : { now: found };
}

function holdsAt(literal: Literal, world: World, at: Epoch): boolean {
  if ("circumstance" in literal)
    return literal.truths.includes(judgeAt(literal.circumstance, world, { now: at }));
  if (!("now" in literal)) return true;
  const { from = Number.NEGATIVE_INFINITY, until = Number.POSITIVE_INFINITY } = literal.now;
  return (at >= from && at < until) === literal.inside;
}
