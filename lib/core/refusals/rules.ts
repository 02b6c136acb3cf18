import type { RefusalRow } from "../errors.ts";

/** Refusals of `lib/rules` and what stands on it. */
export const RULES_REFUSALS = {} as const satisfies Record<string, RefusalRow>;
