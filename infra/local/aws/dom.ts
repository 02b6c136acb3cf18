import { DOMParser } from "@xmldom/xmldom";

/** The parser by the standard DOM's types: several versions of the package declare themselves under one name. */
const Parser = DOMParser as unknown as new (options: {
  onError: (level: string, message: string) => void;
}) => { parseFromString(text: string, type: string): Document };

export const NS = {
  protocol: "urn:oasis:names:tc:SAML:2.0:protocol",
  assertion: "urn:oasis:names:tc:SAML:2.0:assertion",
  metadata: "urn:oasis:names:tc:SAML:2.0:metadata",
  signature: "http://www.w3.org/2000/09/xmldsig#",
} as const;

const isElement = (node: Node): node is Element => node.nodeType === 1;

/** Deepest nesting that is read; SAML needs about ten. */
const DEEPEST = 64;

/** Whether nothing is nested deeper than the recursive readers of a DOM can go. */
function isShallow(root: Element): boolean {
  let level: readonly Element[] = [root];
  for (let depth = 0; depth < DEEPEST; depth++) {
    level = level.flatMap((element) => children(element));
    if (level.length === 0) return true;
  }
  return false;
}

/**
 * Parses XML and gives its root, nested at most 64 deep.
 *
 * Comments, processing instructions, CDATA and doctypes are refused as text, before any parser can differ about
 * them; what AWS does with them is unknown.
 *
 * @returns undefined for anything not well-formed.
 */
export function parseXml(text: string): Element | undefined {
  const body = text.replace(/^<\?xml [^?<>]*\?>/, "");
  if (body.includes("<!") || body.includes("<?")) return undefined;
  const fail = (_level: string, message: string): never => {
    throw new Error(message);
  };
  try {
    const root = new Parser({ onError: fail }).parseFromString(text, "text/xml").documentElement;
    return isShallow(root) ? root : undefined;
  } catch {
    return undefined;
  }
}

/** Child elements, of one name where given. */
export const children = (parent: Element, namespace?: string, name?: string): readonly Element[] =>
  Array.from(parent.childNodes)
    .filter(isElement)
    .filter((child) => name === undefined || (child.localName === name && child.namespaceURI === namespace));

/** The one child of that name; undefined when there is none or several. */
export function onlyChild(parent: Element, namespace: string, name: string): Element | undefined {
  const found = children(parent, namespace, name);
  return found.length === 1 ? found[0] : undefined;
}

/** Every element at or below one. */
export const descendants = (root: Element): readonly Element[] => [
  root,
  ...children(root).flatMap((child) => descendants(child)),
];

/** Text of an element that holds nothing else; undefined where it holds elements. */
export const textOf = (element: Element): string | undefined =>
  children(element).length > 0 ? undefined : (element.textContent ?? "");

/** An attribute without a namespace; undefined where absent. */
export const attribute = (element: Element, name: string): string | undefined =>
  element.getAttributeNS(null, name) ?? undefined;

/** `2026-11-22T09:41:00.123Z` -> epoch seconds, rounded down. SAML wants UTC; other zones are refused. */
export function samlTime(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/.test(text)) return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.floor(at / 1000);
}
