import type { Epoch } from "../core/time.ts";

/** How far clocks may differ, in seconds. Allowed at both ends of every interval. */
export const SKEW_SECONDS = 60;

/** Whether a request of ours is being answered, and which. */
export type Solicited = { readonly kind: "request"; readonly id: string } | { readonly kind: "unsolicited" };

/** What a response must match. */
export interface Expected {
  /** Our entity id at this provider: the Audience. */
  readonly entityId: string;
  /** Where this response arrived: Destination and Recipient. */
  readonly acs: string;
  /** The provider's entity id. */
  readonly issuer: string;
  /**
   * The provider's signing certificates: PEM, or the bare base64 of the DER. They are trusted because the connection
   * names them, so their dates are not looked at here; whoever shows connections warns of them.
   */
  readonly certificates: readonly string[];
  readonly now: Epoch;
  readonly solicited: Solicited;
  /** Oldest assertion accepted, in seconds since its IssueInstant. */
  readonly maxAssertionAgeSeconds: number;
  /** RSA-OAEP decryption of a content key; absent where the connection takes no encrypted assertions. */
  readonly unwrapKey?: (wrapped: Uint8Array, hash: "sha1" | "sha256") => Promise<Uint8Array>;
}

/** What a response proved. Every value was read from a node that a trusted key signed. */
export interface VerifiedAssertion {
  readonly id: string;
  readonly issuer: string;
  readonly issuedAt: Epoch;
  readonly nameId: { readonly value: string; readonly format?: string };
  /**
   * Values by attribute name, in document order; several attributes of one name are joined. An attribute without a
   * value, or with empty values only, is an empty list. The object has no prototype.
   */
  readonly attributes: Readonly<Record<string, readonly string[]>>;
  /** Names of attributes with a value that is not text alone, which `attributes` leaves out. */
  readonly unreadable: readonly string[];
  readonly sessionIndex?: string;
  /** The earliest SessionNotOnOrAfter. */
  readonly sessionEndsAt?: Epoch;
  /** The earliest AuthnInstant. */
  readonly authenticatedAt?: Epoch;
  readonly authnContexts: readonly string[];
  /** Last instant at which it could be accepted, skew included; a replay item must live that long. */
  readonly acceptableUntil: Epoch;
  readonly signed: readonly ("response" | "assertion")[];
  readonly encrypted: boolean;
}
