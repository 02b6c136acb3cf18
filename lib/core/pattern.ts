import { type Node, readPattern } from "./pattern-syntax.ts";

/** A pattern as a machine that takes one character at a time. It stands at several places at once. */
export interface Machine {
  readonly start: readonly number[];
  /** Where it stands after one more character; nowhere when no value that goes on so fits. */
  readonly step: (here: readonly number[], code: number) => readonly number[];
  /** Whether a value that ends here fits. */
  readonly isEnd: (here: readonly number[]) => boolean;
  readonly places: number;
}

/** One place of the machine: a character to take, or places to be at as well. */
type State =
  | { readonly kind: "take"; readonly accepts: (code: number) => boolean; readonly next: number }
  | { readonly kind: "fork"; readonly next: number[] }
  | { readonly kind: "end" };

/** A pattern may become this many places; `{1,256}` on a class is 512 of them. */
const MOST_STATES = 4096;
/** Longest value that is compared, in characters. */
const LONGEST_VALUE = 256;

/**
 * Whether a value matches a pattern whole, in time that grows with their lengths alone.
 *
 * Patterns are an administrator's and values a stranger's; a backtracking engine would let the stranger choose how long
 * it runs.
 *
 * @param pattern Literals, `.`, classes, `\d \w \s`, groups, `|`, `? * + {m} {m,n}`; no anchors, look-arounds or
 *   back-references.
 * @throws {Error} naming what the pattern holds that is not among these.
 */
export function matchesWhole(pattern: string, value: string): boolean {
  if (value.length > LONGEST_VALUE) return false;
  const { start, step, isEnd } = machineOf(readPattern(pattern));
  let here = start;
  for (let at = 0; at < value.length && here.length > 0; at++) here = step(here, value.charCodeAt(at));
  return isEnd(here);
}

/** @throws {Error} when the pattern needs too many places. */
export function machineOf(pattern: Node, most = MOST_STATES): Machine {
  if (placesOf(pattern) >= most) throw new Error("the pattern is too large");
  const states: State[] = [{ kind: "end" }];
  const start = reach(states, [build(states, pattern, 0)]);
  const step: Machine["step"] = (here, code) => {
    const taken: number[] = [];
    for (const place of here) {
      const state = states[place];
      if (state?.kind === "take" && state.accepts(code)) taken.push(state.next);
    }
    return reach(states, taken);
  };
  return { start, step, isEnd: (here) => here.includes(0), places: states.length };
}

/** Everything that can be stood at from some places without taking a character. */
function reach(states: readonly State[], from: readonly number[]): number[] {
  const seen = new Set<number>();
  const open = [...from];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    if (seen.has(place)) continue;
    seen.add(place);
    const state = states[place];
    if (state?.kind === "fork") open.push(...state.next);
  }
  return [...seen];
}

/** How many places a pattern becomes, without making them: counts that multiply are no work to count. */
export function placesOf(node: Node): number {
  if (node.kind === "take") return 1;
  if (node.kind !== "repeat") {
    const inner = node.parts.reduce((sum, part) => sum + placesOf(part), 0);
    return node.kind === "any" ? inner + 1 : inner;
  }
  const part = placesOf(node.part);
  const optional = node.most === undefined ? 1 : node.most - node.least;
  return node.least * part + optional * (part + 1);
}

/** @returns Where to stand so that what follows `then` comes after the node. */
function build(states: State[], node: Node, then: number): number {
  switch (node.kind) {
    case "take":
      return add(states, { kind: "take", accepts: node.accepts, next: then });
    case "all":
      return node.parts.reduceRight((next, part) => build(states, part, next), then);
    case "any":
      return add(states, { kind: "fork", next: node.parts.map((part) => build(states, part, then)) });
    case "repeat":
      return buildRepeat(states, node, then);
  }
}

function buildRepeat(states: State[], node: Node & { kind: "repeat" }, then: number): number {
  let at = then;
  if (node.most === undefined) {
    const loop: State & { kind: "fork" } = { kind: "fork", next: [then] };
    at = add(states, loop);
    loop.next.push(build(states, node.part, at));
  } else {
    for (let more = node.most - node.least; more > 0; more--)
      at = add(states, { kind: "fork", next: [then, build(states, node.part, at)] });
  }
  for (let more = node.least; more > 0; more--) at = build(states, node.part, at);
  return at;
}

const add = (states: State[], state: State): number => states.push(state) - 1;
