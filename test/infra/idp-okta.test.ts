import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after, before } from "node:test";
import { deflateRawSync } from "node:zlib";
import { SAML, type SamlConfig } from "@node-saml/node-saml";
import { SignedXml } from "xml-crypto";
import type { Running } from "../../infra/local/gateway.ts";
import { openKeyring } from "../../infra/local/idp/keys.ts";
import { OKTA_APP, OKTA_MFA, startOkta } from "../../infra/local/idp/okta.ts";
import { type Browser, formOf, openBrowser, type Page, signIn } from "./idp.ts";

const ACS = "http://localhost:8700/saml/okta/acs";
const AUDIENCE = "http://localhost:8700/saml/okta/metadata";
let okta: Running;
let metadata: string;
const sso = () => `${okta.url}/app/sekisho/${OKTA_APP}/sso/saml`;

before(async () => {
  okta = await startOkta({ port: 0, keyring: openKeyring(), acs: ACS, audience: AUDIENCE });
  metadata = await (await fetch(`${okta.url}/app/${OKTA_APP}/sso/saml/metadata`)).text();
});
after(() => okta.stop());

const certificate = () => /<ds:X509Certificate>([^<]+)/.exec(metadata)?.[1] ?? "";

/** The response in an auto-post page. */
function responseIn(page: Page): { xml: string; relayState: string; base64: string } {
  const { action, fields } = formOf(page);
  assert.equal(action, ACS);
  const base64 = fields.SAMLResponse ?? "";
  return { xml: Buffer.from(base64, "base64").toString(), relayState: fields.RelayState ?? "", base64 };
}

/** node-saml as the service provider: it shares no code with the provider's signer but xml-crypto. */
const serviceProvider = (more: Partial<SamlConfig> = {}): SAML =>
  new SAML({
    callbackUrl: ACS,
    entryPoint: sso(),
    issuer: AUDIENCE,
    audience: AUDIENCE,
    idpIssuer: `http://www.okta.com/${OKTA_APP}`,
    idpCert: certificate(),
    wantAssertionsSigned: true,
    wantAuthnResponseSigned: true,
    ...more,
  });

async function signedInBrowser(name: string, more: Record<string, string> = {}): Promise<Browser> {
  const browser = openBrowser();
  await signIn(browser, await browser.follow(await browser.get(okta.url)), name, more);
  return browser;
}

test("metadata holds a certificate that is valid now, and both bindings", () => {
  const parsed = new X509Certificate(Buffer.from(certificate(), "base64"));
  assert.ok(parsed.validToDate > new Date() && parsed.validFromDate < new Date());
  assert.ok(parsed.verify(parsed.publicKey));
  assert.equal(metadata.match(/SingleSignOnService/g)?.length, 2);
});

test("the sign-in page tells which accounts there are and refuses a wrong password", async () => {
  const browser = openBrowser();
  const page = await browser.follow(await browser.get(okta.url));
  assert.match(page.body, /<code>sre<\/code>/);
  assert.match(page.body, /<code>outsider<\/code>/);
  const refused = await signIn(browser, page, "sre", { password: "wrong" });
  assert.equal(refused.status, 401);
  assert.match(refused.body, /role="alert"/);
});

test("a tile answers nobody's request, signed twice, with its RelayState", async () => {
  const browser = await signedInBrowser("sre");
  const dashboard = await browser.get(okta.url);
  const href = /href="([^"]*RelayState[^"]*)"/.exec(dashboard.body)?.[1] ?? "";
  const { xml, relayState, base64 } = responseIn(
    await browser.follow(await browser.get(new URL(href, okta.url).href)),
  );
  assert.equal(relayState, "111111111111/Admin");
  assert.ok(!xml.includes("InResponseTo"));
  assert.equal(xml.match(/PrefixList="xs"/g)?.length, 2);
  const { profile } = await serviceProvider().validatePostResponseAsync({ SAMLResponse: base64 });
  assert.equal(profile?.nameID, "sre@example.com");
  assert.deepEqual(profile?.groups, ["sre", "dev"]);
  assert.equal(profile?.costCenter, "platform");
});

test("a redirect request is answered after sign-in, to its own id and RelayState", async () => {
  const saml = serviceProvider();
  const browser = openBrowser();
  const start = await browser.get(await saml.getAuthorizeUrlAsync("handle-1", undefined, {}));
  const done = await signIn(browser, await browser.follow(start), "outsider");
  const { xml, relayState, base64 } = responseIn(await browser.follow(done));
  assert.equal(relayState, "handle-1");
  const { profile } = await saml.validatePostResponseAsync({ SAMLResponse: base64 });
  assert.equal(profile?.nameID, "outsider@example.com");
  assert.equal(profile?.inResponseTo, /InResponseTo="([^"]+)"/.exec(xml)?.[1]);
  assert.ok(!xml.includes('Name="groups"'), "Okta leaves an attribute without values out");
});

const request = (attributes: string, inner = ""): string =>
  `<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_r1" Version="2.0" IssueInstant="2026-01-01T00:00:00Z" ${attributes}><saml:Issuer>${AUDIENCE}</saml:Issuer>${inner}</samlp:AuthnRequest>`;
const redirectTo = (xml: string): string =>
  `${sso()}?SAMLRequest=${encodeURIComponent(deflateRawSync(xml).toString("base64"))}`;
const wantsMfa = `<samlp:RequestedAuthnContext Comparison="exact"><saml:AuthnContextClassRef>${OKTA_MFA}</saml:AuthnContextClassRef></samlp:RequestedAuthnContext>`;

test("a posted request is answered as well", async () => {
  const browser = await signedInBrowser("sre");
  const page = await browser.post(sso(), {
    SAMLRequest: Buffer.from(request("")).toString("base64"),
    RelayState: "r",
  });
  assert.match(responseIn(await browser.follow(page)).xml, /InResponseTo="_r1"/);
});

test("the second factor shows in the authentication context, and asking for it asks the person", async () => {
  const plain = await signedInBrowser("sre");
  const asked = await plain.follow(await plain.get(redirectTo(request("", wantsMfa))));
  assert.match(asked.body, /asks for a second factor/);
  assert.match(asked.body, /name="mfa" value="yes" checked/);
  const done = await signIn(plain, asked, "sre", { mfa: "yes" });
  assert.ok(responseIn(await plain.follow(done)).xml.includes(`${OKTA_MFA}</saml2:AuthnContextClassRef>`));

  const without = await signedInBrowser("sre");
  const again = await without.follow(await without.get(redirectTo(request("", wantsMfa))));
  const { xml } = responseIn(await without.follow(await signIn(without, again, "sre")));
  assert.match(xml, /status:NoAuthnContext/);
  assert.ok(!xml.includes("Assertion "));
});

test("ForceAuthn asks again, IsPassive never asks", async () => {
  const browser = await signedInBrowser("sre");
  const forced = await browser.follow(await browser.get(redirectTo(request('ForceAuthn="true"'))));
  assert.match(forced.body, /name="password"/);
  const passive = await openBrowser().get(redirectTo(request('IsPassive="true"')));
  const answered = await openBrowser().follow(passive);
  assert.match(responseIn(answered).xml, /status:NoPassive/);
});

test("a response is given once, and never to an address the app does not have", async () => {
  const browser = await signedInBrowser("sre");
  const start = await browser.get(redirectTo(request("")));
  responseIn(await browser.follow(start));
  assert.equal((await browser.get(start.location ?? "")).status, 410);
  const elsewhere = request('AssertionConsumerServiceURL="https://evil.example/acs"');
  assert.equal((await browser.get(redirectTo(elsewhere))).status, 400);
  for (const bad of [`${sso()}?SAMLRequest=%%%`, `${sso()}?SAMLRequest=QUJD`, redirectTo("<a/>")])
    assert.equal((await browser.get(bad)).status, 400);
});

test("signing out ends the session; `to` never leaves this site", async () => {
  const browser = await signedInBrowser("sre");
  await browser.post(`${okta.url}/signout`, {});
  assert.match((await browser.follow(await browser.get(okta.url))).body, /name="password"/);
  for (const to of ["https://evil.example/", "//evil.example", "/\\evil.example"]) {
    const page = await browser.get(`${okta.url}/login?to=${encodeURIComponent(to)}`);
    assert.equal((await signIn(browser, page, "sre")).location, `${okta.url}/`);
  }
});

test("xmlsec1 agrees with both signatures", (t) => {
  if (spawnSync("xmlsec1", ["--version"]).error) return t.skip("xmlsec1 is not installed");
  return checkWithXmlsec();
});

async function checkWithXmlsec(): Promise<void> {
  const browser = await signedInBrowser("sre");
  const { xml } = responseIn(await browser.follow(await browser.get(sso())));
  const folder = mkdtempSync(join(tmpdir(), "okta-"));
  try {
    writeFileSync(join(folder, "r.xml"), xml);
    const pem = `-----BEGIN CERTIFICATE-----\n${certificate().replace(/(.{64})/g, "$1\n")}\n-----END CERTIFICATE-----\n`;
    writeFileSync(join(folder, "c.pem"), pem);
    const ids = ["--id-attr:ID", "Response", "--id-attr:ID", "Assertion"];
    for (const parent of ["Response", "Assertion"]) {
      const path = `//*[local-name()='${parent}']/*[local-name()='Signature']`;
      const args = ["--verify", "--pubkey-cert-pem", join(folder, "c.pem"), ...ids, "--node-xpath", path];
      const { status, stderr } = spawnSync("xmlsec1", [...args, join(folder, "r.xml")]);
      assert.equal(status, 0, String(stderr));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("the assertion's own signature holds when the response around it is gone", async () => {
  const browser = await signedInBrowser("sre");
  const { xml } = responseIn(await browser.follow(await browser.get(sso())));
  const assertion = /<saml2:Assertion[\s\S]*<\/saml2:Assertion>/.exec(xml)?.[0] ?? "";
  const signature = /<ds:Signature [\s\S]*?<\/ds:Signature>/.exec(assertion)?.[0] ?? "";
  const signed = new SignedXml({
    publicCert: new X509Certificate(Buffer.from(certificate(), "base64")).toString(),
    getCertFromKeyInfo: () => null,
  });
  signed.loadSignature(signature);
  assert.ok(signed.checkSignature(assertion));
});
