import { X509Certificate } from "node:crypto";
import { attribute, children, descendants, NS, onlyChild, parseXml } from "./dom.ts";
import { AwsFault, invalidParameter } from "./faults.ts";

/** What IAM keeps of an identity provider's metadata. */
export interface ProviderMetadata {
  readonly entityId: string;
  /** base64 DER. */
  readonly certificates: readonly string[];
}

const LEAST_CHARACTERS = 1000;
const MOST_CHARACTERS = 10_000_000;
const MOST_KEYS = 10;
const LEAST_KEY_BITS = 1024;

/** Children of IDPSSODescriptor in the order that the schema wants. */
const ORDER = [
  "Signature",
  "Extensions",
  "KeyDescriptor",
  "Organization",
  "ContactPerson",
  "ArtifactResolutionService",
  "SingleLogoutService",
  "ManageNameIDService",
  "NameIDFormat",
  "SingleSignOnService",
  "NameIDMappingService",
  "AssertionIDRequestService",
  "AttributeProfile",
  "Attribute",
];

const BINDINGS = ["HTTP-POST", "HTTP-Redirect"].map((name) => `urn:oasis:names:tc:SAML:2.0:bindings:${name}`);

const invalid = (what: string) => new AwsFault(400, "InvalidInput", `Could not parse metadata: ${what}`);

function checkOrder(descriptor: Element): void {
  const places = children(descriptor).map((child) => ORDER.indexOf(child.localName ?? ""));
  if (places.some((place, at) => place < 0 || place < (places[at - 1] ?? 0)))
    throw invalid("the children of IDPSSODescriptor are not in the order of the schema");
}

/** One certificate of a key descriptor, base64 DER. */
function readCertificate(descriptor: Element): string {
  const certificates = descendants(descriptor).filter(
    (element) => element.localName === "X509Certificate" && element.namespaceURI === NS.signature,
  );
  const text = (certificates[0]?.textContent ?? "").replace(/\s+/g, "");
  if (certificates.length !== 1 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text))
    throw invalid("each KeyDescriptor holds exactly one X509Certificate");
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(Buffer.from(text, "base64"));
  } catch {
    throw invalid("an X509Certificate is not a certificate");
  }
  checkCertificate(certificate);
  return text;
}

function checkCertificate(certificate: X509Certificate): void {
  const { publicKey } = certificate;
  const bits = publicKey.asymmetricKeyDetails?.modulusLength ?? 0;
  if (publicKey.asymmetricKeyType !== "rsa" || bits < LEAST_KEY_BITS)
    throw invalid(`signing keys are RSA of at least ${LEAST_KEY_BITS} bits`);
  // Every extension of X.509 itself begins with an object identifier of three bytes, 2.5.29.x.
  const extensions = certificate.raw.toString("hex").match(/0603551d../g) ?? [];
  if (new Set(extensions).size !== extensions.length) throw invalid("a certificate repeats an extension");
}

function readKeys(descriptor: Element): readonly string[] {
  const keys = children(descriptor, NS.metadata, "KeyDescriptor").filter(
    (key) => (attribute(key, "use") ?? "signing") === "signing",
  );
  if (keys.length === 0) throw invalid("there is no signing key");
  if (keys.length > MOST_KEYS) throw invalid(`there are more than ${MOST_KEYS} signing keys`);
  return keys.map(readCertificate);
}

function checkSignOn(descriptor: Element): void {
  const services = children(descriptor, NS.metadata, "SingleSignOnService");
  const usable = services.filter(
    (service) =>
      BINDINGS.includes(attribute(service, "Binding") ?? "") &&
      URL.canParse(attribute(service, "Location") ?? ""),
  );
  if (usable.length === 0) throw invalid("there is no SingleSignOnService");
}

/**
 * Reads metadata as CreateSAMLProvider does. Its expiry and its certificates' are ignored, as IAM ignores them.
 *
 * @throws {AwsFault} ValidationError for its length, InvalidInput for what it holds.
 * @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateSAMLProvider.html
 */
export function readMetadata(text: string): ProviderMetadata {
  if (text.length < LEAST_CHARACTERS)
    throw invalidParameter(
      text,
      "sAMLMetadataDocument",
      "Member must have length greater than or equal to 1000",
    );
  if (text.length > MOST_CHARACTERS)
    throw invalidParameter(
      "...",
      "sAMLMetadataDocument",
      "Member must have length less than or equal to 10000000",
    );
  if (text.startsWith("\ufeff")) throw invalid("it starts with a byte order mark");
  const root = parseXml(text);
  if (root === undefined) throw invalid("it is not well-formed XML");
  if (root.localName !== "EntityDescriptor" || root.namespaceURI !== NS.metadata)
    throw invalid("its root is not EntityDescriptor");
  const entityId = attribute(root, "entityID") ?? "";
  if (entityId === "" || entityId.length > 1024) throw invalid("entityID is missing or too long");
  const descriptor = onlyChild(root, NS.metadata, "IDPSSODescriptor");
  if (descriptor === undefined) throw invalid("there is not exactly one IDPSSODescriptor");
  if (!(attribute(descriptor, "protocolSupportEnumeration") ?? "").split(/\s+/).includes(NS.protocol))
    throw invalid("the provider does not speak SAML 2.0");
  checkOrder(descriptor);
  checkSignOn(descriptor);
  return { entityId, certificates: readKeys(descriptor) };
}
