import * as v from "valibot";
import type { Surroundings } from "../../lib/connectors/connector.ts";
import { openOutbound } from "../../lib/connectors/outbound.ts";
import type { SecretRef } from "../../lib/core/connection.ts";
import { OidcConnection } from "../../lib/core/connection.ts";
import { DEFAULT_SETTINGS } from "../../lib/core/settings.ts";
import { fixedClock } from "../../lib/core/time.ts";
import { NOW } from "./tiny-provider.ts";

const secretOf = async (ref: SecretRef): Promise<string> => ("env" in ref ? `secret of ${ref.env}` : "");

/** What a connector stands in, with real calls to the named hosts; `more` replaces parts. */
export const surroundings = (hosts: readonly string[], more: Partial<Surroundings> = {}): Surroundings => ({
  url: "https://broker.example.com",
  clock: fixedClock(NOW),
  outbound: openOutbound({ privateHosts: hosts }),
  settings: DEFAULT_SETTINGS,
  state: undefined,
  secret: secretOf,
  spSigner: () => Promise.reject(new Error("no signer in this test")),
  unwrapKey: () => Promise.reject(new Error("no key in this test")),
  ...more,
});

/** A connection to a provider of tests. */
export const connectionTo = (issuer: string, more: object = {}): OidcConnection =>
  v.parse(OidcConnection, {
    kind: "Connection",
    id: "op",
    protocol: "oidc",
    issuer,
    clientId: "client-1",
    clientSecret: { env: "OP" },
    claims: { groups: "groups", email: "email" },
    ...more,
  });
