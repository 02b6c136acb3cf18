import { ACS, inTurn, NOW, SIGNED, SP, sign, swap, UNSIGNED } from "../genuine.ts";
import { type Hostile, hostile } from "./row.ts";
import { elsewhere, said, unsolicited } from "./said.ts";

const STATUS = "urn:oasis:names:tc:SAML:2.0:status";

export const RESPONSES: readonly Hostile[] = [
  // The response.
  said("a response without an ID", ' ID="_response-1"', "", "saml_response_malformed"),
  said(
    "a response of SAML 1.1",
    /(?<=InResponseTo="_request-1" IssueInstant="[^"]*" Version=")2.0/,
    "1.1",
    "saml_version_unsupported",
  ),
  said(
    "a response without a version",
    /(?<=IssueInstant="[^"]*") Version="2.0"(?=><saml:Issuer xmlns)/,
    "",
    "saml_version_unsupported",
  ),
  said(
    "a response without IssueInstant",
    /(?<=InResponseTo="_request-1") IssueInstant="[^"]*"/,
    "",
    "saml_response_malformed",
  ),
  said(
    "a response issued at no instant",
    /(?<=InResponseTo="_request-1" IssueInstant=")[^"]*/,
    "today",
    "saml_instant_invalid",
  ),
  said("a failure", `${STATUS}:Success`, `${STATUS}:Responder`, "saml_status_failure"),
  said("a status that only ends in Success", `${STATUS}:Success`, "urn:x:Success", "saml_status_failure"),
  said("an empty status", /<samlp:Status>.*<\/samlp:Status>/, "<samlp:Status/>", "saml_response_malformed"),
  said(
    "a status without a value",
    /<samlp:StatusCode [^>]*>/,
    "<samlp:StatusCode/>",
    "saml_response_malformed",
  ),
  said(
    "two status codes",
    /<samlp:StatusCode [^>]*>/,
    `<samlp:StatusCode Value="${STATUS}:Success"/>`.repeat(2),
    "saml_response_malformed",
  ),
  said("no status", /<samlp:Status>.*<\/samlp:Status>/, "", "saml_response_malformed"),
  said(
    "two of Status",
    /<samlp:Status>.*<\/samlp:Status>/,
    `<samlp:Status><samlp:StatusCode Value="${STATUS}:Success"/></samlp:Status>`.repeat(2),
    "saml_response_malformed",
  ),
  hostile(
    "an unsigned failure without an assertion",
    () => inTurn(swap(/<saml:Assertion.*<\/saml:Assertion>/, ""), swap(":Success", ":AuthnFailed"))(UNSIGNED),
    "saml_status_failure",
  ),
  hostile(
    "no assertion",
    () => sign(swap(/<saml:Assertion.*<\/saml:Assertion>/, "")(UNSIGNED), "response"),
    "saml_assertion_missing",
  ),
  said(
    "a response of another issuer",
    'entity">https://idp.example.com',
    'entity">https://evil.example.com',
    "saml_response_issuer_mismatch",
  ),
  said(
    "a response of an issuer that differs in case",
    'entity">https://idp',
    'entity">https://IDP',
    "saml_response_issuer_mismatch",
  ),
  said(
    "a response of an issuer with a slash more",
    'entity">https://idp.example.com/saml<',
    'entity">https://idp.example.com/saml/<',
    "saml_response_issuer_mismatch",
  ),
  said(
    "a response whose issuer is a person",
    "nameid-format:entity",
    "nameid-format:persistent",
    "saml_response_issuer_mismatch",
  ),
  hostile(
    "a signed response without an issuer",
    () => swap(/(?<=Version="2.0">)<saml:Issuer xmlns.*?<\/saml:Issuer>/, "")(SIGNED.response),
    "saml_response_issuer_mismatch",
  ),
  said(
    "a response for another address",
    `Destination="${ACS}"`,
    'Destination="https://other.example.com/acs"',
    "saml_destination_mismatch",
  ),
  said(
    "a response for an address that ours begins",
    `Destination="${ACS}"`,
    `Destination="${ACS}/x"`,
    "saml_destination_mismatch",
  ),
  said(
    "a response for an address with a query",
    `Destination="${ACS}"`,
    `Destination="${ACS}?x"`,
    "saml_destination_mismatch",
  ),
  said("a signed response without a destination", ` Destination="${ACS}"`, "", "saml_destination_mismatch"),
  said(
    "a response to another request",
    'InResponseTo="_request-1" IssueInstant',
    'InResponseTo="_request-2" IssueInstant',
    "saml_not_requested",
  ),
  said(
    "a response to no request",
    ' InResponseTo="_request-1" IssueInstant',
    " IssueInstant",
    "saml_unsolicited",
  ),
  elsewhere("an answer where none was asked for", unsolicited, "saml_not_requested"),
  elsewhere(
    "an answer to somebody else",
    { solicited: { kind: "request", id: "_request-2" } },
    "saml_not_requested",
  ),
  elsewhere("an answer delivered to another address", { acs: `${ACS}2` }, "saml_destination_mismatch"),
  elsewhere(
    "an answer of another connection's provider",
    { issuer: "https://other.example.com" },
    "saml_response_issuer_mismatch",
  ),
  elsewhere("an answer for another service provider", { entityId: `${SP}2` }, "saml_audience_mismatch"),
  elsewhere("an answer six minutes and a bit later", { now: NOW + 351 }, "saml_too_old"),
  elsewhere(
    "an answer of which the time is over",
    { now: NOW + 350, maxAssertionAgeSeconds: 3600 },
    "saml_confirmation_expired",
  ),
  elsewhere("an answer of the future", { now: NOW - 71 }, "saml_issued_in_future"),
  elsewhere(
    "an answer older than the connection allows",
    { maxAssertionAgeSeconds: 30, now: NOW + 81 },
    "saml_too_old",
  ),
];
