import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { type Document, isMap, isNode, isScalar, LineCounter, parseAllDocuments } from "yaml";
import type { Problem } from "../lib/core/problem.ts";
import { EXIT, Stop } from "./command.ts";
import { isTooLarge, tooMuchIn } from "./config-limits.ts";

/** Where one object was written: only that is kept, since a document takes many times the memory of its object. */
interface Place {
  readonly file: string;
  /** Which document of the file it is. */
  readonly at: number;
}

/** One object as it is being read. */
interface Source extends Place {
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
}

/** Objects of a folder of YAML files, and what could not be read of it. */
export interface ConfigFiles {
  readonly objects: readonly unknown[];
  readonly files: number;
  readonly problems: readonly Problem[];
  /** Says where in the files a problem lies: its own place, or the nearest thing around it that was written. */
  readonly locate: (problem: Problem) => Problem;
}

const LARGEST_FILE = 10_000_000;
/** A million rules, and room for more. */
const LARGEST_FOLDER = 512_000_000;
const LARGEST_METADATA = 1_000_000;
/** Aliases save typing; a few dozen are plenty, and millions are an attack. */
const MOST_ALIASES = 100;

/**
 * Reads a folder of YAML files (`.yaml`, `.yml`, sub-folders included), or one file. A file holds one object, or
 * several between lines of `---`.
 *
 * @throws {Stop} when there is no such folder, nothing in it, or no object in any of its files.
 */
export function readConfigFiles(path: string): ConfigFiles {
  const found = findFiles(path);
  if (found.length === 0) throw new Stop(EXIT.usage, `There is no .yaml file in ${path}.`);
  const size = found.reduce((sum, file) => sum + statSync(file).size, 0);
  if (size > LARGEST_FOLDER)
    throw new Stop(
      EXIT.usage,
      `The files in ${path} are larger than ${LARGEST_FOLDER / 1_000_000} MB together.`,
    );
  const root = statSync(path).isDirectory() ? path : dirname(path);
  const objects: unknown[] = [];
  const places: Place[] = [];
  const problems: Problem[] = [];
  for (const file of found) {
    const read = readFile(file, root);
    problems.push(...read.problems);
    for (const { object, place } of read.objects) {
      objects.push(object);
      places.push(place);
    }
  }
  if (objects.length === 0 && problems.length === 0) throw noObject(path);
  return { objects, files: found.length, problems, locate: locator(places) };
}

/** What is not in the files is removed: of files that were emptied by mistake, everything. */
const noObject = (path: string): Stop =>
  new Stop(
    EXIT.usage,
    `There is no object in ${path}: applied, it would remove everything that is published. ` +
      "If that is meant, write one object that says nothing: `kind: Settings`.",
  );

function findFiles(path: string): string[] {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) throw new Stop(EXIT.usage, `There is no ${path}.`);
  if (stats.isFile()) return [path];
  return readdirSync(path, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith(".") && name !== "node_modules")
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const inner = join(path, entry.name);
      if (entry.isDirectory()) return findFiles(inner);
      return entry.isFile() && /\.ya?ml$/.test(entry.name) ? [inner] : [];
    });
}

interface ReadFile {
  readonly objects: readonly { readonly object: unknown; readonly place: Place }[];
  readonly problems: readonly Problem[];
}

function readFile(file: string, root: string): ReadFile {
  if (statSync(file).size > LARGEST_FILE)
    return failed(file, `This file is larger than ${LARGEST_FILE / 1_000_000} MB.`, "Cut it in several.");
  const text = readFileSync(file, "utf8");
  const tooMuch = tooMuchIn(text);
  if (tooMuch !== undefined) return failed(file, tooMuch.message, tooMuch.fix);
  try {
    const { documents, lines } = parse(text);
    const read = documents.map((document, at) => readDocument({ file, at, document, lines }, root));
    return {
      objects: read.flatMap(({ objects }) => objects),
      problems: read.flatMap(({ problems }) => problems),
    };
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
    return failed(file, TOO_DEEP, "Write it flatter.");
  }
}

function parse(text: string): {
  readonly documents: readonly Document.Parsed[];
  readonly lines: LineCounter;
} {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, {
    lineCounter: lines,
    prettyErrors: false,
    strict: true,
    uniqueKeys: true,
    version: "1.2",
  });
  // An empty file is an empty stream, which carries no documents.
  return { documents: "empty" in documents ? [] : documents, lines };
}

const TOO_DEEP = "This is nested too deeply: objects nest at most 32 levels.";

const failed = (file: string, message: string, fix: string, line?: number, column?: number): ReadFile => ({
  objects: [],
  problems: [
    {
      severity: "error",
      kind: "Configuration",
      id: "",
      path: [],
      message,
      fix,
      file,
      ...(line === undefined ? {} : { line }),
      ...(column === undefined ? {} : { column }),
    },
  ],
});

function readDocument(source: Source, root: string): ReadFile {
  const { file, document, lines } = source;
  const [wrong] = [...document.errors, ...document.warnings];
  if (wrong !== undefined) {
    const { line, col } = lines.linePos(wrong.pos[0]);
    // The parser ran out of stack: it says so as if that were a mistake of spelling.
    if (wrong.message.includes("call stack")) return failed(file, TOO_DEEP, "Write it flatter.", line, col);
    return failed(file, `This is not YAML as we read it: ${wrong.message}`, "Correct it here.", line, col);
  }
  const { line, col } = lines.linePos(document.contents?.range[0] ?? 0);
  let object: unknown;
  try {
    object = document.toJS({ maxAliasCount: MOST_ALIASES });
  } catch (thrown) {
    if (thrown instanceof RangeError) throw thrown;
    return failed(file, "This uses too many aliases, or one that is not there.", "Write it out.", line, col);
  }
  if (object === null) return { objects: [], problems: [] };
  if (isTooLarge(object))
    return failed(file, "This is larger than 10 MB with its aliases written out.", "Use fewer.", line, col);
  if (!isMap(document.contents))
    return failed(
      file,
      "This is not an object.",
      "Write one object between lines of `---`, with its `kind`.",
      line,
      col,
    );
  return withMetadata(object as Record<string, unknown>, source, root);
}

/** Puts what a metadata file holds in its place: the broker cannot read files of this machine. */
function withMetadata(object: Record<string, unknown>, source: Source, root: string): ReadFile {
  const { metadata } = object;
  const place = { file: source.file, at: source.at };
  const named =
    typeof metadata === "object" && metadata !== null && "file" in metadata ? metadata.file : undefined;
  if (object.kind !== "Connection" || typeof named !== "string")
    return { objects: [{ object, place }], problems: [] };
  const read = readMetadata(named, source.file, root);
  if ("xml" in read) return { objects: [{ object: { ...object, metadata: read }, place }], problems: [] };
  const { line, column } = placeOf(source, ["metadata", "file"]);
  return failed(source.file, read.message, read.fix, line, column);
}

/** Only files below the folder: a configuration from elsewhere must not be able to send this machine's secrets. */
function readMetadata(
  named: string,
  from: string,
  root: string,
): { readonly xml: string } | { readonly message: string; readonly fix: string } {
  const path = resolve(dirname(from), named);
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined || !stats.isFile())
    return { message: `There is no file \`${named}\` here.`, fix: "Name it relative to this file." };
  const inside = relative(realpathSync(root), realpathSync(path));
  if (isAbsolute(inside) || inside === ".." || inside.startsWith(`..${sep}`))
    return { message: `\`${named}\` lies outside the folder.`, fix: "Move it beside this file." };
  if (stats.size > LARGEST_METADATA)
    return {
      message: `\`${named}\` is larger than 1 MB.`,
      fix: "Ask the provider for the metadata of one application.",
    };
  return { xml: readFileSync(path, "utf8") };
}

/** Says where problems lie; a file that has one is read again for that. */
function locator(places: readonly Place[]): ConfigFiles["locate"] {
  const read = new Map<string, ReturnType<typeof parse>>();
  return (problem) => {
    const place = problem.index === undefined ? undefined : places[problem.index];
    if (place === undefined) return problem;
    const { file, at } = place;
    const known = read.get(file) ?? parse(readFileSync(file, "utf8"));
    read.set(file, known);
    const document = known.documents[at];
    if (document === undefined) return { ...problem, file };
    return { ...problem, file, ...placeOf({ document, lines: known.lines }, problem.path) };
  };
}

function placeOf(
  { document, lines }: Pick<Source, "document" | "lines">,
  path: Problem["path"],
): { line: number; column: number } {
  for (let length = path.length; length >= 0; length--) {
    const start = startOf(document, path.slice(0, length));
    if (start === undefined) continue;
    const { line, col } = lines.linePos(start);
    return { line, column: col };
  }
  return { line: 1, column: 1 };
}

/** Where a field begins: at its name, which is what somebody looks for; an item at itself. */
function startOf(document: Document.Parsed, path: Problem["path"]): number | undefined {
  if (path.length === 0) return document.contents?.range[0];
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const last = path.at(-1);
  if (isMap(parent)) {
    const pair = parent.items.find(({ key }) => isScalar(key) && key.value === last);
    return isNode(pair?.key) ? pair.key.range?.[0] : undefined;
  }
  const node = document.getIn(path, true);
  return isNode(node) ? node.range?.[0] : undefined;
}
