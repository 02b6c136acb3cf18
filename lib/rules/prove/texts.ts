import { alphabet as alphabetOfRegex, LONGEST_VALUE, prepareRegex, readMachine } from "../regex.ts";

/** A set of texts: which ones are in it, and a machine that reads them character by character. */
export interface Texts {
  /** Tells it from other sets. */
  readonly key: string;
  readonly has: (text: string) => boolean;
  /** All there are, where they are few. */
  readonly few?: readonly string[];
  /** Absent for sets that no machine reads; then only candidates are tried. */
  readonly reader?: Reader;
  /** Characters that it could tell from others, one of each kind. */
  readonly letters: string;
  /** Of a set of numbers: where it changes. */
  readonly bounds?: readonly number[];
  /** Texts worth trying. */
  readonly candidates?: readonly string[];
  /** Whether longer texts than values of that kind may have are never in it, whatever the machine says. */
  readonly isShort?: true;
}

/** A machine that stands at one numbered place at a time; the first is 0. */
export interface Reader {
  readonly step: (place: number, code: number) => number;
  readonly ends: (place: number) => boolean;
}

/** Numbers the places of a machine as they are reached. */
function reader<Place>(
  start: Place,
  keyOf: (place: Place) => string,
  step: (place: Place, code: number) => Place,
  ends: (place: Place) => boolean,
): Reader {
  const places = [start];
  const numbers = new Map([[keyOf(start), 0]]);
  const taken = new Map<string, number>();
  return {
    step: (from, code) => {
      const way = `${from} ${code}`;
      const known = taken.get(way);
      if (known !== undefined) return known;
      const place = step(places[from] ?? start, code);
      const key = keyOf(place);
      const number = numbers.get(key) ?? places.push(place) - 1;
      numbers.set(key, number);
      taken.set(way, number);
      return number;
    },
    ends: (at) => ends(places[at] ?? start),
  };
}

const GONE = "-";

/** These and no others. */
export function oneOf(texts: readonly string[]): Texts {
  const all = new Set(texts);
  const beginnings = new Set<string>();
  for (const text of all) for (let end = 0; end <= text.length; end++) beginnings.add(text.slice(0, end));
  // Places are texts that some of them begin with, or none any more.
  const longer = (place: string, code: number): string => {
    const next = place.slice(1) + String.fromCharCode(code);
    return place !== GONE && beginnings.has(next) ? `+${next}` : GONE;
  };
  return {
    key: `in ${JSON.stringify([...all].sort())}`,
    has: (text) => all.has(text),
    few: [...all],
    letters: [...all].join(""),
    reader: reader<string>(
      all.size === 0 ? GONE : "+",
      (place) => place,
      longer,
      (place) => place !== GONE && all.has(place.slice(1)),
    ),
  };
}

/** One piece of a text: a character of some kind, or any number of them. */
export interface Piece {
  readonly accepts: (code: number) => boolean;
  readonly often?: true;
}

export const literally = (text: string): Piece[] =>
  [...Array(text.length).keys()].map((at) => ({ accepts: (code) => code === text.charCodeAt(at) }));

export const anything: Piece = { accepts: () => true, often: true };

/** Texts made of these pieces, one after the other. @param letters Characters that pieces tell from others. */
export function madeOf(key: string, pieces: readonly Piece[], letters: string): Texts {
  const reach = (from: Iterable<number>): number[] => {
    const found = new Set<number>();
    for (const at of from) {
      found.add(at);
      for (let next = at; pieces[next]?.often; next++) found.add(next + 1);
    }
    return [...found].sort((a, b) => a - b);
  };
  const read = reader<readonly number[]>(
    reach([0]),
    (places) => places.join(" "),
    (places, code) =>
      reach(
        places.flatMap((at) => {
          const piece = pieces[at];
          if (piece === undefined || !piece.accepts(code)) return [];
          return [piece.often ? at : at + 1];
        }),
      ),
    (places) => places.includes(pieces.length),
  );
  return { key, reader: read, letters, has: (text) => reads(read, text) };
}

export function reads({ step, ends }: Reader, text: string): boolean {
  let place = 0;
  for (let at = 0; at < text.length; at++) place = step(place, text.charCodeAt(at));
  return ends(place);
}

/** Texts that a regular expression fits; undefined when it cannot be read. */
export function fitting(pattern: string): Texts | undefined {
  const fits = prepareRegex(pattern);
  const machine = readMachine(pattern);
  if (fits === undefined || typeof machine === "string") return undefined;
  return {
    key: `regex ${pattern}`,
    has: fits,
    letters: String.fromCharCode(...alphabetOfRegex(pattern)),
    isShort: true,
    reader: reader<readonly number[]>(
      [...machine.start],
      (places) => [...places].sort((a, b) => a - b).join(" "),
      (places, code) => machine.step(places, code),
      (places) => machine.isEnd(places),
    ),
  };
}

/** No regular expression fits a longer text. */
export const LONGEST_FITTING = LONGEST_VALUE;

export const ANY: Texts = madeOf("any", [anything], "");
