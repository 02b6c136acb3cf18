import type { Connection } from "../core/connection.ts";
import { fingerprint } from "../core/secret.ts";

/**
 * Where a connection's keys are learnt from, as one text: what was learnt elsewhere, by a connection of the same name
 * that meant another provider, is not believed.
 */
export const sourceOf = (connection: Connection): string => {
  const { protocol, purpose, issuer } = connection;
  const where =
    "jwksUri" in connection ? connection.jwksUri : "metadata" in connection && connection.metadata;
  return fingerprint(JSON.stringify([protocol, purpose, issuer ?? "", where || ""]));
};
