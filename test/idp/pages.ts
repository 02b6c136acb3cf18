import { readFileSync } from "node:fs";
import { bare, KEYS } from "../saml/genuine.ts";

/** The pages that tell an administrator every click, one for each vendor. */
export const VENDORS = ["okta", "entra", "google"] as const;
export type Vendor = (typeof VENDORS)[number];

/** What the pages write for the broker's address. */
export const PAGE_BROKER = "https://broker.example.com";

export const pageOf = (vendor: Vendor): string =>
  readFileSync(new URL(`../../docs/idp/${vendor}.md`, import.meta.url), "utf8");

/** The YAML blocks of a page, as written. */
export const blocksOf = (text: string): string[] =>
  [...text.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, block = ""]) => block);

/** The block that holds this connection first: the one to begin with, not the one for moving an old application. */
export function blockOf(vendor: Vendor, connection: string): string {
  const found = blocksOf(pageOf(vendor)).find((block) => block.includes(`\nid: ${connection}\n`));
  if (found === undefined) throw new Error(`docs/idp/${vendor}.md has no connection ${connection}`);
  return found;
}

/** Metadata of a provider that signs with the tests' own key, as a vendor's file would hold it. */
export const metadataOf = (entityId: string, ssoUrl: string): string =>
  `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${entityId}"><md:IDPSSODescriptor WantAuthnRequestsSigned="false" protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>${bare(KEYS.idp.certificate)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor><md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="${ssoUrl}"/></md:IDPSSODescriptor></md:EntityDescriptor>`;
