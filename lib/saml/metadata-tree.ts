import { X509Certificate } from "node:crypto";
import { isRefusal, Refusal } from "../core/errors.ts";
import { type Epoch, parseInstant } from "../core/time.ts";
import { canonicalize, escapeAttribute } from "./c14n.ts";
import { DSIG, PROTOCOL } from "./names.ts";
import { toPem } from "./pem.ts";
import { attribute, collapse, is, isElement, textOf } from "./tree.ts";
import { METADATA_LIMITS, parseXml, type XmlElement } from "./xml.ts";

const METADATA = "urn:oasis:names:tc:SAML:2.0:metadata";
/** Longest document, in characters; one provider's is a few thousand. */
const LONGEST = 1_000_000;
/** Signing keys of one provider that are believed. */
const MOST_CERTIFICATES = 16;
/** The reason by which a provider that publishes no key is told from metadata that cannot be read. */
export const NO_SIGNING_KEYS = "no signing keys";
/** EntitiesDescriptor nests in itself. */
const DEEPEST = 8;

/** One provider as its metadata's tree shows it. */
export interface ProviderTree {
  readonly entityId: string;
  readonly certificates: readonly string[];
  readonly validUntil?: Epoch;
  /** A document that holds this provider's IDPSSODescriptor and nothing else. */
  readonly alone: string;
}

const invalid = (reason: string, hint?: string, cause?: unknown): Refusal =>
  new Refusal(
    "provider_metadata_invalid",
    { reason },
    { cause, ...(hint === undefined ? {} : { about: { hint } }) },
  );

/**
 * Finds one identity provider in a metadata document, which may describe one entity or many.
 *
 * @param wanted Its entity id; needed where there are several identity providers.
 * @throws {Refusal} `provider_metadata_invalid`, `provider_metadata_other_entity` when the wanted one is not there.
 */
export function chooseProvider(xml: string, wanted: string | undefined): ProviderTree {
  const found = findProviders(parse(xml), undefined, 0);
  const chosen = wanted === undefined ? found : found.filter(({ entityId }) => entityId === wanted);
  const [provider, ...others] = chosen;
  if (provider === undefined) {
    if (found.length > 0)
      throw new Refusal(
        "provider_metadata_other_entity",
        { found: found.length },
        { about: { hint: `The metadata describes other providers than ${wanted}.` } },
      );
    throw invalid(
      "no provider",
      "The metadata has no EntityDescriptor with an IDPSSODescriptor of SAML 2.0.",
    );
  }
  if (others.length > 0)
    throw invalid(
      "several providers",
      "The metadata describes several identity providers: set `issuer` to one.",
    );
  return describe(provider);
}

function parse(xml: string): XmlElement {
  if (xml.length > LONGEST) throw invalid("too large", `Metadata may have ${LONGEST} characters.`);
  try {
    return parseXml(xml, METADATA_LIMITS);
  } catch (cause) {
    const hint = isRefusal(cause, "saml_markup_forbidden")
      ? "Metadata may hold no document type, CDATA section or processing instruction."
      : "The metadata is not well-formed XML in UTF-8.";
    throw invalid("not readable", hint, cause);
  }
}

interface Found {
  readonly entityId: string;
  readonly role: XmlElement;
  readonly validUntil: Epoch | undefined;
}

const children = (element: XmlElement): readonly XmlElement[] => element.children.filter(isElement);

function findProviders(element: XmlElement, until: Epoch | undefined, depth: number): Found[] {
  const validUntil = earliest(until, element);
  if (is(element, METADATA, "EntitiesDescriptor") && depth < DEEPEST)
    return children(element).flatMap((child) => findProviders(child, validUntil, depth + 1));
  const entityId = attribute(element, "entityID");
  if (!is(element, METADATA, "EntityDescriptor") || entityId === undefined || entityId === "") return [];
  const roles = children(element).filter(
    (child) => is(child, METADATA, "IDPSSODescriptor") && speaksSaml2(child),
  );
  return roles.slice(0, 1).map((role) => ({ entityId, role, validUntil: earliest(validUntil, role) }));
}

const speaksSaml2 = (role: XmlElement): boolean =>
  (attribute(role, "protocolSupportEnumeration") ?? "").split(/\s+/).includes(PROTOCOL);

function earliest(before: Epoch | undefined, element: XmlElement): Epoch | undefined {
  const text = attribute(element, "validUntil");
  if (text === undefined) return before;
  const at = parseInstant(text);
  if (at === undefined) throw invalid("validUntil", "validUntil is not an instant with a time zone.");
  return before === undefined ? at : Math.min(before, at);
}

function describe({ entityId, role, validUntil }: Found): ProviderTree {
  const certificates = [...new Set(children(role).filter(isSigningKey).flatMap(certificatesOf))];
  if (certificates.length === 0)
    throw new Refusal(
      "provider_metadata_invalid",
      { reason: NO_SIGNING_KEYS, entityId },
      { about: { hint: "The metadata has no signing certificate." } },
    );
  if (certificates.length > MOST_CERTIFICATES)
    throw invalid(
      "signing keys",
      `The metadata has ${certificates.length} signing certificates; at most ${MOST_CERTIFICATES} are taken.`,
    );
  return {
    entityId,
    certificates,
    ...(validUntil === undefined ? {} : { validUntil }),
    alone: `<EntityDescriptor xmlns="${METADATA}" entityID="${escapeAttribute(entityId)}">${canonicalize(role)}</EntityDescriptor>`,
  };
}

/** A key without a use serves both (saml-metadata §2.4.1.1); reading it as neither turned signature checks off elsewhere. */
function isSigningKey(element: XmlElement): boolean {
  const use = attribute(element, "use");
  return is(element, METADATA, "KeyDescriptor") && (use === undefined || use === "signing");
}

function certificatesOf(descriptor: XmlElement): string[] {
  return children(descriptor)
    .filter((child) => is(child, DSIG, "KeyInfo"))
    .flatMap(children)
    .filter((child) => is(child, DSIG, "X509Data"))
    .flatMap(children)
    .filter((child) => is(child, DSIG, "X509Certificate"))
    .map((child) => readCertificate(collapse(textOf(child) ?? "")));
}

function readCertificate(body: string): string {
  try {
    return toPem(new X509Certificate(Buffer.from(body, "base64")).raw);
  } catch (cause) {
    throw invalid("certificate", "A signing certificate in the metadata cannot be read.", cause);
  }
}
