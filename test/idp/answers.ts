import assert from "node:assert/strict";
import { createPrivateKey } from "node:crypto";
import { inflateRawSync } from "node:zlib";
import { signedResponse } from "../../infra/local/idp/saml-response.ts";
import { bare, KEYS, sign } from "../saml/genuine.ts";

/** What a provider reads of a request of ours. */
interface Asked {
  readonly id: string;
  readonly acs: string;
  /** Our entity id there. */
  readonly audience: string;
  readonly relayState: string;
}

/** Reads the redirect to a provider as the provider would. */
export function readRequest(location: string): Asked {
  const query = new URL(location).searchParams;
  const xml = inflateRawSync(Buffer.from(query.get("SAMLRequest") ?? "", "base64")).toString("utf8");
  const found = (pattern: RegExp): string => {
    const [, value] = pattern.exec(xml) ?? [];
    assert.ok(value, `${pattern} in ${xml}`);
    return value;
  };
  return {
    id: found(/ ID="([^"]+)"/),
    acs: found(/AssertionConsumerServiceURL="([^"]+)"/),
    audience: found(/Issuer>([^<]+)</),
    relayState: query.get("RelayState") ?? "",
  };
}

export type Attributes = Readonly<Record<string, readonly string[]>>;

/** One provider of people by SAML: who it is, and how it words and signs its answers. */
export interface Wording {
  readonly entityId: string;
  readonly ssoUrl: string;
  readonly answer: (asked: Asked, attributes: Attributes) => string;
}

const minutes = (count: number): string => new Date(Date.now() + count * 60_000).toISOString();
const ASSERTION = 'xmlns="urn:oasis:names:tc:SAML:2.0:assertion"';

/** Okta: both parts signed, AuthnStatement first, the prefix list `xs`. */
export const okta: Wording = {
  entityId: "http://www.okta.com/exk1example",
  ssoUrl: "https://acme.okta.com/app/sekisho/exk1example/sso/saml",
  answer: ({ id, acs, audience }, attributes) =>
    signedResponse(
      {
        issuer: okta.entityId,
        acs,
        audience,
        inResponseTo: id,
        at: new Date(),
        nameId: "00u1sre0000000000697",
        authenticatedAt: new Date(),
        authnContext: "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
        attributes,
      },
      { key: createPrivateKey(KEYS.idp.key), certificate: bare(KEYS.idp.certificate) },
    ),
};

/** What Entra and Google have in common: attributes stand before the statement of how one signed in. */
function wrapped(
  issuer: string,
  { id, acs, audience }: Asked,
  body: {
    readonly nameId: string;
    readonly attributes: string;
    readonly context: string;
    readonly until: number;
  },
): string {
  const now = new Date().toISOString();
  return `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_response" Version="2.0" IssueInstant="${now}" Destination="${acs}" InResponseTo="${id}"><Issuer ${ASSERTION}>${issuer}</Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status><Assertion ${ASSERTION} ID="_${id}" IssueInstant="${now}" Version="2.0"><Issuer>${issuer}</Issuer><Subject>${body.nameId}<SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><SubjectConfirmationData InResponseTo="${id}" NotOnOrAfter="${minutes(body.until)}" Recipient="${acs}"/></SubjectConfirmation></Subject><Conditions NotBefore="${minutes(-5)}" NotOnOrAfter="${minutes(body.until)}"><AudienceRestriction><Audience>${audience}</Audience></AudienceRestriction></Conditions><AttributeStatement>${body.attributes}</AttributeStatement><AuthnStatement AuthnInstant="${now}" SessionIndex="_${id}"><AuthnContext><AuthnContextClassRef>${body.context}</AuthnContextClassRef></AuthnContext></AuthnStatement></Assertion></samlp:Response>`;
}

const attributesOf = (attributes: Attributes, type: string): string =>
  Object.entries(attributes)
    .map(
      ([name, values]) =>
        `<Attribute Name="${name}">${values.map((value) => `<AttributeValue${type}>${value}</AttributeValue>`).join("")}</Attribute>`,
    )
    .join("");

/** Entra: the assertion signed, no prefixes, no types of values, the password's context whatever happened. */
export const entra: Wording = {
  entityId: "https://sts.windows.net/11111111-2222-3333-4444-555555555555/",
  ssoUrl: "https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/saml2",
  answer: (asked, attributes) =>
    sign(
      wrapped(entra.entityId, asked, {
        nameId: `<NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress">analyst@example.com</NameID>`,
        attributes: attributesOf(attributes, ""),
        context: "urn:oasis:names:tc:SAML:2.0:ac:classes:Password",
        until: 60,
      }),
      "assertion",
      { prefix: "" },
    ),
};

const ANY = ` xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="xs:anyType"`;

/** Google: the response signed and nothing else, a NameID without format, attributes that are not filled sent empty. */
export const google: Wording = {
  entityId: "https://accounts.google.com/o/saml2?idpid=C02example",
  ssoUrl: "https://accounts.google.com/o/saml2/idp?idpid=C02example",
  answer: (asked, attributes) =>
    sign(
      wrapped(google.entityId, asked, {
        nameId: "<NameID>support@example.com</NameID>",
        attributes: attributesOf({ phone: [], ...attributes }, ANY),
        context: "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified",
        until: 5,
      }),
      "response",
    ),
};
