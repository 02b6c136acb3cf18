import { doubtsOf } from "../connectors/lint.ts";
import type { Config } from "../core/config.ts";
import type { Connection, SecretRef } from "../core/connection.ts";
import type { Configuration } from "../core/objects.ts";
import type { Problem } from "../core/problem.ts";
import { lintOidc, lintWorkload } from "../oidc/lint.ts";

/** What is wrong with connections, and what may be right and should be looked at once. */
export const lintConnections = (
  config: Config,
  configuration: Configuration,
  positions: ReadonlyMap<object, number>,
): readonly (readonly Problem[])[] => [
  ...configuration.connections.map((one) => lintProvider(one, positions)),
  ...configuration.connections.map((one) => lintDoubts(one, positions)),
  lintSecrets(config, configuration, positions),
];

/** What the provider's protocol has to say. */
function lintProvider(connection: Connection, positions: ReadonlyMap<object, number>): Problem[] {
  if (connection.protocol === "saml") return [];
  const sentences = connection.purpose === "workload" ? lintWorkload(connection) : lintOidc(connection);
  return sentences.map((sentence) => ({
    ...ofConnection(connection, positions),
    path: [],
    message: sentence.replace(/^Connection [^:]*: /, ""),
    fix: "See docs/config.md, Connection.",
  }));
}

/** What may be right, and should be looked at once. */
const lintDoubts = (connection: Connection, positions: ReadonlyMap<object, number>): Problem[] =>
  connection.purpose === "workload"
    ? []
    : doubtsOf(connection).map((doubt) => ({
        ...ofConnection(connection, positions),
        severity: "warning",
        ...doubt,
      }));

function ofConnection(connection: Connection, positions: ReadonlyMap<object, number>) {
  const { id } = connection;
  const index = positions.get(connection);
  return { severity: "error", kind: "Connection", id, ...(index === undefined ? {} : { index }) } as const;
}

/** Where secrets of the environment are refused, a connection that needs one could never sign anybody in (decision 20). */
function lintSecrets(
  { envSecrets }: Config,
  { connections }: Configuration,
  positions: ReadonlyMap<object, number>,
): Problem[] {
  if (envSecrets === "allowed") return [];
  return connections.flatMap((connection) =>
    secretsOf(connection)
      .filter(({ ref }) => "env" in ref)
      .map(({ path }) => ({
        ...ofConnection(connection, positions),
        path,
        message: "Secrets of the environment are for the local stack.",
        fix: `Put it into Secrets Manager under sekisho/${connection.id}/ and write \`{ secret: "arn:..." }\`.`,
      })),
  );
}

function secretsOf(connection: Connection): { path: string[]; ref: SecretRef }[] {
  if (connection.protocol === "saml" || connection.purpose === "workload") return [];
  const { clientSecret, groups } = connection;
  return [
    ...(clientSecret === undefined ? [] : [{ path: ["clientSecret"], ref: clientSecret }]),
    ...(groups.credential === undefined ? [] : [{ path: ["groups", "credential"], ref: groups.credential }]),
  ];
}
