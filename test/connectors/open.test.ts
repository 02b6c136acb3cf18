import assert from "node:assert/strict";
import test from "node:test";
import * as v from "valibot";
import { openConnector } from "../../lib/connectors/open.ts";
import { SamlConnection } from "../../lib/core/connection.ts";
import { connectionTo, surroundings } from "../oidc/surroundings.ts";
import { workloadTo } from "./workload-issuer.ts";

const saml = v.parse(SamlConnection, {
  kind: "Connection",
  id: "saml-idp",
  protocol: "saml",
  issuer: "urn:idp",
  ssoUrl: "https://idp.example/sso",
  certificates: [],
});

test("each protocol of people has a connector", async () => {
  for (const connection of [saml, connectionTo("https://op.example")])
    assert.deepEqual(Object.keys(await openConnector(connection, surroundings([]))).sort(), [
      "begin",
      "finish",
    ]);
});

test("nobody signs in with a workload connection, nor with one that is switched off", async () => {
  await assert.rejects(openConnector(workloadTo("https://ci.example"), surroundings([])), {
    code: "connection_unknown",
  });
  for (const connection of [saml, connectionTo("https://op.example")])
    await assert.rejects(openConnector({ ...connection, enabled: false }, surroundings([])), {
      code: "connection_disabled",
    });
});
