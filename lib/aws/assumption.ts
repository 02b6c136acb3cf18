import type { PlacedRole } from "../core/role.ts";
import type { SessionPolicy } from "./policy.ts";

/** One assertion, for one role, once. */
export interface Assumption extends SessionPolicy {
  readonly placed: PlacedRole;
  /** The Response, base64. */
  readonly response: string;
  readonly durationSeconds: number;
}
