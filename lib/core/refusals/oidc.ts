import type { RefusalRow } from "../errors.ts";

/** Refusals of `lib/oidc` and what stands on it. */
export const OIDC_REFUSALS = {} as const satisfies Record<string, RefusalRow>;
