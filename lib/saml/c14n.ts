import { Refusal } from "../core/errors.ts";
import { XML_NAMESPACE } from "./names.ts";
import type { XmlAttribute, XmlElement } from "./xml.ts";

/** The prefix by which a PrefixList names the default namespace. */
const DEFAULT_TOKEN = "#default";

const AMPERSAND = 0x26;
const LESS_THAN = 0x3c;
const GREATER_THAN = 0x3e;
const QUOTE = 0x22;
const CARRIAGE_RETURN = 0x0d;
const TAB = 0x09;
const LINE_FEED = 0x0a;

/**
 * Longest canonical form, in characters. A namespace is written anew wherever it is used, so that a document within
 * every other limit could grow two thousand times: a second of CPU and half a gigabyte, before any key is asked.
 */
const LONGEST_FORM = 1_048_576;

interface Writer {
  text: string;
  readonly inclusive: ReadonlySet<string>;
  readonly omit: XmlElement | undefined;
  /** Namespaces that the output has declared so far, by prefix. */
  readonly rendered: Map<string, string>;
}

/**
 * Exclusive XML Canonicalization 1.0 of one element and everything below it.
 *
 * Trees of `parseXml` hold no comments, so this is the form with and without comments alike.
 *
 * @param inclusivePrefixes The PrefixList of InclusiveNamespaces; `#default` is the default namespace.
 * @param omit One descendant that is left out with everything below it: the enveloped signature.
 * @throws {Refusal} `saml_xml_limit` for a form longer than 1 MiB.
 * @see https://www.w3.org/TR/xml-exc-c14n/
 */
export function canonicalize(
  element: XmlElement,
  inclusivePrefixes: readonly string[] = [],
  omit?: XmlElement,
): string {
  const inclusive = new Set(inclusivePrefixes.map((prefix) => (prefix === DEFAULT_TOKEN ? "" : prefix)));
  const writer: Writer = { text: "", inclusive, omit, rendered: new Map() };
  writeElement(writer, element, inclusive.size === 0 ? [] : inheritedOf(element, inclusive));
  return writer.text;
}

type Binding = readonly [prefix: string, uri: string];

/** What the listed prefixes mean where the output starts, by declarations above it. */
function inheritedOf(element: XmlElement, inclusive: ReadonlySet<string>): Binding[] {
  const found = new Map<string, string>();
  for (let at = element.parent; at !== undefined; at = at.parent)
    for (const { prefix, uri } of at.declarations)
      if (inclusive.has(prefix) && !found.has(prefix)) found.set(prefix, uri);
  for (const { prefix } of element.declarations) found.delete(prefix);
  return [...found];
}

const NOTHING: readonly never[] = [];

function writeElement(writer: Writer, element: XmlElement, inherited: readonly Binding[]): void {
  const { name } = element;
  writer.text += `<${name}`;
  const undo = writeNamespaces(writer, element, inherited);
  if (element.attributes.length > 0) writeAttributes(writer, element.attributes);
  writer.text += ">";
  if (writer.text.length > LONGEST_FORM) throw new Refusal("saml_xml_limit", { canonical: LONGEST_FORM });
  for (const child of element.children) {
    if (typeof child === "string") writer.text += escapeText(child);
    else if (child !== writer.omit) writeElement(writer, child, NOTHING);
  }
  writer.text += `</${name}>`;
  for (const [prefix, uri] of undo) writer.rendered.set(prefix, uri);
}

function writeAttributes(writer: Writer, attributes: readonly XmlAttribute[]): void {
  let { text } = writer;
  for (const { prefix, local, value } of inOrder(attributes))
    text += ` ${prefix === "" ? local : `${prefix}:${local}`}="${escapeAttribute(value)}"`;
  writer.text = text;
}

/** @returns What the declarations written here covered up. */
function writeNamespaces(
  writer: Writer,
  element: XmlElement,
  inherited: readonly Binding[],
): readonly Binding[] {
  if (needsNoMore(writer, element, inherited)) return NOTHING;
  const fresh: Binding[] = [];
  const covered: Binding[] = [];
  for (const [prefix, uri] of neededBy(element, writer.inclusive, inherited)) {
    const before = writer.rendered.get(prefix) ?? "";
    if (before === uri || uri === XML_NAMESPACE) continue;
    writer.rendered.set(prefix, uri);
    fresh.push([prefix, uri]);
    covered.push([prefix, before]);
  }
  if (fresh.length > 1) fresh.sort(([left], [right]) => compare(left, right));
  for (const [prefix, uri] of fresh)
    writer.text += ` ${prefix === "" ? "xmlns" : `xmlns:${prefix}`}="${escapeAttribute(uri)}"`;
  return covered;
}

/** Most elements use one prefix, which the output has declared above them: those are told apart without a list. */
function needsNoMore(writer: Writer, element: XmlElement, inherited: readonly Binding[]): boolean {
  if (inherited.length > 0 || (writer.inclusive.size > 0 && element.declarations.length > 0)) return false;
  if ((writer.rendered.get(element.prefix) ?? "") !== element.namespace) return false;
  for (const { prefix } of element.attributes) if (prefix !== "") return false;
  return true;
}

/** Namespaces an element must have in the output: those it uses, and those listed that are declared here. */
function neededBy(
  element: XmlElement,
  inclusive: ReadonlySet<string>,
  inherited: readonly Binding[],
): Binding[] {
  const needed: Binding[] = [[element.prefix, element.namespace], ...inherited];
  for (const { prefix, namespace } of element.attributes) if (prefix !== "") needed.push([prefix, namespace]);
  if (inclusive.size > 0)
    for (const { prefix, uri } of element.declarations) if (inclusive.has(prefix)) needed.push([prefix, uri]);
  return needed;
}

/** Namespace first, then name; attributes without a namespace lead. Both are ASCII, so units are code points. */
function inOrder(attributes: readonly XmlAttribute[]): readonly XmlAttribute[] {
  let before = attributes[0];
  for (const attribute of attributes) {
    if (before !== undefined && byName(before, attribute) > 0) return attributes.toSorted(byName);
    before = attribute;
  }
  return attributes;
}

const byName = (left: XmlAttribute, right: XmlAttribute): number =>
  compare(left.namespace, right.namespace) || compare(left.local, right.local);

function compare(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function textReference(code: number): string | undefined {
  switch (code) {
    case AMPERSAND:
      return "&amp;";
    case LESS_THAN:
      return "&lt;";
    case GREATER_THAN:
      return "&gt;";
    case CARRIAGE_RETURN:
      return "&#xD;";
    default:
      return undefined;
  }
}

function attributeReference(code: number): string | undefined {
  switch (code) {
    case AMPERSAND:
      return "&amp;";
    case LESS_THAN:
      return "&lt;";
    case QUOTE:
      return "&quot;";
    case TAB:
      return "&#x9;";
    case LINE_FEED:
      return "&#xA;";
    case CARRIAGE_RETURN:
      return "&#xD;";
    default:
      return undefined;
  }
}

const SPECIAL_IN_TEXT = /[&<>\r]/;
const SPECIAL_IN_ATTRIBUTE = /[&<"\t\n\r]/;

/** Text as canonical XML writes it. */
export const escapeText = (text: string): string =>
  SPECIAL_IN_TEXT.test(text) ? replace(text, textReference) : text;
/** The value of an attribute between double quotes, as canonical XML writes it. */
export const escapeAttribute = (text: string): string =>
  SPECIAL_IN_ATTRIBUTE.test(text) ? replace(text, attributeReference) : text;

function replace(text: string, reference: (code: number) => string | undefined): string {
  let written = "";
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const replacement = reference(text.charCodeAt(at));
    if (replacement === undefined) continue;
    written += text.slice(from, at) + replacement;
    from = at + 1;
  }
  return written + text.slice(from);
}
