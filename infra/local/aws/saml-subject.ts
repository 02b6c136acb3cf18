import { attribute, children, NS, onlyChild, samlTime, textOf } from "./dom.ts";
import { AwsFault } from "./faults.ts";
import { isRegionalHost, type Partition } from "./partition.ts";
import { invalidToken } from "./saml-response.ts";

/** AWS redeems an assertion this many seconds after it was issued, at the latest. */
export const REDEEM_SECONDS = 300;
const BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
const FORMATS = "urn:oasis:names:tc:SAML:2.0:nameid-format:";

/** Whom an assertion speaks of, to whom, and until when. */
export interface SamlSubject {
  readonly nameId: string;
  /** Format with SAML 2.0's own prefix cut off, as `saml:sub_type` has it. */
  readonly subType: string;
  /** What `saml:aud` is compared with. */
  readonly recipient: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** SessionNotOnOrAfter. */
  readonly sessionEndsAt?: number;
}

const expired = (message: string) => new AwsFault(400, "ExpiredTokenException", message);

/** A NotOnOrAfter that must be there and ahead. */
function ahead(element: Element, now: number): number {
  const until = samlTime(attribute(element, "NotOnOrAfter"));
  if (until === undefined) throw invalidToken(`NotOnOrAfter is required in ${element.localName}`);
  if (until <= now) throw expired("Token is expired");
  return until;
}

/** `https://signin.aws.amazon.com/saml`, with a region before it or not. */
function isRecipient(text: string, partition: Partition): boolean {
  const host = /^https:\/\/([a-z0-9.-]+)\/saml$/.exec(text)?.[1];
  return host !== undefined && isRegionalHost(host, partition.signin, partition);
}

function readConfirmation(subject: Element, partition: Partition, now: number) {
  const confirmation = onlyChild(subject, NS.assertion, "SubjectConfirmation");
  if (!confirmation || attribute(confirmation, "Method") !== BEARER)
    throw invalidToken("Response must contain exactly one bearer SubjectConfirmation");
  const data = onlyChild(confirmation, NS.assertion, "SubjectConfirmationData");
  if (!data || attribute(data, "NotBefore") !== undefined)
    throw invalidToken("SubjectConfirmationData is missing or not usable");
  const recipient = attribute(data, "Recipient") ?? "";
  if (!isRecipient(recipient, partition))
    throw invalidToken("Recipient in SubjectConfirmationData is not a sign-in endpoint of AWS");
  return { recipient, until: ahead(data, now) };
}

function readConditions(assertion: Element, partition: Partition, now: number): number {
  const conditions = onlyChild(assertion, NS.assertion, "Conditions");
  if (!conditions) throw invalidToken("Conditions are required in the assertion");
  const notBefore = attribute(conditions, "NotBefore");
  const from = notBefore === undefined ? now : samlTime(notBefore);
  if (from === undefined || from > now) throw invalidToken("Token is not yet valid");
  const known = ["AudienceRestriction", "OneTimeUse"];
  if (children(conditions).some((child) => !known.includes(child.localName ?? "")))
    throw invalidToken("Conditions hold one that is not understood");
  const restrictions = children(conditions, NS.assertion, "AudienceRestriction");
  const meant = (restriction: Element) =>
    children(restriction, NS.assertion, "Audience").some((each) => textOf(each) === partition.audience);
  if (restrictions.length === 0 || !restrictions.every(meant))
    throw invalidToken("Response does not contain the required audience.");
  return ahead(conditions, now);
}

function readIssuance(assertion: Element, now: number): number {
  const at = samlTime(attribute(assertion, "IssueInstant"));
  if (at === undefined || at > now) throw invalidToken("Token is not yet valid");
  if (at + REDEEM_SECONDS < now) throw expired("Token must be redeemed within 5 minutes of issuance");
  return at;
}

function readSessionEnd(assertion: Element, now: number): number | undefined {
  const statement = onlyChild(assertion, NS.assertion, "AuthnStatement");
  if (!statement || samlTime(attribute(statement, "AuthnInstant")) === undefined)
    throw invalidToken("Response must contain exactly one AuthnStatement");
  const text = attribute(statement, "SessionNotOnOrAfter");
  if (text === undefined) return undefined;
  const until = samlTime(text);
  if (until === undefined) throw invalidToken("SessionNotOnOrAfter is not a time");
  if (until <= now) throw expired("Session is expired");
  return until;
}

/** @throws {AwsFault} for everything AWS demands of a subject, its confirmation and its conditions. */
export function readSubject(assertion: Element, partition: Partition, now: number): SamlSubject {
  const issuedAt = readIssuance(assertion, now);
  const subject = onlyChild(assertion, NS.assertion, "Subject");
  const nameId = subject && onlyChild(subject, NS.assertion, "NameID");
  const name = nameId && textOf(nameId);
  if (!subject || !nameId || !name)
    throw new AwsFault(403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithSAML");
  const { recipient, until } = readConfirmation(subject, partition, now);
  const sessionEndsAt = readSessionEnd(assertion, now);
  const format = attribute(nameId, "Format") ?? "";
  return {
    nameId: name,
    subType: format.startsWith(FORMATS) ? format.slice(FORMATS.length) : format,
    recipient,
    issuedAt,
    expiresAt: Math.min(until, readConditions(assertion, partition, now)),
    ...(sessionEndsAt === undefined ? {} : { sessionEndsAt }),
  };
}
