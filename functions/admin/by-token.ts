import { REFUSALS, type RefusalCode } from "../../lib/core/errors.ts";

/** What whoever brings a token may be refused with: a person's of ours, or a workload's, whose issuer may be asked. */
export const BY_TOKEN: readonly RefusalCode[] = [
  "token_invalid",
  "token_wrong_purpose",
  "rules_unavailable",
  ...(Object.keys(REFUSALS) as RefusalCode[]).filter((code) => code.startsWith("workload_")),
  "connection_disabled",
  "provider_unreachable",
  "oidc_discovery_unusable",
  "oidc_discovery_mismatch",
];
