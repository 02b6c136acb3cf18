import type { RefusalRow } from "../errors.ts";

/** Refusals of `lib/aws` and what stands on it. */
export const AWS_REFUSALS = {} as const satisfies Record<string, RefusalRow>;
