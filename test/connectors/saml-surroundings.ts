import * as v from "valibot";
import type { Surroundings } from "../../lib/connectors/connector.ts";
import { type ConnectionState, SamlConnection } from "../../lib/core/connection.ts";
import type { OutboundRequest, OutboundResponse } from "../../lib/core/outbound.ts";
import { DEFAULT_SETTINGS } from "../../lib/core/settings.ts";
import { fixedClock } from "../../lib/core/time.ts";
import { newIssuer } from "../aws/issuer.ts";
import { bare, IDP, KEYS, NOW, unwrapWith } from "../saml/genuine.ts";

export const URL_OF_BROKER = "https://broker.example.com";

/** A connection as `sekisho apply` would make it. */
export const connect = (change: Record<string, unknown> = {}): SamlConnection =>
  v.parse(SamlConnection, {
    kind: "Connection",
    id: "okta",
    protocol: "saml",
    metadata: { url: "https://idp.example.com/metadata" },
    claims: { email: "email", groups: "groups" },
    ...change,
  });

/** What the provider's metadata told. */
export const state: ConnectionState = {
  connection: "okta",
  entityId: IDP,
  ssoUrls: [
    { binding: "post", url: "https://idp.example.com/post" },
    { binding: "redirect", url: "https://idp.example.com/redirect" },
  ],
  wantsSignedRequests: false,
  keys: [{ certificate: KEYS.idp.certificate, seenAt: NOW - 86_400 }],
  refreshedAt: NOW - 3600,
};

const signer = newIssuer("sp-sign");

export const surround = (change: Partial<Surroundings> = {}): Surroundings => ({
  url: URL_OF_BROKER,
  clock: fixedClock(NOW),
  outbound: async () => {
    throw new Error("nothing is asked of anybody");
  },
  settings: DEFAULT_SETTINGS,
  state,
  secret: async () => "",
  spSigner: async () => (await signer).signer,
  unwrapKey: unwrapWith(KEYS.sp.key),
  ...change,
});

/** An outbound that answers one text and counts. */
export function answering(body: string | Uint8Array, status = 200) {
  const asked: OutboundRequest[] = [];
  const outbound = async (request: OutboundRequest): Promise<OutboundResponse> => {
    asked.push(request);
    return { status, headers: {}, body: typeof body === "string" ? Buffer.from(body) : body };
  };
  return { asked, outbound };
}

/** A provider's metadata with these certificates, PEM. */
export const metadataOf = (
  certificates: readonly string[],
  { id = "https://idp.example.com", sso = "https://idp.example.com/sso", more = "" } = {},
) =>
  `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${id}"${more}><md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">${certificates
    .map(
      (one) =>
        `<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>${bare(one)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`,
    )
    .join(
      "",
    )}<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="${sso}"/></md:IDPSSODescriptor></md:EntityDescriptor>`;
