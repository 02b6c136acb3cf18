import { SignedXml } from "xml-crypto";
import { attribute, children, descendants, NS, onlyChild } from "./dom.ts";

const EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#";
const ENVELOPED = `${NS.signature}enveloped-signature`;
const RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
const SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256";

const algorithm = (parent: Element | undefined, name: string): string | undefined => {
  const child = parent && onlyChild(parent, NS.signature, name);
  return child && attribute(child, "Algorithm");
};

/**
 * Whether a Signature is of the one shape every working identity provider sends to AWS: RSA-SHA256, exclusive
 * canonicalization, SHA-256, one reference to the element it stands in, the two usual transforms in their order.
 * What AWS accepts besides is not documented, so nothing besides is accepted.
 */
export function hasUsualShape(signature: Element): boolean {
  const parent = signature.parentNode as Element;
  const info = onlyChild(signature, NS.signature, "SignedInfo");
  const reference = info && onlyChild(info, NS.signature, "Reference");
  const transforms = reference && onlyChild(reference, NS.signature, "Transforms");
  if (!info || !reference || !transforms) return false;
  const used = children(transforms, NS.signature, "Transform").map((each) => attribute(each, "Algorithm"));
  return (
    children(info).length === 3 &&
    children(signature, NS.signature, "SignatureValue").length === 1 &&
    children(signature, NS.signature, "Object").length === 0 &&
    algorithm(info, "CanonicalizationMethod") === EXCLUSIVE &&
    algorithm(info, "SignatureMethod") === RSA_SHA256 &&
    algorithm(reference, "DigestMethod") === SHA256 &&
    children(transforms).length === 2 &&
    used[0] === ENVELOPED &&
    used[1] === EXCLUSIVE &&
    attribute(reference, "URI") === `#${attribute(parent, "ID") ?? ""}`
  );
}

const toPem = (base64: string) =>
  `-----BEGIN CERTIFICATE-----\n${base64.match(/.{1,64}/g)?.join("\n") ?? ""}\n-----END CERTIFICATE-----\n`;

/** What one certificate proves of a signature: the canonical bytes of the element it covers, or nothing. */
function provenBy(certificate: string, signature: Element, document: string): string | undefined {
  const verifier = new SignedXml({ publicCert: toPem(certificate), getCertFromKeyInfo: () => null });
  try {
    verifier.loadSignature(signature);
    if (!verifier.checkSignature(document)) return undefined;
    const [covered, ...others] = verifier.getSignedReferences();
    return others.length === 0 ? covered : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Verifies a Signature by the keys of the metadata alone; whatever key the document itself brings is ignored.
 *
 * @returns Canonical XML of the covered element, from which everything must be read; undefined when not genuine.
 */
export function verifiedXml(
  signature: Element,
  document: string,
  certificates: readonly string[],
): string | undefined {
  for (const certificate of certificates) {
    const proven = provenBy(certificate, signature, document);
    if (proven !== undefined) return proven;
  }
  return undefined;
}

/** Whether no two elements share an ID in any of its spellings. */
export function hasUniqueIds(root: Element): boolean {
  const ids = descendants(root).flatMap((element) =>
    Array.from(element.attributes)
      .filter((each) => each.localName?.toLowerCase() === "id")
      .map((each) => each.value),
  );
  return new Set(ids).size === ids.length;
}
