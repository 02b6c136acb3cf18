import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Command } from "commander";
import * as v from "valibot";
import { type ApiOptions, accepted, callAdmin, originOf } from "../api.ts";
import { brokerOption, EXIT, Stop, say } from "../command.ts";
import { type ConfigObject, countOf, EXPORTED, exportFiles } from "../export-files.ts";
import { numberOf } from "./versions.ts";

interface Options extends ApiOptions {
  readonly directory?: string;
  readonly of?: number;
}

/** `sekisho export`: what is published, as the files that `apply` reads. */
export function register(program: Command): void {
  program
    .command("export")
    .description("Write what is published as the YAML files that `apply` reads")
    .option("-d, --directory <path>", "folder to write to; everything to standard output where left out")
    .option("--of <version>", "an earlier version", numberOf)
    .addOption(brokerOption())
    .addHelpText(
      "after",
      `
The same configuration always makes the same bytes, so that an export under version control shows what changed.
In the folder only files that an export wrote are written over or removed.

Examples:
  $ sekisho export -d config/ && git -C config diff
  $ sekisho export --of 40 | less`,
    )
    .action(run);
}

async function run(options: Options): Promise<void> {
  const objects = await readAll(options);
  const files = exportFiles(objects, originOf(options));
  if (options.directory === undefined) {
    process.stdout.write([...exportFiles(objects)].map(([path, text]) => `# ${path}\n${text}`).join("---\n"));
    return;
  }
  writeInto(options.directory, files);
  say(`${files.size} files in ${options.directory}: ${countOf(objects)}.`);
}

const Page = v.object({
  version: v.number(),
  objects: v.array(v.record(v.string(), v.unknown())),
  cursor: v.optional(v.string()),
});

/** Everything of one version, page by page: a cursor stays with the version it began with. */
async function readAll(options: Options): Promise<readonly ConfigObject[]> {
  const at = options.of === undefined ? "configuration" : `versions/${options.of}/objects`;
  const objects: ConfigObject[] = [];
  let cursor: string | undefined;
  do {
    const query = cursor === undefined ? "" : `?${new URLSearchParams({ cursor })}`;
    const page = v.parse(Page, accepted(await callAdmin(options, "GET", `/api/admin/${at}${query}`)));
    objects.push(...page.objects);
    cursor = page.cursor;
    if (cursor !== undefined) say(`${objects.length} objects of version ${page.version} so far...`);
  } while (cursor !== undefined);
  return objects;
}

/** @throws {Stop} before anything is written, where a file stands in the way that no export wrote. */
function writeInto(directory: string, files: ReadonlyMap<string, string>): void {
  const there = existsSync(directory) ? yamlFiles(directory) : [];
  const foreign = there.find((path) => !isExported(join(directory, path)));
  if (foreign !== undefined)
    throw new Stop(
      EXIT.refused,
      `${join(directory, foreign)} was not written by an export. Export into an empty folder. Nothing was written.`,
    );
  for (const [path, text] of files) {
    const file = join(directory, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  for (const path of there) if (!files.has(path)) rmSync(join(directory, path));
}

/** Every YAML file that `apply` would read there. */
const yamlFiles = (directory: string): readonly string[] =>
  readdirSync(directory, { recursive: true, encoding: "utf8" }).filter(
    (path) => /\.ya?ml$/.test(path) && !path.split(/[\\/]/).some((part) => /^\.|^node_modules$/.test(part)),
  );

const isExported = (file: string): boolean =>
  readFileSync(file, "utf8").slice(0, 2000).includes(`${EXPORTED}\n`);
