import type { RefusalRow } from "../errors.ts";

/** Refusals of `lib/saml` and what stands on it. */
export const SAML_REFUSALS = {} as const satisfies Record<string, RefusalRow>;
