import { createHash } from "node:crypto";
import { deflateRawSync } from "node:zlib";
import { Refusal } from "../core/errors.ts";
import type { Signer } from "../core/signer.ts";
import { type Epoch, toInstant } from "../core/time.ts";
import { canonicalize } from "./c14n.ts";
import { ASSERTION, PROTOCOL } from "./names.ts";
import { RSA_SHA256, signatureOver } from "./sign.ts";
import { attribute, is, isElement, textOf } from "./tree.ts";
import { parseXml, type XmlElement } from "./xml.ts";

/** One request of ours to a provider. */
export interface AuthnRequestInput {
  /** Comes back as InResponseTo; starts with no digit (Entra refuses that). */
  readonly id: string;
  readonly issuedAt: Epoch;
  /** Where the browser takes it: an address from the provider's metadata. */
  readonly destination: string;
  readonly binding: "redirect" | "post";
  /** Our entity id at this provider. */
  readonly issuer: string;
  readonly acs: string;
  readonly relayState: string;
  /** Authentication contexts, any of which will do; none asked for when empty. */
  readonly contexts?: readonly string[];
  /** Whether the person must prove themselves again although the provider knows them. */
  readonly reauthenticate?: boolean;
  /** Signs the request; unsigned without. */
  readonly signer?: Signer;
}

/** The request on its way: a URL to go to, or a form to post. */
export type AuthnRequest =
  | { readonly kind: "redirect"; readonly url: string }
  | { readonly kind: "form"; readonly action: string; readonly fields: Readonly<Record<string, string>> };

const POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";

/**
 * Builds an AuthnRequest for the Redirect or the POST binding.
 *
 * The XML is samlify's, read back and compared before it leaves, for samlify fills placeholders inside values too. The
 * signature is ours, for samlify signs with keys in memory only.
 *
 * @throws {Refusal} `broker_fault` when the XML does not say what it was to say.
 * @see https://docs.oasis-open.org/security/saml/v2.0/saml-bindings-2.0-os.pdf §3.4.4.1, §3.5.4
 */
export async function buildAuthnRequest(input: AuthnRequestInput): Promise<AuthnRequest> {
  const xml = await requestXml(input);
  const root = checkRequest(xml, input);
  return input.binding === "redirect" ? redirect(xml, input) : form(xml, root, input);
}

async function requestXml(input: AuthnRequestInput): Promise<string> {
  const { samlify } = await import("./samlify.ts");
  const contexts = input.contexts ?? [];
  const refs = contexts.map(
    (_, at) => `<saml:AuthnContextClassRef>{Context${at}}</saml:AuthnContextClassRef>`,
  );
  // Entra takes no other comparison than exact.
  const wish = `<samlp:RequestedAuthnContext Comparison="exact">${refs.join("")}</samlp:RequestedAuthnContext>`;
  const end = "</samlp:AuthnRequest>";
  const template = samlify.SamlLib.defaultLoginRequestTemplate.context.replace(
    end,
    contexts.length > 0 ? wish + end : end,
  );
  return samlify.SamlLib.replaceTagsByValue(template, {
    ID: input.id,
    IssueInstant: toInstant(input.issuedAt),
    Destination: input.destination,
    Issuer: input.issuer,
    ProtocolBinding: POST,
    AssertionConsumerServiceURL: input.acs,
    AssertionConsumerServiceIndex: undefined,
    // Without a format the provider sends the name that was agreed on with it.
    NameIDFormat: undefined,
    AllowCreate: true,
    ForceAuthn: input.reauthenticate === true ? true : undefined,
    ...Object.fromEntries(contexts.map((context, at) => [`Context${at}`, context])),
  });
}

function checkRequest(xml: string, input: AuthnRequestInput): XmlElement {
  const root = parseXml(xml);
  const [issuer] = root.children.filter(isElement);
  const said = {
    ID: attribute(root, "ID"),
    Destination: attribute(root, "Destination"),
    AssertionConsumerServiceURL: attribute(root, "AssertionConsumerServiceURL"),
    Issuer: issuer !== undefined && is(issuer, ASSERTION, "Issuer") ? textOf(issuer) : undefined,
  };
  const meant = {
    ID: input.id,
    Destination: input.destination,
    AssertionConsumerServiceURL: input.acs,
    Issuer: input.issuer,
  };
  const fits = is(root, PROTOCOL, "AuthnRequest") && JSON.stringify(said) === JSON.stringify(meant);
  if (!fits) throw new Refusal("broker_fault", { reason: "AuthnRequest says something else" });
  return root;
}

async function redirect(xml: string, input: AuthnRequestInput): Promise<AuthnRequest> {
  const parts = [
    `SAMLRequest=${encodeURIComponent(deflateRawSync(xml).toString("base64"))}`,
    `RelayState=${encodeURIComponent(input.relayState)}`,
  ];
  if (input.signer !== undefined) {
    parts.push(`SigAlg=${encodeURIComponent(RSA_SHA256)}`);
    // These very octets are signed: the other side hashes what it receives, not what it means.
    const value = await input.signer.sign(createHash("sha256").update(parts.join("&")).digest());
    parts.push(`Signature=${encodeURIComponent(Buffer.from(value).toString("base64"))}`);
  }
  const joint = input.destination.includes("?") ? "&" : "?";
  return { kind: "redirect", url: `${input.destination}${joint}${parts.join("&")}` };
}

async function form(xml: string, root: XmlElement, input: AuthnRequestInput): Promise<AuthnRequest> {
  const text = input.signer === undefined ? xml : await signed(root, input.id, input.signer);
  return {
    kind: "form",
    action: input.destination,
    fields: { SAMLRequest: Buffer.from(text, "utf8").toString("base64"), RelayState: input.relayState },
  };
}

/** The request in canonical form, with its signature after the Issuer, where the schema wants it. */
async function signed(root: XmlElement, id: string, signer: Signer): Promise<string> {
  const text = canonicalize(root);
  const digest = createHash("sha256").update(text).digest("base64");
  const after = "</saml:Issuer>";
  const at = text.indexOf(after) + after.length;
  return text.slice(0, at) + (await signatureOver(id, digest, signer)) + text.slice(at);
}
