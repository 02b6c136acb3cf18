import { at, SUBJECT } from "../genuine.ts";
import type { Hostile } from "./row.ts";
import { said } from "./said.ts";

export const ASSERTIONS: readonly Hostile[] = [
  // The assertion.
  said(
    "an assertion of SAML 1.1",
    /(?<=_assertion-1" IssueInstant="[^"]*" Version=")2.0/,
    "1.1",
    "saml_version_unsupported",
  ),
  said(
    "an assertion without IssueInstant",
    /(?<=_assertion-1") IssueInstant="[^"]*"/,
    "",
    "saml_assertion_malformed",
  ),
  said(
    "an assertion issued in local time",
    /(?<=_assertion-1" IssueInstant="[^"]*)Z/,
    "",
    "saml_instant_invalid",
  ),
  said(
    "an assertion issued on the 32nd",
    /(?<=_assertion-1" IssueInstant=")2031-03-04/,
    "2031-03-32",
    "saml_instant_invalid",
  ),
  said(
    "an assertion issued a day ago",
    /(?<=_assertion-1" IssueInstant=")[^"]*/,
    at(-86_400),
    "saml_too_old",
  ),
  said(
    "an assertion issued in two minutes",
    /(?<=_assertion-1" IssueInstant=")[^"]*/,
    at(120),
    "saml_issued_in_future",
  ),
  said(
    "an assertion of another issuer",
    '2.0"><saml:Issuer>https://idp',
    '2.0"><saml:Issuer>https://evil',
    "saml_assertion_issuer_mismatch",
  ),
  said(
    "an assertion with an empty issuer",
    /(?<="2.0"><saml:Issuer>)[^<]*/,
    "",
    "saml_assertion_issuer_mismatch",
  ),
  said(
    "an assertion whose issuer is a person",
    '2.0"><saml:Issuer>',
    '2.0"><saml:Issuer Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">',
    "saml_assertion_issuer_mismatch",
  ),
  said(
    "an assertion with an element in its issuer",
    '2.0"><saml:Issuer>',
    '2.0"><saml:Issuer><saml:x/>',
    "saml_assertion_issuer_mismatch",
  ),
  said(
    "two issuers of an assertion",
    "<saml:Subject>",
    "<saml:Issuer>x</saml:Issuer><saml:Subject>",
    "saml_assertion_malformed",
  ),
  said("no subject", SUBJECT, "", "saml_subject_missing"),
  said("no NameID", /<saml:NameID.*<\/saml:NameID>/, "", "saml_subject_missing"),
  said("an empty NameID", ">alice<", "><", "saml_subject_missing"),
  said("a NameID of white space", ">alice<", "> \t<", "saml_subject_missing"),
  said("a NameID with an element inside", ">alice<", ">ali<saml:x/>ce<", "saml_subject_missing"),
  said(
    "two NameIDs",
    /<saml:NameID.*<\/saml:NameID>/,
    "<saml:NameID>alice</saml:NameID><saml:NameID>admin</saml:NameID>",
    "saml_assertion_malformed",
  ),
  said(
    "an encrypted NameID",
    /<saml:NameID.*<\/saml:NameID>/,
    "<saml:EncryptedID/>",
    "saml_encrypted_part_unsupported",
  ),
  said(
    "a NameID of another provider's name space",
    "<saml:NameID ",
    '<saml:NameID NameQualifier="https://other" ',
    "saml_name_id_qualifier",
  ),
  said(
    "a NameID of another service's name space",
    "<saml:NameID ",
    '<saml:NameID SPNameQualifier="https://other" ',
    "saml_name_id_qualifier",
  ),
  said("text in the subject", "<saml:Subject>", "<saml:Subject>admin", "saml_assertion_malformed"),
];
