import { Refusal } from "../core/errors.ts";
import { MESSAGE_LIMITS, type XmlElement, type XmlLimits } from "./xml-node.ts";
import { type Cursor, closeTag, newCursor, type OpenElement, openTag, skipSpace } from "./xml-tag.ts";
import { cleanSource, expand, isSpace, malformed } from "./xml-text.ts";

export type { XmlAttribute, XmlElement, XmlLimits } from "./xml-node.ts";
export { METADATA_LIMITS } from "./xml-node.ts";

const LESS_THAN = 0x3c;
const GREATER_THAN = 0x3e;
const SLASH = 0x2f;
const EXCLAMATION = 0x21;
const QUESTION = 0x3f;

/** An XML declaration is no longer than this, in characters. */
const LONGEST_DECLARATION = 200;
const DECLARATION =
  /^<\?xml[ \t\n]+version=(["'])1\.0\1(?:[ \t\n]+encoding=(["'])[Uu][Tt][Ff]-8\2)?(?:[ \t\n]+standalone=(["'])(?:yes|no)\3)?[ \t\n]*\?>/;

/**
 * Parses the subset of XML that SAML needs: elements, attributes, namespaces, text, the five entities and character
 * references. Document types, processing instructions, CDATA sections and names outside ASCII do not exist here.
 *
 * One pass, without recursion; time and memory are linear in the text.
 *
 * @param limits How deep and how large the document may be, and what becomes of comments.
 * @returns The root element.
 * @throws {Refusal} `saml_markup_forbidden`, `saml_xml_malformed` or `saml_xml_limit`, and nothing else.
 * @see https://www.w3.org/TR/xml/ and https://www.w3.org/TR/xml-names/
 */
export const parseXml = (text: string, limits: XmlLimits = MESSAGE_LIMITS): XmlElement =>
  parseClean(cleanSource(text), limits);

/** As `parseXml`, for text without a byte order mark, a carriage return, or a character that XML does not allow. */
export function parseClean(text: string, limits: XmlLimits = MESSAGE_LIMITS): XmlElement {
  const cursor = newCursor(text, limits);
  cursor.at = declarationLength(cursor.text);
  skipBetween(cursor);
  if (cursor.text.charCodeAt(cursor.at) !== LESS_THAN) malformed("no element", cursor.at);
  refuseMarkup(cursor);
  const root = readRoot(cursor);
  skipBetween(cursor);
  if (cursor.at === cursor.text.length) return root;
  if (cursor.text.charCodeAt(cursor.at) === LESS_THAN) refuseMarkup(cursor);
  return malformed("something after the end", cursor.at);
}

function declarationLength(source: string): number {
  if (!source.startsWith("<?xml") || !isSpace(source.charCodeAt(5))) return 0;
  const found = DECLARATION.exec(source.slice(0, LONGEST_DECLARATION));
  return found === null ? malformed("an XML declaration other than 1.0 in UTF-8", 0) : found[0].length;
}

function skipBetween(cursor: Cursor): void {
  skipSpace(cursor);
  while (mayDropComment(cursor)) {
    skipComment(cursor);
    skipSpace(cursor);
  }
}

const mayDropComment = (cursor: Cursor): boolean =>
  cursor.limits.comments === "drop" && cursor.text.startsWith("<!--", cursor.at);

function skipComment(cursor: Cursor): void {
  const end = cursor.text.indexOf("--", cursor.at + 4);
  if (end < 0 || cursor.text.charCodeAt(end + 2) !== GREATER_THAN)
    malformed("a comment without an end", cursor.at);
  cursor.at = end + 3;
}

/** Stands at `<`: lets pass what may be a tag. */
function refuseMarkup(cursor: Cursor): void {
  const code = cursor.text.charCodeAt(cursor.at + 1);
  if (code === EXCLAMATION || code === QUESTION)
    throw new Refusal("saml_markup_forbidden", { offset: cursor.at });
}

function readRoot(cursor: Cursor): OpenElement {
  const root = openTag(cursor, undefined);
  let open = cursor.ended ? undefined : root;
  while (open !== undefined) {
    readText(cursor, open);
    open = readMarkup(cursor, open);
  }
  return root;
}

/** @returns The element that is open afterwards. */
function readMarkup(cursor: Cursor, open: OpenElement): OpenElement | undefined {
  if (cursor.text.charCodeAt(cursor.at + 1) === SLASH) return closeTag(cursor, open);
  if (mayDropComment(cursor)) {
    skipComment(cursor);
    return open;
  }
  refuseMarkup(cursor);
  const element = openTag(cursor, open);
  open.children.push(element);
  return cursor.ended ? open : element;
}

function readText(cursor: Cursor, open: OpenElement): void {
  const end = cursor.text.indexOf("<", cursor.at);
  if (end < 0) malformed("an element without an end", cursor.at);
  if (end === cursor.at) return;
  const raw = cursor.text.slice(cursor.at, end);
  if (raw.includes("]]>")) malformed("`]]>` in text", cursor.at);
  const text = expand(raw, cursor.at);
  cursor.at = end;
  const last = open.children.length - 1;
  const before = open.children[last];
  if (typeof before === "string") open.children[last] = before + text;
  else open.children.push(text);
}
