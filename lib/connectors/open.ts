import type { Connection } from "../core/connection.ts";
import { Refusal } from "../core/errors.ts";
import type { Connector, Surroundings } from "./connector.ts";

/**
 * Opens the connector of a connection that people sign in with. Each protocol is loaded when it is first used.
 *
 * @throws {Refusal} `connection_disabled`; `connection_unknown` for workload connections, which nobody signs in with.
 */
export async function openConnector(connection: Connection, surroundings: Surroundings): Promise<Connector> {
  if (connection.purpose === "workload")
    throw new Refusal("connection_unknown", { connection: connection.id, reason: "workload" });
  if (!connection.enabled) throw new Refusal("connection_disabled", { connection: connection.id });
  switch (connection.protocol) {
    case "saml":
      return (await import("./saml.ts")).openSamlConnector(connection, surroundings);
    case "oidc":
      return (await import("./oidc.ts")).openOidcConnector(connection, surroundings);
  }
}
