/** Documents at random, with everything that canonicalization has an opinion on. */
import fc from "fast-check";

const PREFIXES = ["", "a", "b", "xs"] as const;
const URIS = ["urn:one", "urn:two", "http://www.w3.org/2001/XMLSchema"] as const;
const NAMES = ["x", "Name", "y-1", "_z.q"] as const;

interface Tree {
  readonly prefix: (typeof PREFIXES)[number];
  readonly name: string;
  readonly declares: readonly (readonly [string, string])[];
  readonly attributes: readonly (readonly [string, string, string])[];
  readonly children: readonly (Tree | string)[];
}

const text = fc.string({
  unit: fc.constantFrom(
    "a",
    " ",
    "\n",
    "\t",
    "&amp;",
    "&lt;",
    "&gt;",
    "&#13;",
    "&quot;",
    "é",
    "関",
    "🚪",
    "'",
  ),
});
const value = fc.string({
  unit: fc.constantFrom("a", " ", "&#9;", "&#10;", "&#13;", "&amp;", "&lt;", ">", "&quot;", "é", "🚪", "'"),
});
const declaration = fc.tuple(fc.constantFrom(...PREFIXES), fc.constantFrom(...URIS));
const attribute = fc.tuple(fc.constantFrom(...PREFIXES), fc.constantFrom(...NAMES), value);

export const tree: fc.Arbitrary<Tree> = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.record({
    prefix: fc.constantFrom(...PREFIXES),
    name: fc.constantFrom(...NAMES),
    declares: fc.uniqueArray(declaration, { maxLength: 3, selector: ([prefix]) => prefix }),
    attributes: fc.uniqueArray(attribute, { maxLength: 3, selector: ([, name]) => name }),
    children: fc.array(fc.oneof({ depthSize: "small" }, text, tie("tree")), { maxLength: 3 }),
  }),
})).tree;

/** Writes a tree. The root declares every prefix, so that all of it is well formed. */
export function write(node: Tree, root: "root" | "inner" = "root"): string {
  const name = node.prefix === "" ? node.name : `${node.prefix}:${node.name}`;
  const declared = new Map(
    root === "root"
      ? [
          ["a", "urn:a"],
          ["b", "urn:b"],
          ["xs", "urn:xs"],
        ]
      : [],
  );
  for (const [prefix, uri] of node.declares) declared.set(prefix, uri);
  const declarations = [...declared].map(([prefix, uri]) => ` xmlns${prefix && `:${prefix}`}="${uri}"`);
  const attributes = node.attributes.map(
    ([prefix, local, content]) => ` ${prefix && `${prefix}:`}${local}="${content}"`,
  );
  const children = node.children.map((child) => (typeof child === "string" ? child : write(child, "inner")));
  return `<${name}${declarations.join("")}${attributes.join("")}>${children.join("")}</${name}>`;
}

export const prefixList = fc.subarray(["#default", "a", "b", "xs", "none"]);
