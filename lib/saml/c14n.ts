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

function writeElement(writer: Writer, element: XmlElement, inherited: readonly Binding[]): void {
  const name = element.prefix === "" ? element.local : `${element.prefix}:${element.local}`;
  writer.text += `<${name}`;
  const undo = writeNamespaces(writer, element, inherited);
  for (const attribute of inOrder(element.attributes)) {
    const key = attribute.prefix === "" ? attribute.local : `${attribute.prefix}:${attribute.local}`;
    writer.text += ` ${key}="${escapeAttribute(attribute.value)}"`;
  }
  writer.text += ">";
  for (const child of element.children) {
    if (typeof child === "string") writer.text += escapeText(child);
    else if (child !== writer.omit) writeElement(writer, child, []);
  }
  writer.text += `</${name}>`;
  for (const [prefix, uri] of undo) writer.rendered.set(prefix, uri);
}

/** @returns What the declarations written here covered up. */
function writeNamespaces(writer: Writer, element: XmlElement, inherited: readonly Binding[]): Binding[] {
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
  if (attributes.length < 2) return attributes;
  return attributes.toSorted(
    (left, right) => compare(left.namespace, right.namespace) || compare(left.local, right.local),
  );
}

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

/** Text as canonical XML writes it. */
export const escapeText = (text: string): string => replace(text, textReference, GREATER_THAN);
/** The value of an attribute between double quotes, as canonical XML writes it. */
export const escapeAttribute = (text: string): string => replace(text, attributeReference, LESS_THAN);

/** @param highest No character above this one is ever replaced. */
function replace(text: string, reference: (code: number) => string | undefined, highest: number): string {
  let written = "";
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > highest) continue;
    const replacement = reference(code);
    if (replacement === undefined) continue;
    written += text.slice(from, at) + replacement;
    from = at + 1;
  }
  return from === 0 ? text : written + text.slice(from);
}
