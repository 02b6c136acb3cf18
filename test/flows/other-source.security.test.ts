import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import * as v from "valibot";
import { sourceOf } from "../../lib/connectors/source.ts";
import { proveWorkload } from "../../lib/connectors/workload.ts";
import { readConfig } from "../../lib/core/config.ts";
import { Connection, type ConnectionState } from "../../lib/core/connection.ts";
import { isRefusal, Refusal } from "../../lib/core/errors.ts";
import { fixedClock } from "../../lib/core/time.ts";
import { refreshConnection } from "../../lib/flows/refresh-connections.ts";
import { readConnectionState } from "../../lib/store/connections.ts";
import { openRules } from "../../lib/store/rules.ts";
import { jobClaims, startWorkloadIssuer, workloadTo } from "../connectors/workload-issuer.ts";
import { startTinyProvider } from "../oidc/tiny-provider.ts";
import { bare, KEYS, NOW } from "../saml/genuine.ts";
import { startDynamo } from "../support/dynamodb.ts";

let dynamo: Awaited<ReturnType<typeof startDynamo>>;
before(async () => {
  dynamo = await startDynamo();
});
after(() => dynamo.stop());

/** Metadata of a provider of this name, or silence, by address. */
const metadataOf = (entityId: string, certificate: string): string =>
  `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${entityId}"><md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>${bare(certificate)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor><md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="${entityId}/sso"/></md:IDPSSODescriptor></md:EntityDescriptor>`;

const A = "https://a.example";
const B = "https://b.example";
const answers: Readonly<Record<string, string>> = {
  [`${A}/metadata`]: metadataOf(A, KEYS.idp.certificate),
  [`${B}/metadata`]: metadataOf(B, KEYS.other.certificate),
};
let at = NOW;
async function refresh(id: string, url: string, more: object = {}): Promise<ConnectionState | undefined> {
  const connection = v.parse(Connection, {
    kind: "Connection",
    id,
    protocol: "saml",
    metadata: { url },
    ...more,
  });
  const clock = fixedClock(++at);
  const broker = {
    clock,
    config: readConfig({ SEKISHO_URL: "https://broker.example.com", SEKISHO_TABLE: dynamo.table.name }),
    table: dynamo.table,
    rules: openRules(dynamo.table, clock),
    outbound: async (asked: { readonly url: string }) => {
      const xml = answers[asked.url];
      if (xml === undefined) throw new Refusal("provider_unreachable");
      return { status: 200, headers: {}, body: new TextEncoder().encode(xml) };
    },
  };
  await refreshConnection(broker, connection, `reference-${at}`);
  return readConnectionState(dynamo.table, id);
}

test("a connection that is given to another provider believes that one alone", async () => {
  assert.equal((await refresh("moved", `${A}/metadata`))?.entityId, A);
  const state = await refresh("moved", `${B}/metadata`);
  assert.equal(state?.entityId, B);
  assert.deepEqual(
    state?.keys.map(({ certificate }) => bare(certificate)),
    [bare(KEYS.other.certificate)],
  );
});

test("while the other provider does not answer, nobody is believed: least of all the first", async () => {
  await refresh("silent", `${A}/metadata`);
  const state = await refresh("silent", "https://silent.example/metadata");
  assert.equal(state?.entityId, undefined);
  assert.deepEqual(state?.keys, []);
  assert.equal(state?.failedWith, "provider_unreachable");
});

test("another issuer at the same address takes the first one's keys away", async () => {
  await refresh("renamed", `${A}/metadata`);
  assert.deepEqual((await refresh("renamed", `${A}/metadata`, { issuer: B }))?.keys, []);
});

test("a provider that does not answer at the same address keeps what it has", async () => {
  const url = `${A}/metadata`;
  await refresh("kept", url);
  const xml = answers[url] ?? "";
  Object.assign(answers, { [url]: "not metadata" });
  const state = await refresh("kept", url);
  Object.assign(answers, { [url]: xml });
  assert.equal(state?.keys.length, 1);
  assert.equal(state?.entityId, A);
});

test("keys of a workload's former issuer do not speak for the present one", async (t) => {
  const present = await startTinyProvider(t);
  const former = await startWorkloadIssuer(t);
  const connection = workloadTo(present.issuer);

  const stateOf = async (): Promise<ConnectionState> => ({
    connection: "ci",
    source: sourceOf(workloadTo(former.issuer)),
    keys: [],
    jwks: JSON.stringify({ keys: [former.provider.keys.publicJwk] }),
    refreshedAt: NOW,
  });
  const forged = await former.mint(jobClaims(present.issuer));
  const outbound = async () => {
    throw new Refusal("provider_unreachable");
  };
  await assert.rejects(
    proveWorkload(forged, [connection], { clock: fixedClock(NOW), stateOf, outbound }),
    (thrown) => isRefusal(thrown, "provider_unreachable"),
  );
});
