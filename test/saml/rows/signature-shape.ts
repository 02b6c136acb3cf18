import { ENVELOPED, EXC, inTurn, sign, swap, UNSIGNED } from "../genuine.ts";
import { resigned } from "../resign.ts";
import { type Hostile, hostile } from "./row.ts";
import {
  change,
  DSIG,
  INCLUSIVE,
  KEY_INFO,
  REFERENCE,
  reference,
  resign,
  SIGNATURE,
  signed,
  TRANSFORMS,
  transforms,
} from "./signed.ts";

export const SIGNATURE_SHAPES: readonly Hostile[] = [
  hostile(
    "SignedInfo in inclusive canonical form",
    () => sign(UNSIGNED, "assertion", { c14n: INCLUSIVE }),
    "saml_signature_transform",
    {
      explained: {
        xmlsec1: "the algorithm is legal XML Signature",
        samlify: "the algorithm is legal XML Signature",
      },
    },
  ),
  hostile(
    "SignedInfo in no canonical form",
    resign(/(?<=CanonicalizationMethod Algorithm=")[^"]*/, "urn:none"),
    "saml_signature_transform",
  ),
  hostile(
    "SignedInfo canonicalized with parameters",
    resign(
      /(<ds:CanonicalizationMethod [^>]*)\/>/,
      `<ds:CanonicalizationMethod Algorithm="${EXC}"><x/></ds:CanonicalizationMethod>`,
    ),
    "saml_signature_transform",
    { explained: { samlify: "xml-crypto does not look inside" } },
  ),
  hostile(
    "inclusive canonicalization",
    () => sign(UNSIGNED, "assertion", { transforms: [ENVELOPED, INCLUSIVE] }),
    "saml_signature_transform",
    {
      explained: {
        xmlsec1: "the algorithm is legal XML Signature",
        samlify: "the algorithm is legal XML Signature",
      },
    },
  ),
  hostile(
    "the enveloped transform alone",
    () => sign(UNSIGNED, "assertion", { transforms: [ENVELOPED] }),
    "saml_signature_transform",
    {
      explained: {
        xmlsec1: "the transform is legal XML Signature",
        samlify: "the transform is legal XML Signature",
      },
    },
  ),
  hostile(
    "exclusive canonicalization alone",
    () => sign(UNSIGNED, "assertion", { transforms: [EXC] }),
    "saml_signature_transform",
  ),
  hostile(
    "the transforms reversed",
    resign(TRANSFORMS, transforms(EXC, ENVELOPED)),
    "saml_signature_transform",
    {
      explained: { samlify: "xml-crypto applies them in any order" },
    },
  ),
  hostile("no transforms", resign(TRANSFORMS, "<ds:Transforms/>"), "saml_signature_transform"),
  hostile("Transforms left out", resign(TRANSFORMS, ""), "saml_signature_malformed"),
  hostile(
    "a third transform",
    resign(TRANSFORMS, transforms(ENVELOPED, EXC, EXC)),
    "saml_signature_transform",
    {
      explained: {
        xmlsec1: "canonicalizing twice changes nothing",
        samlify: "canonicalizing twice changes nothing",
      },
    },
  ),
  hostile(
    "the enveloped transform twice",
    resign(TRANSFORMS, transforms(ENVELOPED, ENVELOPED)),
    "saml_signature_transform",
  ),
  hostile(
    "an XSLT transform",
    resign(TRANSFORMS, transforms(ENVELOPED, "http://www.w3.org/TR/1999/REC-xslt-19991116")),
    "saml_signature_transform",
  ),
  hostile(
    "an XPath transform",
    resign(TRANSFORMS, transforms(ENVELOPED, "http://www.w3.org/TR/1999/REC-xpath-19991116")),
    "saml_signature_transform",
  ),
  hostile(
    "an XPath filter",
    resign(TRANSFORMS, transforms("http://www.w3.org/2002/06/xmldsig-filter2", EXC)),
    "saml_signature_transform",
  ),
  hostile(
    "a base64 transform",
    resign(TRANSFORMS, transforms(ENVELOPED, `${DSIG}base64`)),
    "saml_signature_transform",
  ),
  hostile(
    "a transform of another namespace",
    resign(`<ds:Transform Algorithm="${EXC}"/>`, `<x:Transform xmlns:x="urn:x" Algorithm="${EXC}"/>`),
    "saml_signature_transform",
    { explained: { samlify: "xml-crypto reads an element by its local name" } },
  ),
  hostile(
    "a parameter of the enveloped transform",
    resign(
      `<ds:Transform Algorithm="${ENVELOPED}"/>`,
      `<ds:Transform Algorithm="${ENVELOPED}"><ds:XPath>1</ds:XPath></ds:Transform>`,
    ),
    "saml_signature_transform",
    { explained: { xmlsec1: "it does not look inside", samlify: "xml-crypto does not look inside" } },
  ),
  hostile(
    "InclusiveNamespaces without a list",
    resign(
      `<ds:Transform Algorithm="${EXC}"/>`,
      `<ds:Transform Algorithm="${EXC}"><e:InclusiveNamespaces xmlns:e="${EXC}"/></ds:Transform>`,
    ),
    "saml_signature_transform",
    { explained: { samlify: "xml-crypto reads no list as an empty one" } },
  ),
  hostile(
    "a PrefixList of 500 prefixes",
    resign(
      `<ds:Transform Algorithm="${EXC}"/>`,
      `<ds:Transform Algorithm="${EXC}"><e:InclusiveNamespaces xmlns:e="${EXC}" PrefixList="${Array.from({ length: 500 }, (_, index) => `p${index}`).join(" ")}"/></ds:Transform>`,
    ),
    "saml_signature_transform",
    { explained: { xmlsec1: "it has no limit", samlify: "xml-crypto has no limit" } },
  ),
  hostile("no reference", resign(REFERENCE, ""), "saml_signature_reference"),
  hostile("the reference twice", resign(REFERENCE, reference + reference), "saml_signature_reference", {
    explained: {
      xmlsec1: "several references are legal XML Signature",
      samlify: "several references are legal XML Signature",
    },
  }),
  hostile(
    "500 references",
    resign(REFERENCE, reference.replace(TRANSFORMS, "").repeat(500)),
    "saml_signature_reference",
  ),
  hostile("a reference to the response", resign("#_assertion-1", "#_response-1"), "saml_signature_reference"),
  hostile("a reference to nothing", resign("#_assertion-1", "#_none"), "saml_signature_reference"),
  hostile(
    "a reference to the whole document",
    resign('URI="#_assertion-1"', 'URI=""'),
    "saml_signature_reference",
  ),
  hostile("a reference without a URI", resign(' URI="#_assertion-1"', ""), "saml_signature_reference"),
  hostile(
    "a reference without a fragment",
    resign('URI="#_assertion-1"', 'URI="_assertion-1"'),
    "saml_signature_reference",
    { explained: { samlify: "xml-crypto takes a bare name for an ID" } },
  ),
  hostile(
    "a reference by xpointer",
    resign("#_assertion-1", "#xpointer(id('_assertion-1'))"),
    "saml_signature_reference",
    {
      explained: { xmlsec1: "the pointer names the same element" },
    },
  ),
  hostile(
    "a reference to the root by xpointer",
    resign("#_assertion-1", "#xpointer(/)"),
    "saml_signature_reference",
  ),
  hostile(
    "a reference to another host",
    resign("#_assertion-1", "http://127.0.0.1/x"),
    "saml_signature_reference",
  ),
  hostile("a reference to a file", resign("#_assertion-1", "file:///etc/passwd"), "saml_signature_reference"),
  hostile(
    "an assertion without an ID",
    () => inTurn(swap(' ID="_assertion-1"', ""), resigned(swap("#_assertion-1", "#")))(signed),
    "saml_signature_reference",
  ),
  hostile(
    "an assertion with an empty ID",
    () => inTurn(swap("_assertion-1", ""), resigned(swap("#_assertion-1", "#")))(signed),
    "saml_signature_reference",
  ),
  hostile(
    "SignedInfo twice",
    change(
      /<ds:SignedInfo>.*<\/ds:SignedInfo>/s,
      `${/<ds:SignedInfo>.*<\/ds:SignedInfo>/s.exec(signed)?.[0]}`.repeat(2),
    ),
    "saml_signature_malformed",
  ),
  hostile(
    "SignatureValue twice",
    change("<ds:SignatureValue>", "<ds:SignatureValue>AA==</ds:SignatureValue><ds:SignatureValue>"),
    "saml_signature_malformed",
  ),
  hostile(
    "an Object in its signature",
    change("</ds:Signature>", "<ds:Object/></ds:Signature>"),
    "saml_signature_malformed",
    {
      explained: { xmlsec1: "an Object is legal XML Signature", samlify: "an Object is legal XML Signature" },
    },
  ),
  hostile(
    "a signature within its signature",
    change("</ds:KeyInfo>", `</ds:KeyInfo>${SIGNATURE.exec(signed)?.[0]}`),
    "saml_signature_misplaced",
  ),
  hostile(
    "SignedInfo behind the value",
    change(
      /(<ds:SignedInfo>.*<\/ds:SignedInfo>)(<ds:SignatureValue>[^<]*<\/ds:SignatureValue>)/s,
      signed.replace(
        /.*(<ds:SignedInfo>.*<\/ds:SignedInfo>)(<ds:SignatureValue>[^<]*<\/ds:SignatureValue>).*/s,
        "$2$1",
      ),
    ),
    "saml_signature_malformed",
    {
      explained: { samlify: "xml-crypto does not mind the order" },
    },
  ),
  hostile(
    "text in its signature",
    change("<ds:SignedInfo>", "x<ds:SignedInfo>"),
    "saml_signature_malformed",
    {
      explained: { xmlsec1: "it passes over the text", samlify: "xml-crypto passes over the text" },
    },
  ),
  hostile(
    "a second KeyInfo",
    change(KEY_INFO, `${KEY_INFO.exec(signed)?.[0]}`.repeat(2)),
    "saml_signature_malformed",
    {
      explained: { samlify: "xml-crypto does not mind a second one" },
    },
  ),
];
