import type { Row } from "./row.ts";

/** What one thing took, in microseconds a call: in the fastest tenth of its rounds, and in the middle of all. */
export interface Taken {
  readonly quiet: number;
  readonly median: number;
}

const at = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
};

/** Others on the same machine can only make a round slower, so the fastest tenth says what the code itself takes. */
export const takenOf = (values: readonly number[]): Taken => ({
  quiet: at(values, 0.1),
  median: at(values, 0.5),
});

/**
 * Runs each thing in turn, many short rounds of all of them, so that a busy moment of the machine hits all alike. An
 * eighth of the rounds go before and are not counted.
 *
 * @param calls Calls of each thing in a round: few for what takes long.
 */
export async function inTurns(
  work: Readonly<Record<string, () => unknown>>,
  { rounds, calls = 1 }: { readonly rounds: number; readonly calls?: number },
): Promise<(name: string) => Taken> {
  const taken = new Map(Object.keys(work).map((name) => [name, [] as number[]]));
  for (let round = -Math.ceil(rounds / 8); round < rounds; round++) {
    for (const [name, run] of Object.entries(work)) {
      const start = process.hrtime.bigint();
      for (let call = 0; call < calls; call++) await run();
      if (round >= 0) taken.get(name)?.push(Number(process.hrtime.bigint() - start) / 1000 / calls);
    }
  }
  const results = new Map([...taken].map(([name, values]) => [name, takenOf(values)]));
  return (name) => {
    const found = results.get(name);
    if (found === undefined) throw new Error(`nothing called ${name} was measured`);
    return found;
  };
}

/** A row of what was taken, beside a floor of the same rounds. */
export function taking(
  what: string,
  taken: Taken,
  floor?: Taken,
  more: Pick<Row, "budget" | "note"> = {},
): Row {
  const ratio = floor === undefined ? {} : { ratio: taken.quiet / floor.quiet };
  return { what, value: taken.quiet, unit: "us", median: taken.median, ...ratio, ...more };
}
