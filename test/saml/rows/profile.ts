import { ACS, ATTRIBUTES, AUTHN, at, CONDITIONS, SP, signBoth, swap, UNSIGNED } from "../genuine.ts";
import { type Hostile, hostile } from "./row.ts";
import { condition, said, unsolicited } from "./said.ts";

const END = "</saml:Assertion>";
const AUDIENCE = /<saml:AudienceRestriction>.*<\/saml:AudienceRestriction>/;
const CONFIRMATION = /<saml:SubjectConfirmation .*<\/saml:SubjectConfirmation>/;
const DATA = /<saml:SubjectConfirmationData [^>]*>/;

export const PROFILE: readonly Hostile[] = [
  // Who may present it.
  said("no confirmation", CONFIRMATION, "", "saml_confirmation_missing"),
  said("a confirmation by key", "cm:bearer", "cm:holder-of-key", "saml_confirmation_missing"),
  said("a confirmation by vouching", "cm:bearer", "cm:sender-vouches", "saml_confirmation_missing"),
  said("a confirmation without data", DATA, "", "saml_recipient_mismatch"),
  said(
    "a confirmation for another recipient",
    `Recipient="${ACS}"`,
    'Recipient="https://other.example.com/acs"',
    "saml_recipient_mismatch",
  ),
  said("a confirmation for nobody", ` Recipient="${ACS}"`, "", "saml_recipient_mismatch"),
  said(
    "a confirmation without an end",
    ` NotOnOrAfter="${at(290)}" Recipient`,
    " Recipient",
    "saml_confirmation_unbounded",
  ),
  said(
    "a confirmation that ended",
    `NotOnOrAfter="${at(290)}" Recipient`,
    `NotOnOrAfter="${at(-60)}" Recipient`,
    "saml_confirmation_expired",
  ),
  said(
    "a confirmation that ends at no instant",
    `NotOnOrAfter="${at(290)}" Recipient`,
    'NotOnOrAfter="never" Recipient',
    "saml_instant_invalid",
  ),
  said(
    "a confirmation that begins later",
    " Recipient",
    ` NotBefore="${at(61)}" Recipient`,
    "saml_confirmation_not_yet",
  ),
  said(
    "a confirmation of another request",
    'Data InResponseTo="_request-1"',
    'Data InResponseTo="_request-2"',
    "saml_not_requested",
  ),
  said("a confirmation of no request", 'Data InResponseTo="_request-1"', "Data", "saml_unsolicited"),
  hostile(
    "a tile's answer whose confirmation names a request",
    () => signBoth(swap(' InResponseTo="_request-1" IssueInstant', " IssueInstant")(UNSIGNED)),
    "saml_not_requested",
    { expected: unsolicited },
  ),

  // For whom and when.
  said("no conditions", CONDITIONS, "", "saml_unconditional"),
  said("two of Conditions", CONDITIONS, CONDITIONS + CONDITIONS, "saml_assertion_malformed"),
  said("no audience restriction", AUDIENCE, "", "saml_audience_missing"),
  said(
    "an audience restriction without an audience",
    AUDIENCE,
    "<saml:AudienceRestriction/>",
    "saml_audience_mismatch",
  ),
  said("an empty audience", `<saml:Audience>${SP}`, "<saml:Audience>", "saml_audience_mismatch"),
  said("another audience", `<saml:Audience>${SP}`, "<saml:Audience>urn:other", "saml_audience_mismatch"),
  said(
    "an audience that begins with ours",
    `<saml:Audience>${SP}`,
    `<saml:Audience>${SP}.evil.example.com`,
    "saml_audience_mismatch",
  ),
  said(
    "an audience that ours begins with",
    `<saml:Audience>${SP}`,
    `<saml:Audience>${SP.slice(0, -1)}`,
    "saml_audience_mismatch",
  ),
  said(
    "an audience in other case",
    `<saml:Audience>${SP}`,
    `<saml:Audience>${SP.toUpperCase()}`,
    "saml_audience_mismatch",
  ),
  said(
    "an audience with an element inside",
    `<saml:Audience>${SP}`,
    `<saml:Audience>${SP}<saml:x/>`,
    "saml_audience_mismatch",
  ),
  condition(
    "a second restriction to others",
    "<saml:AudienceRestriction><saml:Audience>urn:other</saml:Audience></saml:AudienceRestriction>",
    "saml_audience_mismatch",
  ),
  condition(
    "a condition nobody knows",
    '<saml:Condition xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Delegation"/>',
    "saml_condition_unknown",
  ),
  condition("a condition of another namespace", '<x:OneTimeUse xmlns:x="urn:x"/>', "saml_condition_unknown"),
  condition(
    "a bar on assertions made from it",
    '<saml:ProxyRestriction Count="0"/>',
    "saml_proxy_restricted",
  ),
  said(
    "conditions that ended",
    `NotOnOrAfter="${at(290)}"><saml:Aud`,
    `NotOnOrAfter="${at(-60)}"><saml:Aud`,
    "saml_expired",
  ),
  said(
    "conditions that begin later",
    `NotBefore="${at(-310)}"`,
    `NotBefore="${at(61)}"`,
    "saml_not_yet_valid",
  ),
  said(
    "conditions that begin at no instant",
    `NotBefore="${at(-310)}"`,
    'NotBefore=""',
    "saml_instant_invalid",
  ),

  // How they signed in, and who they are.
  said("no authentication", AUTHN, "", "saml_authentication_missing"),
  said("an authentication at no time", / AuthnInstant="[^"]*"/, "", "saml_assertion_malformed"),
  said("an authentication in the future", /(?<=AuthnInstant=")[^"]*/, at(61), "saml_authenticated_in_future"),
  said(
    "a session that is over",
    " SessionIndex",
    ` SessionNotOnOrAfter="${at(0)}" SessionIndex`,
    "saml_session_over",
  ),
  said(
    "a session that ends at no instant",
    " SessionIndex",
    ' SessionNotOnOrAfter="x" SessionIndex',
    "saml_instant_invalid",
  ),
  said("an attribute without a name", 'Name="email" ', "", "saml_assertion_malformed"),
  said(
    "an encrypted attribute",
    "<saml:AttributeStatement>",
    "<saml:AttributeStatement><saml:EncryptedAttribute/>",
    "saml_encrypted_part_unsupported",
  ),
  said(
    "something else than a value in an attribute",
    "</saml:Attribute>",
    "<saml:Value>x</saml:Value></saml:Attribute>",
    "saml_assertion_malformed",
  ),
  said(
    "something else than an attribute in the statement",
    "<saml:AttributeStatement>",
    "<saml:AttributeStatement><saml:x/>",
    "saml_assertion_malformed",
  ),
  said("text in an attribute", "</saml:Attribute>", "x</saml:Attribute>", "saml_assertion_malformed"),
  said("an unknown statement", END, `<saml:RoleStatement/>${END}`, "saml_assertion_malformed"),
  said(
    "conditions behind the statements",
    CONDITIONS + AUTHN + ATTRIBUTES,
    AUTHN + ATTRIBUTES + CONDITIONS,
    "saml_assertion_malformed",
  ),
];
