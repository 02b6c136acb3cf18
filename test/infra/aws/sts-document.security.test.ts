import assert from "node:assert/strict";
import test from "node:test";
import { base64, genuine, signResponse, writeResponse } from "./assertion.ts";
import { assertRefused, openFederation } from "./redeem.ts";
import { makeProvider } from "./world.ts";

const { now, provider, redeem } = await openFederation();
const stranger = makeProvider();

type Row = readonly [what: string, make: () => string];

const plain = () => writeResponse(genuine(now, provider));
const signed = () => signResponse(plain(), provider);
const signedSo = (how: Parameters<typeof signResponse>[2]) => signResponse(plain(), provider, how);
const RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
const SHA1 = "http://www.w3.org/2000/09/xmldsig#sha1";
const INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
const EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#";
const ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
const SIGNATURE = /<ds:Signature .*<\/ds:Signature>/s;
const REFERENCE = /<ds:Reference .*<\/ds:Reference>/s;
const ASSERTION = /<saml:Assertion .*<\/saml:Assertion>/s;
const part = (xml: string, pattern: RegExp) => pattern.exec(xml)?.[0] ?? "";
const keyInfo = (certificate: string) =>
  `<ds:KeyInfo><ds:X509Data><ds:X509Certificate>${certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>`;
const afterValue = (xml: string, more: string) =>
  xml.replace("</ds:SignatureValue>", `</ds:SignatureValue>${more}`);

test("the genuine document passes, with the certificate in it or not", async () => {
  for (const xml of [signed(), afterValue(signed(), keyInfo(stranger.certificate))])
    assert.equal((await redeem({ SAMLAssertion: base64(xml) })).status, 200);
});

const forged: readonly Row[] = [
  ["without a signature", plain],
  ["signed by another key", () => signResponse(plain(), stranger)],
  [
    "signed by a key it brings",
    () => afterValue(signResponse(plain(), stranger), keyInfo(stranger.certificate)),
  ],
  ["changed after signing", () => signed().replace("person-1", "person-2")],
  ["whose role was changed", () => signed().replace(":role/Admin,", ":role/Owner,")],
  ["whose digest was changed", () => signed().replace(/<ds:DigestValue>./, "<ds:DigestValue>A")],
  ["without a signature value", () => signed().replace(/(<ds:SignatureValue>)[^<]*/, "$1")],
  ["signed with RSA-SHA1", () => signedSo({ algorithm: "http://www.w3.org/2000/09/xmldsig#rsa-sha1" })],
  ["signed with RSA-SHA512", () => signedSo({ algorithm: RSA_SHA256.replace("256", "512") })],
  ["with a SHA-1 digest", () => signedSo({ digest: SHA1 })],
  ["with a SHA-512 digest", () => signedSo({ digest: "http://www.w3.org/2001/04/xmlenc#sha512" })],
  ["canonicalized inclusively", () => signedSo({ canonicalization: INCLUSIVE })],
  ["canonicalized with comments", () => signedSo({ canonicalization: `${EXCLUSIVE}WithComments` })],
  ["transformed inclusively", () => signedSo({ transforms: [ENVELOPED, INCLUSIVE] })],
  ["transformed in the other order", () => signedSo({ transforms: [EXCLUSIVE, ENVELOPED] })],
  ["transformed once", () => signedSo({ transforms: [EXCLUSIVE] })],
  ["that says HMAC", () => signed().replace(RSA_SHA256, "http://www.w3.org/2000/09/xmldsig#hmac-sha1")],
  ["whose reference is empty", () => signed().replace(/URI="#[^"]*"/, 'URI=""')],
  ["whose reference leads elsewhere", () => signed().replace(/URI="#[^"]*"/, 'URI="#_evil"')],
  ["without a reference", () => signed().replace(REFERENCE, "")],
  ["with two references", () => signed().replace(REFERENCE, (found) => found + found)],
  [
    "with two SignedInfo",
    () => signed().replace(/<ds:SignedInfo.*<\/ds:SignedInfo>/s, (info) => info + info),
  ],
  ["with an Object in the signature", () => afterValue(signed(), "<ds:Object/>")],
  ["with the signature twice", () => signed().replace(SIGNATURE, (found) => found + found)],
  [
    "with a decoy beside the response",
    () => {
      const decoy = part(signResponse(plain(), stranger, { element: "Response" }), SIGNATURE);
      return signed().replace("<samlp:Status>", `${decoy}<samlp:Status>`);
    },
  ],
  [
    "with the signature in the subject",
    () => {
      const signature = part(signed(), SIGNATURE);
      return signed().replace(SIGNATURE, "").replace("<saml:Subject>", `<saml:Subject>${signature}`);
    },
  ],
  [
    "with an id twice",
    () => {
      const xml = signed();
      const id = /<saml:Assertion [^>]*ID="([^"]*)"/.exec(xml)?.[1] ?? "";
      return xml.replace("<samlp:StatusCode ", `<samlp:StatusCode ID="${id}" `);
    },
  ],
];
for (const [what, make] of forged)
  test(`a document ${what} is refused`, async () => {
    const answer = await redeem({ SAMLAssertion: base64(make()) });
    assertRefused(answer, 400, "InvalidIdentityToken", "Response signature invalid");
  });

/** Keeps the signed assertion somewhere and puts another in its place. */
function wrapped(place: (evil: string, kept: string, xml: string) => string): string {
  const xml = signed();
  const kept = part(xml, ASSERTION);
  const evil = kept
    .replace(SIGNATURE, "")
    .replace(/ID="_a[^"]*"/, 'ID="_evil"')
    .replace("person-1", "root");
  return place(evil, kept, xml);
}

const wrappings: readonly Row[] = [
  ["before which another stands", () => wrapped((evil, kept, xml) => xml.replace(kept, evil + kept))],
  ["after which another stands", () => wrapped((evil, kept, xml) => xml.replace(kept, kept + evil))],
  [
    "hidden in Extensions",
    () =>
      wrapped((evil, kept, xml) => {
        const hidden = `<samlp:Extensions>${kept}</samlp:Extensions><samlp:Status>`;
        return xml.replace(kept, evil).replace("<samlp:Status>", hidden);
      }),
  ],
  [
    "hidden in the evil one",
    () => wrapped((evil, kept, xml) => xml.replace(kept, evil.replace(/<\/saml:Assertion>$/, `${kept}$&`))),
  ],
  [
    "hidden in a signature",
    () =>
      wrapped((evil, kept, xml) => {
        const signature = part(kept, SIGNATURE);
        const object = `<ds:Object>${kept.replace(signature, "")}</ds:Object></ds:Signature>`;
        const holding = signature.replace("</ds:Signature>", object);
        return xml.replace(kept, evil.replace("<saml:Subject>", `${holding}<saml:Subject>`));
      }),
  ],
  ["under another name", () => signed().replaceAll("saml:Assertion", "saml:Statement")],
  ["that is encrypted", () => signed().replaceAll("saml:Assertion", "saml:EncryptedAssertion")],
];
for (const [what, make] of wrappings)
  test(`an assertion ${what} is refused`, async () => {
    const answer = await redeem({ SAMLAssertion: base64(make()) });
    assertRefused(answer, 400, "InvalidIdentityToken", "Response must contain exactly one plain Assertion");
  });

const unreadable: readonly Row[] = [
  ["that is an assertion alone", () => part(signed(), ASSERTION)],
  ["of SAML 1.1", () => signed().replace('Version="2.0"', 'Version="1.1"')],
  ["without an id", () => signed().replace(/ ID="_r[^"]*"/, "")],
  ["with a comment in the NameID", () => signed().replace("person-1", "person-1<!---->.evil")],
  ["with a processing instruction", () => signed().replace("person-1", "person-1<?x y?>")],
  ["with CDATA", () => signed().replace("person-1", "<![CDATA[person-1]]>")],
  ["with a doctype", () => `<!DOCTYPE x [<!ENTITY e "x">]>${signed()}`],
  ["with an unknown entity", () => signed().replace("person-1", "&person;")],
  ["that is cut off", () => signed().slice(0, -3)],
  [
    "nested 5,000 deep",
    () => signed().replace("<samlp:Status>", `${"<x>".repeat(5000)}${"</x>".repeat(5000)}<samlp:Status>`),
  ],
  ["with text after its end", () => `${signed()}<x/>`],
  ["of 3,000 elements", () => signed().replace("<samlp:Status>", `${"<x/>".repeat(3000)}<samlp:Status>`)],
];
for (const [what, make] of unreadable)
  test(`a document ${what} cannot be read`, async () => {
    const answer = await redeem({ SAMLAssertion: base64(make()) });
    assertRefused(answer, 400, "InvalidIdentityToken", "Could not parse SAML response");
  });
