import type { Config } from "../core/config.ts";
import type { ConnectionState, SecretRef } from "../core/connection.ts";
import type { Outbound } from "../core/outbound.ts";
import type { KeyPurpose, KeyRecord, Sealer, Signer } from "../core/signer.ts";
import type { Clock } from "../core/time.ts";
import type { RulesReader } from "../store/rules.ts";
import type { Table } from "../store/table.ts";
import type { Sink } from "./sink.ts";

/**
 * Everything a flow may hold. A flow takes a `Pick` of it, so a function that does not hold a part cannot compile a
 * call to a flow that needs it: what signs in has no issuer key, what issues cannot sign towards providers.
 */
export interface Broker {
  readonly clock: Clock;
  readonly config: Config;
  readonly table: Table;
  readonly rules: RulesReader;
  /** The pepper of person ids; read once per container. */
  readonly pepper: () => Promise<string>;
  /** What was learnt of a provider; at most 5 s old. */
  readonly stateOf: (connection: string) => Promise<ConnectionState | undefined>;
  /** Keys of a purpose; at most a minute old. */
  readonly keys: (purpose: KeyPurpose) => Promise<readonly KeyRecord[]>;
  readonly outbound: Outbound;
  /** A secret of this connection; it must lie under the connection's own name. */
  readonly secret: (ref: SecretRef, connection: string) => Promise<string>;
  /** Signs what goes to providers: AuthnRequests and client assertions. */
  readonly spSigner: () => Promise<Signer>;
  readonly unwrapKey: (wrapped: Uint8Array, hash: "sha1" | "sha256") => Promise<Uint8Array>;
  /** Signs what goes to AWS. Held by `credentials` alone. */
  readonly issuer: () => Promise<Signer>;
  /** Seals the audit trail. Held by `worker` alone. */
  readonly sealer: () => Promise<Sealer>;
  /** Where whole events of the trail go besides. Held by `worker` alone. */
  readonly sinks: () => Promise<readonly Sink[]>;
}

/** What every flow holds that decides. */
export type Deciding = Pick<Broker, "clock" | "config" | "table" | "rules" | "pepper">;
