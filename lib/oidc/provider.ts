import type { Outbound } from "../core/outbound.ts";
import type { Clock } from "../core/time.ts";
import { fetchDiscovery, type ProviderMetadata } from "./discovery.ts";
import { openKept } from "./kept.ts";
import { fetchKeySet, holdsKey, type KeySet } from "./keys.ts";

/** What a provider publishes, kept by this container. */
export interface Provider {
  /** @throws {Refusal} `provider_unreachable`, `oidc_discovery_mismatch`, `oidc_discovery_unusable`. */
  metadata(issuer: string): Promise<ProviderMetadata>;
  /**
   * @param kid Name of the key that is needed; a set without it is fetched again, at most every 30 seconds.
   * @throws {Refusal} `provider_unreachable`.
   */
  keys(url: string, kid: string | undefined): Promise<KeySet>;
  /** Says that what is kept of a provider led nowhere: its endpoints may have moved, its keys been replaced. */
  doubt(issuer: string): void;
}

const HOUR = 3600;

function openProvider(outbound: Outbound, clock: Clock): Provider {
  const metadata = openKept<ProviderMetadata>(
    { freshSeconds: HOUR, staleSeconds: 24 * HOUR, cooldownSeconds: 30, most: 64 },
    clock,
  );
  // A key that its provider withdrew is gone here after ten minutes, and after a day though the provider is silent.
  const keys = openKept<KeySet>(
    { freshSeconds: 600, staleSeconds: 24 * HOUR, cooldownSeconds: 30, most: 64 },
    clock,
  );
  return {
    metadata: (issuer) => metadata.get(issuer, () => fetchDiscovery(issuer, outbound)),
    keys: (url, kid) =>
      keys.get(
        url,
        () => fetchKeySet(url, outbound),
        (set) => holdsKey(set, kid),
      ),
    doubt: (issuer) => {
      const here = metadata.doubt(issuer);
      if (here !== undefined) keys.doubt(here.jwks_uri);
    },
  };
}

const providers = new WeakMap<Outbound, Provider>();

/** What providers publish, as reached through one door out: a container has one door and so one shelf. */
export function providerThrough(outbound: Outbound, clock: Clock): Provider {
  const here = providers.get(outbound);
  if (here) return here;
  const opened = openProvider(outbound, clock);
  providers.set(outbound, opened);
  return opened;
}
