import { Refusal } from "../core/errors.ts";
import type { Epoch } from "../core/time.ts";
import { chooseProvider } from "./metadata-tree.ts";
import { PROTOCOL } from "./names.ts";
import { isSignOnUrl } from "./sign-on-url.ts";

/** An address to send AuthnRequests to. */
export interface SsoUrl {
  readonly binding: "redirect" | "post";
  readonly url: string;
}

/** What a provider's metadata says of it. */
export interface ProviderMetadata {
  readonly entityId: string;
  /** In the order written, doubles left out; at least one. */
  readonly ssoUrls: readonly SsoUrl[];
  /** Signing certificates, PEM, in the order written; at least one. A key without a use is for signing too. */
  readonly certificates: readonly string[];
  readonly wantsSignedRequests: boolean;
  readonly validUntil?: Epoch;
}

const BINDINGS: Readonly<Record<string, SsoUrl["binding"]>> = {
  "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect": "redirect",
  "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST": "post",
};
const POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
const PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
const UNSPECIFIED = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";
const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';
/** What IAM takes, in characters. */
const IAM_LEAST = 1000;
const IAM_MOST = 10_000_000;

/**
 * Reads an identity provider's metadata.
 *
 * The document passes our gate and parser first; samlify is then given one provider and nothing else, and asked for its
 * addresses. It mixes the keys of the roles an entity plays, so keys are read from our own tree.
 *
 * @param entityId Which provider, where the document describes several.
 * @param privateHosts Exact `host:port` pairs whose addresses may be plain http; others are left out.
 * @throws {Refusal} `provider_metadata_invalid`, `provider_metadata_other_entity`.
 * @see https://docs.oasis-open.org/security/saml/v2.0/saml-metadata-2.0-os.pdf
 */
export async function readMetadata(
  xml: string,
  { entityId, privateHosts = [] }: { entityId?: string; privateHosts?: readonly string[] } = {},
): Promise<ProviderMetadata> {
  const provider = chooseProvider(xml, entityId);
  const { samlify } = await import("./samlify.ts");
  let read: { entityId: unknown; services: unknown; signed: boolean };
  try {
    const metadata = samlify.IdPMetadata(provider.alone);
    read = {
      entityId: metadata.getEntityID(),
      services: metadata.getSingleSignOnService(""),
      signed: metadata.isWantAuthnRequestsSigned(),
    };
  } catch (cause) {
    throw new Refusal("provider_metadata_invalid", { reason: "samlify could not read it" }, { cause });
  }
  if (read.entityId !== provider.entityId)
    throw new Refusal("provider_metadata_invalid", { reason: "two readings of the entity id" });
  const ssoUrls = ssoUrlsOf(read.services, privateHosts);
  if (ssoUrls.length === 0)
    throw new Refusal(
      "provider_metadata_invalid",
      { reason: "no address" },
      {
        about: { hint: "The metadata has no SingleSignOnService for HTTP-Redirect or HTTP-POST over https." },
      },
    );
  return {
    entityId: provider.entityId,
    ssoUrls,
    certificates: provider.certificates,
    wantsSignedRequests: read.signed,
    ...(provider.validUntil === undefined ? {} : { validUntil: provider.validUntil }),
  };
}

function ssoUrlsOf(services: unknown, privateHosts: readonly string[]): SsoUrl[] {
  if (typeof services !== "object" || services === null) return [];
  return Object.entries(services).flatMap(([name, locations]: [string, unknown]) => {
    const binding = BINDINGS[name];
    if (binding === undefined) return [];
    const urls = (Array.isArray(locations) ? locations : [locations]).filter((url) =>
      isSignOnUrl(url, privateHosts),
    );
    return [...new Set(urls)].map((url) => ({ binding, url }));
  });
}

export interface SpMetadataInput {
  readonly entityId: string;
  readonly acs: string;
  /** PEM, those to come and those gone by included. */
  readonly signingCertificates: readonly string[];
  readonly encryptionCertificates: readonly string[];
  readonly signsRequests: boolean;
}

/** Our metadata for one identity provider. The same input gives the same bytes. */
export async function spMetadata(input: SpMetadataInput): Promise<string> {
  const { samlify } = await import("./samlify.ts");
  const metadata = samlify.SPMetadata({
    entityID: input.entityId,
    authnRequestsSigned: input.signsRequests,
    wantAssertionsSigned: true,
    signingCert: [...input.signingCertificates],
    encryptCert: [...input.encryptionCertificates],
    nameIDFormat: [PERSISTENT, UNSPECIFIED],
    assertionConsumerService: [{ Binding: POST, Location: input.acs, isDefault: true }],
  });
  return DECLARATION + metadata.getMetadata();
}

export interface IdpMetadataInput {
  readonly entityId: string;
  /** PEM: the active key's, the next one's and the retired one's, so that a rotation overlaps. */
  readonly certificates: readonly string[];
  readonly ssoUrl: string;
}

/**
 * Our metadata as an identity provider, as IAM takes it: 1,000 to 10,000,000 characters of UTF-8 without a byte order
 * mark. The same input gives the same bytes.
 *
 * @throws {Refusal} `keys_missing` without a certificate.
 */
export async function idpMetadata({ entityId, certificates, ssoUrl }: IdpMetadataInput): Promise<string> {
  if (certificates.length === 0) throw new Refusal("keys_missing", { purpose: "issuer-aws" });
  const { samlify } = await import("./samlify.ts");
  const metadata = samlify.IdPMetadata({
    entityID: entityId,
    wantAuthnRequestsSigned: false,
    signingCert: [...certificates],
    nameIDFormat: [PERSISTENT],
    singleSignOnService: [{ Binding: POST, Location: ssoUrl }],
    // samlify warns on the console unless there is one; the order below leaves it out.
    singleLogoutService: [{ Binding: POST, Location: ssoUrl }],
    elementsOrder: ["KeyDescriptor", "NameIDFormat", "SingleSignOnService"],
  });
  const text = DECLARATION + metadata.getMetadata();
  if (text.length < IAM_LEAST || text.length > IAM_MOST || !text.includes(PROTOCOL))
    throw new Refusal("broker_fault", { metadata: text.length });
  return text;
}
