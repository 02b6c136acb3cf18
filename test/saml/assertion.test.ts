import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { before } from "node:test";
import { DOMParser, type Element } from "@xmldom/xmldom";
import { SignedXml } from "xml-crypto";
import { mintAssertion } from "../../lib/saml/assertion.ts";
import { verifyResponse } from "../../lib/saml/response.ts";
import { newIssuer, type TestIssuer } from "../aws/issuer.ts";
import { input, NOW, ROLE } from "./assertion-input.ts";

const SAML = "urn:oasis:names:tc:SAML:2.0:assertion";
const SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol";
const DSIG = "http://www.w3.org/2000/09/xmldsig#";

let issuer: TestIssuer;
before(async () => {
  issuer = await newIssuer();
});

const mint = async (change: Partial<typeof input> = {}) => {
  const { assertionId, response } = await mintAssertion({ ...input, ...change }, issuer.signer);
  const xml = Buffer.from(response, "base64").toString("utf8");
  const root = new DOMParser().parseFromString(xml, "text/xml").documentElement as Element;
  const all = (namespace: string, name: string) => [...root.getElementsByTagNameNS(namespace, name)];
  const one = (namespace: string, name: string): Element => {
    const found = all(namespace, name);
    assert.equal(found.length, 1, `${found.length} ${name}`);
    return found[0] as Element;
  };
  return { assertionId, response, xml, root, all, one };
};

test("xml-crypto finds the assertion signed by the certificate's key", async () => {
  const { xml, one, assertionId } = await mint();
  const check = new SignedXml({ publicCert: issuer.record.certificate, getCertFromKeyInfo: () => null });
  check.loadSignature(one(DSIG, "Signature").toString());
  assert.equal(check.checkSignature(xml), true);
  const [signed] = check.getSignedReferences();
  assert.match(signed ?? "", new RegExp(`^<saml:Assertion [^>]*ID="${assertionId}"`));
});

test("xmlsec1 finds the assertion signed by the certificate's key", async () => {
  const { xml } = await mint({ nameId: "Müller & <Söhne> \"1\" \r\n\t'x'" });
  const folder = mkdtempSync(join(tmpdir(), "mint-"));
  try {
    writeFileSync(join(folder, "response.xml"), xml);
    writeFileSync(join(folder, "certificate.pem"), issuer.record.certificate);
    const { status, stderr } = spawnSync("xmlsec1", [
      "--verify",
      "--enabled-reference-uris",
      "same-doc",
      "--pubkey-cert-pem",
      join(folder, "certificate.pem"),
      "--id-attr:ID",
      `${SAML}:Assertion`,
      join(folder, "response.xml"),
    ]);
    assert.equal(status, 0, String(stderr));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("our own verifier accepts it as a tile's answer, and reads what was said", async () => {
  const { response, assertionId } = await mint();
  const read = await verifyResponse(response, {
    entityId: input.audience,
    acs: input.recipient,
    issuer: input.issuer,
    certificates: [issuer.record.certificate],
    now: NOW + 1,
    solicited: { kind: "unsolicited" },
    maxAssertionAgeSeconds: 300,
  });
  assert.equal(read.id, assertionId);
  assert.deepEqual(read.signed, ["assertion"]);
  assert.deepEqual(read.nameId.value, input.nameId);
  assert.equal(read.sessionEndsAt, NOW + 7200);
  assert.equal(read.authenticatedAt, NOW - 600);
  assert.deepEqual(read.attributes[ROLE], input.attributes[0]?.[1]);
});

test("it says every line that STS demands", async () => {
  const { root, one, all, assertionId, xml } = await mint();
  assert.equal(root.namespaceURI, SAMLP);
  assert.equal(root.localName, "Response");
  assert.equal(one(SAMLP, "StatusCode").getAttribute("Value"), "urn:oasis:names:tc:SAML:2.0:status:Success");
  const assertion = one(SAML, "Assertion");
  assert.equal(assertion.getAttribute("ID"), assertionId);
  assert.doesNotMatch(assertionId, /^\d/);
  assert.deepEqual(
    all(SAML, "Issuer").map((element) => element.textContent),
    [input.issuer, input.issuer],
  );
  assert.equal(one(SAML, "Audience").textContent, "urn:amazon:webservices");
  const confirmation = one(SAML, "SubjectConfirmationData");
  assert.equal(confirmation.getAttribute("Recipient"), input.recipient);
  assert.equal(confirmation.getAttribute("NotOnOrAfter"), "2026-11-18T11:08:40Z");
  assert.equal(confirmation.hasAttribute("InResponseTo"), false);
  assert.equal(
    one(SAML, "SubjectConfirmation").getAttribute("Method"),
    "urn:oasis:names:tc:SAML:2.0:cm:bearer",
  );
  assert.match(one(SAML, "NameID").getAttribute("Format") ?? "", /:persistent$/);
  assert.equal(one(SAML, "Conditions").getAttribute("NotOnOrAfter"), "2026-11-18T11:08:40Z");
  assert.equal(one(SAML, "AuthnStatement").getAttribute("SessionNotOnOrAfter"), "2026-11-18T13:06:40Z");
  assert.ok(xml.length < 100_000);
});

test("an attribute has each value apart, and one without values is not there", async () => {
  const { all } = await mint();
  const said = all(SAML, "Attribute").map((element) => [
    element.getAttribute("Name"),
    ...[...element.getElementsByTagNameNS(SAML, "AttributeValue")].map((value) => value.textContent),
  ]);
  const kept = input.attributes.filter(([, values]) => values.length > 0);
  assert.deepEqual(
    said,
    kept.map(([name, values]) => [name, ...values]),
  );
});

test("no prefix list widens what is canonicalized", async () => {
  const { all } = await mint();
  assert.deepEqual(all("http://www.w3.org/2001/10/xml-exc-c14n#", "InclusiveNamespaces"), []);
});

test("two assertions never share an id", async () => {
  const ids = await Promise.all(
    Array.from({ length: 50 }, () => mint().then(({ assertionId }) => assertionId)),
  );
  assert.equal(new Set(ids).size, 50);
});

for (const [what, value] of [
  ["a NUL", "a\u0000b"],
  ["an escape", "a\u001bb"],
  ["half a surrogate pair", "a\ud800b"],
  ["U+FFFE", "a\ufffeb"],
  ["U+FFFF", "a\uffffb"],
] as const)
  test(`a value with ${what} is said to nobody`, () =>
    assert.rejects(mintAssertion({ ...input, nameId: value }, issuer.signer), { code: "broker_fault" }));
