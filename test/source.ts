import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseSync } from "oxc-parser";

export const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** One import as written. `to` is a path from the root for files of ours, else a package or `node:` module. */
export interface Import {
  readonly to: string;
  readonly names: readonly string[];
  /** `type` imports vanish; `lazy` ones load when their line runs. */
  readonly when: "start" | "lazy" | "type";
}

/** A node of the syntax tree; its other fields depend on `type`. */
export interface Node {
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface SourceFile {
  /** From the root, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly lines: number;
  readonly imports: readonly Import[];
  /** Nothing but `export ... from`: a passage instead of a room. */
  readonly barrel: boolean;
  readonly defaultExport: boolean;
  readonly tree: Node;
}

const GLOBS = ["functions", "lib", "cli", "web", "infra", "test"].map(
  (folder) => `${folder}/**/*.{ts,mjs,tsx}`,
);

/** Paths of all source of ours, sorted. */
export const sourcePaths = (): string[] =>
  globSync(GLOBS, { cwd: ROOT })
    .filter((path) => !path.includes("node_modules"))
    .sort();

/** Parses one file with a real parser: a guard that reads with regular expressions can be talked past. */
export function parseSource(path: string): SourceFile {
  const text = readFileSync(join(ROOT, path), "utf8");
  const { module, program, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`);

  const imports = [
    ...module.staticImports.map((one) => ({
      to: resolve(path, one.moduleRequest.value),
      names: one.entries.map((entry) => entry.importName.name ?? "*"),
      when: one.entries.length > 0 && one.entries.every((entry) => entry.isType) ? "type" : "start",
    })),
    ...module.dynamicImports.map((one) => ({
      to: resolve(path, literal(text.slice(one.moduleRequest.start, one.moduleRequest.end), path)),
      names: ["*"],
      when: "lazy",
    })),
  ] as Import[];
  const exported = module.staticExports.flatMap((one) => one.entries);
  return {
    path,
    text,
    lines: text.split("\n").length - 1,
    imports,
    barrel: exported.length > 0 && exported.every((entry) => entry.moduleRequest !== null),
    defaultExport: exported.some((entry) => entry.exportName.kind === "Default"),
    tree: program as unknown as Node,
  };
}

function literal(argument: string, path: string): string {
  const found = /^["'`]([^"'`$]+)["'`]$/.exec(argument.trim());
  // A computed import cannot be judged; tests may load by glob, the product may not.
  return found?.[1] ?? (path.startsWith("test/") || path.startsWith("infra/") ? "node:computed" : "computed");
}

function resolve(from: string, specifier: string): string {
  if (!specifier.startsWith(".")) return specifier;
  return relative(ROOT, join(ROOT, dirname(from), specifier)).replaceAll("\\", "/");
}

/** Every node of a tree, depth first. */
export function* walk(node: Node): Generator<Node> {
  yield node;
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (isNode(child)) yield* walk(child);
    }
  }
}

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string";

/** `Date.now` for the member expression of that shape, else undefined. */
export function dotted(node: unknown): string | undefined {
  if (!isNode(node)) return undefined;
  if (node.type === "Identifier") return String(node.name);
  if (node.type !== "MemberExpression" || node.computed === true) return undefined;
  const left = dotted(node.object);
  return left === undefined ? undefined : `${left}.${dotted(node.property)}`;
}

export const under = (path: string, folder: string): boolean => path.startsWith(`${folder}/`);

/** What a look at each file found, each line with the file's path. */
export const findings = (
  among: readonly SourceFile[],
  find: (file: SourceFile) => readonly string[],
): string[] => among.flatMap((file) => find(file).map((what) => `${file.path}: ${what}`));
