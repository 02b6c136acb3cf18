import { Refusal, type RefusalCode } from "../core/errors.ts";
import { ASSERTION, DSIG, PROTOCOL } from "./names.ts";
import { elementsOf, is, isElement, only } from "./tree.ts";
import type { XmlElement } from "./xml.ts";

/** A response taken apart, its parts where the schema has them. Nothing is verified yet. */
export interface ResponseParts {
  readonly root: XmlElement;
  readonly issuer: XmlElement | undefined;
  readonly signature: XmlElement | undefined;
  readonly status: XmlElement;
  readonly assertion: XmlElement | undefined;
  readonly encrypted: XmlElement | undefined;
  /** Every ID in the document. */
  readonly ids: Set<string>;
}

/** An assertion taken apart, likewise. */
export interface AssertionParts {
  readonly root: XmlElement;
  readonly issuer: XmlElement;
  readonly signature: XmlElement | undefined;
  readonly subject: XmlElement | undefined;
  readonly conditions: XmlElement | undefined;
  readonly statements: readonly XmlElement[];
}

/** Names of the schema's sequence, each with its place. */
type Sequence = readonly (readonly [place: number, namespace: string, local: string])[];

const RESPONSE: Sequence = [
  [0, ASSERTION, "Issuer"],
  [1, DSIG, "Signature"],
  [2, PROTOCOL, "Extensions"],
  [3, PROTOCOL, "Status"],
  [4, ASSERTION, "Assertion"],
  [4, ASSERTION, "EncryptedAssertion"],
];
const WITHIN_ASSERTION: Sequence = [
  [0, ASSERTION, "Issuer"],
  [1, DSIG, "Signature"],
  [2, ASSERTION, "Subject"],
  [3, ASSERTION, "Conditions"],
  [4, ASSERTION, "Advice"],
  [5, ASSERTION, "AuthnStatement"],
  [5, ASSERTION, "AttributeStatement"],
  [5, ASSERTION, "AuthzDecisionStatement"],
  [5, ASSERTION, "Statement"],
];

/** The children of an element, which must stand in the schema's order. */
function inSequence(element: XmlElement, sequence: Sequence, code: RefusalCode): XmlElement[] {
  const children = elementsOf(element, code);
  let reached = 0;
  for (const child of children) {
    const place = placeOf(child, sequence);
    if (place === undefined || place < reached) throw new Refusal(code, { element: child.local });
    reached = place;
  }
  return children;
}

function placeOf(element: XmlElement, sequence: Sequence): number | undefined {
  for (const [place, namespace, local] of sequence) if (is(element, namespace, local)) return place;
  return undefined;
}

/**
 * Takes a response apart and refuses what wrapping needs: a second assertion anywhere, an ID given twice, a signature
 * that is not a child of the response or of its assertion.
 *
 * @throws {Refusal} `saml_not_a_response`, `saml_response_malformed`, `saml_assertion_count`, `saml_id_duplicate`,
 *   `saml_signature_misplaced`.
 */
export function takeResponse(root: XmlElement): ResponseParts {
  if (!is(root, PROTOCOL, "Response")) throw new Refusal("saml_not_a_response", { element: root.local });
  const ids = new Set<string>();
  survey(root, root, ids);
  const code = "saml_response_malformed";
  const children = inSequence(root, RESPONSE, code);
  const status = only(children, PROTOCOL, "Status", code);
  if (status === undefined) throw new Refusal(code, { element: "Status", reason: "absent" });
  const assertion = only(children, ASSERTION, "Assertion", "saml_assertion_count");
  const encrypted = only(children, ASSERTION, "EncryptedAssertion", "saml_assertion_count");
  if (assertion !== undefined && encrypted !== undefined) throw new Refusal("saml_assertion_count");
  only(children, PROTOCOL, "Extensions", code);
  return {
    root,
    issuer: only(children, ASSERTION, "Issuer", code),
    signature: only(children, DSIG, "Signature", "saml_signature_misplaced"),
    status,
    assertion,
    encrypted,
    ids,
  };
}

/**
 * Takes an assertion apart.
 *
 * @throws {Refusal} `saml_assertion_malformed`, `saml_signature_misplaced`.
 */
export function takeAssertion(root: XmlElement): AssertionParts {
  const code = "saml_assertion_malformed";
  const children = inSequence(root, WITHIN_ASSERTION, code);
  const issuer = only(children, ASSERTION, "Issuer", code);
  if (issuer === undefined) throw new Refusal(code, { element: "Issuer", reason: "absent" });
  only(children, ASSERTION, "Advice", code);
  return {
    root,
    issuer,
    signature: only(children, DSIG, "Signature", "saml_signature_misplaced"),
    subject: only(children, ASSERTION, "Subject", code),
    conditions: only(children, ASSERTION, "Conditions", code),
    statements: children.filter((child) => child.local.endsWith("Statement")),
  };
}

/**
 * Looks at every element once.
 *
 * @param top The root of a response, or of an assertion that was decrypted.
 * @param ids Collects every ID; those there already count as given.
 */
export function survey(element: XmlElement, top: XmlElement, ids: Set<string>): void {
  if (element.attributes.length > 0) collectIds(element, ids);
  if (element.local === "Signature" && element.namespace === DSIG) checkPlace(element, top);
  else if (element !== top && element.namespace === ASSERTION) refuseNested(element, top);
  else if (element !== top && is(element, PROTOCOL, "Response"))
    throw new Refusal("saml_response_malformed", { element: "Response", reason: "nested" });
  for (const child of element.children) if (isElement(child)) survey(child, top, ids);
}

/** An ID is unique whatever its spelling or namespace, so that no two libraries can resolve it differently. */
function collectIds(element: XmlElement, ids: Set<string>): void {
  for (const { local, value } of element.attributes) {
    if (local.length !== 2 || local.toUpperCase() !== "ID") continue;
    if (ids.has(value)) throw new Refusal("saml_id_duplicate", { element: element.local });
    ids.add(value);
  }
}

function refuseNested(element: XmlElement, top: XmlElement): void {
  if (element.local !== "Assertion" && element.local !== "EncryptedAssertion") return;
  if (element.parent !== top || top.namespace !== PROTOCOL)
    throw new Refusal("saml_assertion_count", { element: element.parent?.local });
}

function checkPlace(signature: XmlElement, top: XmlElement): void {
  const { parent } = signature;
  const inAssertion = parent?.parent === top && is(parent, ASSERTION, "Assertion");
  if (parent !== top && !inAssertion)
    throw new Refusal("saml_signature_misplaced", { element: parent?.local });
}
