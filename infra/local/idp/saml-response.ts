import { createHash, type KeyObject, randomInt, sign as signBytes } from "node:crypto";
import { DOMParser } from "@xmldom/xmldom";
import { ExclusiveCanonicalization } from "xml-crypto";
import { escapeHtml as escapeXml } from "./pages.ts";

const NAMES = {
  protocol: "urn:oasis:names:tc:SAML:2.0:protocol",
  assertion: "urn:oasis:names:tc:SAML:2.0:assertion",
  entity: "urn:oasis:names:tc:SAML:2.0:nameid-format:entity",
  unspecifiedId: "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
  unspecifiedName: "urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified",
  bearer: "urn:oasis:names:tc:SAML:2.0:cm:bearer",
  schema: "http://www.w3.org/2001/XMLSchema",
  instance: "http://www.w3.org/2001/XMLSchema-instance",
  exclusive: "http://www.w3.org/2001/10/xml-exc-c14n#",
  enveloped: "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
  rsaSha256: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
  sha256: "http://www.w3.org/2001/04/xmlenc#sha256",
  dsig: "http://www.w3.org/2000/09/xmldsig#",
} as const;

/** Okta's validity on either side of the instant of issue. */
const FIVE_MINUTES = 5 * 60_000;

/** Who signs. */
export interface SamlSigner {
  readonly key: KeyObject;
  /** DER in base64. */
  readonly certificate: string;
}

/** What one response is to say. */
export interface ResponseFacts {
  readonly issuer: string;
  readonly acs: string;
  /** Absent in answers to nobody: a tile. */
  readonly inResponseTo: string | undefined;
  readonly at: Date;
}

export interface AssertionFacts extends ResponseFacts {
  readonly audience: string;
  readonly nameId: string;
  readonly authenticatedAt: Date;
  readonly authnContext: string;
  /** Attributes in the order in which they leave; those without values are left out, as Okta does. */
  readonly attributes: Readonly<Record<string, readonly string[]>>;
}

/** Okta's ids: `id` and a long run of digits. */
export const newId = (): string =>
  `id${Array.from({ length: 3 }, () => randomInt(10 ** 8, 10 ** 9)).join("")}`;

const attribute = (name: string, value: string | undefined): string =>
  value === undefined ? "" : ` ${name}="${escapeXml(value)}"`;

const issuerOf = (issuer: string): string =>
  `<saml2:Issuer xmlns:saml2="${NAMES.assertion}" Format="${NAMES.entity}">${escapeXml(issuer)}</saml2:Issuer>`;

/** A successful response in which both the assertion and the response are signed, as Okta does by default. */
export function signedResponse(facts: AssertionFacts, signer: SamlSigner): string {
  const assertionId = newId();
  const assertion = sign(assertionXml(facts, assertionId), assertionId, signer);
  return respond(facts, `<saml2p:StatusCode Value="${STATUS}Success"/>`, assertion, signer);
}

/** A signed refusal without assertion. @param status Second-level status such as `NoPassive`. */
export const signedRefusal = (facts: ResponseFacts, status: string, signer: SamlSigner): string =>
  respond(
    facts,
    `<saml2p:StatusCode Value="${STATUS}Responder"><saml2p:StatusCode Value="${STATUS}${status}"/></saml2p:StatusCode>`,
    "",
    signer,
  );

const STATUS = "urn:oasis:names:tc:SAML:2.0:status:";

function respond(facts: ResponseFacts, status: string, content: string, signer: SamlSigner): string {
  const id = newId();
  const xml = `<saml2p:Response xmlns:saml2p="${NAMES.protocol}" xmlns:xs="${NAMES.schema}" Destination="${escapeXml(facts.acs)}" ID="${id}"${attribute("InResponseTo", facts.inResponseTo)} IssueInstant="${facts.at.toISOString()}" Version="2.0">${issuerOf(facts.issuer)}<saml2p:Status>${status}</saml2p:Status>${content}</saml2p:Response>`;
  return `<?xml version="1.0" encoding="UTF-8"?>${sign(xml, id, signer)}`;
}

function assertionXml(facts: AssertionFacts, id: string): string {
  const at = facts.at.getTime();
  const until = new Date(at + FIVE_MINUTES).toISOString();
  const from = new Date(at - FIVE_MINUTES).toISOString();
  const index = facts.inResponseTo ?? id;
  return `<saml2:Assertion xmlns:saml2="${NAMES.assertion}" xmlns:xs="${NAMES.schema}" ID="${id}" IssueInstant="${facts.at.toISOString()}" Version="2.0">${issuerOf(facts.issuer)}<saml2:Subject><saml2:NameID Format="${NAMES.unspecifiedId}">${escapeXml(facts.nameId)}</saml2:NameID><saml2:SubjectConfirmation Method="${NAMES.bearer}"><saml2:SubjectConfirmationData${attribute("InResponseTo", facts.inResponseTo)} NotOnOrAfter="${until}" Recipient="${escapeXml(facts.acs)}"/></saml2:SubjectConfirmation></saml2:Subject><saml2:Conditions NotBefore="${from}" NotOnOrAfter="${until}"><saml2:AudienceRestriction><saml2:Audience>${escapeXml(facts.audience)}</saml2:Audience></saml2:AudienceRestriction></saml2:Conditions><saml2:AuthnStatement AuthnInstant="${facts.authenticatedAt.toISOString()}" SessionIndex="${escapeXml(index)}"><saml2:AuthnContext><saml2:AuthnContextClassRef>${escapeXml(facts.authnContext)}</saml2:AuthnContextClassRef></saml2:AuthnContext></saml2:AuthnStatement>${attributesXml(facts.attributes)}</saml2:Assertion>`;
}

function attributesXml(attributes: AssertionFacts["attributes"]): string {
  const kept = Object.entries(attributes).filter(([, values]) => values.length > 0);
  if (kept.length === 0) return "";
  const elements = kept.map(([name, values]) => {
    const inner = values.map(
      (value) =>
        `<saml2:AttributeValue xmlns:xsi="${NAMES.instance}" xsi:type="xs:string">${escapeXml(value)}</saml2:AttributeValue>`,
    );
    return `<saml2:Attribute Name="${escapeXml(name)}" NameFormat="${NAMES.unspecifiedName}">${inner.join("")}</saml2:Attribute>`;
  });
  return `<saml2:AttributeStatement>${elements.join("")}</saml2:AttributeStatement>`;
}

/**
 * Signs the root element the way Okta does: signature after the Issuer, the enveloped transform bare, and `xs` among the
 * inclusive prefixes of the canonicalization. xml-crypto's own signer writes the prefixes into both transforms, so only
 * its canonicalizer is used.
 */
function sign(xml: string, id: string, { key, certificate }: SamlSigner): string {
  const digest = createHash("sha256")
    .update(canonical(xml, ["xs"]))
    .digest("base64");
  const info = `<ds:SignedInfo xmlns:ds="${NAMES.dsig}"><ds:CanonicalizationMethod Algorithm="${NAMES.exclusive}"/><ds:SignatureMethod Algorithm="${NAMES.rsaSha256}"/><ds:Reference URI="#${id}"><ds:Transforms><ds:Transform Algorithm="${NAMES.enveloped}"/><ds:Transform Algorithm="${NAMES.exclusive}"><ec:InclusiveNamespaces xmlns:ec="${NAMES.exclusive}" PrefixList="xs"/></ds:Transform></ds:Transforms><ds:DigestMethod Algorithm="${NAMES.sha256}"/><ds:DigestValue>${digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>`;
  const value = signBytes("sha256", Buffer.from(canonical(info, [])), key).toString("base64");
  const signature = `<ds:Signature xmlns:ds="${NAMES.dsig}">${info.replace(` xmlns:ds="${NAMES.dsig}"`, "")}<ds:SignatureValue>${value}</ds:SignatureValue><ds:KeyInfo><ds:X509Data><ds:X509Certificate>${certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>`;
  const afterIssuer = xml.indexOf("</saml2:Issuer>") + "</saml2:Issuer>".length;
  return xml.slice(0, afterIssuer) + signature + xml.slice(afterIssuer);
}

/** Exclusive canonical form of a document's root element. */
function canonical(xml: string, inclusiveNamespacesPrefixList: string[]): string {
  const root = new DOMParser().parseFromString(xml, "text/xml").documentElement;
  if (!root) throw new Error("nothing to sign");
  // xml-crypto's types name the DOM of the browser; xmldom's elements are what it works on.
  return new ExclusiveCanonicalization()
    .process(root as unknown as Element, { inclusiveNamespacesPrefixList })
    .toString();
}
