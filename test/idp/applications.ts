import { DATA_ANALYSTS, ENTRA_ACCOUNTS, ENTRA_TENANT } from "../../infra/local/idp/accounts.ts";
import { ENTRA_CLIENT } from "../../infra/local/idp/entra.ts";
import { GOOGLE_ADMIN, GOOGLE_CLIENT } from "../../infra/local/idp/google.ts";
import { type Attributes, entra, google, okta, type Wording } from "./answers.ts";
import { blockOf, type Vendor } from "./pages.ts";

const MS = "http://schemas.microsoft.com";
const OBJECT_ID = ENTRA_ACCOUNTS[0]?.id ?? "";
const GUID = /11111111-2222-3333-4444-555555555555/g;

/** A provider's metadata lies beside the YAML: nothing is fetched from vendors. */
const local = (block: string): string =>
  block
    .replace(/^metadata:(?: \{ url.*| *\n {2}url: .*)$/m, "metadata: { file: provider.xml }")
    .replace("metadata: { file: google.xml }", "metadata: { file: provider.xml }");

/** Where the emulated vendors are. */
interface Origins {
  readonly oktaOpenId: string;
  readonly entra: string;
  readonly google: string;
}

/** The page's YAML for one connection, with the addresses and secrets of this machine. */
export function substituted(vendor: Vendor, id: string, at: Origins): string {
  const block = local(blockOf(vendor, id)).replaceAll("provider.xml", `${id}.xml`);
  if (id === "okta-oidc")
    return block
      .replace("https://acme.okta.com", at.oktaOpenId)
      .replace(/secret: "arn:[^"]+"/, "env: OKTA_OPENID_SECRET");
  if (id === "entra")
    return block
      .replace("https://login.microsoftonline.com", at.entra)
      .replace(GUID, ENTRA_TENANT)
      .replace("99999999-aaaa-bbbb-cccc-dddddddddddd", ENTRA_CLIENT)
      .replace(/secret: "arn:[^"]+"/, "env: ENTRA_CLIENT_SECRET");
  if (id === "google")
    return block
      .replace("https://accounts.google.com", at.google)
      .replace("123-example.apps.googleusercontent.com", GOOGLE_CLIENT)
      .replace(/secret: "arn:[^"]+google\/client"/, "env: GOOGLE_CLIENT_SECRET")
      .replace(/secret: "arn:[^"]+google\/directory"/, "env: GOOGLE_SERVICE_ACCOUNT")
      .replace("directory-reader@example.com", GOOGLE_ADMIN);
  return block;
}

export interface Row {
  readonly vendor: Vendor;
  readonly id: string;
  /** Who the broker must take the person for, and a group it must see. */
  readonly subject: string;
  readonly group: string;
  /** What the page's own rule gives, where the page has one for this connection. */
  readonly gives?: string;
  readonly by:
    | { readonly wording: Wording; readonly attributes: Attributes }
    | { readonly account: string; readonly mfa?: boolean };
}

const okta00u = "00u1sre0000000000697";
/** Every connection of the pages, as its vendor would serve it. */
export const rows: readonly Row[] = [
  {
    vendor: "okta",
    id: "okta",
    subject: okta00u,
    group: "aws-sre",
    gives: "111111111111/Admin",
    by: {
      wording: okta,
      attributes: {
        userId: [okta00u],
        displayName: ["S. R. Engineer"],
        email: ["sre@example.com"],
        costCenter: ["platform"],
        amr: ["pwd", "mfa", "swk"],
        groups: ["aws-sre", "aws-dev"],
      },
    },
  },
  { vendor: "okta", id: "okta-oidc", subject: okta00u, group: "aws-sre", by: { account: "sre", mfa: true } },
  {
    vendor: "entra",
    id: "entra",
    subject: `${ENTRA_TENANT}/${OBJECT_ID}`,
    group: DATA_ANALYSTS,
    gives: "111111111111/ReadOnly",
    by: { account: "analyst" },
  },
  {
    vendor: "entra",
    id: "entra-saml",
    subject: OBJECT_ID,
    group: DATA_ANALYSTS,
    by: {
      wording: entra,
      attributes: {
        [`${MS}/identity/claims/tenantid`]: ["11111111-2222-3333-4444-555555555555"],
        [`${MS}/identity/claims/objectidentifier`]: [OBJECT_ID],
        [`${MS}/identity/claims/displayname`]: ["Ana Lyst"],
        [`${MS}/ws/2008/06/identity/claims/groups`]: [DATA_ANALYSTS],
        [`${MS}/claims/authnmethodsreferences`]: [`${MS}/claims/multipleauthn`],
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress": ["analyst@example.com"],
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name": ["analyst@example.com"],
      },
    },
  },
  {
    vendor: "google",
    id: "google",
    subject: "107691503500061000042",
    group: "support@groups.example.com",
    gives: "111111111111/ReadOnly",
    by: { account: "support" },
  },
  {
    vendor: "google",
    id: "google-saml",
    subject: "107691503500061000042",
    group: "Support",
    by: {
      wording: google,
      attributes: {
        subject: ["107691503500061000042"],
        email: ["support@example.com"],
        firstName: ["Sue"],
        groups: ["Support"],
      },
    },
  },
];
