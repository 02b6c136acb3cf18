import { REFUSALS, type RefusalCode } from "../../lib/core/errors.ts";
import { dotted, type Node, parseSource, type SourceFile, walk } from "../source.ts";

/** What one file declares at its top, and what names of it mean elsewhere. */
interface Room {
  readonly file: SourceFile;
  readonly declared: ReadonlyMap<string, Node>;
  readonly imported: ReadonlyMap<string, Place>;
}
/** A name of a file; `*` is everything of it. */
interface Place {
  readonly path: string;
  readonly name: string;
}

const rooms = new Map<string, Room>();
function roomOf(path: string): Room {
  const known = rooms.get(path);
  if (known !== undefined) return known;
  const file = parseSource(path);
  const room = { file, declared: declaredIn(file.tree), imported: importedIn(file) };
  rooms.set(path, room);
  return room;
}

const nodes = (value: unknown): readonly Node[] => (Array.isArray(value) ? value : []);
const nameOf = (value: unknown): string => dotted(value) ?? "";

function declaredIn(tree: Node): Map<string, Node> {
  const found = new Map<string, Node>();
  for (const statement of nodes(tree.body)) {
    const one =
      statement.type === "ExportNamedDeclaration" ? (statement.declaration as Node | null) : statement;
    if (one?.type === "VariableDeclaration")
      for (const each of nodes(one.declarations)) found.set(nameOf(each.id), each);
    else if (one?.type === "FunctionDeclaration" || one?.type === "ClassDeclaration")
      found.set(nameOf(one.id), one);
  }
  return found;
}

function importedIn({ tree, imports }: SourceFile): Map<string, Place> {
  const found = new Map<string, Place>();
  const targets = imports.filter(({ when }) => when !== "lazy").map(({ to }) => to);
  const statements = nodes(tree.body).filter(({ type }) => type === "ImportDeclaration");
  statements.forEach((statement, index) => {
    const path = targets[index] ?? "";
    if (statement.importKind === "type" || !/^(?:lib|functions)\//.test(path)) return;
    for (const one of nodes(statement.specifiers)) {
      const name = one.type === "ImportNamespaceSpecifier" ? "*" : nameOf(one.imported);
      if (one.importKind !== "type") found.set(nameOf(one.local), { path, name });
    }
  });
  return found;
}

/** Functions whose refusals end in them, or before whoever calls them answers. */
const ENDS: Readonly<Record<string, string>> = {
  pageFault: "turns a refusal into an answer",
  containerFault: "turns a refusal into an answer",
  jsonFault: "turns a refusal into an answer",
  refreshSaml: "keeps the code with the connection's state",
  refreshWorkload: "keeps the code with the connection's state",
  refreshChanged: "logs what could not be refreshed; what was published is published",
  scopeProblems: "tells them as problems of the configuration",
  rulePolicyProblems: "tells them as problems of the configuration",
};

/** Whether what stands there may be a code that is thrown: names of other things are spelled like some. */
const speaksOfRefusals = ({ imports }: SourceFile): boolean =>
  imports.some(
    ({ to, names }) => to === "lib/core/errors.ts" && /\bRefusal(?:Code)?\b/.test(names.join(" ")),
  );

/** A walk over everything that a piece of code may run. */
interface Walk {
  readonly found: Set<RefusalCode>;
  readonly seen: Set<Node>;
}

function enter(walk: Walk, { path, name }: Place): void {
  if (path === "functions/admin/openapi.ts") return; // it only tells of refusals
  const room = roomOf(path);
  const entered = name === "*" ? [...room.declared.values()] : [room.declared.get(name)];
  for (const node of entered) visit(walk, room, node);
}

function visit(walk: Walk, room: Room, node: Node | undefined): void {
  if (node === undefined || walk.seen.has(node)) return;
  walk.seen.add(node);
  look(walk, room, node);
}

/** Code that is only compared with throws nothing, nor do types. */
const isSilent = ({ type, callee }: Node): boolean =>
  type === "BinaryExpression" ||
  (type === "CallExpression" && nameOf(callee) === "isRefusal") ||
  (type.startsWith("TS") && type !== "TSAsExpression" && type !== "TSSatisfiesExpression");

function look(walk: Walk, room: Room, node: Node): void {
  if (isSilent(node)) return;
  if (node.type === "Literal") note(walk, room, node.value);
  if (node.type === "Identifier") follow(walk, room, String(node.name));
  if (node.type === "ImportExpression") load(walk, room, String((node.source as Node).value));
  for (const child of childrenOf(node)) look(walk, room, child);
}

/** What stands in a node, but for the names of members. */
const childrenOf = ({ computed, ...fields }: Node): Node[] =>
  Object.entries(fields)
    .filter(([field]) => computed === true || (field !== "property" && field !== "key"))
    .flatMap(([, value]) => nodes([value].flat()).filter((child) => typeof child?.type === "string"));

function note({ found }: Walk, { file }: Room, value: unknown): void {
  if (typeof value === "string" && Object.hasOwn(REFUSALS, value) && speaksOfRefusals(file))
    found.add(value as RefusalCode);
}

function follow(walk: Walk, room: Room, name: string): void {
  if (Object.hasOwn(ENDS, name)) return;
  const imported = room.imported.get(name);
  if (room.declared.has(name)) visit(walk, room, room.declared.get(name));
  else if (imported !== undefined) enter(walk, imported);
}

function load(walk: Walk, { file }: Room, specifier: string): void {
  const end = specifier.replace(/^[./]+/, "");
  for (const { when, to } of file.imports)
    if (when === "lazy" && to.endsWith(end)) enter(walk, { path: to, name: "*" });
}

/**
 * Refusals that a piece of code may end in: those that are named in whatever it may run, by name and by import, the
 * openers of what it holds among them.
 */
export function codesIn(path: string, entry: Node): ReadonlySet<RefusalCode> {
  const walk: Walk = { found: new Set(), seen: new Set() };
  look(walk, roomOf(path), entry);
  return walk.found;
}

const ROUTE = /^(?:GET|POST|PUT|DELETE) \//;

/** Every route of these files, with the piece of code that answers it. */
export function routesIn(
  paths: readonly string[],
): Map<string, { readonly path: string; readonly entry: Node }> {
  const found = new Map<string, { path: string; entry: Node }>();
  for (const path of paths)
    for (const node of walk(roomOf(path).file.tree)) {
      const key = node.type === "Property" ? (node.key as Node).value : undefined;
      if (typeof key === "string" && ROUTE.test(key)) found.set(key, { path, entry: node.value as Node });
    }
  return found;
}
