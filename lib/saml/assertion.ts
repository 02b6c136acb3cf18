import { createHash } from "node:crypto";
import { Refusal } from "../core/errors.ts";
import { newMessageId } from "../core/secret.ts";
import type { Signer } from "../core/signer.ts";
import { type Epoch, toInstant } from "../core/time.ts";
import { escapeAttribute, escapeText } from "./c14n.ts";
import { ASSERTION, CONFIRMATION_BEARER, PROTOCOL, STATUS_SUCCESS } from "./names.ts";
import { signatureOver } from "./sign.ts";

/** One word of the broker about one person, for one place. Instants are epoch seconds. */
export interface AssertionInput {
  /** Entity id of the broker as identity provider. */
  readonly issuer: string;
  readonly audience: string;
  readonly recipient: string;
  /** Persistent and opaque; it ends up in the other side's logs. */
  readonly nameId: string;
  readonly issuedAt: Epoch;
  /** The other side must take it before this. */
  readonly redeemBefore: Epoch;
  readonly authenticatedAt: Epoch;
  /** End of the session that may be opened with it. */
  readonly sessionEndsAt: Epoch;
  /** Name -> values, in order; a name without values is left out. */
  readonly attributes: readonly (readonly [name: string, values: readonly string[]])[];
}

/** How far the other side's clock may be behind ours, in seconds. */
const SKEW_SECONDS = 60;
const PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
const URI_NAMES = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri";
const CONTEXT = "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified";

/** What XML 1.0 cannot hold in any spelling: most control characters, half surrogate pairs, U+FFFE and U+FFFF. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this refuses
const UNSPEAKABLE = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Surrogate}/u;

/**
 * Writes and signs one assertion about one person, in a Response of its own.
 *
 * The text is written in the very form that exclusive canonicalization gives it, so what is hashed is what is sent and
 * no parser is asked. Values are escaped, never filled into templates: a name that reads `{Role}` or `</saml:...` stays
 * a name.
 *
 * @returns The Response, base64, and the id by which logs on both sides can be joined.
 * @throws {Refusal} `broker_fault` when a value holds characters that no XML document can.
 * @see https://docs.oasis-open.org/security/saml/v2.0/saml-core-2.0-os.pdf §2.3.3, §3.3.3, §5.4
 */
export async function mintAssertion(
  input: AssertionInput,
  signer: Signer,
): Promise<{ assertionId: string; response: string }> {
  const assertionId = newMessageId();
  const { head, tail } = assertionText(input, assertionId);
  const digest = createHash("sha256").update(head).update(tail).digest("base64");
  const signature = await signatureOver(assertionId, digest, signer);
  const instant = toInstant(input.issuedAt);
  const response =
    `<samlp:Response xmlns:samlp="${PROTOCOL}" Destination="${attribute(input.recipient)}"` +
    ` ID="${newMessageId()}" IssueInstant="${instant}" Version="2.0">` +
    `<saml:Issuer xmlns:saml="${ASSERTION}">${text(input.issuer)}</saml:Issuer>` +
    `<samlp:Status><samlp:StatusCode Value="${STATUS_SUCCESS}"></samlp:StatusCode></samlp:Status>` +
    `${head}${signature}${tail}</samlp:Response>`;
  return { assertionId, response: Buffer.from(response, "utf8").toString("base64") };
}

/** The assertion in canonical form, cut where its signature goes. */
function assertionText(input: AssertionInput, id: string): { head: string; tail: string } {
  const instant = toInstant(input.issuedAt);
  const until = toInstant(input.redeemBefore);
  const head =
    `<saml:Assertion xmlns:saml="${ASSERTION}" ID="${id}" IssueInstant="${instant}" Version="2.0">` +
    `<saml:Issuer>${text(input.issuer)}</saml:Issuer>`;
  const tail =
    `<saml:Subject><saml:NameID Format="${PERSISTENT}">${text(input.nameId)}</saml:NameID>` +
    `<saml:SubjectConfirmation Method="${CONFIRMATION_BEARER}">` +
    `<saml:SubjectConfirmationData NotOnOrAfter="${until}" Recipient="${attribute(input.recipient)}">` +
    "</saml:SubjectConfirmationData></saml:SubjectConfirmation></saml:Subject>" +
    `<saml:Conditions NotBefore="${toInstant(input.issuedAt - SKEW_SECONDS)}" NotOnOrAfter="${until}">` +
    `<saml:AudienceRestriction><saml:Audience>${text(input.audience)}</saml:Audience></saml:AudienceRestriction>` +
    "</saml:Conditions>" +
    `<saml:AuthnStatement AuthnInstant="${toInstant(input.authenticatedAt)}" SessionIndex="${id}"` +
    ` SessionNotOnOrAfter="${toInstant(input.sessionEndsAt)}">` +
    `<saml:AuthnContext><saml:AuthnContextClassRef>${CONTEXT}</saml:AuthnContextClassRef></saml:AuthnContext>` +
    "</saml:AuthnStatement>" +
    `<saml:AttributeStatement>${attributesText(input.attributes)}</saml:AttributeStatement></saml:Assertion>`;
  return { head, tail };
}

function attributesText(attributes: AssertionInput["attributes"]): string {
  let written = "";
  for (const [name, values] of attributes) {
    if (values.length === 0) continue;
    written += `<saml:Attribute Name="${attribute(name)}" NameFormat="${URI_NAMES}">`;
    for (const value of values) written += `<saml:AttributeValue>${text(value)}</saml:AttributeValue>`;
    written += "</saml:Attribute>";
  }
  return written;
}

const text = (value: string): string => escapeText(speakable(value));
const attribute = (value: string): string => escapeAttribute(speakable(value));

function speakable(value: string): string {
  if (UNSPEAKABLE.test(value)) throw new Refusal("broker_fault", { reason: "value not fit for XML" });
  return value;
}
