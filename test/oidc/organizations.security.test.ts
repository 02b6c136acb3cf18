import assert from "node:assert/strict";
import test from "node:test";
import { openOidcConnector } from "../../lib/connectors/oidc.ts";
import type { RefusalCode } from "../../lib/core/errors.ts";
import { changed, signIn } from "./sign-in.ts";
import { connectionTo, surroundings } from "./surroundings.ts";
import { type Json, startTinyProvider } from "./tiny-provider.ts";

const OURS = "11111111-2222-3333-4444-555555555555";
const THEIRS = "99999999-2222-3333-4444-555555555555";
const OID = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";

/** A sign-in at an issuer that stands for many Entra tenants. */
async function atManyTenants(
  t: test.TestContext,
  {
    segment = "organizations",
    named = "{tenantid}",
    tenants = [OURS] as string[] | null,
    claims = {} as Json,
    key = {} as Json,
  },
) {
  const provider = await startTinyProvider(t);
  const origin = provider.issuer;
  const issuer = `${origin}/${segment}/v2.0`;
  provider.conduct = {
    discovery: (document) => ({ ...document, issuer: `${origin}/${named}/v2.0` }),
    jwks: (keys) => ({ keys: keys.map((one) => ({ ...one, ...key })) }),
    claims: (genuine) => ({ ...genuine, iss: `${origin}/${OURS}/v2.0`, tid: OURS, oid: OID, ...claims }),
  };
  for (const [name, value] of Object.entries({ ...key, ...claims }))
    if (typeof value === "string") (name in key ? key : claims)[name] = value.replace("ORIGIN", origin);
  const connection = connectionTo(issuer, { tenants: tenants ?? undefined, subject: "oid" });
  const connector = openOidcConnector(connection, surroundings([provider.host]));
  const challenge = await connector.begin("s", { secondFactor: false });
  const query = challenge.kind === "redirect" ? provider.authorize(challenge.url) : "";
  return connector.finish({ kind: "oidc", query }, challenge.memo, {});
}

for (const segment of ["common", "organizations", "consumers", "{tid}", "{tenantid}"])
  test(`an allow-listed tenant of ${segment} signs in as tid/oid`, async (t) => {
    const { identity } = await atManyTenants(t, { segment });
    assert.equal(identity.subject, `${OURS}/${OID}`);
  });

test("a configuration of one tenant under a shared name is accepted for that tenant", async (t) => {
  assert.ok(await atManyTenants(t, { named: OURS }));
});

const attacks: readonly [what: string, how: Parameters<typeof atManyTenants>[1], code: RefusalCode][] = [
  [
    "a tenant that is not listed",
    { claims: { iss: `ORIGIN/${THEIRS}/v2.0`, tid: THEIRS } },
    "oidc_tenant_not_allowed",
  ],
  [
    "a listed tid under another tenant's issuer",
    { claims: { iss: `ORIGIN/${THEIRS}/v2.0` } },
    "oidc_issuer_mismatch",
  ],
  ["an unlisted tid under a listed tenant's issuer", { claims: { tid: THEIRS } }, "oidc_issuer_mismatch"],
  ["no tid", { claims: { tid: null } }, "oidc_issuer_mismatch"],
  [
    "the template itself as issuer",
    { claims: { iss: "ORIGIN/{tenantid}/v2.0", tid: "{tenantid}" } },
    "oidc_tenant_not_allowed",
  ],
  ["a key of another tenant", { key: { issuer: `ORIGIN/${THEIRS}/v2.0` } }, "oidc_issuer_mismatch"],
  ["no list of tenants", { tenants: null }, "oidc_misconfigured"],
  ["an empty list of tenants", { tenants: [] }, "oidc_misconfigured"],
  ["no oid", { claims: { oid: "" } }, "oidc_subject_missing"],
  ["an oid with a slash", { claims: { oid: "a/b" } }, "oidc_subject_missing"],
  ["a configuration of another host", { named: "https://x/{tenantid}" }, "oidc_discovery_mismatch"],
  ["a configuration without a tenant", { named: "common" }, "oidc_discovery_mismatch"],
];
for (const [what, how, code] of attacks)
  test(`at an issuer of many tenants, ${what} is refused`, (t) =>
    assert.rejects(atManyTenants(t, how), { code }));

test("a key for every tenant, or for this one, is accepted", async (t) => {
  assert.ok(await atManyTenants(t, { key: { issuer: "ORIGIN/{tenantid}/v2.0" } }));
  assert.ok(await atManyTenants(t, { key: { issuer: `ORIGIN/${OURS}/v2.0` } }));
});

const organizations: readonly [what: string, more: object, claims: Json, code: RefusalCode | undefined][] = [
  ["its own hosted domain", { hostedDomains: ["example.com"] }, { hd: "example.com" }, undefined],
  [
    "another hosted domain",
    { hostedDomains: ["example.com"] },
    { hd: "evil.example" },
    "oidc_domain_not_allowed",
  ],
  ["no hosted domain", { hostedDomains: ["example.com"] }, {}, "oidc_domain_not_allowed"],
  [
    "a list for a hosted domain",
    { hostedDomains: ["example.com"] },
    { hd: ["example.com"] },
    "oidc_domain_not_allowed",
  ],
  ["its own tenant", { tenants: [OURS] }, { tid: OURS, oid: "o1" }, undefined],
  ["another tenant", { tenants: [OURS] }, { tid: THEIRS }, "oidc_tenant_not_allowed"],
  ["no tenant", { tenants: [OURS] }, {}, "oidc_tenant_not_allowed"],
];
for (const [what, more, claims, code] of organizations)
  test(`a person of ${what} is ${code ? "refused" : "accepted"}`, async (t) => {
    const attempt = signIn(t, { claims: changed(claims) }, more);
    await (code ? assert.rejects(attempt, { code }) : attempt);
  });
