import type { PlacedRole } from "../core/role.ts";
import type { Epoch } from "../core/time.ts";
import type { SessionPolicy } from "./policy.ts";

/** One assertion, for one role, once. */
export interface Assumption extends SessionPolicy {
  readonly placed: PlacedRole;
  /** The Response, base64. */
  readonly response: string;
  readonly durationSeconds: number;
  /** As the assertion has it. */
  readonly sessionName: string;
  readonly now: Epoch;
}
