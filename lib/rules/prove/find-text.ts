import { parseDecimal } from "../number.ts";
import { type Effort, spend } from "./effort.ts";
import { LONGEST_FITTING, type Reader, type Texts } from "./texts.ts";

/** A text that was looked for: found, certainly not there, or not found with the means there are. */
export type Found = { readonly text: string } | "none" | "undecided";

/** Characters that tell the kinds of fields of templates apart, plain ones first: what is found is shown to people. */
const PLAIN = "xa0-_/:.Z@ [{`,+=>;あ";
const MOST_PLACES = 4000;
const MOST_STEPS = 400_000;

interface Sets {
  readonly within: readonly Texts[];
  readonly without: readonly Texts[];
}

/** Looks for a text that is in every one of some sets and in none of others, as far as the effort goes. */
export function findText(within: readonly Texts[], without: readonly Texts[], effort: Effort): Found {
  const given = { within, without };
  const few = within.find((one) => one.few !== undefined)?.few;
  if (few !== undefined) return firstOf(few, given, effort, "none");
  const sets = [...within, ...without];
  if (sets.every(({ bounds }) => bounds !== undefined)) return findNumber(given, effort);
  const tried = firstOf(
    sets.flatMap(({ candidates = [] }) => candidates),
    given,
    effort,
    "none",
  );
  if (tried !== "none") return tried;
  const searched = search(given, LENGTHS.any, effort);
  if (searched !== "none" || within.some(({ isShort }) => isShort)) return searched;
  // No regular expression fits what is longer than values it is asked of, so that is where one can be evaded.
  if (!without.some(({ isShort }) => isShort)) return searched;
  return search({ within, without: without.filter(({ isShort }) => !isShort) }, LENGTHS.long, effort, given);
}

const fits = (text: string, { within, without }: Sets): boolean =>
  within.every((one) => one.has(text)) && !without.some((one) => one.has(text));

/** The first of some texts that fits. */
function firstOf(
  texts: Iterable<string>,
  given: Sets,
  effort: Effort,
  otherwise: "none" | "undecided",
): Found {
  for (const text of texts) {
    if (!spend(effort, given.within.length + given.without.length)) return "undecided";
    if (fits(text, given)) return { text };
  }
  return otherwise;
}

/** Sets of numbers change at their bounds alone: on each, between two, and beyond all of them a number is tried. */
function findNumber(given: Sets, effort: Effort): Found {
  const sets = [...given.within, ...given.without];
  const bounds = [...new Set(sets.flatMap((one) => one.bounds ?? []))].sort((a, b) => a - b);
  const first = bounds[0] ?? 0;
  const last = bounds.at(-1) ?? 0;
  const between = bounds.map((one, index) => (one + (bounds[index + 1] ?? one + 2)) / 2);
  const numbers = [...bounds, ...between, first - 1, last + 1].map(String);
  // A number of too many digits is read by nobody, so it stands for none.
  const isExact = numbers.every((text) => parseDecimal(text) !== undefined);
  return firstOf([...numbers, "none"], given, effort, isExact ? "none" : "undecided");
}

const LENGTHS = { any: 0, long: LONGEST_FITTING + 1 } as const;

interface Way {
  readonly places: readonly number[];
  readonly text: string;
}

/** Reads with all machines at once, shortest texts first. @param all What is found must fit these, where they are more. */
function search(given: Sets, least: number, effort: Effort, all = given): Found {
  const { within, without } = given;
  const sets = [...within, ...without];
  const readers = sets.flatMap((one) => one.reader ?? []);
  const codes = codesOf(sets);
  const ends = endsOf(within, without);
  const seen = new Set<string>();
  let layer: Way[] = [{ places: readers.map(() => 0), text: "" }];
  for (let steps = 0; layer.length > 0; ) {
    const found = firstOf(ending(layer, least, ends), all, effort, "none");
    if (found !== "none") return found;
    steps += codes.length * layer.length;
    const next = steps > MOST_STEPS ? undefined : following(layer, readers, codes, effort);
    if (next === undefined || seen.size > MOST_PLACES) return "undecided";
    layer = unseen(next, least, seen);
  }
  // What no machine reads was looked at only in what was found.
  return readers.length === sets.length ? "none" : "undecided";
}

const ending = (layer: readonly Way[], least: number, ends: (places: readonly number[]) => boolean) =>
  layer.filter(({ places, text }) => text.length >= least && ends(places)).map(({ text }) => text);

/** Where one more character leads, by the places it leads to; undefined where there is no effort left for it. */
function following(
  layer: readonly Way[],
  readers: readonly Reader[],
  codes: readonly number[],
  effort: Effort,
): ReadonlyMap<string, Way> | undefined {
  const next = new Map<string, Way>();
  for (const way of layer)
    for (const code of codes) {
      if (!spend(effort, readers.length)) return undefined;
      extend(way, readers, code, next);
    }
  return next;
}

/** Until a text is long enough, places may come again; then each is gone on from once. */
function unseen(next: ReadonlyMap<string, Way>, least: number, seen: Set<string>): Way[] {
  const fresh = [...next].filter(([key, { text }]) => text.length < least || !seen.has(key));
  for (const [key, { text }] of fresh) if (text.length >= least) seen.add(key);
  return fresh.map(([, way]) => way);
}

function extend({ places, text }: Way, readers: readonly Reader[], code: number, into: Map<string, Way>) {
  const next = readers.map((one, index) => one.step(places[index] ?? 0, code));
  const key = next.join();
  if (!into.has(key)) into.set(key, { places: next, text: text + String.fromCharCode(code) });
}

function endsOf(within: readonly Texts[], without: readonly Texts[]): (places: readonly number[]) => boolean {
  const asked = [
    ...within.flatMap(({ reader }) => (reader === undefined ? [] : [{ reader, wanted: true }])),
    ...without.flatMap(({ reader }) => (reader === undefined ? [] : [{ reader, wanted: false }])),
  ];
  return (places) => asked.every(({ reader, wanted }, index) => reader.ends(places[index] ?? 0) === wanted);
}

function codesOf(sets: readonly Texts[]): number[] {
  const codes = new Set<number>();
  for (const text of [PLAIN, ...sets.map(({ letters }) => letters)])
    for (let at = 0; at < text.length; at++) codes.add(text.charCodeAt(at));
  return [...codes];
}
