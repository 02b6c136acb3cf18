import { attribute, children, descendants, NS, onlyChild, parseXml, textOf } from "./dom.ts";
import { AwsFault } from "./faults.ts";
import { hasUniqueIds, hasUsualShape, verifiedXml } from "./saml-signature.ts";
import type { SamlProvider } from "./state.ts";

const SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success";
const MOST_ELEMENTS = 2000;

export const invalidToken = (message: string): AwsFault => new AwsFault(400, "InvalidIdentityToken", message);

/** A response whose shape is right and whose signature is not checked yet. */
export interface OpenedResponse {
  readonly document: string;
  readonly root: Element;
  /** Entity id that the assertion claims to come from. */
  readonly issuer: string;
}

function decode(base64: string): string {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64) || base64.length % 4 !== 0)
    throw invalidToken("Invalid base64 SAMLResponse");
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.from(base64, "base64"));
  } catch {
    throw invalidToken("Invalid base64 SAMLResponse");
  }
}

const issuerOf = (element: Element): string | undefined => {
  const issuer = onlyChild(element, NS.assertion, "Issuer");
  return issuer && textOf(issuer);
};

function checkStatus(root: Element): void {
  const status = onlyChild(root, NS.protocol, "Status");
  const code = status && onlyChild(status, NS.protocol, "StatusCode");
  if (!code || attribute(code, "Value") !== SUCCESS || children(code).length > 0)
    throw new AwsFault(403, "IDPRejectedClaim", "The identity provider reported that authentication failed");
}

/** The one assertion of a document, wherever others might hide in it. */
function onlyAssertion(root: Element, elements: readonly Element[]): Element {
  const found = elements.filter(({ localName }) => ["Assertion", "EncryptedAssertion"].includes(localName));
  const assertion = onlyChild(root, NS.assertion, "Assertion");
  if (found.length !== 1 || assertion === undefined)
    throw invalidToken("Response must contain exactly one plain Assertion");
  return assertion;
}

const isVersioned = (element: Element): boolean =>
  attribute(element, "Version") === "2.0" && /^[A-Za-z_][\w.-]*$/.test(attribute(element, "ID") ?? "");

/**
 * Opens a base64 `samlp:Response` with exactly one assertion, a direct child of it.
 *
 * @throws {AwsFault} InvalidIdentityToken, IDPRejectedClaim.
 */
export function openResponse(base64: string): OpenedResponse {
  const document = decode(base64);
  const root = parseXml(document);
  if (root === undefined) throw invalidToken("Could not parse SAML response");
  const elements = descendants(root);
  if (root.localName !== "Response" || root.namespaceURI !== NS.protocol || elements.length > MOST_ELEMENTS)
    throw invalidToken("Could not parse SAML response");
  checkStatus(root);
  const assertion = onlyAssertion(root, elements);
  if (![root, assertion].every(isVersioned)) throw invalidToken("Could not parse SAML response");
  const issuer = issuerOf(assertion);
  const outer = issuerOf(root);
  if (issuer === undefined || (children(root, NS.assertion, "Issuer").length > 0 && outer !== issuer))
    throw invalidToken("Issuer not present in specified provider");
  return { document, root, issuer };
}

/** The assertion as the signature covers it: from a signed response its child, otherwise itself. */
function coveredAssertion(covered: Element): Element | undefined {
  if (covered.localName === "Assertion" && covered.namespaceURI === NS.assertion) return covered;
  return onlyChild(covered, NS.assertion, "Assertion");
}

const invalidSignature = () => invalidToken("Response signature invalid");

/** The assertion as one signature of the response proves it. */
function assertionProvenBy(signature: Element, opened: OpenedResponse, provider: SamlProvider): Element {
  const parent = signature.parentNode as Element;
  const places = [opened.root, onlyChild(opened.root, NS.assertion, "Assertion")];
  const alone = children(parent, NS.signature, "Signature").length === 1;
  if (!alone || !places.includes(parent) || !hasUsualShape(signature)) throw invalidSignature();
  const xml = verifiedXml(signature, opened.document, provider.certificates);
  const covered = xml === undefined ? undefined : parseXml(xml);
  const assertion = covered?.localName === parent.localName ? coveredAssertion(covered) : undefined;
  if (assertion === undefined) throw invalidSignature();
  return assertion;
}

/**
 * Verifies every signature of a response and gives the assertion, parsed anew from the very bytes that were proven.
 *
 * @throws {AwsFault} `Response signature invalid` for anything else than a genuine assertion of this provider.
 */
export function verifiedAssertion(opened: OpenedResponse, provider: SamlProvider): Element {
  if (opened.issuer !== provider.entityId) throw invalidToken("Issuer not present in specified provider");
  const signatures = descendants(opened.root).filter((element) => element.localName === "Signature");
  const found = signatures.map((signature) => assertionProvenBy(signature, opened, provider)).at(-1);
  if (found === undefined || !hasUniqueIds(opened.root)) throw invalidSignature();
  return found;
}
