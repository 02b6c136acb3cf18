import type { ConnectionState, WorkloadConnection } from "../core/connection.ts";
import { isRefusal, Refusal } from "../core/errors.ts";
import type { Identity } from "../core/identity.ts";
import type { Outbound } from "../core/outbound.ts";
import { type Clock, type Epoch, startBudget } from "../core/time.ts";
import { cutNames, mapClaims } from "../oidc/claims.ts";
import { fetchDiscovery } from "../oidc/discovery.ts";
import { type Kept, openKept } from "../oidc/kept.ts";
import { fetchKeySet, holdsKey, type KeySet, readKeySet } from "../oidc/keys.ts";
import { lintWorkload } from "../oidc/lint.ts";
import { type Peeked, textMember } from "../oidc/peek.ts";
import {
  isForUs,
  readWorkloadToken,
  unpinnedClaim,
  verifyWorkloadToken,
  workloadSubject,
} from "../oidc/workload.ts";
import { sourceOf } from "./source.ts";

/** What proving a workload needs from outside. */
export interface WorkloadSurroundings {
  readonly clock: Clock;
  readonly outbound: Outbound;
  /** What the worker learnt of a connection; undefined before its first refresh. */
  readonly stateOf: (connectionId: string) => Promise<ConnectionState | undefined>;
}

/** A cold answer must fit into this, milliseconds: JavaScript's client gives up after one second. */
const COLD_MILLISECONDS = 800;
/** The worker has no caller who waits. */
const WORKER_MILLISECONDS = 5000;
/** Keys are believed for a day without word from their issuer, and read anew from the table every five minutes. */
const KEEPING = { freshSeconds: 300, staleSeconds: 86_400, cooldownSeconds: 30, most: 256 };

async function fetchKeys(
  { issuer, jwksUri }: WorkloadConnection,
  outbound: Outbound,
  milliseconds: number,
): Promise<KeySet> {
  const left = startBudget(milliseconds);
  const url = jwksUri ?? (await fetchDiscovery(issuer, outbound, left())).jwks_uri;
  return fetchKeySet(url, outbound, Math.max(1, left()));
}

/**
 * Fetches the keys of a workload issuer, for the store.
 *
 * @returns JSON of the JWK set, public signing keys alone.
 * @throws {Refusal} `provider_unreachable`, `oidc_discovery_mismatch`, `oidc_discovery_unusable`.
 */
export const fetchJwks = async (connection: WorkloadConnection, outbound: Outbound): Promise<string> =>
  JSON.stringify(await fetchKeys(connection, outbound, WORKER_MILLISECONDS));

/** Keys and when their issuer was last seen to publish them. */
interface Dated {
  readonly keys: KeySet;
  readonly at: Epoch;
}

const shelves = new WeakMap<Outbound, Kept<Dated>>();

function shelfOf({ outbound, clock }: WorkloadSurroundings): Kept<Dated> {
  const here = shelves.get(outbound);
  if (here) return here;
  const opened = openKept<Dated>(KEEPING, clock);
  shelves.set(outbound, opened);
  return opened;
}

const isStale = ({ at }: Dated, now: Epoch): boolean => now - at >= KEEPING.staleSeconds;

/** Keys as the worker left them. */
async function storedKeys(
  connection: WorkloadConnection,
  { stateOf }: WorkloadSurroundings,
): Promise<Dated | undefined> {
  const state = await stateOf(connection.id);
  const source = sourceOf(connection);
  if (state?.jwks === undefined || (state.source ?? source) !== source) return undefined;
  try {
    return { keys: readKeySet(state.jwks), at: state.refreshedAt };
  } catch {
    return undefined;
  }
}

/**
 * Keys of a connection: from this container, else from the table, else from the issuer. A key that is in none of them
 * is asked of the issuer at most every 30 seconds, so that a forged `kid` costs no more than that.
 */
async function keysFor(
  connection: WorkloadConnection,
  kid: string | undefined,
  surroundings: WorkloadSurroundings,
): Promise<KeySet> {
  const shelf = shelfOf(surroundings);
  const now = surroundings.clock.now();
  const fetch = async (here: Dated | undefined): Promise<Dated> => {
    const stored = await storedKeys(connection, surroundings);
    const younger = stored && !isStale(stored, now) && stored.at >= (here?.at ?? 0) ? stored : undefined;
    if (younger && holdsKey(younger.keys, kid)) return younger;
    try {
      return { keys: await fetchKeys(connection, surroundings.outbound, COLD_MILLISECONDS), at: now };
    } catch (thrown) {
      if (younger) return younger;
      throw thrown;
    }
  };
  // Another issuer behind the same id, after an edit, has other keys.
  const key = JSON.stringify([connection.id, connection.issuer, connection.jwksUri ?? ""]);
  const dated = await shelf.get(key, fetch, ({ keys }) => holdsKey(keys, kid));
  if (isStale(dated, now)) throw new Refusal("provider_unreachable", { reason: "keys_stale" });
  return dated.keys;
}

/** The one connection a token can be for. Its claims choose and prove nothing yet. */
function choose(connections: readonly WorkloadConnection[], { claims }: Peeked): WorkloadConnection {
  const issuer = textMember(claims, "iss");
  const known = connections.filter((connection) => connection.issuer === issuer);
  if (known.length === 0) throw new Refusal("workload_issuer_unknown");
  const enabled = known.filter((connection) => connection.enabled);
  const [only, ...others] = enabled;
  if (only === undefined) throw new Refusal("connection_disabled", { connection: known[0]?.id });
  if (others.length === 0) return only;
  return chooseAmong(enabled, claims);
}

function chooseAmong(
  connections: readonly WorkloadConnection[],
  claims: Peeked["claims"],
): WorkloadConnection {
  const fitting = connections.filter(
    (connection) => isForUs(connection, claims) && unpinnedClaim(connection, claims) === undefined,
  );
  const [only, ...others] = fitting;
  if (only === undefined) throw new Refusal("workload_claim_not_pinned", { connections: connections.length });
  if (others.length > 0)
    throw new Refusal("workload_connection_ambiguous", {
      connections: fitting.map(({ id }) => id).join(" "),
    });
  return only;
}

const toIdentity = (connection: WorkloadConnection, claims: Peeked["claims"]): Identity => {
  const subject = workloadSubject(connection, claims);
  return {
    connection: connection.id,
    kind: "workload",
    subject,
    name: subject.slice(0, 128),
    claims: mapClaims(claims, connection.claims),
    unknown: cutNames(claims, connection.claims),
    amr: [],
    mfa: "unknown",
    notes: [],
  };
};

async function proveFor(
  token: string,
  peeked: Peeked,
  connection: WorkloadConnection,
  surroundings: WorkloadSurroundings,
): Promise<Identity> {
  const problems = lintWorkload(connection);
  if (problems.length > 0) throw new Refusal("workload_not_pinned", { problems: problems.length });
  const keys = await keysFor(connection, textMember(peeked.header, "kid"), surroundings);
  const claims = await verifyWorkloadToken(token, connection, keys, surroundings.clock.now());
  return toIdentity(connection, claims);
}

/**
 * Verifies a program's own OIDC token and says who it speaks of.
 *
 * The connection is chosen by exact issuer and, where several share it, by audience and pinned claims.
 *
 * @param connections The published workload connections.
 * @throws {Refusal} `workload_*` for every token not proven genuine, in time and ours, `connection_disabled`,
 *   `provider_unreachable` when no key could be had within 800 ms. `detail.connection` names the connection if one
 *   was chosen.
 */
export async function proveWorkload(
  token: string,
  connections: readonly WorkloadConnection[],
  surroundings: WorkloadSurroundings,
): Promise<Identity> {
  const peeked = readWorkloadToken(token);
  const connection = choose(connections, peeked);
  try {
    return await proveFor(token, peeked, connection, surroundings);
  } catch (thrown) {
    if (!isRefusal(thrown)) throw thrown;
    const detail = { ...thrown.detail, connection: connection.id };
    throw new Refusal(thrown.code, detail, { cause: thrown.cause, about: { connection: connection.id } });
  }
}
