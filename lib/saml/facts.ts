import { Refusal } from "../core/errors.ts";
import { type Epoch, parseInstant } from "../core/time.ts";
import type { AssertionParts } from "./document.ts";
import { ASSERTION, FORMAT_ENTITY, XSI } from "./names.ts";
import { attribute, collapse, elementsOf, is, only, textOf } from "./tree.ts";
import type { XmlElement } from "./xml.ts";
import { isBlank } from "./xml-text.ts";

/** What an assertion says, not yet compared with anything. */
export interface Facts {
  readonly id: string;
  readonly issuer: string;
  readonly issuedAt: Epoch;
  readonly nameId: NameId;
  readonly confirmations: readonly Confirmation[];
  readonly conditions: Conditions | undefined;
  readonly authentications: readonly Authentication[];
  readonly attributes: Readonly<Record<string, readonly string[]>>;
  readonly unreadable: readonly string[];
}

interface NameId {
  readonly value: string;
  readonly format: string | undefined;
  readonly nameQualifier: string | undefined;
  readonly spNameQualifier: string | undefined;
}

export interface Confirmation {
  readonly method: string | undefined;
  readonly recipient: string | undefined;
  readonly inResponseTo: string | undefined;
  readonly notBefore: Epoch | undefined;
  readonly notOnOrAfter: Epoch | undefined;
}

interface Conditions {
  readonly notBefore: Epoch | undefined;
  readonly notOnOrAfter: Epoch | undefined;
  /** One list for each AudienceRestriction; every list must name us. */
  readonly audiences: readonly (readonly string[])[];
  /** Local names of what else stands there. */
  readonly others: readonly string[];
}

export interface Authentication {
  readonly at: Epoch;
  readonly sessionIndex: string | undefined;
  readonly sessionEndsAt: Epoch | undefined;
  readonly contexts: readonly string[];
}

const CODE = "saml_assertion_malformed";

/** An instant that must be one where it is given. @throws {Refusal} `saml_instant_invalid`. */
function instant(element: XmlElement, name: string): Epoch | undefined {
  const text = attribute(element, name);
  if (text === undefined) return undefined;
  const at = parseInstant(text);
  if (at === undefined)
    throw new Refusal("saml_instant_invalid", { element: element.local, attribute: name });
  return at;
}

/** The entity id in an Issuer; undefined when it is something else than an entity id. */
export function issuerOf(element: XmlElement): string | undefined {
  const format = attribute(element, "Format");
  if (format !== undefined && format !== FORMAT_ENTITY) return undefined;
  const text = textOf(element);
  return text === undefined ? undefined : collapse(text);
}

/** ID, Version and IssueInstant, which responses and assertions share. */
export function headOf(
  element: XmlElement,
  code: "saml_response_malformed" | typeof CODE,
): { readonly id: string; readonly issuedAt: Epoch } {
  const id = attribute(element, "ID");
  if (id === undefined || id === "") throw new Refusal(code, { attribute: "ID" });
  if (attribute(element, "Version") !== "2.0")
    throw new Refusal("saml_version_unsupported", { element: element.local });
  const issuedAt = instant(element, "IssueInstant");
  if (issuedAt === undefined) throw new Refusal(code, { attribute: "IssueInstant" });
  return { id, issuedAt };
}

/**
 * Reads an assertion whose signature was verified over this very tree.
 *
 * @throws {Refusal} `saml_assertion_malformed`, `saml_version_unsupported`, `saml_instant_invalid`,
 *   `saml_subject_missing`, `saml_encrypted_part_unsupported`.
 */
export function readFacts(parts: AssertionParts): Facts {
  const { id, issuedAt } = headOf(parts.root, CODE);
  return {
    id,
    issuedAt,
    issuer: issuerOf(parts.issuer) ?? "",
    ...readSubject(parts),
    conditions: parts.conditions === undefined ? undefined : readConditions(parts.conditions),
    authentications: parts.statements
      .filter((one) => is(one, ASSERTION, "AuthnStatement"))
      .map(readAuthentication),
    ...readAttributes(parts.statements.filter((one) => is(one, ASSERTION, "AttributeStatement"))),
  };
}

function readSubject({ subject }: AssertionParts): Pick<Facts, "nameId" | "confirmations"> {
  if (subject === undefined) throw new Refusal("saml_subject_missing", { element: "Subject" });
  const children = elementsOf(subject, CODE);
  if (children.some((child) => is(child, ASSERTION, "EncryptedID")))
    throw new Refusal("saml_encrypted_part_unsupported", { element: "EncryptedID" });
  const name = only(children, ASSERTION, "NameID", CODE);
  const value = name === undefined ? undefined : textOf(name);
  if (name === undefined || value === undefined || isBlank(value))
    throw new Refusal("saml_subject_missing", { element: "NameID" });
  return {
    nameId: {
      value,
      format: attribute(name, "Format"),
      nameQualifier: attribute(name, "NameQualifier"),
      spNameQualifier: attribute(name, "SPNameQualifier"),
    },
    confirmations: children
      .filter((child) => is(child, ASSERTION, "SubjectConfirmation"))
      .map(readConfirmation),
  };
}

function readConfirmation(element: XmlElement): Confirmation {
  const data = only(elementsOf(element, CODE), ASSERTION, "SubjectConfirmationData", CODE);
  return {
    method: attribute(element, "Method"),
    recipient: data && attribute(data, "Recipient"),
    inResponseTo: data && attribute(data, "InResponseTo"),
    notBefore: data && instant(data, "NotBefore"),
    notOnOrAfter: data && instant(data, "NotOnOrAfter"),
  };
}

function readConditions(element: XmlElement): Conditions {
  const children = elementsOf(element, CODE);
  const restrictions = children.filter((child) => is(child, ASSERTION, "AudienceRestriction"));
  return {
    notBefore: instant(element, "NotBefore"),
    notOnOrAfter: instant(element, "NotOnOrAfter"),
    audiences: restrictions.map((restriction) =>
      elementsOf(restriction, CODE)
        .filter((child) => is(child, ASSERTION, "Audience"))
        .map((audience) => collapse(textOf(audience) ?? "")),
    ),
    others: children
      .filter((child) => !restrictions.includes(child))
      .map(({ namespace, local }) => (namespace === ASSERTION ? local : `{${namespace}}${local}`)),
  };
}

function readAuthentication(statement: XmlElement): Authentication {
  const at = instant(statement, "AuthnInstant");
  if (at === undefined) throw new Refusal(CODE, { attribute: "AuthnInstant" });
  const contexts = elementsOf(statement, CODE)
    .filter((child) => is(child, ASSERTION, "AuthnContext"))
    .flatMap((context) => elementsOf(context, CODE))
    .filter((child) => is(child, ASSERTION, "AuthnContextClassRef"))
    .map((child) => collapse(textOf(child) ?? ""));
  return {
    at,
    sessionIndex: attribute(statement, "SessionIndex"),
    sessionEndsAt: instant(statement, "SessionNotOnOrAfter"),
    contexts,
  };
}

function readAttributes(statements: readonly XmlElement[]): Pick<Facts, "attributes" | "unreadable"> {
  const attributes: Record<string, string[]> = Object.create(null);
  const unreadable = new Set<string>();
  for (const statement of statements) {
    for (const element of elementsOf(statement, CODE)) {
      const name = nameOf(element);
      const values = valuesOf(element);
      const before = attributes[name];
      if (values === undefined) unreadable.add(name);
      else if (before === undefined) attributes[name] = values;
      else before.push(...values);
    }
  }
  for (const name of unreadable) delete attributes[name];
  return { attributes, unreadable: [...unreadable] };
}

function nameOf(element: XmlElement): string {
  if (is(element, ASSERTION, "EncryptedAttribute"))
    throw new Refusal("saml_encrypted_part_unsupported", { element: "EncryptedAttribute" });
  const name = attribute(element, "Name");
  if (!is(element, ASSERTION, "Attribute") || name === undefined || name === "")
    throw new Refusal(CODE, { element: element.local });
  return name;
}

/** @returns Values, or undefined when one of them is not text: a claim that lacks some of its values could be misread. */
function valuesOf(element: XmlElement): string[] | undefined {
  const values: string[] = [];
  for (const child of elementsOf(element, CODE)) {
    if (!is(child, ASSERTION, "AttributeValue")) throw new Refusal(CODE, { element: child.local });
    const value = isNil(child) ? "" : textOf(child);
    if (value === undefined) return undefined;
    if (value !== "") values.push(value);
  }
  return values;
}

function isNil(element: XmlElement): boolean {
  for (const { namespace, local, value } of element.attributes)
    if (local === "nil" && namespace === XSI && (value === "true" || value === "1")) return true;
  return false;
}
