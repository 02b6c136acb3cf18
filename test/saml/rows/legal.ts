import {
  ACS,
  ATTRIBUTES,
  AUTHN,
  at,
  CIPHERS,
  ENVELOPED,
  EXC,
  encode,
  IDP,
  inTurn,
  KEYS,
  NOW,
  SIGNED,
  SP,
  SUBJECT,
  sealed,
  sign,
  signBoth,
  swap,
  UNSIGNED,
  unwrapWith,
} from "../genuine.ts";
import { resigned } from "../resign.ts";
import { type Legal, legal } from "./row.ts";
import { unsolicited } from "./said.ts";

const MORE = "http://www.w3.org/2001/04/xmldsig-more#";
const XENC = "http://www.w3.org/2001/04/xmlenc#";
const CONFIRMATION = /<saml:SubjectConfirmation .*<\/saml:SubjectConfirmation>/;
const confirmation = CONFIRMATION.exec(SUBJECT)?.[0] ?? "";
const expected = { unwrapKey: unwrapWith(KEYS.sp.key) };

/** Said so by the provider: changed, then signed on response and assertion. */
const said = (what: string, ...changes: [from: string | RegExp, to: string][]): Legal =>
  legal(what, () => signBoth(inTurn(...changes.map(([from, to]) => swap(from, to)))(UNSIGNED)));
/** Written differently after it was signed, to the same canonical form. */
const rewritten = (what: string, change: (xml: string) => string): Legal =>
  legal(what, () => change(SIGNED.both));
const condition = (what: string, element: string): Legal =>
  said(what, ["<saml:AudienceRestriction>", `${element}<saml:AudienceRestriction>`]);

/** As Entra and ADFS write it: the assertion's namespace is the default one. */
const unprefixed = UNSIGNED.replaceAll("<saml:", "<")
  .replaceAll("</saml:", "</")
  .replaceAll("xmlns:saml=", "xmlns=");
const pretty = UNSIGNED.replace(/></g, ">\n  <").replace(/(<saml:AttributeValue[^>]*>)\n\s*/g, "$1");

/** Signed with a PrefixList, which xml-crypto writes into the enveloped transform too, where it means nothing. */
const listed = (xml: string, prefixList: string): string =>
  resigned(swap(/(enveloped-signature")>.*?<\/ds:Transform>/, 'enveloped-signature"/>'))(
    sign(xml, "response", { prefixList }),
  );

export const LEGAL: readonly Legal[] = [
  legal("a signature on the response alone, as Google sends it", () => SIGNED.response),
  legal("a signature on the assertion alone, as Entra sends it", () => SIGNED.assertion),
  legal("both signed, as Okta sends it", () => SIGNED.both),
  said("attributes before the authentication", [AUTHN + ATTRIBUTES, ATTRIBUTES + AUTHN]),
  legal("the default namespace for the assertion", () => signBoth(unprefixed)),
  legal("the default namespace for the signature", () => sign(UNSIGNED, "response", { prefix: "" })),
  legal("a PrefixList", () =>
    listed(
      swap("<samlp:Response ", '<samlp:Response xmlns:xs="http://www.w3.org/2001/XMLSchema" ')(UNSIGNED),
      "xs",
    ),
  ),
  legal("a PrefixList of prefixes nobody declared", () => listed(UNSIGNED, "xs xsi none #default")),
  legal("a PrefixList for SignedInfo", () =>
    sign(
      swap("<samlp:Response ", '<samlp:Response xmlns:xs="http://www.w3.org/2001/XMLSchema" ')(UNSIGNED),
      "response",
      { infoPrefixList: "xs" },
    ),
  ),
  legal("canonicalization with comments, of which there are none", () =>
    sign(UNSIGNED, "assertion", {
      transforms: [ENVELOPED, `${EXC}WithComments`],
      c14n: `${EXC}WithComments`,
    }),
  ),
  legal("no KeyInfo", () => sign(UNSIGNED, "assertion", { keyInfo: "none" })),
  legal("RSA with SHA-512", () =>
    sign(UNSIGNED, "assertion", { algorithm: `${MORE}rsa-sha512`, digest: `${XENC}sha512` }),
  ),
  legal("ECDSA", () => sign(UNSIGNED, "assertion", { key: KEYS.ec, algorithm: `${MORE}ecdsa-sha256` }), {
    expected: { certificates: [KEYS.ec.certificate] },
    explained: { samlify: "xml-crypto knows no ECDSA" },
  }),
  legal("several certificates, the last of which signed", () => SIGNED.both, {
    expected: { certificates: [KEYS.other, KEYS.ec, KEYS.weak, KEYS.idp].map((key) => key.certificate) },
  }),
  legal("a new key beside the old one", () => sign(UNSIGNED, "assertion", { key: KEYS.next }), {
    expected: { certificates: [KEYS.idp.certificate, KEYS.next.certificate] },
    explained: { xmlsec1: "it is given one key", samlify: "it is given one key" },
  }),
  legal(
    "a response by the new key around an assertion by the old",
    () => sign(SIGNED.assertion, "response", { key: KEYS.next }),
    {
      expected: { certificates: [KEYS.idp.certificate, KEYS.next.certificate] },
      explained: { xmlsec1: "it is given one key", samlify: "it is given one key" },
    },
  ),
  legal("a certificate that expired", () => sign(UNSIGNED, "assertion", { key: KEYS.expired }), {
    expected: { certificates: [KEYS.expired.certificate] },
  }),
  legal("a certificate without armour", () => SIGNED.both, {
    expected: { certificates: [KEYS.idp.certificate.replace(/-----[^-]+-----/g, "")] },
  }),
  legal("base64 in lines", () => ({ field: encode(SIGNED.both).replace(/.{76}/g, "$&\r\n") })),
  rewritten("a byte order mark", (xml) => `\ufeff${xml}`),
  rewritten("no XML declaration", swap(/^<\?xml.*?\?>/, "")),
  rewritten("an XML declaration with standalone", swap('"UTF-8"', '"utf-8" standalone="no"')),
  rewritten("an XML declaration in lines", swap("<?xml version", "<?xml\n\tversion")),
  rewritten("a line end at the end", (xml) => `${xml}\n`),
  rewritten("single quotes", (xml) => xml.replace(/(<saml[^>]*)="([^"<]*)"/g, "$1='$2'")),
  rewritten(
    "white space within tags",
    inTurn(swap(/ InResponseTo/g, "\n\t InResponseTo  "), swap("</saml:Subject>", "</saml:Subject >")),
  ),
  rewritten(
    "empty elements in two tags",
    swap(
      /<samlp:StatusCode ([^>]*)\/>/,
      "<samlp:StatusCode $1></samlp:StatusCode>".replace(
        "$1",
        'Value="urn:oasis:names:tc:SAML:2.0:status:Success"',
      ),
    ),
  ),
  rewritten(
    "attributes in another order",
    swap(
      `ID="_assertion-1" IssueInstant="${at(-10)}" Version="2.0"`,
      `Version="2.0" IssueInstant="${at(-10)}" ID="_assertion-1"`,
    ),
  ),
  rewritten(
    "a namespace declared further up",
    swap("<samlp:Response ", '<samlp:Response xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" '),
  ),
  rewritten(
    "a namespace nobody uses",
    swap("<samlp:Response ", '<samlp:Response xmlns:unused="urn:unused" '),
  ),
  rewritten("character references", swap(">alice<", ">&#97;l&#x69;ce<")),
  legal(
    "a signature value in lines, each with a carriage return, as Java writes it",
    () =>
      SIGNED.assertion.replace(/(?<=<ds:SignatureValue>)[^<]*/g, (text) =>
        text.replace(/.{76}/g, "$&&#13;\n"),
      ),
    {
      explained: {
        samlify: "xml-crypto does not find its signature again by a value that holds carriage returns",
      },
    },
  ),
  legal("line ends of Windows", () => signBoth(pretty).replaceAll("\n", "\r\n")),
  legal("white space between elements", () => signBoth(pretty)),
  said("values without a type", [/ xmlns:xs="[^"]*" xmlns:xsi="[^"]*" xsi:type="xs:string"/g, ""]),
  said("values of any type", [/xs:string/g, "xs:anyType"]),
  said("the five entities", [
    "</saml:Attribute>",
    "<saml:AttributeValue>&lt;&amp;&gt;&quot;&apos;</saml:AttributeValue></saml:Attribute>",
  ]),
  said("letters of every script", [
    "</saml:Attribute>",
    "<saml:AttributeValue>関所 é 🚪</saml:AttributeValue></saml:Attribute>",
  ]),
  said("an attribute of XML itself", ["<saml:NameID ", '<saml:NameID xml:lang="en" ']),
  said("several audiences", [
    `<saml:Audience>${SP}`,
    `<saml:Audience>urn:other</saml:Audience><saml:Audience>${SP}`,
  ]),
  said("white space around the audience", [`<saml:Audience>${SP}<`, `<saml:Audience>\n ${SP}\t<`]),
  condition(
    "two restrictions that both name us",
    `<saml:AudienceRestriction><saml:Audience>${SP}</saml:Audience></saml:AudienceRestriction>`,
  ),
  condition("a wish for one use", "<saml:OneTimeUse/>"),
  said("conditions without times", [/<saml:Conditions [^>]*>/, "<saml:Conditions>"]),
  said("advice", [AUTHN, `<saml:Advice><saml:AssertionIDRef>x</saml:AssertionIDRef></saml:Advice>${AUTHN}`]),
  said("extensions", [
    "<samlp:Status>",
    '<samlp:Extensions><x:y xmlns:x="urn:x"/></samlp:Extensions><samlp:Status>',
  ]),
  said("a message with the success", [
    "</samlp:Status>",
    "<samlp:StatusMessage>fine</samlp:StatusMessage></samlp:Status>",
  ]),
  said("consent", [
    "<samlp:Response ",
    '<samlp:Response Consent="urn:oasis:names:tc:SAML:2.0:consent:unspecified" ',
  ]),
  said("a statement about a resource", [
    AUTHN,
    `<saml:AuthzDecisionStatement Resource="x" Decision="Permit"/>${AUTHN}`,
  ]),
  said("two authentications", [AUTHN, AUTHN + AUTHN]),
  said("no session index", [' SessionIndex="_session-1"', ""]),
  said("a session with an end", [" SessionIndex", ` SessionNotOnOrAfter="${at(3600)}" SessionIndex`]),
  said("times with seven digits and an offset", [
    `NotBefore="${at(-310)}"`,
    'NotBefore="2031-03-04T14:05:06.1234567+09:00"',
  ]),
  said("a confirmation by key beside the bearer's", [
    confirmation,
    confirmation.replace("cm:bearer", "cm:holder-of-key") + confirmation,
  ]),
  said("a confirmation for another address beside ours", [
    confirmation,
    confirmation.replace(ACS, "https://other.example.com") + confirmation,
  ]),
  said("a name qualified by the provider and by us", [
    "<saml:NameID ",
    `<saml:NameID NameQualifier="${IDP}" SPNameQualifier="${SP}" `,
  ]),
  said("white space around the issuers", [/>https:\/\/idp\.example\.com\/saml</g, `>\n${IDP} <`]),
  said("an assertion's issuer with its format", [
    '2.0"><saml:Issuer>',
    '2.0"><saml:Issuer Format="urn:oasis:names:tc:SAML:2.0:nameid-format:entity">',
  ]),
  legal("an unsigned response without a destination", () =>
    swap(` Destination="${ACS}"`, "")(SIGNED.assertion),
  ),
  legal("an unsigned response without an issuer", () =>
    swap(/<saml:Issuer xmlns.*?<\/saml:Issuer>/, "")(SIGNED.assertion),
  ),
  legal("a tile's answer", () => signBoth(UNSIGNED.replaceAll(' InResponseTo="_request-1"', "")), {
    expected: unsolicited,
  }),
  legal("the last second of its time", () => SIGNED.both, { expected: { now: NOW + 349 } }),
  legal("the last second of its age", () => SIGNED.both, {
    expected: { now: NOW + 80, maxAssertionAgeSeconds: 30 },
  }),
  legal("a provider whose clock is a minute ahead", () => SIGNED.both, { expected: { now: NOW - 70 } }),
  said("a depth of 40", [
    "<samlp:Status>",
    `<samlp:Extensions>${'<x:y xmlns:x="urn:x">'.repeat(38)}${"</x:y>".repeat(38)}</samlp:Extensions><samlp:Status>`,
  ]),
  ...CIPHERS.flatMap((cipher) =>
    (["sha1", "sha256"] as const).map((hash) =>
      legal(
        `encrypted by ${cipher.slice(-10)} and OAEP with ${hash}`,
        () => sealed(SIGNED.assertion, { cipher, hash }),
        { expected },
      ),
    ),
  ),
  legal("an encrypted assertion in a signed response", () => sign(sealed(), "response"), { expected }),
  legal("an encrypted unsigned assertion in a signed response", () => sign(sealed(UNSIGNED), "response"), {
    expected,
  }),
  legal(
    "a wrapped key beside the encrypted data",
    () => {
      const xml = sealed();
      const key = /<xenc:EncryptedKey>.*<\/xenc:EncryptedKey>/s.exec(xml)?.[0] ?? "";
      const outside = key.replace(
        "<xenc:EncryptedKey",
        `<xenc:EncryptedKey xmlns:xenc="${XENC}" xmlns:ds="http://www.w3.org/2000/09/xmldsig#"`,
      );
      return xml
        .replace(key, "")
        .replace("</saml:EncryptedAssertion>", () => `${outside}</saml:EncryptedAssertion>`);
    },
    { expected },
  ),
  legal(
    "a wrapped key for us and one for somebody else",
    () => {
      const key = "<xenc:EncryptedKey>";
      const theirs = /<xenc:EncryptedKey>.*<\/xenc:EncryptedKey>/s.exec(
        sealed(SIGNED.assertion, { recipient: KEYS.other }),
      )?.[0];
      return swap(
        key,
        `${theirs?.replace(key, '<xenc:EncryptedKey Recipient="urn:other">')}<xenc:EncryptedKey Recipient="${SP}">`,
      )(sealed());
    },
    { expected },
  ),
];
