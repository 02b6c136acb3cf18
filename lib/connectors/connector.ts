import type { ConnectionState, SecretRef } from "../core/connection.ts";
import type { Identity } from "../core/identity.ts";
import type { Outbound } from "../core/outbound.ts";
import type { Settings } from "../core/settings.ts";
import type { Signer } from "../core/signer.ts";
import type { Clock, Epoch } from "../core/time.ts";

/** What the browser does next. `memo` must be remembered until it comes back, and shown to nobody. */
export type Challenge =
  | { readonly kind: "redirect"; readonly url: string; readonly memo: string }
  | {
      readonly kind: "form";
      readonly action: string;
      readonly fields: Readonly<Record<string, string>>;
      readonly memo: string;
    };

/** What came back from the provider by way of the browser. */
export type Answer =
  /** `response` is the form field SAMLResponse as sent: base64. */
  | { readonly kind: "saml"; readonly response: string }
  /** `query` is the raw query string of the callback, as API Gateway kept it. */
  | { readonly kind: "oidc"; readonly query: string };

/** What an answer proved. `once` must be claimed by one conditional write before the identity is used. */
export interface Proof {
  readonly identity: Identity;
  readonly once?: { readonly key: string; readonly until: Epoch };
}

/** One provider that people sign in with. */
export interface Connector {
  /**
   * Decides what the browser does next.
   *
   * @param signInId Opaque handle that must come back with the answer (SAML RelayState, OIDC state).
   */
  begin(
    signInId: string,
    wish: { readonly secondFactor: boolean; readonly loginHint?: string },
  ): Promise<Challenge>;
  /**
   * Verifies the answer and returns who it speaks of.
   *
   * @param memo What `begin` asked to remember, or undefined for an answer nobody asked for (a tile, `idpInitiated: accept`).
   * @throws {Refusal} for every answer not proven genuine, fresh, and ours.
   */
  finish(answer: Answer, memo: string | undefined, seen: { readonly sourceIp?: string }): Promise<Proof>;
}

/** What connectors need from outside. */
export interface Surroundings {
  /** The broker's own origin. */
  readonly url: string;
  readonly clock: Clock;
  readonly outbound: Outbound;
  /** Exact `host:port` pairs that browsers may be sent to over plain http; none where absent. */
  readonly privateHosts?: readonly string[];
  readonly settings: Settings;
  /** What was learnt of this provider (metadata keys, JWKS); undefined before the first refresh. */
  readonly state: ConnectionState | undefined;
  /** Value of a secret; cached for minutes. @throws {Refusal} `broker_unavailable`. */
  readonly secret: (ref: SecretRef) => Promise<string>;
  /** Signs AuthnRequests and client assertions (private_key_jwt). @throws {Refusal} when no key was made yet. */
  readonly spSigner: () => Promise<Signer>;
  /** RSA-OAEP decryption of a content key by KMS; `hash` is the OAEP digest and MGF1 hash. */
  readonly unwrapKey: (wrapped: Uint8Array, hash: "sha1" | "sha256") => Promise<Uint8Array>;
}
