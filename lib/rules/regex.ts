import { type Machine, machineOf, placesOf } from "../core/pattern.ts";
import { literalStart, readPattern } from "../core/pattern-syntax.ts";

/** Longer values fit no regular expression: groups and refs are shorter, and each character costs a step. */
export const LONGEST_VALUE = 256;
/** Places of a machine that knows one place at a time; a pattern that needs more is refused before it is published. */
const MOST_PLACES = 1024;

/** One place of a machine that stands at one place at a time, and where each character seen so far led from it. */
interface Place {
  readonly here: readonly number[];
  readonly isEnd: boolean;
  readonly next: Map<number, Place>;
}

/** A regular expression ready to be asked. */
export type Regex = (value: string) => boolean;

/**
 * Prepares a regular expression, which always speaks of the whole value.
 *
 * Each character of a value costs one step: places are worked out the first time they are reached and kept.
 *
 * @returns undefined when the pattern cannot be read; the linter refuses it, so only a damaged table holds one.
 */
export function prepareRegex(pattern: string): Regex | undefined {
  const machine = readMachine(pattern);
  if (typeof machine === "string") return undefined;
  const { text } = literalStart(readPattern(pattern));
  let places = new Map<string, Place>();
  const start = place(machine, places, machine.start);
  return (value) => {
    if (value.length > LONGEST_VALUE || !value.startsWith(text)) return false;
    // What the linter let through never gets here; memory stays bounded all the same.
    if (places.size > MOST_PLACES) {
      places = new Map();
      start.next.clear();
    }
    let here = start;
    for (let at = 0; at < value.length; at++) {
      if (here.here.length === 0) return false;
      here = follow(machine, places, here, value.charCodeAt(at));
    }
    return here.isEnd;
  };
}

/** What every value that fits begins with, and whether that is all of it; undefined when the pattern cannot be read. */
export function regexStart(pattern: string): ReturnType<typeof literalStart> | undefined {
  try {
    const node = readPattern(pattern);
    return placesOf(node) >= MOST_PLACES ? undefined : literalStart(node);
  } catch {
    return undefined;
  }
}

export function readMachine(pattern: string): Machine | string {
  try {
    return machineOf(readPattern(pattern), MOST_PLACES);
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : "the pattern cannot be read";
  }
}

function place(machine: Machine, places: Map<string, Place>, here: readonly number[]): Place {
  const sorted = [...here].sort((a, b) => a - b);
  const key = sorted.join(" ");
  const known = places.get(key);
  if (known !== undefined) return known;
  const fresh: Place = { here: sorted, isEnd: machine.isEnd(sorted), next: new Map() };
  places.set(key, fresh);
  return fresh;
}

function follow(machine: Machine, places: Map<string, Place>, from: Place, code: number): Place {
  const known = from.next.get(code);
  if (known !== undefined) return known;
  const fresh = place(machine, places, machine.step(from.here, code));
  // Strangers choose characters; few of them are not in the pattern's own alphabet.
  if (from.next.size < 128) from.next.set(code, fresh);
  return fresh;
}

/**
 * Says what speaks against a pattern, in one sentence; undefined when nothing does.
 *
 * The whole machine is worked out, over every character that the pattern could tell from another, so that no value can
 * make it grow later. What that may cost is bounded for a pattern and for a whole configuration: a linter works each
 * pattern out once.
 */
export function regexLinter(): (pattern: string) => string | undefined {
  const said = new Map<string, string | undefined>();
  let left = MOST_WORK_OF_ALL;
  return (pattern) => {
    if (said.has(pattern)) return said.get(pattern);
    const machine = readMachine(pattern);
    if (typeof machine === "string") return `This regular expression cannot be read: ${machine}.`;
    if (left <= 0) return "The regular expressions of this configuration are too large together.";
    const { problem, work } = workOut(machine, alphabet(pattern));
    left -= work;
    said.set(pattern, problem);
    return problem;
  };
}

function workOut(
  machine: Machine,
  codes: ReadonlySet<number>,
): { problem: string | undefined; work: number } {
  const places = new Map<string, Place>();
  const open = [place(machine, places, machine.start)];
  let work = machine.places;
  for (let here = open.pop(); here !== undefined; here = open.pop()) {
    for (const code of codes) {
      const known = places.size;
      const next = place(machine, places, machine.step(here.here, code));
      if (places.size > known) open.push(next);
      work += 1 + next.here.length;
    }
    if (places.size > MOST_PLACES || work > MOST_WORK) return { problem: TOO_LARGE, work };
  }
  return { problem: undefined, work };
}

/** Steps of working patterns out: fractions of a second for one, seconds for all of a configuration. */
const MOST_WORK = 400_000;
const MOST_WORK_OF_ALL = 3_000_000;
const TOO_LARGE = `This regular expression becomes a machine of more than ${MOST_PLACES} places, and would be slow.`;

/** A character of every kind that a pattern could tell apart: bounds of classes stand in its text, with their neighbours. */
export function alphabet(pattern: string): ReadonlySet<number> {
  const codes = new Set<number>([0x09, 0x20, 0x2d, 0x30, 0x41, 0x5f, 0x61, 0x3042, 0xffff]);
  for (const char of ["/", ":", "@", "[", "`", "{", "\b", "\u000e", "\u001f", "!", "^"])
    codes.add(char.charCodeAt(0));
  for (let at = 0; at < pattern.length; at++)
    for (const by of [-1, 0, 1]) codes.add(Math.max(0, pattern.charCodeAt(at) + by));
  return codes;
}
