import type { Configuration } from "../../core/objects.ts";
import type { Problem } from "../../core/problem.ts";
import type { Invariant, Test } from "../../core/promise.ts";
import type { CompiledRule } from "../../core/rule-set.ts";
import type { Epoch } from "../../core/time.ts";
import type { World } from "../../core/world.ts";
import type { Seen } from "../replay.ts";
import type { DecideBy } from "../side.ts";

export interface Trying {
  readonly configuration: Configuration;
  readonly positions: ReadonlyMap<object, number>;
  readonly rules: readonly CompiledRule[];
  readonly world: World;
  readonly now: Epoch;
  readonly decideBy: DecideBy;
  /** What was last proven of whom tests name, by the id of the test; absent of those who did not come lately. */
  readonly seen: ReadonlyMap<string, Seen | "not told">;
  /** Whether there is no more time to prove anything. */
  readonly isLate: () => boolean;
}

/** A problem of a test or an invariant. */
export function problem(
  of: Test | Invariant,
  { positions }: Trying,
  rest: Pick<Problem, "message" | "fix" | "path">,
): Problem {
  const index = positions.get(of);
  const { kind, id } = of;
  return { severity: "error", kind, id, ...(index === undefined ? {} : { index }), ...rest };
}
