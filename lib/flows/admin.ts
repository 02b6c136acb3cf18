import type { AuditEvent } from "../core/audit.ts";
import type { Connection } from "../core/connection.ts";
import type { BrokerRight, Decision } from "../core/decision.ts";
import { isRefusal, Refusal } from "../core/errors.ts";
import type { Identity } from "../core/identity.ts";
import { fixedClock } from "../core/time.ts";
import { type Hypothetical, identityOf } from "../rules/hypothetical.ts";
import { record } from "../store/audit.ts";
import { readConnectionState } from "../store/connections.ts";
import { openRules } from "../store/rules.ts";

import { type Bearer, tokenBearer } from "./bearer.ts";
import type { Broker, Deciding } from "./broker.ts";
import { decideFor } from "./decide.ts";
import type { Author } from "./plan.ts";
import { type ShownKey, shownKeys } from "./provider-keys.ts";
import { type Refreshing, refreshConnection } from "./refresh-connections.ts";
import { reachOf } from "./right-then.ts";
import { recordTurnedAway } from "./turned-away.ts";

/** What a request does, by the rights that are enough for it. */
export type Doing = "reads" | "edits" | "audits" | "administers";
const ENOUGH: Readonly<Record<Doing, readonly BrokerRight[]>> = {
  reads: ["admin", "editor", "auditor"],
  edits: ["admin", "editor"],
  audits: ["admin", "auditor"],
  administers: ["admin"],
};

/** An administrator at work: who they are, decided now. */
export type Admin = Extract<Author, { identity: Identity }>;

/**
 * Lets in whoever holds a person's token for the API, or a workload's, and has a right now that is enough. A browser's
 * session never is enough. Whoever is not let in is written down.
 *
 * @throws {Refusal} `token_invalid`, `token_wrong_purpose`, `admin_required`.
 */
export async function admitAdmin(
  broker: Deciding & Pick<Broker, "stateOf" | "outbound">,
  authorization: string | undefined,
  { sourceIp, reference }: { readonly sourceIp: string; readonly reference: string },
  doing: Doing,
): Promise<Admin> {
  let bearer: Bearer | undefined;
  try {
    bearer = await tokenBearer(broker, authorization, "api");
    const { identity, personId, actor } = bearer;
    const { decision } = await decideFor(broker, identity, sourceIp);
    if (!ENOUGH[doing].some((right) => decision.broker.includes(right)))
      throw new Refusal("admin_required", { connection: identity.connection }, { about: aboutOf(doing) });
    return { actor, name: identity.name, personId, identity, sourceIp, reach: reachOf(decision) };
  } catch (thrown) {
    if (!isRefusal(thrown)) throw thrown;
    const who = bearer === undefined ? {} : { person: bearer };
    const actor = bearer?.actor ?? "stranger";
    await recordTurnedAway(broker, { kind: "admin.refused", reference, sourceIp, actor, ...who }, thrown);
    throw thrown;
  }
}

const aboutOf = (doing: Doing) => ({
  hint: `This takes one of these rights on the broker: ${ENOUGH[doing].join(", ")}.`,
});

/** Writes down that an administrator looked. @param more Such as the id of the person they looked at. */
export async function recordLook(
  broker: Pick<Broker, "table" | "clock" | "rules">,
  admin: Admin,
  reference: string,
  what: string,
  more: NonNullable<AuditEvent["detail"]> = {},
): Promise<void> {
  const { settings } = await broker.rules.world();
  await record(
    broker.table,
    {
      schema: 1,
      id: reference,
      at: broker.clock.now(),
      kind: "admin.read",
      actor: admin.actor,
      personId: admin.personId,
      connection: admin.identity.connection,
      ...(admin.sourceIp === undefined ? {} : { sourceIp: admin.sourceIp }),
      detail: { what, ...more },
    },
    settings.auditRetentionDays,
  );
}

/**
 * What the published rules would decide of somebody, and why.
 *
 * @throws {Refusal} `connection_unknown`.
 */
export async function explain(broker: Deciding, who: Hypothetical): Promise<Decision> {
  const world = await broker.rules.world();
  const connection = world.connections.get(who.connection);
  if (connection === undefined) throw new Refusal("connection_unknown", { connection: who.connection });
  const clock = who.at === undefined ? broker.clock : fixedClock(who.at);
  const { decision } = await decideFor({ ...broker, clock }, identityOf(who, connection), who.sourceIp);
  return decision;
}

/** A connection, and what was learnt of its provider. */
export interface ConnectionReport {
  readonly id: string;
  readonly protocol: Connection["protocol"];
  readonly purpose: Connection["purpose"];
  readonly enabled: boolean;
  readonly refreshedAt?: number;
  readonly failedWith?: string;
  readonly entityId?: string;
  readonly validUntil?: number;
  readonly keys: readonly ShownKey[];
}

export async function reportConnections(
  broker: Pick<Broker, "table" | "rules">,
): Promise<readonly ConnectionReport[]> {
  const { connections } = await broker.rules.world();
  return Promise.all([...connections.values()].map((one) => reportConnection(broker, one)));
}

async function reportConnection(
  { table }: Pick<Broker, "table">,
  { id, protocol, purpose, enabled }: Connection,
): Promise<ConnectionReport> {
  const state = await readConnectionState(table, id);
  if (state === undefined) return { id, protocol, purpose, enabled, keys: [] };
  const { refreshedAt, failedWith, entityId, validUntil } = state;
  return {
    id,
    protocol,
    purpose,
    enabled,
    refreshedAt,
    ...(failedWith === undefined ? {} : { failedWith }),
    ...(entityId === undefined ? {} : { entityId }),
    ...(validUntil === undefined ? {} : { validUntil }),
    keys: shownKeys(state),
  };
}

/** Reads one provider's metadata or keys again, now. @throws {Refusal} `connection_unknown`. */
export async function refreshNow(
  broker: Refreshing,
  id: string,
  reference: string,
): Promise<ConnectionReport> {
  // Straight from the table: the connection may have been published a moment ago.
  const { connections } = await openRules(broker.table, broker.clock).world();
  const connection = connections.get(id);
  if (connection === undefined) throw new Refusal("connection_unknown", { connection: id });
  await refreshConnection(broker, connection, reference);
  return reportConnection(broker, connection);
}
