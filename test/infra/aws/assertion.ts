import { randomUUID } from "node:crypto";
import { SignedXml } from "xml-crypto";
import { type IdentityProvider, providerArn, roleArn } from "./world.ts";

const AWS = "https://aws.amazon.com/SAML/Attributes/";
const EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#";

export const time = (at: number): string => new Date(at * 1000).toISOString();

/** Everything a genuine assertion is made of; a test changes one thing. */
export interface Parts {
  readonly now: number;
  readonly issuer: string;
  readonly responseIssuer: string;
  readonly destination: string;
  readonly status: string;
  readonly issueInstant: string;
  readonly nameId: string;
  readonly confirmations: string;
  readonly recipient: string;
  readonly confirmUntil: string;
  readonly notBefore: string;
  readonly notOnOrAfter: string;
  readonly audience: string;
  /** More inside Conditions. */
  readonly conditions: string;
  readonly sessionEnd: string;
  readonly authn: string;
  readonly roles: readonly string[];
  /** AWS attributes by short name, besides Role. */
  readonly attributes: Readonly<Record<string, readonly string[]>>;
  /** More inside AttributeStatement. */
  readonly more: string;
}

export const ROLE_PAIR = `${roleArn("Admin")},${providerArn()}`;

export const genuine = (now: number, provider: IdentityProvider): Parts => ({
  now,
  issuer: provider.entityId,
  responseIssuer: provider.entityId,
  destination: ' Destination="https://signin.aws.amazon.com/saml"',
  status: "urn:oasis:names:tc:SAML:2.0:status:Success",
  issueInstant: time(now),
  nameId: '<saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">person-1</saml:NameID>',
  confirmations: "",
  recipient: ' Recipient="https://signin.aws.amazon.com/saml"',
  confirmUntil: ` NotOnOrAfter="${time(now + 120)}"`,
  notBefore: ` NotBefore="${time(now - 30)}"`,
  notOnOrAfter: ` NotOnOrAfter="${time(now + 120)}"`,
  audience:
    "<saml:AudienceRestriction><saml:Audience>urn:amazon:webservices</saml:Audience></saml:AudienceRestriction>",
  conditions: "",
  sessionEnd: "",
  authn: "1",
  roles: [ROLE_PAIR],
  attributes: { RoleSessionName: ["sre@example.com"] },
  more: "",
});

const attribute = (name: string, values: readonly string[]) =>
  `<saml:Attribute Name="${AWS}${name}">${values.map((value) => `<saml:AttributeValue>${value}</saml:AttributeValue>`).join("")}</saml:Attribute>`;

const confirmation = (parts: Parts) =>
  `<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData${parts.recipient}${parts.confirmUntil}/></saml:SubjectConfirmation>`;

const authn = (parts: Parts) =>
  `<saml:AuthnStatement AuthnInstant="${time(parts.now)}"${parts.sessionEnd}><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>`;

/** The unsigned response. */
export function writeResponse(parts: Parts): string {
  const attributes = [
    ...(parts.roles.length > 0 ? [attribute("Role", parts.roles)] : []),
    ...Object.entries(parts.attributes).map(([name, values]) => attribute(name, values)),
  ].join("");
  const assertion = `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_a${randomUUID()}" Version="2.0" IssueInstant="${parts.issueInstant}"><saml:Issuer>${parts.issuer}</saml:Issuer><saml:Subject>${parts.nameId}${confirmation(parts)}${parts.confirmations}</saml:Subject><saml:Conditions${parts.notBefore}${parts.notOnOrAfter}>${parts.audience}${parts.conditions}</saml:Conditions>${parts.authn ? authn(parts) : ""}<saml:AttributeStatement>${attributes}${parts.more}</saml:AttributeStatement></saml:Assertion>`;
  return `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_r${randomUUID()}" Version="2.0" IssueInstant="${parts.issueInstant}"${parts.destination}><saml:Issuer>${parts.responseIssuer}</saml:Issuer><samlp:Status><samlp:StatusCode Value="${parts.status}"/></samlp:Status>${assertion}</samlp:Response>`;
}

interface Signing {
  readonly element?: "Assertion" | "Response";
  readonly algorithm?: string;
  readonly digest?: string;
  readonly canonicalization?: string;
  readonly transforms?: readonly string[];
}

/** Signs by xml-crypto, after the Issuer as the schema wants. */
export function signResponse(xml: string, provider: IdentityProvider, how: Signing = {}): string {
  const element = how.element ?? "Assertion";
  const signer = new SignedXml({
    privateKey: provider.privateKey,
    signatureAlgorithm: how.algorithm ?? "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    canonicalizationAlgorithm: (how.canonicalization ??
      EXCLUSIVE) as "http://www.w3.org/2001/10/xml-exc-c14n#",
  });
  const path = `//*[local-name(.)='${element}']`;
  signer.addReference({
    xpath: path,
    digestAlgorithm: how.digest ?? "http://www.w3.org/2001/04/xmlenc#sha256",
    transforms: [...(how.transforms ?? ["http://www.w3.org/2000/09/xmldsig#enveloped-signature", EXCLUSIVE])],
  });
  signer.computeSignature(xml, {
    prefix: "ds",
    location: { reference: `${path}/*[local-name(.)='Issuer']`, action: "after" },
  });
  return signer.getSignedXml();
}

export const base64 = (xml: string): string => Buffer.from(xml).toString("base64");

/** A genuine signed response with some parts changed, base64. */
export const mint = (now: number, provider: IdentityProvider, change: Partial<Parts> = {}): string =>
  base64(signResponse(writeResponse({ ...genuine(now, provider), ...change }), provider));
