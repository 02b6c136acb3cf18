import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { EXIT, printJson, Stop, say } from "../command.ts";

interface Options {
  readonly directory?: string;
}

/** `sekisho schema [KIND]`: JSON Schemas of the configuration, offline. */
export function register(program: Command): void {
  program
    .command("schema")
    .description("Print the JSON Schema of a kind of object, or of all; needs no broker")
    .argument(
      "[kind]",
      "connection, account, role, rule, scope, test, invariant or settings; all of them where left out",
    )
    .option("-d, --directory <path>", "write every schema into this folder")
    .addHelpText(
      "after",
      `
Editors complete from it where a file begins with the line
  # yaml-language-server: $schema=https://broker.example.com/api/schema/rule.json
which \`sekisho export\` writes; \`config.json\` is the schema of any kind.

Examples:
  $ sekisho schema rule > rule.json
  $ sekisho schema -d schemas/`,
    )
    .action(schema);
}

async function schema(kind: string | undefined, { directory }: Options): Promise<void> {
  const { publishedSchema, schemaNames } = await import("../../lib/core/kind-schemas.ts");
  if (directory !== undefined) {
    mkdirSync(directory, { recursive: true });
    for (const name of schemaNames())
      writeFileSync(
        join(directory, `${name}.json`),
        `${JSON.stringify(publishedSchema(name), undefined, 2)}\n`,
      );
    return say(`${schemaNames().length} schemas in ${directory}.`);
  }
  const found = publishedSchema((kind ?? "config").toLowerCase());
  if (found === undefined)
    throw new Stop(EXIT.usage, `There is no kind \`${kind}\`. There are ${schemaNames().join(", ")}.`);
  printJson(found);
}
