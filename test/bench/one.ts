/** One bench, whose rows go to the process that started this one. */
import type { Bench } from "./row.ts";

const BENCHES: Readonly<Record<string, () => Promise<{ readonly bench: Bench }>>> = {
  verify: () => import("./verify.ts"),
  mint: () => import("./mint.ts"),
  decide: () => import("./decide.ts"),
  bundle: () => import("./bundle.ts"),
  import: () => import("./import.ts"),
  cost: () => import("./cost.ts"),
  publish: () => import("./publish/bench.ts"),
  rules: () => import("./rules/bench.ts"),
  throughput: () => import("./throughput/bench.ts"),
};

const rows = await (await BENCHES[process.argv[2] ?? ""]?.())?.bench();
process.send?.(rows, () => process.disconnect());
