import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import test, { before } from "node:test";
import fc from "fast-check";
import { IdentityProvider, ServiceProvider } from "samlify";
import { isRefusal, type RefusalCode } from "../../lib/core/errors.ts";
import { idpMetadata, readMetadata, spMetadata } from "../../lib/saml/metadata.ts";
import { newIssuer } from "../aws/issuer.ts";
import { bare, KEYS } from "./genuine.ts";

const MD = "urn:oasis:names:tc:SAML:2.0:metadata";
const DS = "http://www.w3.org/2000/09/xmldsig#";
const PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol";
const BINDING = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-";

const key = (certificate: string, use = ' use="signing"') =>
  `<md:KeyDescriptor${use}><ds:KeyInfo xmlns:ds="${DS}"><ds:X509Data><ds:X509Certificate>${bare(certificate)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`;
const sso = (binding = "Redirect", url = "https://idp.example.com/sso") =>
  `<md:SingleSignOnService Binding="${BINDING}${binding}" Location="${url}"/>`;
const role = (inside: string, more = "") =>
  `<md:IDPSSODescriptor protocolSupportEnumeration="${PROTOCOL}"${more}>${inside}</md:IDPSSODescriptor>`;
const entity = (inside: string, id = "https://idp.example.com", more = "") =>
  `<md:EntityDescriptor xmlns:md="${MD}" entityID="${id}"${more}>${inside}</md:EntityDescriptor>`;
const { idp, next, other } = KEYS;
const genuine = entity(role(key(idp.certificate) + sso() + sso("POST")));
const bodies = (certificates: readonly string[]) => certificates.map(bare);

test("a provider's metadata says who it is, where it is, and by which keys", async () => {
  const read = await readMetadata(genuine);
  assert.deepEqual(
    { ...read, certificates: bodies(read.certificates) },
    {
      entityId: "https://idp.example.com",
      ssoUrls: [
        { binding: "redirect", url: "https://idp.example.com/sso" },
        { binding: "post", url: "https://idp.example.com/sso" },
      ],
      certificates: [bare(idp.certificate)],
      wantsSignedRequests: false,
    },
  );
});

for (const [file, entityId] of [
  ["google-2016.metadata.xml", "https://accounts.google.com/o/saml2?idpid=C02dfl1r1"],
  ["okta.metadata.xml", "http://www.okta.com/exkppsa1qwuFV4D7z0h7"],
] as const) {
  const path = new URL(`../../../shared/recorded/${file}`, import.meta.url);
  test(`a recorded document is read: ${file}`, {
    skip: existsSync(path) ? false : `${path.pathname} is not there`,
  }, async () => {
    const read = await readMetadata(readFileSync(path, "utf8"));
    assert.equal(read.entityId, entityId);
    assert.equal(read.certificates.length, 1);
    assert.ok(read.ssoUrls.length > 0 && read.ssoUrls.every(({ url }) => url.startsWith("https://")));
  });
}

test("every signing key counts: several, and one without a use; an encryption key does not", async () => {
  const keys = key(idp.certificate) + key(next.certificate, "") + key(other.certificate, ' use="encryption"');
  const read = await readMetadata(entity(role(keys + sso())));
  assert.deepEqual(bodies(read.certificates), bodies([idp.certificate, next.certificate]));
});

test("keys of the service provider that an entity is as well do not count", async () => {
  const both = `<md:SPSSODescriptor protocolSupportEnumeration="${PROTOCOL}">${key(other.certificate)}</md:SPSSODescriptor>`;
  const read = await readMetadata(entity(both + role(key(idp.certificate) + sso())));
  assert.deepEqual(bodies(read.certificates), [bare(idp.certificate)]);
});

test("the wish for signed requests is read", async () => {
  const read = await readMetadata(
    entity(role(key(idp.certificate) + sso(), ' WantAuthnRequestsSigned="true"')),
  );
  assert.equal(read.wantsSignedRequests, true);
});

test("one of many providers is found by its entity id", async () => {
  const second = entity(
    role(key(next.certificate) + sso("POST", "https://second.example/sso")),
    "urn:second",
  );
  const many = `<md:EntitiesDescriptor xmlns:md="${MD}" validUntil="2040-01-01T00:00:00Z"><!-- two -->${genuine}<md:EntitiesDescriptor>${second}</md:EntitiesDescriptor></md:EntitiesDescriptor>`;
  const read = await readMetadata(many, { entityId: "urn:second" });
  assert.deepEqual(read.ssoUrls, [{ binding: "post", url: "https://second.example/sso" }]);
  assert.deepEqual(bodies(read.certificates), [bare(next.certificate)]);
  await assert.rejects(readMetadata(many), { code: "provider_metadata_invalid" });
  await assert.rejects(readMetadata(many, { entityId: "urn:third" }), {
    code: "provider_metadata_other_entity",
  });
});

test("the earliest end counts, wherever it is written", async () => {
  const at = (text: string) => ` validUntil="${text}"`;
  const inner = role(key(idp.certificate) + sso(), at("2030-01-01T00:00:00Z"));
  const read = await readMetadata(entity(inner, "urn:x", at("2031-01-01T00:00:00Z")));
  assert.equal(read.validUntil, Date.parse("2030-01-01T00:00:00Z") / 1000);
});

test("doubled addresses, as Google writes them, are one", async () => {
  const read = await readMetadata(entity(role(key(idp.certificate) + sso("POST") + sso("POST"))));
  assert.deepEqual(read.ssoUrls, [{ binding: "post", url: "https://idp.example.com/sso" }]);
});

const hostile: readonly (readonly [what: string, xml: string, code?: RefusalCode])[] = [
  ["a document type", `<!DOCTYPE x [<!ENTITY a "b">]>${genuine}`],
  ["a processing instruction", `<?php x?>${genuine}`],
  ["CDATA", entity(`<![CDATA[x]]>${role(key(idp.certificate) + sso())}`)],
  ["something after the end", `${genuine}<x/>`],
  ["no end", genuine.slice(0, -5)],
  ["a million characters and one", genuine.padEnd(1_000_001)],
  ["nothing", ""],
  ["HTML", "<html><body>Sign in</body></html>"],
  ["a service provider alone", entity(`<md:SPSSODescriptor protocolSupportEnumeration="${PROTOCOL}"/>`)],
  [
    "a provider of SAML 1.1 alone",
    entity(role(key(idp.certificate) + sso()).replace(PROTOCOL, "urn:oasis:names:tc:SAML:1.1:protocol")),
  ],
  ["another namespace", genuine.replace(MD, "urn:other")],
  ["no entity id", genuine.replace(' entityID="https://idp.example.com"', "")],
  ["no signing key", entity(role(key(idp.certificate, ' use="encryption"') + sso()))],
  ["a key that is none", entity(role(key("AAAA") + sso()))],
  ["no address", entity(role(key(idp.certificate)))],
  ["an address for SOAP alone", entity(role(key(idp.certificate) + sso("SOAP")))],
  ["an address in JavaScript", entity(role(key(idp.certificate) + sso("Redirect", "javascript:alert(1)")))],
  [
    "an address without TLS",
    entity(role(key(idp.certificate) + sso("Redirect", "http://idp.example.com/sso"))),
  ],
  [
    "an address of this very machine without TLS",
    entity(role(key(idp.certificate) + sso("Redirect", "http://localhost:8710/sso"))),
  ],
  [
    "an address with a password",
    entity(role(key(idp.certificate) + sso("Redirect", "https://a:b@idp.example.com/"))),
  ],
  [
    "an end that is no instant",
    entity(role(key(idp.certificate) + sso()), "urn:x", ' validUntil="tomorrow"'),
  ],
];
for (const [what, xml, code = "provider_metadata_invalid"] of hostile)
  test(`metadata with ${what} is not used`, () => assert.rejects(readMetadata(xml), { code }));

test("an address without TLS is read where exactly that host and port are listed, and no other", async () => {
  const listed = "http://127.0.0.1:8710/sso";
  const other = sso("POST", "http://127.0.0.1:8711/sso");
  const xml = entity(role(key(idp.certificate) + sso("Redirect", listed) + other));
  const read = await readMetadata(xml, { privateHosts: ["127.0.0.1:8710"] });
  assert.deepEqual(read.ssoUrls, [{ binding: "redirect", url: listed }]);
});

test("no bytes make the reader fail in any other way", async () => {
  const piece = fc.oneof(
    fc.constantFrom(
      "<",
      ">",
      "/",
      '"',
      "&",
      "<!--",
      "-->",
      key(idp.certificate),
      sso(),
      "use",
      "xmlns",
      MD,
      " ",
    ),
    fc.string({ maxLength: 5 }),
  );
  const mangled = fc
    .tuple(fc.nat(genuine.length), fc.nat(40), fc.array(piece, { maxLength: 4 }))
    .map(([at, cut, pieces]) => genuine.slice(0, at) + pieces.join("") + genuine.slice(at + cut));
  await fc.assert(
    fc.asyncProperty(mangled, async (xml) => {
      const outcome = await readMetadata(xml).catch((thrown: unknown) => thrown);
      assert.ok(isRefusal(outcome) || !(outcome instanceof Error), String(outcome));
    }),
    { numRuns: 400 },
  );
});

let certificates: string[] = [];
before(async () => {
  certificates = (await Promise.all([newIssuer(), newIssuer()])).map(({ record }) => record.certificate);
});
const ours = () => ({
  entityId: "https://broker.example.com/saml/idp/metadata",
  certificates,
  ssoUrl: "https://broker.example.com/saml/idp/sso",
});

test("our metadata for IAM names every key, is byte-stable, and fits", async () => {
  const [once, twice] = await Promise.all([idpMetadata(ours()), idpMetadata(ours())]);
  assert.equal(once, twice);
  assert.ok(once.length >= 1000 && once.length <= 10_000_000);
  assert.ok(once.startsWith('<?xml version="1.0" encoding="UTF-8"?>'));
  const read = await readMetadata(once);
  assert.equal(read.entityId, ours().entityId);
  assert.deepEqual(read.certificates, certificates);
  assert.deepEqual(read.ssoUrls, [{ binding: "post", url: ours().ssoUrl }]);
  const theirs = IdentityProvider({ metadata: once }).entityMeta;
  assert.equal(theirs.getEntityID(), ours().entityId);
  assert.deepEqual(theirs.getX509Certificate("signing"), bodies(certificates));
  assert.doesNotMatch(once, /SingleLogoutService/);
});

test("our metadata for IAM never lacks a key", () =>
  assert.rejects(idpMetadata({ ...ours(), certificates: [] }), { code: "keys_missing" }));

test("nothing is written to the console when our metadata is made", async (t) => {
  const warned = t.mock.method(console, "warn", () => undefined);
  await idpMetadata(ours());
  assert.equal(warned.mock.callCount(), 0);
});

test("our metadata for a provider says where answers go, how requests are signed, and by which keys", async () => {
  const input = {
    entityId: "https://broker.example.com/saml/a?x=1&y=<2>",
    acs: "https://broker.example.com/saml/a/acs",
    signingCertificates: certificates,
    encryptionCertificates: [idp.certificate],
    signsRequests: true,
  };
  const xml = await spMetadata(input);
  assert.equal(xml, await spMetadata(input));
  const theirs = ServiceProvider({ metadata: xml }).entityMeta;
  assert.equal(theirs.getEntityID(), input.entityId);
  assert.equal(theirs.isAuthnRequestSigned(), true);
  assert.equal(theirs.isWantAssertionsSigned(), true);
  assert.equal(theirs.getAssertionConsumerService("post"), input.acs);
  assert.deepEqual(theirs.getX509Certificate("signing"), bodies(certificates));
  assert.deepEqual(theirs.getX509Certificate("encryption"), bare(idp.certificate));
});
