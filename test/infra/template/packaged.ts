import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageService } from "../../../infra/package.ts";

export interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly Condition?: string;
  readonly DependsOn?: string | readonly string[];
}
export interface Template {
  readonly Parameters: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs: Readonly<Record<string, unknown>>;
}

/** What `npm run package` makes, read back. */
export interface Package {
  readonly template: Template;
  /** The template as CloudFormation is given it. */
  readonly text: string;
  /** By file name. */
  readonly zips: Readonly<Record<string, Buffer>>;
}

/** Packages into a folder of its own, and reads it. */
export async function readPackage(): Promise<Package> {
  const folder = mkdtempSync(join(tmpdir(), "sekisho-package-"));
  try {
    await packageService(folder);
    const text = readFileSync(join(folder, "cloudformation-template-update-stack.json"), "utf8");
    const zips = readdirSync(folder).filter((name) => name.endsWith(".zip"));
    return {
      template: JSON.parse(text),
      text,
      zips: Object.fromEntries(zips.map((name) => [name, readFileSync(join(folder, name))])),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The resources of one type, by logical name. */
export const ofType = (
  { Resources }: Template,
  type: string,
): [name: string, properties: Resource["Properties"]][] =>
  Object.entries(Resources).flatMap(([name, { Type, Properties }]) =>
    Type === type ? [[name, Properties]] : [],
  );

/** @throws {Error} naming the resource that is not there. */
export function propertiesOf({ Resources }: Template, name: string): Resource["Properties"] {
  const found = Resources[name];
  if (found === undefined) throw new Error(`the template has no ${name}`);
  return found.Properties;
}

/** How osls names what belongs to a function. */
export const logical = (name: string): string => `${name[0]?.toUpperCase()}${name.slice(1)}`;
