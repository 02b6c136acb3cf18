import * as v from "valibot";
import type { Connector } from "../connectors/connector.ts";
import { openConnector } from "../connectors/open.ts";
import { type Connection, Id } from "../core/connection.ts";
import { Refusal } from "../core/errors.ts";
import type { World } from "../core/world.ts";
import type { Broker } from "./broker.ts";

/** What opening a connector takes. */
export type Connecting = Pick<
  Broker,
  "clock" | "config" | "rules" | "stateOf" | "outbound" | "secret" | "spSigner" | "unwrapKey"
>;

/** A connection that people may use now. */
export type PeopleConnection = Extract<Connection, { purpose: "people" }>;

/**
 * Looks up a connection of people as published now, and opens its connector.
 *
 * A connection that was switched off or removed answers nobody, whatever was begun before (CVE-2026-2603's class).
 *
 * @throws {Refusal} `connection_unknown`, `connection_disabled`.
 */
export async function connectTo(
  broker: Connecting,
  id: string,
): Promise<{ connection: PeopleConnection; connector: Connector; world: World }> {
  // The name may be a stranger's: what cannot be one of ours is not looked up.
  const known = v.is(Id, id) ? broker.stateOf(id) : undefined;
  const [world, state] = await Promise.all([broker.rules.world(), known]);
  const connection = peopleConnection(world, id);
  const connector = await openConnector(connection, {
    url: broker.config.url,
    clock: broker.clock,
    outbound: broker.outbound,
    privateHosts: broker.config.privateHosts,
    settings: world.settings,
    state,
    secret: (ref) => broker.secret(ref, id),
    spSigner: broker.spSigner,
    unwrapKey: broker.unwrapKey,
  });
  return { connection, connector, world };
}

/** @throws {Refusal} `connection_unknown`, also for workload connections: no browser signs in there; `connection_disabled`. */
export function peopleConnection(world: World, id: string): PeopleConnection {
  const connection = world.connections.get(id);
  if (connection === undefined || connection.purpose !== "people")
    throw new Refusal("connection_unknown", { id: id.slice(0, 48) });
  if (!connection.enabled)
    throw new Refusal("connection_disabled", { id }, { about: { connection: titleOf(connection) } });
  return connection;
}

/** What people see as the connection's name. */
export const titleOf = (connection: Connection): string => connection.title ?? connection.id;

/** Connections that the choice of providers offers, in the order they were written. */
export const choosable = (world: World): readonly PeopleConnection[] =>
  [...world.connections.values()].filter(
    (one): one is PeopleConnection => one.purpose === "people" && one.enabled,
  );
