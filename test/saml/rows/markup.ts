import { deflateRawSync } from "node:zlib";
import { encode, inTurn, SIGNED, swap } from "../genuine.ts";
import { type Hostile, hostile } from "./row.ts";

const signed = SIGNED.assertion;
const HEAD = '<?xml version="1.0" encoding="UTF-8"?>';
const body = signed.slice(HEAD.length);
const field = encode(signed);
const padded = [signed, `${signed} `].map(encode).find((text) => text.endsWith("=")) ?? "";
const change = (from: string | RegExp, to: string) => () => swap(from, to)(signed);
const bytes = (from: string, to: readonly number[]) => () => {
  const at = Buffer.from(signed).indexOf(from);
  const before = Buffer.from(signed);
  return {
    field: Buffer.concat([
      before.subarray(0, at),
      Buffer.from(to),
      before.subarray(at + from.length),
    ]).toString("base64"),
  };
};
const many = (count: number, text: string): string => text.repeat(count);
const XSD = "http://www.w3.org/2001/XMLSchema";

export const MARKUP: readonly Hostile[] = [
  hostile("a comment in the NameID", change(">alice<", ">ali<!---->ce<"), "saml_markup_forbidden"),
  hostile(
    "a comment in the Issuer",
    change(">https://idp", "><!-- x -->https://idp"),
    "saml_markup_forbidden",
  ),
  hostile("a comment in an attribute value", change(">sre<", ">sre<!--x--><"), "saml_markup_forbidden"),
  hostile(
    "a comment in DigestValue",
    change("<ds:DigestValue>", "<ds:DigestValue><!--x-->"),
    "saml_markup_forbidden",
  ),
  hostile(
    "a comment in SignatureValue",
    change("<ds:SignatureValue>", "<ds:SignatureValue><!--x-->"),
    "saml_markup_forbidden",
  ),
  hostile("a comment before the root", () => `${HEAD}<!--x-->${body}`, "saml_markup_forbidden"),
  hostile("a comment after the root", () => `${signed}<!--x-->`, "saml_markup_forbidden"),
  hostile("an instruction in the NameID", change(">alice<", ">ali<?x admin?>ce<"), "saml_markup_forbidden"),
  hostile(
    "an instruction in SignedInfo",
    change("<ds:SignedInfo>", "<ds:SignedInfo><?x?>"),
    "saml_markup_forbidden",
  ),
  hostile("a style sheet", () => `${HEAD}<?xml-stylesheet href="x"?>${body}`, "saml_markup_forbidden"),
  hostile("a second XML declaration", () => HEAD + signed, "saml_markup_forbidden"),
  hostile("a CDATA section in the NameID", change(">alice<", "><![CDATA[alice]]><"), "saml_markup_forbidden"),
  hostile("an empty CDATA section", change(">alice<", ">alice<![CDATA[]]><"), "saml_markup_forbidden"),
  hostile("a document type", () => `${HEAD}<!DOCTYPE Response>${body}`, "saml_markup_forbidden"),
  hostile("a document type in small letters", () => `${HEAD}<!doctype x>${body}`, "saml_markup_forbidden"),
  hostile(
    "an external entity",
    () => `${HEAD}<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>${body.replace(">alice<", ">&e;<")}`,
    "saml_markup_forbidden",
  ),
  hostile(
    "a billion laughs",
    () =>
      `${HEAD}<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "${many(99, "&a;")}">]>${body.replace(">alice<", ">&b;<")}`,
    "saml_markup_forbidden",
  ),
  hostile(
    "an attribute default that makes an ID",
    () => `${HEAD}<!DOCTYPE x [<!ATTLIST saml:Assertion x ID #IMPLIED>]>${body}`,
    "saml_markup_forbidden",
  ),
  hostile("an entity nobody defined", change(">alice<", ">al&icirc;ce<"), "saml_xml_malformed"),
  hostile("an ampersand alone", change(">alice<", ">al & ice<"), "saml_xml_malformed"),
  hostile("a reference to NUL", change(">alice<", ">alice&#0;<"), "saml_xml_malformed"),
  hostile("a reference to a control character", change(">alice<", ">alice&#x8;<"), "saml_xml_malformed"),
  hostile("a reference to half a surrogate pair", change(">alice<", ">alice&#xD800;<"), "saml_xml_malformed"),
  hostile("a reference beyond Unicode", change(">alice<", ">alice&#x110000;<"), "saml_xml_malformed"),
  hostile("a reference with a sign", change(">alice<", ">&#+97;lice<"), "saml_xml_malformed"),
  hostile("a reference without digits", change(">alice<", ">&#x;alice<"), "saml_xml_malformed"),
  hostile("a NUL", change(">alice<", ">alice\u0000<"), "saml_xml_malformed"),
  hostile("a control character", change(">alice<", ">al\u0008ice<"), "saml_xml_malformed"),
  hostile("U+FFFE", change(">alice<", ">alice\ufffe<"), "saml_xml_malformed"),
  hostile("`]]>` in text", change(">alice<", ">alice]]><"), "saml_xml_malformed"),
  hostile("a byte that is no UTF-8", bytes("alice", [0x61, 0xff]), "saml_encoding_invalid"),
  hostile("an overlong form of `<`", bytes("alice", [0xc0, 0xbc]), "saml_encoding_invalid"),
  hostile("a surrogate in UTF-8", bytes("alice", [0xed, 0xa0, 0x80]), "saml_encoding_invalid"),
  hostile(
    "UTF-16 with a byte order mark",
    () => ({ field: Buffer.from(`\ufeff${signed}`, "utf16le").toString("base64") }),
    "saml_encoding_invalid",
  ),
  hostile(
    "UTF-16 without one",
    () => ({ field: Buffer.from(signed, "utf16le").toString("base64") }),
    "saml_xml_malformed",
  ),
  hostile("another encoding declared", change('"UTF-8"', '"ISO-8859-1"'), "saml_xml_malformed"),
  hostile("UTF-7 declared", change('"UTF-8"', '"UTF-7"'), "saml_xml_malformed"),
  hostile("XML 1.1", change('"1.0"', '"1.1"'), "saml_xml_malformed"),
  hostile("an end tag missing", change("</samlp:Response>", ""), "saml_xml_malformed"),
  hostile("an end tag of another name", change("</saml:NameID>", "</saml:Name>"), "saml_xml_malformed"),
  hostile(
    "an end tag of the same name by another prefix",
    change("</samlp:Status>", "</saml:Status>"),
    "saml_xml_malformed",
  ),
  hostile("text after the root", () => `${signed}x`, "saml_xml_malformed"),
  hostile("a second root", () => `${signed}<x/>`, "saml_xml_malformed"),
  hostile("`<` in an attribute", change('SessionIndex="', 'SessionIndex="<'), "saml_xml_malformed"),
  hostile("an attribute without quotes", change('Version="2.0"', "Version=2.0"), "saml_xml_malformed"),
  hostile("an attribute without a value", change('Version="2.0"', "Version"), "saml_xml_malformed"),
  hostile("attributes that touch", change('" Version=', '"Version='), "saml_xml_malformed"),
  hostile(
    "an attribute given twice",
    change('ID="_assertion-1"', 'ID="_evil" ID="_assertion-1"'),
    "saml_xml_malformed",
  ),
  hostile(
    "an attribute given twice by two prefixes",
    change("<saml:Conditions ", '<saml:Conditions xmlns:a="urn:a" xmlns:b="urn:a" a:x="1" b:x="2" '),
    "saml_xml_malformed",
  ),
  hostile(
    "a prefix nobody declared",
    change("<samlp:Status>", "<samlp:Status x:y='1'>"),
    "saml_xml_malformed",
  ),
  hostile("a prefix undeclared", change("<samlp:Status>", '<samlp:Status xmlns:x="">'), "saml_xml_malformed"),
  hostile(
    "a relative namespace",
    change("<samlp:Status>", '<samlp:Status xmlns:x="1">'),
    "saml_xml_malformed",
  ),
  hostile(
    "a namespace declared twice",
    change("<samlp:Status>", `<samlp:Status xmlns:x="${XSD}" xmlns:x="${XSD}">`),
    "saml_xml_malformed",
  ),
  hostile(
    "the xml prefix bound anew",
    change("<samlp:Status>", `<samlp:Status xmlns:xml="${XSD}">`),
    "saml_xml_malformed",
  ),
  hostile(
    "the xmlns prefix declared",
    change("<samlp:Status>", `<samlp:Status xmlns:xmlns="${XSD}">`),
    "saml_xml_malformed",
  ),
  hostile(
    "a prefix bound to the namespace of xml",
    change("<samlp:Status>", '<samlp:Status xmlns:x="http://www.w3.org/XML/1998/namespace">'),
    "saml_xml_malformed",
  ),
  hostile(
    "a name with two colons",
    change("<samlp:Status>", "<samlp:Status a:b:c='1'>"),
    "saml_xml_malformed",
  ),
  hostile("a look-alike letter in a name", renamed("saml:NameID", "saml:N\u0430meID"), "saml_xml_malformed"),
  hostile("a space before a name", change("<saml:Subject>", "< saml:Subject>"), "saml_xml_malformed"),
  hostile("nothing", () => ({ field: "" }), "saml_encoding_invalid"),
  hostile("white space alone", () => ({ field: encode(" \n") }), "saml_xml_malformed"),
  hostile("XML that is not encoded", () => ({ field: signed }), "saml_encoding_invalid"),
  hostile(
    "base64 with a space for `+`",
    () => ({ field: `${field.slice(0, 99)} ${field.slice(100)}` }),
    "saml_encoding_invalid",
  ),
  hostile(
    "base64 for URLs",
    () => ({ field: Buffer.from(`${signed}???>>>`).toString("base64url") }),
    "saml_encoding_invalid",
  ),
  hostile("base64 without padding", () => ({ field: padded.replaceAll("=", "") }), "saml_encoding_invalid"),
  hostile(
    "base64 with something after its padding",
    () => ({ field: `${encode("ab")}${field}` }),
    "saml_encoding_invalid",
  ),
  hostile("base64 with stray bits", () => ({ field: "PHgvPh==" }), "saml_encoding_invalid"),
  hostile(
    "base64 still escaped for a URL",
    () => ({ field: encodeURIComponent(`${field}=`) }),
    "saml_encoding_invalid",
  ),
  hostile("base64 of base64", () => ({ field: encode(field) }), "saml_xml_malformed"),
  hostile(
    "a deflated message",
    () => ({ field: deflateRawSync(signed).toString("base64") }),
    "saml_encoding_invalid",
  ),

  hostile(
    "an inflate bomb",
    () => ({ field: deflateRawSync(Buffer.alloc(180_000_000, 0x20)).toString("base64") }),
    "saml_encoding_invalid",
  ),
  hostile("a message of 256 KiB and more", () => signed + many(200_000, " "), "saml_too_large"),
  hostile(
    "100,000 elements",
    change("</samlp:Status>", `${many(100_000, "<a/>")}</samlp:Status>`),
    "saml_too_large",
  ),
  hostile(
    "45,000 elements, which is as many as fit",
    change("</samlp:Status>", `${many(45_000, "<a/>")}</samlp:Status>`),
    "saml_xml_limit",
  ),
  hostile(
    "a depth of 20,000",
    change("</samlp:Status>", `${many(20_000, "<a>")}${many(20_000, "</a>")}</samlp:Status>`),
    "saml_xml_limit",
  ),
  hostile(
    "a depth of 41",
    change("</samlp:Status>", `${many(39, "<a>")}${many(39, "</a>")}</samlp:Status>`),
    "saml_xml_limit",
  ),
  hostile(
    "a namespace whose name is written 600 times when signed",
    change(
      "<saml:AuthnStatement",
      `<saml:Advice xmlns:e="urn:${many(2_000, "x")}">${many(600, "<e:a/>")}</saml:Advice><saml:AuthnStatement`,
    ),
    "saml_xml_limit",
  ),
  hostile(
    "a name of 129 letters",
    change("<samlp:Status>", `<samlp:Status ${many(129, "a")}="">`),
    "saml_xml_limit",
  ),
  hostile(
    "65 attributes",
    change(
      "<samlp:Status>",
      `<samlp:Status ${Array.from({ length: 65 }, (_, index) => `a${index}=""`).join(" ")}>`,
    ),
    "saml_xml_limit",
  ),
];

/** One name changed in its start and end tags alike. */
function renamed(from: string, to: string): () => string {
  return () => inTurn(swap(`<${from}`, `<${to}`), swap(`</${from}`, `</${to}`))(signed);
}
