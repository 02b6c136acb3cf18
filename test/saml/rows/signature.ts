import { assertionIn, bare, KEYS, SIGNED, sign, signBoth, swap, UNSIGNED } from "../genuine.ts";
import { type Hostile, hostile } from "./row.ts";
import { change, DSIG, digestOf, flip, hmac, MORE, resign, SIGNATURE, signed } from "./signed.ts";

export const SIGNATURES: readonly Hostile[] = [
  hostile("no signature", () => UNSIGNED, "saml_unsigned"),
  hostile("its signature cut out", change(SIGNATURE, ""), "saml_unsigned"),
  hostile(
    "an empty signature",
    change(SIGNATURE, `<ds:Signature xmlns:ds="${DSIG}"/>`),
    "saml_signature_malformed",
  ),
  hostile(
    "a signature of another namespace",
    change(`xmlns:ds="${DSIG}"`, 'xmlns:ds="urn:x"'),
    "saml_assertion_malformed",
  ),
  hostile("a changed NameID", change(">alice<", ">admin<"), "saml_signature_digest"),
  hostile("a changed attribute", change(">dev<", ">sre<"), "saml_signature_digest"),
  hostile("a changed audience", change(/(?<=<saml:Audience>)[^<]*/, "urn:other"), "saml_signature_digest"),
  hostile("a longer life", change(/NotOnOrAfter="2031/, 'NotOnOrAfter="2032'), "saml_signature_digest"),
  hostile("white space added to a value", change(">alice<", ">alice <"), "saml_signature_digest"),
  hostile(
    "white space added between elements",
    change("<saml:Subject>", " <saml:Subject>"),
    "saml_signature_digest",
  ),
  hostile(
    "an attribute in xsi:type changed",
    change('xsi:type="xs:string"', 'xsi:type="xs:date"'),
    "saml_signature_digest",
  ),
  hostile(
    "a namespace bound to another name",
    change("XMLSchema-instance", "XMLSchema-instances"),
    "saml_signature_digest",
  ),
  hostile(
    "an attribute statement added",
    change("<saml:AttributeStatement>", "<saml:AttributeStatement/><saml:AttributeStatement>"),
    "saml_signature_digest",
  ),
  hostile("a changed digest", change(digestOf(signed), flip(digestOf(signed))), "saml_signature_digest"),
  hostile("a digest of another length", change(digestOf(signed), "AAAA"), "saml_signature_digest"),
  hostile("an empty digest", change(digestOf(signed), ""), "saml_signature_malformed"),
  hostile("a digest that is no base64", change(digestOf(signed), "***="), "saml_signature_malformed"),
  hostile(
    "a digest with an element inside",
    change("<ds:DigestValue>", "<ds:DigestValue><x/>"),
    "saml_signature_malformed",
  ),
  hostile(
    "a changed signature value",
    change(/(?<=<ds:SignatureValue>).{4}/, "AAAA"),
    "saml_signature_invalid",
  ),
  hostile("a cut signature value", change(/(?<=<ds:SignatureValue>).{4}/, ""), "saml_signature_invalid"),
  hostile(
    "an empty signature value",
    change(/(?<=<ds:SignatureValue>)[^<]*/, ""),
    "saml_signature_malformed",
  ),
  hostile(
    "SignedInfo changed after it was signed",
    change("<ds:SignedInfo>", '<ds:SignedInfo Id="x">'),
    "saml_signature_invalid",
  ),
  hostile("the provider's key but another's connection", () => signed, "saml_signature_invalid", {
    expected: { certificates: [KEYS.other.certificate] },
  }),
  hostile(
    "a stranger's signature",
    () => sign(UNSIGNED, "assertion", { key: KEYS.other }),
    "saml_signature_invalid",
  ),
  hostile(
    "a stranger's signature without KeyInfo",
    () => sign(UNSIGNED, "assertion", { key: KEYS.other, keyInfo: "none" }),
    "saml_signature_invalid",
  ),
  hostile(
    "a stranger's signature with the provider's certificate in KeyInfo",
    () =>
      swap(
        bare(KEYS.other.certificate),
        bare(KEYS.idp.certificate),
      )(sign(UNSIGNED, "assertion", { key: KEYS.other })),
    "saml_signature_invalid",
  ),
  hostile(
    "a stranger's signature with both certificates in KeyInfo",
    () =>
      swap(
        "<ds:X509Data>",
        `<ds:X509Data><ds:X509Certificate>${bare(KEYS.idp.certificate)}</ds:X509Certificate>`,
      )(sign(UNSIGNED, "assertion", { key: KEYS.other })),
    "saml_signature_invalid",
  ),
  hostile(
    "a key that was withdrawn",
    () => sign(UNSIGNED, "assertion", { key: KEYS.next }),
    "saml_signature_invalid",
  ),
  hostile(
    "an RSA key of 1024 bits",
    () => sign(UNSIGNED, "assertion", { key: KEYS.weak }),
    "saml_key_unusable",
    {
      expected: { certificates: [KEYS.weak.certificate] },
      explained: { xmlsec1: "it has no least size", samlify: "it has no least size" },
    },
  ),
  hostile("a connection without keys", () => signed, "saml_key_missing", {
    expected: { certificates: [] },
    explained: { xmlsec1: "it is given the provider's key", samlify: "it is given the provider's key" },
  }),
  hostile("a connection with a broken certificate", () => signed, "saml_key_unusable", {
    expected: { certificates: ["AAAA"] },
    explained: { xmlsec1: "it is given the provider's key", samlify: "it is given the provider's key" },
  }),
  hostile(
    "an RSA signature called ECDSA",
    resign(`${MORE}rsa-sha256`, `${MORE}ecdsa-sha256`),
    "saml_signature_invalid",
  ),
  hostile(
    "RSA with SHA-1",
    () => sign(UNSIGNED, "assertion", { algorithm: `${DSIG}rsa-sha1` }),
    "saml_signature_algorithm",
    {
      explained: { xmlsec1: "it still allows SHA-1", samlify: "it still allows SHA-1" },
    },
  ),
  hostile(
    "a SHA-1 digest",
    () => sign(UNSIGNED, "assertion", { digest: `${DSIG}sha1` }),
    "saml_signature_algorithm",
    {
      explained: { xmlsec1: "it still allows SHA-1", samlify: "it still allows SHA-1" },
    },
  ),
  hostile(
    "HMAC with SHA-256 keyed by the certificate",
    hmac(`${MORE}hmac-sha256`, "sha256"),
    "saml_signature_algorithm",
  ),
  hostile(
    "HMAC with SHA-1 keyed by the certificate",
    hmac(`${DSIG}hmac-sha1`, "sha1"),
    "saml_signature_algorithm",
  ),
  hostile("RSA with MD5", resign(`${MORE}rsa-sha256`, `${MORE}rsa-md5`), "saml_signature_algorithm"),
  hostile("DSA", resign(`${MORE}rsa-sha256`, `${DSIG}dsa-sha1`), "saml_signature_algorithm"),
  hostile("an algorithm nobody knows", resign(`${MORE}rsa-sha256`, "urn:none"), "saml_signature_algorithm"),
  hostile(
    "an algorithm without a name",
    resign(/<ds:SignatureMethod[^>]*>/, "<ds:SignatureMethod/>"),
    "saml_signature_algorithm",
    { explained: { samlify: "it uses the algorithm it was called with" } },
  ),
  hostile(
    "an algorithm of another namespace's attribute",
    resign('SignatureMethod Algorithm="', 'SignatureMethod ds:Algorithm="'),
    "saml_signature_algorithm",
    {
      explained: {
        xmlsec1: "it reads an attribute by its local name",
        samlify: "it uses the algorithm it was called with",
      },
    },
  ),
  hostile(
    "a truncated output",
    resign(
      /<ds:SignatureMethod ([^>]*)\/>/,
      `<ds:SignatureMethod Algorithm="${MORE}rsa-sha256"><ds:HMACOutputLength>8</ds:HMACOutputLength></ds:SignatureMethod>`,
    ),
    "saml_signature_algorithm",
    {
      explained: {
        xmlsec1: "a parameter RSA does not have is passed over",
        samlify: "a parameter RSA does not have is passed over",
      },
    },
  ),
  hostile(
    "an MD5 digest",
    resign(/(?<=DigestMethod Algorithm=")[^"]*/, `${MORE}md5`),
    "saml_signature_algorithm",
  ),
  hostile(
    "a right response signature and a wrong assertion signature",
    () => sign(sign(UNSIGNED, "assertion", { key: KEYS.other }), "response"),
    "saml_signature_invalid",
    { explained: { samlify: "one right signature is enough for it" } },
  ),
  hostile(
    "a wrong response signature and a right assertion signature",
    () => sign(signed, "response", { key: KEYS.other }),
    "saml_signature_invalid",
  ),
  hostile(
    "a response changed after it was signed around a right assertion",
    () =>
      swap(
        'Version="2.0"><saml:Issuer xmlns',
        'Consent="urn:x" Version="2.0"><saml:Issuer xmlns',
      )(signBoth(UNSIGNED)),
    "saml_signature_digest",
    { explained: { samlify: "one right signature is enough for it" } },
  ),
  hostile(
    "an assertion exchanged within a signed response",
    () =>
      SIGNED.response.replace(assertionIn(SIGNED.response), () =>
        assertionIn(signed).replace(SIGNATURE, "").replace(">alice<", ">admin<"),
      ),
    "saml_signature_digest",
  ),
];
