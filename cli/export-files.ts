import { createHash } from "node:crypto";
import { stringify } from "yaml";
import { KINDS, type Kind } from "../lib/core/objects.ts";

/** One object of a configuration as the broker keeps it. */
export type ConfigObject = Readonly<Record<string, unknown>>;

/** Marks a file that may be written over, and removed when nothing is left for it. */
export const EXPORTED = "# Written by `sekisho export`.";

const FOLDERS: Readonly<Record<Kind, string>> = {
  Settings: "settings",
  Connection: "connections",
  Account: "accounts",
  Role: "roles",
  Scope: "scopes",
  Rule: "rules",
  Test: "tests",
  Invariant: "invariants",
};
/** More objects of a kind than this are spread over 256 files, by their names: one that changes moves no other. */
const MOST_IN_FILE = 1000;
/** What `apply` reads of a metadata file. */
const LARGEST_METADATA = 1_000_000;

/**
 * A configuration as the files that `apply` reads. The same configuration always makes the same bytes, in whatever
 * order its objects and fields come.
 *
 * @param origin The broker's, where editors find the schemas; without it files say nothing of schemas.
 * @returns Texts by path.
 */
export function exportFiles(objects: readonly ConfigObject[], origin?: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const kind of Object.keys(FOLDERS) as Kind[]) {
    const ours = objects
      .filter((object) => object.kind === kind)
      .map((object) => ({ object, name: nameOf(object) }));
    ours.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    const spread = ours.length > MOST_IN_FILE;
    const grouped = Map.groupBy(ours, ({ name }) => fileOf(kind, spread ? name : undefined));
    for (const [path, group] of [...grouped].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const documents = group.map(({ object }) => documentOf(object, path, files));
      files.set(path, `${headOf(kind, origin)}${documents.join("---\n")}`);
    }
  }
  return files;
}

/** What tells objects of a kind apart; roles of one name by where they stand. */
const nameOf = ({ id, name, accounts, kind }: ConfigObject): string =>
  kind === "Role" ? `${name} ${JSON.stringify(accounts)}` : String(id ?? "");

function fileOf(kind: Kind, name: string | undefined): string {
  if (name === undefined) return `${FOLDERS[kind]}.yaml`;
  const shard = createHash("sha256").update(name).digest("hex").slice(0, 2);
  return `${FOLDERS[kind]}/${shard}.yaml`;
}

function headOf(kind: Kind, origin: string | undefined): string {
  const schema = origin === undefined ? "" : `# yaml-language-server: $schema=${schemaUrl(origin, kind)}\n`;
  return `${schema}${EXPORTED}\n`;
}

/** Where the broker publishes the schema of a kind. */
const schemaUrl = (origin: string, kind: Kind): string => `${origin}/api/schema/${kind.toLowerCase()}.json`;

function documentOf(object: ConfigObject, path: string, files: Map<string, string>): string {
  return stringify(ordered(withMetadataFile(object, path, files)), {
    version: "1.2",
    compat: "yaml-1.1", // `yes` and `1:30` are quoted for whoever reads by the older rules
    lineWidth: 0,
    aliasDuplicateObjects: false,
  });
}

/** A provider's metadata is a document of its own, and unreadable inside another. */
function withMetadataFile(object: ConfigObject, path: string, files: Map<string, string>): ConfigObject {
  const { kind, id, metadata } = object;
  if (kind !== "Connection" || typeof metadata !== "object" || metadata === null || !("xml" in metadata))
    return object;
  const { xml } = metadata;
  if (typeof xml !== "string" || Buffer.byteLength(xml) > LARGEST_METADATA || !xml.isWellFormed())
    return object;
  const up = path.includes("/") ? "../" : "";
  files.set(`metadata/${id}.xml`, xml);
  return { ...object, metadata: { file: `${up}metadata/${id}.xml` } };
}

/** Fields that people look for first come first, then the others by name. */
const FIRST = [
  "kind",
  "id",
  "name",
  "title",
  "description",
  "protocol",
  "purpose",
  "connection",
  "effect",
  "when",
];

const rank = (name: string): number => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length);

function ordered(object: ConfigObject): ConfigObject {
  const names = Object.keys(object).sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return Object.fromEntries(names.map((name) => [name, sorted(object[name])]));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, inner]) => [name, sorted(inner)]));
}

/** How many of each kind, for a line that says what was exported. */
export const countOf = (objects: readonly ConfigObject[]): string =>
  (Object.keys(KINDS) as Kind[])
    .map((kind) => `${objects.filter((one) => one.kind === kind).length} ${kind}`)
    .join(", ");
