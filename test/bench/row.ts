/** One line of the bench. Medians; a ratio compares with the floor measured in the same run. */
export interface Row {
  readonly what: string;
  readonly microseconds: number;
  /** How many times the floor of its table; absent on the floor itself and where there is none. */
  readonly ratio?: number;
  /** What the number must not exceed, and whatever else a reader must know. */
  readonly note?: string;
}

/** What each file of `test/bench` exports. */
export type Bench = () => Promise<readonly Row[]>;

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
};
