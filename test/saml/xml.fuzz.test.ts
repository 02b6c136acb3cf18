import assert from "node:assert/strict";
import { isUtf8 } from "node:buffer";
import test from "node:test";
import { DOMParser } from "@xmldom/xmldom";
import fc from "fast-check";
import { isRefusal } from "../../lib/core/errors.ts";
import { parseBytes } from "../../lib/saml/gate.ts";
import { METADATA_LIMITS, parseXml, type XmlElement } from "../../lib/saml/xml.ts";
import { SIGNED } from "./genuine.ts";
import { tree, write } from "./trees.ts";

/** A tree, or the refusal; nothing else may come out. */
function parsed(text: string, limits = METADATA_LIMITS): XmlElement | undefined {
  try {
    return parseXml(text, limits);
  } catch (thrown) {
    assert.ok(isRefusal(thrown), `not a refusal: ${thrown}`);
    return undefined;
  }
}

test("whatever arrives, the parser answers with a tree or a refusal", () => {
  const crumb = fc.constantFrom(
    "<",
    ">",
    "/",
    "a",
    ":",
    "=",
    '"',
    "'",
    "&",
    ";",
    "#x",
    " ",
    "!",
    "?",
    "--",
    "xmlns",
    "<a>",
    "</a>",
    "<!--",
    "]]>",
    "<?xml ",
    "\u0000",
    "\ud800",
  );
  fc.assert(
    fc.property(fc.string({ unit: crumb, maxLength: 60 }), (text) => void parsed(text)),
    { numRuns: 3000 },
  );
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => void parsed(text)));
});

test("a genuine response cut or spliced anywhere gives a tree or a refusal", () => {
  const at = fc.nat(SIGNED.both.length);
  fc.assert(
    fc.property(at, at, at, (from, to, into) => {
      const piece = SIGNED.both.slice(Math.min(from, to), Math.max(from, to));
      parsed(piece);
      parsed(SIGNED.both.slice(0, into) + piece + SIGNED.both.slice(into));
    }),
    { numRuns: 500 },
  );
});

test("bytes that need no cleaning are told apart from those that do", () => {
  const genuine = Buffer.from(SIGNED.both);
  const spliced = fc.tuple(fc.nat(genuine.length), fc.uint8Array({ maxLength: 3 }), fc.nat(3));
  const outcome = (read: () => XmlElement): unknown => {
    try {
      return ours(read());
    } catch (thrown) {
      return isRefusal(thrown) ? thrown.code : thrown;
    }
  };
  fc.assert(
    fc.property(spliced, ([at, odd, shift]) => {
      const whole = Buffer.concat([genuine.subarray(0, at), odd, genuine.subarray(at)]);
      // The same bytes at another address are cut into other words.
      const moved = Buffer.concat([Buffer.alloc(shift), whole]).subarray(shift);
      const read = outcome(() => parseBytes(moved));
      const text = isUtf8(whole) ? outcome(() => parseXml(whole.toString())) : "saml_encoding_invalid";
      if (read === "saml_markup_forbidden") assert.equal(typeof text, "string", "the parser takes it");
      else assert.deepEqual(read, text);
    }),
    { numRuns: 2000 },
  );
});

/** What two parsers must agree on: names, attributes with their values, text. */
type Shape = readonly [
  string,
  string,
  readonly (readonly [string, string, string])[],
  readonly (Shape | string)[],
];
const ours = ({ namespace, local, attributes, children }: XmlElement): Shape => [
  namespace,
  local,
  attributes.map((one) => [one.namespace, one.local, one.value] as const),
  children.map((child) => (typeof child === "string" ? child : ours(child))),
];
interface Dom {
  readonly nodeType: number;
  readonly namespaceURI: string | null;
  readonly localName: string;
  readonly nodeValue: string | null;
  readonly attributes: ArrayLike<{ namespaceURI: string | null; localName: string; value: string }>;
  readonly childNodes: ArrayLike<Dom>;
}
function theirs(node: Dom): Shape {
  const children: (Shape | string)[] = [];
  for (const child of Array.from(node.childNodes)) {
    const last = children.length - 1;
    if (child.nodeType === 1) children.push(theirs(child));
    else if (typeof children[last] === "string") children[last] += child.nodeValue ?? "";
    else children.push(child.nodeValue ?? "");
  }
  const attributes = Array.from(node.attributes)
    .filter(({ namespaceURI }) => namespaceURI !== "http://www.w3.org/2000/xmlns/")
    .map((one) => [one.namespaceURI ?? "", one.localName, one.value] as const);
  return [node.namespaceURI ?? "", node.localName, attributes, children];
}

test("xmldom reads the same tree out of the same document", () => {
  fc.assert(
    fc.property(tree, (node) => {
      const xml = write(node);
      const root = new DOMParser().parseFromString(xml, "text/xml").documentElement as unknown as Dom;
      assert.deepEqual(ours(parseXml(xml)), theirs(root));
    }),
    { numRuns: 300 },
  );
});

test("dropping comments joins the text around them", () => {
  const root = parseXml("<!-- a --><a>al<!-- x -->ice<b/><!----></a><!-- b -->", METADATA_LIMITS);
  assert.deepEqual(
    root.children.map((child) => (typeof child === "string" ? child : child.local)),
    ["alice", "b"],
  );
  for (const text of [
    "<a><!-- -- --></a>",
    "<a><!-- </a>",
    "<a><!- x --></a>",
    "<!DOCTYPE a><a/>",
    "<a><![CDATA[]]></a>",
  ])
    assert.equal(parsed(text), undefined, text);
});

test("work grows with the document and not faster", () => {
  // Counted, not timed: what one pass costs is how often a character of the text is looked at.
  const shapes = [
    (n: number) => `<a>${"<b/>".repeat(n)}</a>`,
    (n: number) => `<a>${"&#97;".repeat(n)}</a>`,
    (n: number) => `<a>${"<!---->x".repeat(n)}</a>`,
    (n: number) => `<a b="${"&amp;".repeat(n)}"/>`,
    (n: number) => `<a>${"&".repeat(n)}</a>`,
    (n: number) => `<a ${" ".repeat(n)}>`,
    (n: number) => `<a>${"]".repeat(n)}</a>`,
    (n: number) => `<a${"a".repeat(n)}/>`,
  ];
  for (const shape of shapes) {
    const looks = [1000, 2000, 4000].map((n) => looksAt(shape(n)));
    const [one = 0, two = 0, four = 0] = looks;
    assert.ok(four - two <= 2.2 * (two - one) + 64, `${shape(2)}: ${looks}`);
  }
});

/** How many characters the parser asks for one by one. */
function looksAt(text: string): number {
  const genuine = String.prototype.charCodeAt;
  let count = 0;
  String.prototype.charCodeAt = function counted(at: number) {
    count++;
    return genuine.call(this, at);
  };
  try {
    parsed(text);
  } finally {
    String.prototype.charCodeAt = genuine;
  }
  return count;
}
