import { Refusal, type RefusalCode } from "../core/errors.ts";
import type { Epoch } from "../core/time.ts";
import type { ResponseParts } from "./document.ts";
import { type Expected, SKEW_SECONDS } from "./expected.ts";
import { type Authentication, type Confirmation, type Facts, headOf, issuerOf } from "./facts.ts";
import { CONFIRMATION_BEARER, PROTOCOL, STATUS_SUCCESS } from "./names.ts";
import { attribute, elementsOf, only, quoted, textOf } from "./tree.ts";

/** A number that vendors put into an error's free text, which is otherwise not repeated: it may name people. */
const VENDOR_CODE = /\bAADSTS\d{4,9}\b/;

/**
 * Checks what stands on the Response itself. These values may be unsigned: they can refuse, never grant.
 *
 * @throws {Refusal} `saml_response_malformed`, `saml_version_unsupported`, `saml_instant_invalid`,
 *   `saml_status_failure`, `saml_assertion_missing`, `saml_response_issuer_mismatch`, `saml_destination_mismatch`,
 *   `saml_unsolicited`, `saml_not_requested`.
 * @see saml-profiles-2.0-os section 4.1.4.2 and saml-bindings-2.0-os section 3.5.5.2
 */
export function checkResponse(parts: ResponseParts, expected: Expected): void {
  headOf(parts.root, "saml_response_malformed");
  checkStatus(parts);
  if (parts.assertion === undefined && parts.encrypted === undefined)
    throw new Refusal("saml_assertion_missing");
  checkResponseIssuer(parts, expected);
  const destination = attribute(parts.root, "Destination");
  const required = parts.signature !== undefined;
  if (destination === undefined ? required : destination !== expected.acs)
    throw new Refusal("saml_destination_mismatch", { destination: quoted(destination), acs: expected.acs });
  checkInResponseTo(attribute(parts.root, "InResponseTo"), expected);
}

function checkStatus({ status }: ResponseParts): void {
  const code = "saml_response_malformed";
  const children = elementsOf(status, code);
  const outer = only(children, PROTOCOL, "StatusCode", code);
  const value = outer === undefined ? undefined : attribute(outer, "Value");
  if (outer === undefined || value === undefined) throw new Refusal(code, { element: "StatusCode" });
  if (value === STATUS_SUCCESS) return;
  const inner = only(elementsOf(outer, code), PROTOCOL, "StatusCode", code);
  const message = only(children, PROTOCOL, "StatusMessage", code);
  const vendor = VENDOR_CODE.exec((message && textOf(message)) ?? "")?.[0];
  throw new Refusal("saml_status_failure", {
    status: quoted(value),
    reason: inner && quoted(attribute(inner, "Value")),
    vendor,
  });
}

function checkResponseIssuer({ issuer, signature, encrypted }: ResponseParts, expected: Expected): void {
  const required = signature !== undefined || encrypted !== undefined;
  const actual = issuer && issuerOf(issuer);
  if (issuer === undefined ? required : actual !== expected.issuer)
    throw new Refusal("saml_response_issuer_mismatch", { actual: quoted(actual), expected: expected.issuer });
}

function checkInResponseTo(actual: string | undefined, { solicited }: Expected): void {
  const wanted = solicited.kind === "request" ? solicited.id : undefined;
  if (actual === wanted) return;
  throw new Refusal(actual === undefined ? "saml_unsolicited" : "saml_not_requested");
}

/**
 * Checks what a verified assertion says against what we expect of it.
 *
 * @returns The last instant at which it could be accepted, skew included.
 * @throws {Refusal} with one code for each thing that is wrong.
 * @see saml-profiles-2.0-os section 4.1.4.3
 */
export function checkFacts(facts: Facts, expected: Expected): Epoch {
  if (facts.issuer !== expected.issuer)
    throw new Refusal("saml_assertion_issuer_mismatch", {
      actual: quoted(facts.issuer),
      expected: expected.issuer,
    });
  checkAge(facts, expected);
  checkQualifiers(facts, expected);
  const confirmedUntil = checkConfirmations(facts.confirmations, expected);
  const conditionsUntil = checkConditions(facts, expected);
  checkAuthentications(facts.authentications, expected.now);
  return Math.min(confirmedUntil, conditionsUntil) + SKEW_SECONDS;
}

function checkAge({ issuedAt }: Facts, { now, maxAssertionAgeSeconds }: Expected): void {
  if (issuedAt > now + SKEW_SECONDS)
    throw new Refusal("saml_issued_in_future", { aheadSeconds: issuedAt - now });
  if (now - issuedAt > maxAssertionAgeSeconds + SKEW_SECONDS)
    throw new Refusal("saml_too_old", { ageSeconds: now - issuedAt, maxAssertionAgeSeconds });
}

/** A name qualified by somebody else is another name space, in which the same value may be another person. */
function checkQualifiers({ nameId }: Facts, { issuer, entityId }: Expected): void {
  const { nameQualifier = issuer, spNameQualifier = entityId } = nameId;
  if (nameQualifier !== issuer || spNameQualifier !== entityId) throw new Refusal("saml_name_id_qualifier");
}

/** @returns Until when a bearer confirmation holds. One that holds suffices; else the first one's fault is told. */
function checkConfirmations(confirmations: readonly Confirmation[], expected: Expected): Epoch {
  let fault: RefusalCode = "saml_confirmation_missing";
  let until: Epoch | undefined;
  for (const confirmation of confirmations.filter(({ method }) => method === CONFIRMATION_BEARER)) {
    const wrong = faultOf(confirmation, expected);
    if (wrong === undefined) until = Math.max(until ?? 0, confirmation.notOnOrAfter ?? 0);
    else if (fault === "saml_confirmation_missing") fault = wrong;
  }
  if (until === undefined) throw new Refusal(fault, { confirmations: confirmations.length });
  return until;
}

function faultOf(confirmation: Confirmation, { acs, now, solicited }: Expected): RefusalCode | undefined {
  const { recipient, notOnOrAfter, notBefore, inResponseTo } = confirmation;
  if (recipient !== acs) return "saml_recipient_mismatch";
  if (notOnOrAfter === undefined) return "saml_confirmation_unbounded";
  if (now >= notOnOrAfter + SKEW_SECONDS) return "saml_confirmation_expired";
  if (notBefore !== undefined && now < notBefore - SKEW_SECONDS) return "saml_confirmation_not_yet";
  const wanted = solicited.kind === "request" ? solicited.id : undefined;
  if (inResponseTo === wanted) return undefined;
  return inResponseTo === undefined ? "saml_unsolicited" : "saml_not_requested";
}

function checkConditions({ conditions }: Facts, { now, entityId }: Expected): Epoch {
  if (conditions === undefined) throw new Refusal("saml_unconditional");
  const { notBefore, notOnOrAfter = Number.POSITIVE_INFINITY, audiences, others } = conditions;
  for (const other of others) {
    // The broker issues assertions of its own on the strength of this one, which is what ProxyRestriction restricts.
    if (other === "ProxyRestriction") throw new Refusal("saml_proxy_restricted");
    // OneTimeUse asks for no more than every assertion gets here.
    if (other !== "OneTimeUse") throw new Refusal("saml_condition_unknown", { condition: quoted(other) });
  }
  if (now >= notOnOrAfter + SKEW_SECONDS)
    throw new Refusal("saml_expired", { lateSeconds: now - notOnOrAfter });
  if (notBefore !== undefined && now < notBefore - SKEW_SECONDS)
    throw new Refusal("saml_not_yet_valid", { earlySeconds: notBefore - now });
  if (audiences.length === 0) throw new Refusal("saml_audience_missing");
  if (!audiences.every((allowed) => allowed.includes(entityId)))
    throw new Refusal("saml_audience_mismatch", {
      audiences: audiences.flat().slice(0, 10).map(quoted),
      entityId,
    });
  return notOnOrAfter;
}

function checkAuthentications(authentications: readonly Authentication[], now: Epoch): void {
  if (authentications.length === 0) throw new Refusal("saml_authentication_missing");
  for (const { at, sessionEndsAt } of authentications) {
    if (at > now + SKEW_SECONDS)
      throw new Refusal("saml_authenticated_in_future", { aheadSeconds: at - now });
    if (sessionEndsAt !== undefined && sessionEndsAt <= now)
      throw new Refusal("saml_session_over", { lateSeconds: now - sessionEndsAt });
  }
}
