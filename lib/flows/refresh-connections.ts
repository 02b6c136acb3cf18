import { createHash } from "node:crypto";
import { refreshSaml } from "../connectors/saml-refresh.ts";
import { sourceOf } from "../connectors/source.ts";
import { fetchJwks } from "../connectors/workload.ts";
import type { Connection, ConnectionState, WorkloadConnection } from "../core/connection.ts";
import { asRefusal } from "../core/errors.ts";
import { record } from "../store/audit.ts";
import { readConnectionState, writeConnectionState } from "../store/connections.ts";
import type { Broker } from "./broker.ts";

/** Reading keys takes none: whoever refreshes holds no signer and no secret. */
export type Refreshing = Pick<Broker, "clock" | "config" | "outbound" | "rules" | "table">;

/** One thing an administrator should look at. */
export type Alarm = { readonly connection: string; readonly alarm: string };

/** What one round came to. */
export interface Refreshed {
  readonly refreshed: number;
  readonly failed: number;
  readonly alarms: readonly Alarm[];
}

/**
 * Reads metadata and keys of every connection again. One that fails keeps what it has, is recorded, and stops nobody.
 *
 * @param reference Id of this round; each connection's event carries it and its own name.
 */
export async function refreshConnections(broker: Refreshing, reference: string): Promise<Refreshed> {
  const { connections } = await broker.rules.world();
  const outcomes = await Promise.all(
    [...connections.values()].map((one) => refreshConnection(broker, one, reference)),
  );
  const tried = outcomes.filter((outcome) => outcome !== undefined);
  return {
    refreshed: tried.filter(({ state }) => state.failedWith === undefined).length,
    failed: tried.filter(({ state }) => state.failedWith !== undefined).length,
    alarms: tried.flatMap(({ state, alarms }) =>
      alarms.map((alarm) => ({ connection: state.connection, alarm })),
    ),
  };
}

interface Outcome {
  readonly state: ConnectionState;
  readonly alarms: readonly string[];
}

/**
 * Refreshes one connection, or answers undefined for one that has nothing to fetch.
 *
 * @throws nothing a provider can cause; DynamoDB's failures only.
 */
export async function refreshConnection(
  broker: Refreshing,
  connection: Connection,
  reference: string,
): Promise<Outcome | undefined> {
  const before = await readConnectionState(broker.table, connection.id);
  const source = sourceOf(connection);
  // An administrator who names another provider takes the first one's keys away, whether the other answers or not.
  const believed = (before?.source ?? source) === source ? before : undefined;
  const asked = await ask(broker, connection, believed);
  if (asked === undefined) return undefined;
  const outcome = { ...asked, state: { ...asked.state, source } };
  const written = await writeConnectionState(broker.table, before, outcome.state);
  if (!written) return undefined; // somebody else refreshed it in the meantime; theirs is as fresh
  await recordRefresh(broker, before, outcome, reference);
  return outcome;
}

async function ask(
  broker: Refreshing,
  connection: Connection,
  before: ConnectionState | undefined,
): Promise<Outcome | undefined> {
  const { clock, outbound, config } = broker;
  if (connection.protocol === "saml")
    return refreshSaml(connection, before, { clock, outbound, privateHosts: config.privateHosts });
  return connection.purpose === "workload" ? refreshWorkload(broker, connection, before) : undefined;
}

async function refreshWorkload(
  { clock, outbound }: Refreshing,
  connection: WorkloadConnection,
  before: ConnectionState | undefined,
): Promise<Outcome> {
  const refreshedAt = clock.now();
  try {
    const jwks = await fetchJwks(connection, outbound);
    return { state: { connection: connection.id, keys: [], jwks, refreshedAt }, alarms: [] };
  } catch (thrown) {
    const { code } = asRefusal(thrown);
    const kept = before ?? { connection: connection.id, keys: [], refreshedAt };
    return { state: { ...kept, failedWith: code }, alarms: [code] };
  }
}

/** A change of keys or of where people are sent, and a failure, are events; a round in which nothing changed is not. */
async function recordRefresh(
  broker: Refreshing,
  before: ConnectionState | undefined,
  { state, alarms }: Outcome,
  reference: string,
): Promise<void> {
  const failed = state.failedWith !== undefined && state.failedWith !== before?.failedWith;
  const changed = printOf(state) !== printOf(before);
  if (!failed && !changed) return;
  const { settings } = await broker.rules.world();
  await record(
    broker.table,
    {
      schema: 1,
      id: `${reference}-${state.connection}`,
      at: broker.clock.now(),
      kind: failed ? "connection.refresh-failed" : "connection.refreshed",
      actor: "broker",
      connection: state.connection,
      ...(state.failedWith === undefined ? {} : { code: state.failedWith }),
      detail: { keys: state.keys.length, alarms: alarms.length, fingerprint: printOf(state).slice(0, 16) },
    },
    settings.auditRetentionDays,
  );
}

const printOf = (state: ConnectionState | undefined): string =>
  createHash("sha256")
    .update(JSON.stringify([state?.keys.map((key) => key.certificate), state?.jwks, state?.ssoUrls]))
    .digest("base64url");
