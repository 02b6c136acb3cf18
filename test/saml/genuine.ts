/**
 * Genuine responses, signed by xml-crypto and encrypted by node:crypto by hand: never by `lib/saml`, whose own work
 * must not grade itself.
 */
import { constants, createCipheriv, createSign, publicEncrypt, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { SignedXml } from "xml-crypto";
import type { Expected } from "../../lib/saml/response.ts";

const read = (name: string) => readFileSync(new URL(`../fixtures/saml/${name}`, import.meta.url), "utf8");

export interface TestKey {
  readonly key: string;
  readonly certificate: string;
  /** Where the files lie, for programs that want files. */
  readonly path: string;
}
const load = (name: string): TestKey => ({
  key: read(`${name}.key`),
  certificate: read(`${name}.crt`),
  path: new URL(`../fixtures/saml/${name}`, import.meta.url).pathname,
});
export const KEYS = {
  idp: load("idp"),
  next: load("next"),
  other: load("other"),
  weak: load("weak"),
  ec: load("ec"),
  expired: load("expired"),
  sp: load("sp"),
};

/** The bare base64 of a certificate. */
export const bare = (pem: string): string => pem.replace(/-----[^-]+-----|\s/g, "");

export const IDP = "https://idp.example.com/saml";
export const SP = "https://broker.example.com/saml/okta/metadata";
export const ACS = "https://broker.example.com/saml/okta/acs";
export const REQUEST = "_request-1";
/** 2031-03-04T05:06:07Z, ten seconds after the genuine response was issued. */
export const NOW = Date.parse("2031-03-04T05:06:07Z") / 1000;
/** An instant some seconds from NOW. */
export const at = (seconds: number): string => new Date((NOW + seconds) * 1000).toISOString();

export const expected: Expected = {
  entityId: SP,
  acs: ACS,
  issuer: IDP,
  certificates: [KEYS.idp.certificate],
  now: NOW,
  solicited: { kind: "request", id: REQUEST },
  maxAssertionAgeSeconds: 300,
};

export const encode = (xml: string): string => Buffer.from(xml).toString("base64");

const attribute = (name: string, ...values: string[]) =>
  `<saml:Attribute Name="${name}" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified">${values
    .map(
      (value) =>
        `<saml:AttributeValue xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="xs:string">${value}</saml:AttributeValue>`,
    )
    .join("")}</saml:Attribute>`;

export const SUBJECT = `<saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified">alice</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData InResponseTo="${REQUEST}" NotOnOrAfter="${at(290)}" Recipient="${ACS}"/></saml:SubjectConfirmation></saml:Subject>`;
export const CONDITIONS = `<saml:Conditions NotBefore="${at(-310)}" NotOnOrAfter="${at(290)}"><saml:AudienceRestriction><saml:Audience>${SP}</saml:Audience></saml:AudienceRestriction></saml:Conditions>`;
export const AUTHN = `<saml:AuthnStatement AuthnInstant="${at(-20)}" SessionIndex="_session-1"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>`;
export const ATTRIBUTES = `<saml:AttributeStatement>${attribute("email", "alice@example.com")}${attribute("groups", "sre", "dev")}${attribute("empty")}</saml:AttributeStatement>`;

/** An unsigned assertion that could be signed on its own. */
export const ASSERTION_XML = `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_assertion-1" IssueInstant="${at(-10)}" Version="2.0"><saml:Issuer>${IDP}</saml:Issuer>${SUBJECT}${CONDITIONS}${AUTHN}${ATTRIBUTES}</saml:Assertion>`;

/** A response around one assertion, unsigned, laid out as Okta does. */
export const wrap = (assertion: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?><samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" Destination="${ACS}" ID="_response-1" InResponseTo="${REQUEST}" IssueInstant="${at(-10)}" Version="2.0"><saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" Format="urn:oasis:names:tc:SAML:2.0:nameid-format:entity">${IDP}</saml:Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>${assertion}</samlp:Response>`;

export const UNSIGNED = wrap(ASSERTION_XML);

export interface Signing {
  readonly key?: TestKey;
  readonly algorithm?: string;
  readonly digest?: string;
  readonly transforms?: readonly string[];
  readonly c14n?: string;
  readonly prefixList?: string;
  /** PrefixList for SignedInfo itself. */
  readonly infoPrefixList?: string;
  readonly keyInfo?: "certificate" | "none";
  readonly prefix?: string;
}

const RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
const ECDSA = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";
const SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256";
export const ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
export const EXC = "http://www.w3.org/2001/10/xml-exc-c14n#";
const RESPONSE = "/*[local-name()='Response']";
const TARGETS = { response: RESPONSE, assertion: "//*[local-name()='Assertion']" } as const;

/** xml-crypto knows no ECDSA. */
class EcdsaSha256 {
  getSignature(info: unknown, key: unknown): string {
    return createSign("sha256")
      .update(String(info))
      .sign({ key: String(key), dsaEncoding: "ieee-p1363" }, "base64");
  }
  verifySignature(): boolean {
    return false;
  }
  getAlgorithmName(): string {
    return ECDSA;
  }
}

/** Signs one element of a response, the signature after its Issuer. */
export function sign(xml: string, what: keyof typeof TARGETS, signing: Signing = {}): string {
  const { key = KEYS.idp, algorithm = RSA_SHA256, digest = SHA256, prefix = "ds" } = signing;
  const { transforms = [ENVELOPED, EXC], c14n = EXC, prefixList = "", keyInfo = "certificate" } = signing;
  const signer = new SignedXml({
    privateKey: key.key,
    ...(keyInfo === "certificate" ? { publicCert: key.certificate } : {}),
    signatureAlgorithm: algorithm,
    canonicalizationAlgorithm: c14n,
    idAttribute: "ID",
    inclusiveNamespacesPrefixList: (signing.infoPrefixList ?? "").split(" ").filter(Boolean),
  });
  if (algorithm.includes("#hmac")) signer.enableHMAC();
  Object.assign(signer.SignatureAlgorithms, { [ECDSA]: EcdsaSha256 });
  signer.addReference({
    xpath: TARGETS[what],
    digestAlgorithm: digest,
    transforms: [...transforms],
    inclusiveNamespacesPrefixList: prefixList.split(" ").filter(Boolean),
  });
  signer.computeSignature(xml, {
    ...(prefix === "" ? {} : { prefix }),
    location: { reference: `${TARGETS[what]}/*[local-name()='Issuer']`, action: "after" },
  });
  return signer.getSignedXml();
}

/** A genuine response as Okta sends it: the assertion signed, then the response around it. */
export const signBoth = (xml: string): string => sign(sign(xml, "assertion"), "response");

export const SIGNED = {
  assertion: sign(UNSIGNED, "assertion"),
  response: sign(UNSIGNED, "response"),
  both: signBoth(UNSIGNED),
} as const;

const AES = {
  "http://www.w3.org/2001/04/xmlenc#aes128-cbc": ["aes-128-cbc", 16, 16],
  "http://www.w3.org/2001/04/xmlenc#aes256-cbc": ["aes-256-cbc", 32, 16],
  "http://www.w3.org/2009/xmlenc11#aes128-gcm": ["aes-128-gcm", 16, 12],
  "http://www.w3.org/2009/xmlenc11#aes256-gcm": ["aes-256-gcm", 32, 12],
} as const;
export type Cipher = keyof typeof AES;
export const CIPHERS = Object.keys(AES) as Cipher[];
export const CBC = "http://www.w3.org/2001/04/xmlenc#aes256-cbc";
export const GCM = "http://www.w3.org/2009/xmlenc11#aes256-gcm";

export interface Sealing {
  readonly cipher?: Cipher;
  readonly hash?: "sha1" | "sha256";
  readonly recipient?: TestKey;
  readonly contentKey?: Buffer;
}

/** Encrypts content and wraps its key. @returns Base64 of both. */
export function encryptContent(content: Buffer, sealing: Sealing = {}): { value: string; key: string } {
  const { cipher = CBC, hash = "sha1", recipient = KEYS.sp } = sealing;
  const [name, keyBytes, ivBytes] = AES[cipher];
  const contentKey: Buffer = sealing.contentKey ?? randomBytes(keyBytes);
  const iv = randomBytes(ivBytes);
  const aes = createCipheriv(name, contentKey, iv);
  const parts: Buffer[] = [iv, aes.update(content), aes.final()];
  if ("getAuthTag" in aes && cipher.includes("gcm"))
    parts.push((aes as unknown as { getAuthTag(): Buffer }).getAuthTag());
  const wrapped = publicEncrypt(
    { key: recipient.certificate, oaepHash: hash, padding: constants.RSA_PKCS1_OAEP_PADDING },
    contentKey,
  );
  return { value: Buffer.concat(parts).toString("base64"), key: wrapped.toString("base64") };
}

const OAEP_METHOD = {
  sha1: `<xenc:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"><ds:DigestMethod Algorithm="http://www.w3.org/2000/09/xmldsig#sha1"/></xenc:EncryptionMethod>`,
  sha256: `<xenc:EncryptionMethod Algorithm="http://www.w3.org/2009/xmlenc11#rsa-oaep"><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><xenc11:MGF xmlns:xenc11="http://www.w3.org/2009/xmlenc11#" Algorithm="http://www.w3.org/2009/xmlenc11#mgf1sha256"/></xenc:EncryptionMethod>`,
} as const;

/** An EncryptedAssertion around some bytes. */
export function seal(content: string | Buffer, sealing: Sealing = {}): string {
  const { value, key } = encryptContent(Buffer.from(content), sealing);
  return `<saml:EncryptedAssertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"><xenc:EncryptedData xmlns:xenc="http://www.w3.org/2001/04/xmlenc#" Type="http://www.w3.org/2001/04/xmlenc#Element"><xenc:EncryptionMethod Algorithm="${sealing.cipher ?? CBC}"/><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><xenc:EncryptedKey>${OAEP_METHOD[sealing.hash ?? "sha1"]}<xenc:CipherData><xenc:CipherValue>${key}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedKey></ds:KeyInfo><xenc:CipherData><xenc:CipherValue>${value}</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData></saml:EncryptedAssertion>`;
}

/** The assertion element of a response, as text. */
export function assertionIn(xml: string): string {
  const from = xml.indexOf("<saml:Assertion");
  const end = "</saml:Assertion>";
  return xml.slice(from, xml.indexOf(end) + end.length);
}

/** A response whose assertion is signed, then encrypted. */
export const sealed = (xml: string = SIGNED.assertion, sealing: Sealing = {}): string =>
  xml.replace(assertionIn(xml), () => seal(assertionIn(xml), sealing));

/** The decryption key as a connection holds it. */
export { unwrapWith } from "./unwrap.ts";

/** A change of one place. It fails where there is nothing to change, so that no row tests the unchanged document. */
export const swap =
  (from: string | RegExp, to: string) =>
  (xml: string): string => {
    const changed = xml.replace(from, () => to);
    if (changed === xml) throw new Error(`nothing like ${from} to change`);
    return changed;
  };

/** Several changes that make one. */
export const inTurn =
  (...changes: ((xml: string) => string)[]) =>
  (xml: string): string =>
    changes.reduce((text, change) => change(text), xml);
