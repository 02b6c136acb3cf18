/** One attribute, namespace declarations excepted. `namespace` is empty for attributes without a prefix. */
export interface XmlAttribute {
  readonly prefix: string;
  readonly local: string;
  readonly namespace: string;
  readonly value: string;
}

/** A namespace declaration as written: `prefix` is empty for the default, `uri` is empty where that is undone. */
export interface XmlDeclaration {
  readonly prefix: string;
  readonly uri: string;
}

/** One element. Text that touches is one string, so an element of text alone has one child at most. */
export interface XmlElement {
  /** The name as written, its prefix included. */
  readonly name: string;
  readonly prefix: string;
  readonly local: string;
  readonly namespace: string;
  readonly attributes: readonly XmlAttribute[];
  readonly declarations: readonly XmlDeclaration[];
  readonly children: readonly (XmlElement | string)[];
  readonly parent: XmlElement | undefined;
}

/** How much a document may hold. Comments are refused, or dropped with the text around them joined. */
export interface XmlLimits {
  readonly depth: number;
  readonly elements: number;
  readonly comments: "refuse" | "drop";
}

/** What a protocol message may hold. */
export const MESSAGE_LIMITS: XmlLimits = { depth: 40, elements: 5000, comments: "refuse" };
/** What a metadata document may hold; its size in bytes is the caller's to bound. */
export const METADATA_LIMITS: XmlLimits = { depth: 40, elements: 50_000, comments: "drop" };
