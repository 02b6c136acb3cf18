import { isUtf8 } from "node:buffer";
import { Refusal } from "../core/errors.ts";
import { PROTOCOL } from "./names.ts";
import { parseClean, parseXml, type XmlElement } from "./xml.ts";
import { isPlain, isSpace } from "./xml-text.ts";

/** Largest message as it arrives in the form field, in base64 characters. */
const LARGEST_MESSAGE = 256 * 1024;

/**
 * Decodes base64 without forgiving anything: one alphabet, full padding, no stray bits. Lines may be wrapped with CR
 * and LF, as RFC 2045 does; a space is refused, for it is what becomes of `+` in a badly encoded form.
 *
 * @returns The bytes, or undefined.
 */
export function decodeBase64(text: string): Buffer | undefined {
  const joined = text.includes("\n") || text.includes("\r") ? text.replace(/[\r\n]+/g, "") : text;
  const bytes = Buffer.from(joined, "base64");
  return bytes.length > 0 && bytes.toString("base64") === joined ? bytes : undefined;
}

/**
 * Lets a protocol message in, or not: size, base64, UTF-8, forbidden markup, depth and number of elements.
 *
 * @param encoded The form field as sent.
 * @returns The root element. Nothing in it is verified.
 * @throws {Refusal} `saml_too_large`, `saml_encoding_invalid` and what `parseXml` throws.
 */
export function openMessage(encoded: string): XmlElement {
  if (encoded.length > LARGEST_MESSAGE) throw new Refusal("saml_too_large", { characters: encoded.length });
  const bytes = decodeBase64(encoded);
  if (bytes === undefined) throw new Refusal("saml_encoding_invalid", { reason: "base64" });
  return parseBytes(bytes);
}

/** Parses bytes that must be UTF-8. @throws {Refusal} as `openMessage`. */
export function parseBytes(bytes: Buffer): XmlElement {
  if (isPlain(bytes)) {
    const text = bytes.toString("latin1");
    refuseMarkup(text);
    return parseClean(text);
  }
  if (!isUtf8(bytes)) throw new Refusal("saml_encoding_invalid", { reason: "utf-8" });
  const text = bytes.toString("utf8");
  refuseMarkup(text);
  return parseXml(text);
}

/** Says no before anything is parsed: no document type, comment, CDATA section or processing instruction anywhere. */
function refuseMarkup(text: string): void {
  const start = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  const from = text.startsWith("<?xml", start) && isSpace(text.charCodeAt(start + 5)) ? start + 2 : 0;
  if (text.includes("<!") || text.includes("<?", from))
    throw new Refusal("saml_markup_forbidden", { reason: "declaration or instruction" });
}

/**
 * Which request a response claims to answer, so that the sign-in can be found. UNVERIFIED: for dispatch alone.
 *
 * @throws {Refusal} whatever the gate refuses, and `saml_not_a_response`.
 */
export function peekResponse(encoded: string): { readonly inResponseTo?: string } {
  const root = openMessage(encoded);
  if (root.namespace !== PROTOCOL || root.local !== "Response") throw new Refusal("saml_not_a_response");
  const found = root.attributes.find(({ local, namespace }) => local === "InResponseTo" && namespace === "");
  return found === undefined ? {} : { inResponseTo: found.value };
}
