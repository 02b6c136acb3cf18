import { inflateRawSync } from "node:zlib";
import { DOMParser, type Element } from "@xmldom/xmldom";

/** What a demo provider reads of a service provider's AuthnRequest. */
export interface AuthnRequest {
  readonly id: string;
  readonly issuer: string;
  readonly acs: string | undefined;
  readonly destination: string | undefined;
  readonly forceAuthn: boolean;
  readonly isPassive: boolean;
  /** Authentication context classes asked for, exactly. */
  readonly contexts: readonly string[];
  readonly hint: string | undefined;
}

const PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol";
const ASSERTION = "urn:oasis:names:tc:SAML:2.0:assertion";

/** Largest request read, in bytes after inflating. */
const LONGEST = 64 * 1024;

/** Decodes the `SAMLRequest` of a binding. @throws {Error} when it is no base64 of the right kind. */
export function decodeRequest(sent: string, binding: "redirect" | "post"): string {
  const bytes = Buffer.from(sent, "base64");
  const xml = binding === "redirect" ? inflateRawSync(bytes, { maxOutputLength: LONGEST }) : bytes;
  return xml.toString("utf8");
}

/** xmldom goes on after an error unless it is stopped; its types do not name the option. */
const STRICT = {
  locator: false,
  onError(_level: string, message: string): never {
    throw new Error(`the request is not XML: ${message}`);
  },
};

/** Reads an AuthnRequest. @throws {Error} in one sentence for whatever is no AuthnRequest. */
export function readRequest(xml: string): AuthnRequest {
  const document = new DOMParser(STRICT).parseFromString(xml, "text/xml");
  const root = document.documentElement;
  if (root?.namespaceURI !== PROTOCOL || root.localName !== "AuthnRequest")
    throw new Error("SAMLRequest is not an AuthnRequest");
  const id = root.getAttribute("ID") ?? "";
  if (!/^[A-Za-z_][\w.-]*$/.test(id)) throw new Error("the request's ID is not an NCName");
  return {
    id,
    issuer: texts(root, ASSERTION, "Issuer")[0] ?? "",
    acs: root.getAttribute("AssertionConsumerServiceURL") ?? undefined,
    destination: root.getAttribute("Destination") ?? undefined,
    forceAuthn: ["true", "1"].includes(root.getAttribute("ForceAuthn") ?? ""),
    isPassive: ["true", "1"].includes(root.getAttribute("IsPassive") ?? ""),
    contexts: texts(root, ASSERTION, "AuthnContextClassRef"),
    hint: texts(root, ASSERTION, "NameID")[0],
  };
}

const texts = (root: Element, namespace: string, name: string): string[] =>
  [...root.getElementsByTagNameNS(namespace, name)].map((element) => (element.textContent ?? "").trim());
