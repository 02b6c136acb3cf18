/** Decisions against more and more rules: ours by rules and by groups, what they read, and other engines beside them. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { atMost, type Bench, type Row } from "../row.ts";
import { slope } from "../slope.ts";
import { installRulePeers } from "./peers.ts";
import { GROUPS, type SizeTold } from "./rules.ts";

const SIZES = [100, 1_000, 10_000, 100_000, 1_000_000];

/** Each number of rules in a process of its own. */
async function toldOf(size: number): Promise<SizeTold> {
  const child = fork(join(import.meta.dirname, "size.ts"), [String(size)], {
    execArgv: ["--expose-gc", "--max-old-space-size=10000"],
  });
  const ended = once(child, "exit").then(([code]) =>
    Promise.reject(new Error(`${size} rules ended with ${code} and no rows`)),
  );
  ended.catch(() => undefined);
  const [told] = (await Promise.race([once(child, "message"), ended])) as [SizeTold];
  return told;
}

export const bench: Bench = async () => {
  installRulePeers();
  const told: SizeTold[] = [];
  for (const size of SIZES) told.push(await toldOf(size));
  const rows = told.flatMap((one) => one.rows);
  const slopes = GROUPS.map((groups): Row => {
    const value = slope(SIZES.map((size, at) => [size, told[at]?.medians[groups] ?? Number.NaN]));
    return {
      what: `slope over rules, ${groups} groups`,
      value,
      unit: "slope",
      budget: atMost(0.1, value, "0.1"),
      note: "a loop has 1",
    };
  });
  const last = told.at(-1)?.medians ?? {};
  const growth = slope(GROUPS.map((groups) => [groups, last[groups] ?? Number.NaN]));
  return [...rows, ...slopes, { what: "slope over groups", value: growth, unit: "slope" }];
};
