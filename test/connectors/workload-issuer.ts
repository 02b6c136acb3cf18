import type { TestContext } from "node:test";
import * as v from "valibot";
import { openOutbound } from "../../lib/connectors/outbound.ts";
import { proveWorkload, type WorkloadSurroundings } from "../../lib/connectors/workload.ts";
import { type ConnectionState, WorkloadConnection } from "../../lib/core/connection.ts";
import { fixedClock } from "../../lib/core/time.ts";
import { type Json, NOW, signWith, startTinyProvider, type TinyProvider } from "../oidc/tiny-provider.ts";

/** What a CI system says of one job. */
export const jobClaims = (issuer: string): Json => ({
  iss: issuer,
  aud: "https://broker.example.com",
  sub: "repo:acme/shop:environment:prod",
  iat: NOW - 5,
  exp: NOW + 300,
  repository_id: "42",
  environment: "prod",
  run_attempt: 1,
  workflow: { ref: "main" },
});

/** A connection to an issuer of tests. */
export const workloadTo = (issuer: string, more: object = {}): WorkloadConnection =>
  v.parse(WorkloadConnection, {
    kind: "Connection",
    id: "ci",
    protocol: "oidc",
    purpose: "workload",
    issuer,
    audiences: ["https://broker.example.com"],
    pinned: { repository_id: "42", environment: ["prod", "staging"] },
    claims: { repository: "repository_id", attempt: "run_attempt", workflow: "workflow" },
    ...more,
  });

/** An issuer on real HTTP, and the way in for one of its tokens. */
export interface WorkloadIssuer {
  readonly provider: TinyProvider;
  readonly issuer: string;
  readonly around: WorkloadSurroundings;
  mint(change?: Json, header?: Json): Promise<string>;
  prove(
    token: string,
    more?: object,
    around?: Partial<WorkloadSurroundings>,
  ): ReturnType<typeof proveWorkload>;
}

export async function startWorkloadIssuer(t: TestContext, state?: ConnectionState): Promise<WorkloadIssuer> {
  const provider = await startTinyProvider(t);
  const { issuer, keys, host } = provider;
  const around: WorkloadSurroundings = {
    clock: fixedClock(NOW),
    outbound: openOutbound({ privateHosts: [host] }),
    stateOf: async () => state,
  };
  return {
    provider,
    issuer,
    around,
    mint: (change = {}, header = {}) =>
      signWith({ ...jobClaims(issuer), ...change }, keys.privateKey, header),
    prove: (token, more = {}, other = {}) =>
      proveWorkload(token, [workloadTo(issuer, more)], { ...around, ...other }),
  };
}
