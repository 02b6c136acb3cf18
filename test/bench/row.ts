/** One line of the bench. */
export interface Row {
  readonly what: string;
  readonly value: number;
  readonly unit: Unit;
  /** How many times the floor of its table; absent on the floor itself and where there is none. */
  readonly ratio?: number;
  /** Of the same runs, where `value` is of the fastest tenth. */
  readonly median?: number;
  readonly budget?: Budget;
  /** Whatever else a reader must know. */
  readonly note?: string;
}

export type Unit = "us" | "count" | "bytes" | "per second" | "slope";

/** What docs/performance.md promises of a row, and whether this run kept it. */
export interface Budget {
  readonly promise: string;
  readonly held: boolean;
}

/** What each file of `test/bench` exports. */
export type Bench = () => Promise<readonly Row[]>;

export const atMost = (limit: number, actual: number, promise: string): Budget => ({
  promise: `at most ${promise}`,
  held: actual <= limit,
});

export const atLeast = (limit: number, actual: number, promise: string): Budget => ({
  promise: `at least ${promise}`,
  held: actual >= limit,
});
