import { Refusal } from "../core/errors.ts";
import { XML_NAMESPACE, XMLNS_NAMESPACE } from "./names.ts";
import type { XmlDeclaration, XmlLimits } from "./xml-node.ts";
import { attributeValue, continuesName, isSpace, malformed, startsName } from "./xml-text.ts";

/** Attributes and declarations of one element, together. */
const MOST_ATTRIBUTES = 64;
/** Names end up in logs, and none of SAML's comes near this. */
const LONGEST_NAME = 128;

const GREATER_THAN = 0x3e;
const SLASH = 0x2f;
const EQUALS = 0x3d;
const COLON = 0x3a;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;

const NOTHING: readonly never[] = [];

/** An attribute while its prefix waits for the declarations that may follow it. */
interface OpenAttribute {
  readonly prefix: string;
  readonly local: string;
  namespace: string;
  readonly value: string;
}

/** An element while it is read. */
export interface OpenElement {
  readonly name: string;
  readonly prefix: string;
  readonly local: string;
  namespace: string;
  attributes: readonly OpenAttribute[];
  declarations: readonly XmlDeclaration[];
  readonly children: (OpenElement | string)[];
  readonly parent: OpenElement | undefined;
}

/** Where the parser stands. */
export interface Cursor {
  readonly text: string;
  readonly limits: XmlLimits;
  /** Namespaces in force by prefix, innermost last. */
  readonly bindings: Map<string, string[]>;
  at: number;
  elements: number;
  depth: number;
  /** The name read last. */
  prefix: string;
  local: string;
  /** Whether the tag read last was an empty element's. */
  ended: boolean;
}

export const newCursor = (text: string, limits: XmlLimits): Cursor => ({
  text,
  limits,
  bindings: new Map([
    ["", [""]],
    ["xml", [XML_NAMESPACE]],
  ]),
  at: 0,
  elements: 0,
  depth: 0,
  prefix: "",
  local: "",
  ended: false,
});

/** @returns How many characters of white space were passed. */
export function skipSpace(cursor: Cursor): number {
  const { text, at: from } = cursor;
  let at = from;
  while (isSpace(text.charCodeAt(at))) at++;
  cursor.at = at;
  return at - from;
}

/** Stands at the `<` of a start tag and reads past its `>`; `cursor.ended` then says whether it needs no end tag. */
export function openTag(cursor: Cursor, parent: OpenElement | undefined): OpenElement {
  const start = cursor.at++;
  cursor.elements++;
  cursor.depth++;
  if (cursor.elements > cursor.limits.elements || cursor.depth > cursor.limits.depth)
    throw new Refusal("saml_xml_limit", { elements: cursor.elements, depth: cursor.depth });
  readName(cursor);
  const element: OpenElement = {
    name: cursor.text.slice(start + 1, cursor.at),
    prefix: cursor.prefix,
    local: cursor.local,
    namespace: "",
    attributes: NOTHING,
    declarations: NOTHING,
    children: [],
    parent,
  };
  readAttributes(cursor, element);
  element.namespace = namespaceOf(cursor, element.prefix, start);
  if (element.attributes.length > 0) resolveAttributes(cursor, element.attributes, start);
  cursor.ended = cursor.text.charCodeAt(cursor.at) === SLASH;
  if (cursor.ended) cursor.at++;
  endTag(cursor);
  if (cursor.ended) leave(cursor, element);
  return element;
}

/** Stands at `</` and reads past its `>`. */
export function closeTag(cursor: Cursor, open: OpenElement): OpenElement | undefined {
  const after = cursor.at + 2 + open.name.length;
  const same =
    cursor.text.startsWith(open.name, cursor.at + 2) && !continuesName(cursor.text.charCodeAt(after));
  if (!same) malformed("an end tag of another name", cursor.at);
  cursor.at = after;
  skipSpace(cursor);
  endTag(cursor);
  leave(cursor, open);
  return open.parent;
}

function endTag(cursor: Cursor): void {
  if (cursor.text.charCodeAt(cursor.at) !== GREATER_THAN) malformed("a tag without an end", cursor.at);
  cursor.at++;
}

function leave(cursor: Cursor, element: OpenElement): void {
  for (const { prefix } of element.declarations) cursor.bindings.get(prefix)?.pop();
  cursor.depth--;
}

function readName(cursor: Cursor): void {
  cursor.prefix = "";
  cursor.local = readPart(cursor);
  if (cursor.text.charCodeAt(cursor.at) !== COLON) return;
  cursor.at++;
  cursor.prefix = cursor.local;
  cursor.local = readPart(cursor);
}

function readPart(cursor: Cursor): string {
  const { text, at: from } = cursor;
  let at = from;
  if (!startsName(text.charCodeAt(at))) malformed("a name", at);
  do at++;
  while (continuesName(text.charCodeAt(at)));
  if (at - from > LONGEST_NAME) throw new Refusal("saml_xml_limit", { nameLength: at - from });
  cursor.at = at;
  return text.slice(from, at);
}

function readAttributes(cursor: Cursor, element: OpenElement): void {
  let code = cursor.text.charCodeAt(cursor.at);
  if (code === GREATER_THAN) return;
  const attributes: OpenAttribute[] = [];
  const declarations: XmlDeclaration[] = [];
  for (;;) {
    const spaces = skipSpace(cursor);
    code = cursor.text.charCodeAt(cursor.at);
    if (code === GREATER_THAN || code === SLASH) break;
    if (spaces === 0) malformed("attributes that touch", cursor.at);
    if (attributes.length + declarations.length >= MOST_ATTRIBUTES)
      throw new Refusal("saml_xml_limit", { attributes: MOST_ATTRIBUTES });
    readAttribute(cursor, attributes, declarations);
  }
  if (attributes.length > 0) element.attributes = attributes;
  if (declarations.length > 0) element.declarations = declarations;
}

function readAttribute(cursor: Cursor, attributes: OpenAttribute[], declarations: XmlDeclaration[]): void {
  const start = cursor.at;
  readName(cursor);
  const { prefix, local } = cursor;
  const value = readValue(cursor);
  if (prefix === "xmlns") declarations.push(declare(cursor, local, value, start, declarations));
  else if (prefix === "" && local === "xmlns")
    declarations.push(declare(cursor, "", value, start, declarations));
  else attributes.push({ prefix, local, namespace: "", value });
}

function readValue(cursor: Cursor): string {
  const { text } = cursor;
  skipSpace(cursor);
  if (text.charCodeAt(cursor.at) !== EQUALS) malformed("an attribute without a value", cursor.at);
  cursor.at++;
  skipSpace(cursor);
  const quote = text.charCodeAt(cursor.at);
  if (quote !== QUOTE && quote !== APOSTROPHE) malformed("an attribute without quotes", cursor.at);
  const from = cursor.at + 1;
  const end = text.indexOf(quote === QUOTE ? '"' : "'", from);
  if (end < 0) malformed("an attribute without an end", from);
  cursor.at = end + 1;
  return attributeValue(text.slice(from, end), from);
}

/** Canonical XML is undefined for relative namespace names, which libraries have answered with an empty text. */
const ABSOLUTE = /^[A-Za-z][A-Za-z0-9+.-]*:[\x21-\x7e]*$/;

function declare(
  cursor: Cursor,
  prefix: string,
  uri: string,
  start: number,
  already: readonly XmlDeclaration[],
): XmlDeclaration {
  if (prefix === "xml" || prefix === "xmlns" || uri === XML_NAMESPACE || uri === XMLNS_NAMESPACE)
    malformed("a declaration of a reserved namespace", start);
  if (uri === "" ? prefix !== "" : !ABSOLUTE.test(uri)) malformed("a namespace that is no URI", start);
  for (const other of already) if (other.prefix === prefix) malformed("a namespace declared twice", start);
  const bound = cursor.bindings.get(prefix);
  if (bound === undefined) cursor.bindings.set(prefix, [uri]);
  else bound.push(uri);
  return { prefix, uri };
}

function namespaceOf(cursor: Cursor, prefix: string, start: number): string {
  const bound = cursor.bindings.get(prefix);
  return bound?.[bound.length - 1] ?? malformed("a prefix nobody declared", start);
}

function resolveAttributes(cursor: Cursor, attributes: readonly OpenAttribute[], start: number): void {
  for (const attribute of attributes)
    if (attribute.prefix !== "") attribute.namespace = namespaceOf(cursor, attribute.prefix, start);
  for (let index = 1; index < attributes.length; index++)
    if (repeats(attributes, index)) malformed("an attribute given twice", start);
}

function repeats(attributes: readonly OpenAttribute[], index: number): boolean {
  const one = attributes[index];
  for (let before = 0; before < index; before++) {
    const other = attributes[before];
    if (other?.local === one?.local && other?.namespace === one?.namespace) return true;
  }
  return false;
}
