import assert from "node:assert/strict";
import test from "node:test";
import * as v from "valibot";
import { parseAllDocuments } from "yaml";
import { identityOf as oidcIdentity } from "../../lib/connectors/oidc-identity.ts";
import { identityOf as samlIdentity } from "../../lib/connectors/saml-identity.ts";
import { OidcConnection, SamlConnection } from "../../lib/core/connection.ts";
import type { Identity } from "../../lib/core/identity.ts";
import { surroundings } from "../oidc/surroundings.ts";
import { blockOf, type Vendor } from "./pages.ts";

const first = (vendor: Vendor, id: string): unknown => parseAllDocuments(blockOf(vendor, id))[0]?.toJS();

/** What each vendor sends by OpenID Connect, judged by the page's own connection. */
const tokens: readonly [vendor: Vendor, id: string, what: string, claims: object, mfa: Identity["mfa"]][] = [
  ["okta", "okta-oidc", "a password", { amr: ["pwd"] }, "no"],
  ["okta", "okta-oidc", "a password and Okta Verify", { amr: ["pwd", "mfa", "swk"] }, "yes"],
  ["okta", "okta-oidc", "FastPass without a fingerprint", { amr: ["swk"] }, "no"],
  ["okta", "okta-oidc", "a passkey alone", { amr: ["hwk"] }, "no"],
  ["okta", "okta-oidc", "a mailed code alone", { amr: ["otp"] }, "no"],
  [
    "okta",
    "okta-oidc",
    "what was asked for",
    { amr: ["mfa", "pwd", "sms"], acr: "urn:okta:loa:2fa:any" },
    "yes",
  ],
  [
    "okta",
    "okta-oidc",
    "one factor, told by its context",
    { amr: ["pwd"], acr: "urn:okta:loa:1fa:any" },
    "no",
  ],
  ["okta", "okta-oidc", "a key that resists phishing", { amr: ["hwk"], acr: "phr" }, "no"],
  ["entra", "entra", "nothing", {}, "unknown"],
  ["entra", "entra", "the context of the policy", { acrs: ["c1"] }, "yes"],
  ["entra", "entra", "another context", { acrs: ["c2"] }, "unknown"],
  ["entra", "entra", "a password", { amr: ["pwd"] }, "no"],
  ["entra", "entra", "a second factor", { amr: ["pwd", "mfa"] }, "yes"],
  ["entra", "entra", "a certificate alone", { amr: ["rsa"] }, "no"],
  ["google", "google", "nothing", {}, "unknown"],
];
for (const [vendor, id, what, claims, mfa] of tokens)
  test(`${vendor} tells ${what} by OpenID Connect: ${mfa}`, async () => {
    const connection = v.parse(OidcConnection, {
      ...(first(vendor, id) as object),
      groups: { from: "claim" },
    });
    const who = { sub: "1", tid: connection.tenants?.[0], oid: "o", hd: "example.com" };
    const identity = await oidcIdentity(connection, { ...who, ...claims }, surroundings([]), {});
    assert.equal(identity.mfa, mfa);
  });

const PASSWORD = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";
const METHODS = "http://schemas.microsoft.com/claims/authnmethodsreferences";
const ENTRA_PASSWORD = "http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/password";
const MULTIPLE = "http://schemas.microsoft.com/claims/multipleauthn";
const UNSPECIFIED = "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified";

type Sent = Readonly<Record<string, readonly string[]>>;
const assertions: readonly [Vendor, string, what: string, context: string, Sent, Identity["mfa"]][] = [
  ["okta", "okta", "a password", PASSWORD, { amr: ["pwd"] }, "no"],
  ["okta", "okta", "a password and Okta Verify", PASSWORD, { amr: ["pwd", "mfa", "swk"] }, "yes"],
  ["okta", "okta", "FastPass without a fingerprint", PASSWORD, { amr: ["swk"] }, "no"],
  ["okta", "okta", "the context that was asked for", "urn:okta:loa:2fa:any", {}, "yes"],
  ["okta", "okta", "Entra's words in Okta's mouth", PASSWORD, { [METHODS]: ["mfa"] }, "no"],
  ["entra", "entra-saml", "a password", PASSWORD, { [METHODS]: [ENTRA_PASSWORD] }, "no"],
  ["entra", "entra-saml", "a second factor", PASSWORD, { [METHODS]: [ENTRA_PASSWORD, MULTIPLE] }, "yes"],
  [
    "entra",
    "entra-saml",
    "a second factor in an attribute of another name",
    PASSWORD,
    { amr: [MULTIPLE] },
    "no",
  ],
  ["google", "google-saml", "nothing", UNSPECIFIED, {}, "unknown"],
];
for (const [vendor, id, what, context, sent, mfa] of assertions)
  test(`${vendor} tells ${what} by SAML: ${mfa}`, () => {
    const connection = v.parse(SamlConnection, first(vendor, id));
    const subject = connection.subject ?? "nameId";
    const identity = samlIdentity(
      connection,
      {
        id: "_1",
        issuer: "i",
        issuedAt: 1,
        nameId: { value: "a@example.com" },
        attributes: { [subject]: ["1"], ...sent },
        unreadable: [],
        authnContexts: [context],
        signed: ["assertion"],
        encrypted: false,
        acceptableUntil: 1,
      },
      undefined,
    );
    assert.equal(identity.mfa, mfa);
  });
