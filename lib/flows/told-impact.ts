import type { Flag, Impact, Move } from "../core/impact.ts";

/** Most flags that one answer tells, the heaviest first. */
export const MOST_FLAGS = 1000;
/** Most rights that one person gains, and as many that they lose, are told by name. */
export const MOST_OF_ONE = 2000;

/**
 * As much of an impact as fits an answer. A rule over every account makes a flag of each, and gives one person more rights
 * than Lambda carries; what is left out is counted.
 */
export function tellImpact(impact: Impact): Impact {
  const { flags, moves } = impact;
  const told = flags.length <= MOST_FLAGS ? flags : heaviest(flags);
  const left = flags.length - told.length;
  return { ...impact, moves: moves.map(tellMove), flags: told, ...(left === 0 ? {} : { moreFlags: left }) };
}

const heaviest = (flags: readonly Flag[]): Flag[] =>
  [
    ...flags.filter(({ weight }) => weight === "high"),
    ...flags.filter(({ weight }) => weight !== "high"),
  ].slice(0, MOST_FLAGS);

function tellMove(move: Move): Move {
  const { gained, lost } = move;
  const left = Math.max(0, gained.length - MOST_OF_ONE) + Math.max(0, lost.length - MOST_OF_ONE);
  if (left === 0) return move;
  return { ...move, gained: gained.slice(0, MOST_OF_ONE), lost: lost.slice(0, MOST_OF_ONE), more: left };
}
