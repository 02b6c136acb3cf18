import { parseDecimal } from "../number.ts";
import { LONGEST_FITTING, type Reader, type Texts } from "./texts.ts";

/** A text that was looked for: found, certainly not there, or not found with the means there are. */
export type Found = { readonly text: string } | "none" | "undecided";

/** Characters that tell the kinds of fields of templates apart, plain ones first: what is found is shown to people. */
const PLAIN = "xa0-_/:.Z@ [{`,+=>;あ";
const MOST_PLACES = 4000;
const MOST_STEPS = 400_000;

/** Looks for a text that is in every one of some sets and in none of others. */
export function findText(within: readonly Texts[], without: readonly Texts[]): Found {
  const fits = (text: string) =>
    within.every((one) => one.has(text)) && !without.some((one) => one.has(text));
  const few = within.find((one) => one.few !== undefined)?.few;
  if (few !== undefined) return asFound(few.find(fits), "none");
  const sets = [...within, ...without];
  if (sets.every(({ bounds }) => bounds !== undefined)) return findNumber(sets, fits);
  const tried = sets.flatMap(({ candidates = [] }) => candidates).find(fits);
  if (tried !== undefined) return { text: tried };
  const searched = search(within, without, LENGTHS.any, fits);
  if (searched !== "none" || within.some(({ isShort }) => isShort)) return searched;
  // No regular expression fits what is longer than values it is asked of, so that is where one can be evaded.
  if (!without.some(({ isShort }) => isShort)) return searched;
  const rest = without.filter(({ isShort }) => !isShort);
  return search(within, rest, LENGTHS.long, fits);
}

/** Sets of numbers change at their bounds alone: on each, between two, and beyond all of them a number is tried. */
function findNumber(sets: readonly Texts[], fits: (text: string) => boolean): Found {
  const bounds = [...new Set(sets.flatMap((one) => one.bounds ?? []))].sort((a, b) => a - b);
  const first = bounds[0] ?? 0;
  const last = bounds.at(-1) ?? 0;
  const between = bounds.map((one, index) => (one + (bounds[index + 1] ?? one + 2)) / 2);
  const numbers = [...bounds, ...between, first - 1, last + 1].map(String);
  // A number of too many digits is read by nobody, so it stands for none.
  const isExact = numbers.every((text) => parseDecimal(text) !== undefined);
  return asFound([...numbers, "none"].find(fits), isExact ? "none" : "undecided");
}

const asFound = (text: string | undefined, otherwise: "none" | "undecided"): Found =>
  text === undefined ? otherwise : { text };

const LENGTHS = { any: 0, long: LONGEST_FITTING + 1 } as const;

interface Way {
  readonly places: readonly number[];
  readonly text: string;
}

/** Reads with all machines at once, shortest texts first. */
function search(
  within: readonly Texts[],
  without: readonly Texts[],
  least: number,
  fits: (text: string) => boolean,
): Found {
  const sets = [...within, ...without];
  const readers = sets.flatMap((one) => one.reader ?? []);
  const codes = codesOf(sets);
  const ends = endsOf(within, without);
  const seen = new Set<string>();
  let layer: Way[] = [{ places: readers.map(() => 0), text: "" }];
  for (let steps = 0, length = 0; layer.length > 0; length++) {
    const found = length < least ? undefined : layer.find((way) => ends(way.places) && fits(way.text));
    if (found !== undefined) return { text: found.text };
    steps += codes.length * layer.length;
    if (steps > MOST_STEPS || seen.size > MOST_PLACES) return "undecided";
    layer = following(layer, readers, codes, length + 1 < least ? new Set() : seen);
  }
  // What no machine reads was looked at only in what was found.
  return readers.length === sets.length ? "none" : "undecided";
}

/** Where one more character leads. Until a text is long enough, places may come again. */
function following(
  layer: readonly Way[],
  readers: readonly Reader[],
  codes: readonly number[],
  seen: Set<string>,
): Way[] {
  const next = new Map<string, Way>();
  for (const way of layer) extend(way, readers, codes, next);
  const fresh = [...next].filter(([key]) => !seen.has(key));
  for (const [key] of fresh) seen.add(key);
  return fresh.map(([, way]) => way);
}

function extend(
  { places, text }: Way,
  readers: readonly Reader[],
  codes: readonly number[],
  into: Map<string, Way>,
) {
  for (const code of codes) {
    const next = readers.map((one, index) => one.step(places[index] ?? 0, code));
    const key = next.join();
    if (!into.has(key)) into.set(key, { places: next, text: text + String.fromCharCode(code) });
  }
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
