import type { Problem } from "../core/problem.ts";
import type { Change } from "../rules/diff.ts";
import type { Drift } from "./drift.ts";

/** Most changes that one answer tells. Lambda answers at most 6 MB, whatever was asked. */
export const MOST_CHANGES = 1000;
/** Errors and warnings that `tellFew` leaves of a configuration, its own words and those of reach included. */
const MOST_PROBLEMS = 4000;
/** Most bytes that the changes of one answer take, and as many for drift and for problems. */
const MOST_BYTES = 1_200_000;
/** A change larger than this is told by the names of its fields. */
const LARGEST_CHANGE = 50_000;
const MOST_FIELDS = 100;
const LONGEST_NAME = 400;

/** How many changes there are of each sort. */
export interface Counts {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
}
/** What an answer left out: how many changes there are in all, and from which one to ask on, if any is left. */
export interface Rest {
  readonly all: Counts;
  readonly next?: number;
}

/** How many changes there are of each sort. */
export function countChanges(changes: readonly Change[]): Counts {
  const counts = { added: 0, changed: 0, removed: 0 };
  for (const { what } of changes) counts[what]++;
  return counts;
}

/**
 * As many changes as fit an answer.
 *
 * @param from Number of the first one that is wanted.
 * @returns They, and `rest` where these are not all.
 */
export function tellChanges<C extends Change>(
  changes: readonly C[],
  from = 0,
): { readonly changes: readonly C[]; readonly rest?: Rest } {
  const told = fitting(changes, { from, most: MOST_CHANGES }, short);
  if (told.length === changes.length) return { changes: told };
  const next = from + told.length;
  const all = countChanges(changes);
  return { changes: told, rest: { all, ...(next < changes.length ? { next } : {}) } };
}

/** What was changed otherwise, as much as fits: what would be lost comes first. */
export function tellDrift(drift: Drift): Drift {
  const { changes } = drift;
  if (changes.length <= MOST_CHANGES && sizeOf(changes) <= MOST_BYTES) return drift;
  const lost = changes.filter(({ fate }) => fate !== "kept");
  const kept = changes.filter(({ fate }) => fate === "kept");
  return { ...drift, ...tellChanges([...lost, ...kept]) };
}

/** Problems, as many as fit. Who wrote a name of a megabyte is not told it a thousand times. */
export const tellProblems = (problems: readonly Problem[]): readonly Problem[] =>
  fitting(problems, { from: 0, most: MOST_PROBLEMS }, (problem) => ({
    ...problem,
    id: clipped(problem.id),
    message: clipped(problem.message, 4 * LONGEST_NAME),
    fix: clipped(problem.fix, 4 * LONGEST_NAME),
    path: problem.path.map((part) => (typeof part === "string" ? clipped(part) : part)),
  }));

function fitting<T>(
  things: readonly T[],
  { from, most }: { readonly from: number; readonly most: number },
  shorten: (thing: T) => T,
): readonly T[] {
  const told: T[] = [];
  let bytes = 0;
  for (let at = from; at < things.length && told.length < most; at++) {
    const thing = shorten(things[at] as T);
    bytes += sizeOf(thing);
    // One is always told, or asking on would never come to an end.
    if (told.length > 0 && bytes > MOST_BYTES) break;
    told.push(thing);
  }
  return told;
}

function short<C extends Change>(change: C): C {
  const { id, fields } = change;
  if (id.length <= LONGEST_NAME && sizeOf(fields) <= LARGEST_CHANGE) return change;
  const named = fields.slice(0, MOST_FIELDS).map(({ path }) => ({ path: clipped(path) }));
  return { ...change, id: clipped(id), fields: named };
}

const clipped = (text: string, most = LONGEST_NAME): string =>
  text.length <= most ? text : `${text.slice(0, most)}...`;

const sizeOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? "");
