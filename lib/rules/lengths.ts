/** Most lengths of beginnings, and of ends, that one claim of a connection is asked for. */
export const MOST_LENGTHS = 8;
/** Beyond that, literals are filed by a shorter piece of themselves. */
const COARSE = [1, 2, 4, 8, 16, 32, 64, 128];

/** The lengths that are asked for where literals are so long. */
export function few(sizes: ReadonlySet<number>): number[] {
  const exact = [...sizes].sort((a, b) => a - b);
  if (exact.length <= MOST_LENGTHS) return exact;
  return COARSE.filter((size) => exact.some((one) => coarse(one) === size));
}

const coarse = (size: number): number => COARSE.findLast((one) => one <= size) ?? 1;

/** The beginning or the end of a literal. */
export const pieceOf = (kind: "starts" | "ends", value: string, size: number): string =>
  kind === "starts" ? value.slice(0, size) : value.slice(-size);
