import type { GrantedRole } from "../core/decision.ts";
import type { Identity } from "../core/identity.ts";
import type { Credentials, Narrowing } from "../core/issue.ts";
import type { PlacedRole, Scope } from "../core/role.ts";
import type { Signer } from "../core/signer.ts";
import type { Clock, Epoch } from "../core/time.ts";

/** What an application that issues is given to do it with. */
export interface IssueTools {
  readonly signer: Signer;
  readonly clock: Clock;
}

/** Everything that decides what one issue may be. */
export interface IssueRequest {
  readonly identity: Identity;
  /** Opaque, unique, never reused. */
  readonly personId: string;
  readonly granted: GrantedRole;
  readonly placed: PlacedRole;
  /** The scope that `narrowing` names. */
  readonly scope?: Scope;
  readonly narrowing: Narrowing;
  /** End of the broker's own session or of the token that asks. */
  readonly sessionEndsAt: Epoch;
  /** Entity id of the broker as identity provider. */
  readonly issuerEntityId: string;
}

/** One issue and the facts that join it to the other side's logs. */
export interface Issue {
  readonly credentials: Credentials;
  readonly assertionId: string;
  readonly durationSeconds: number;
  readonly sourceIdentity?: string;
  readonly sessionName: string;
}
