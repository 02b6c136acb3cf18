import { type Command, Option } from "commander";
import type { Problem } from "../../lib/core/problem.ts";
import { type ApiAnswer, accepted, callAdmin, packObjects } from "../api.ts";
import {
  brokerOption,
  EXIT,
  filesOption,
  functionOption,
  jsonOption,
  printJson,
  required,
} from "../command.ts";
import { type ConfigFiles, readConfigFiles } from "../config-files.ts";
import { invokeFunction } from "../invoke.ts";
import { hasErrors, type Planned, printPlan, printProblems, readPlan } from "../plan-text.ts";

export interface PlanOptions {
  readonly files?: string;
  readonly broker?: string;
  readonly function?: string;
  readonly author: string;
  readonly origin?: string;
  readonly json?: boolean;
}

/** Which files these are, wherever they lie at the moment. */
export const originOption = () =>
  new Option(
    "--origin <name>",
    "name of these files, such as github.com/acme/access: what changed otherwise since they were applied is shown",
  ).env("SEKISHO_ORIGIN");

/** Whom a version is written down as by, when AWS let the operator in and the broker does not know them. */
export const authorOption = () =>
  new Option("--author <name>", "with --function: who you are").env("USER").default("operator");

/** `sekisho plan -f DIR`: what would change, and what speaks against it. */
export function register(program: Command): void {
  program
    .command("plan")
    .description("Compare YAML files with what is published; changes nothing")
    .addOption(filesOption())
    .addOption(brokerOption())
    .addOption(functionOption())
    .addOption(authorOption())
    .addOption(originOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Exits 0 when this could be applied, 1 when something speaks against it, 2 when asked wrongly.

Examples:
  $ sekisho plan -f config/
  $ sekisho plan -f config/ --origin github.com/acme/access   # three-way: files, published, last applied
  $ sekisho plan -f config/ --json | jq '.changes[] | select(.what == "removed")'`,
    )
    .action(plan);
}

async function plan(options: PlanOptions): Promise<void> {
  const read = readConfigFiles(required(options.files, "-f"));
  const planned = await askPlan(options, read);
  if (options.json) printJson(planned);
  else printPlanned(planned);
  if (hasErrors(planned.problems)) process.exitCode = EXIT.refused;
}

/** A plan with the places in the author's files; without the broker when the files cannot even be read. */
export async function askPlan(options: PlanOptions, read: ConfigFiles): Promise<Planned | Unread> {
  if (read.problems.length > 0) return { problems: read.problems };
  const from = options.origin === undefined ? {} : { origin: options.origin };
  const planned = readPlan(await ask(options, "plan", { ...from, ...packObjects(read.objects) }));
  return { ...planned, problems: planned.problems.map(read.locate) };
}

/** Files that could not be read; nobody was asked. */
export interface Unread {
  readonly problems: readonly Problem[];
}

export function printPlanned(planned: Planned | Unread): void {
  if ("changes" in planned) printPlan(planned);
  else printProblems(planned.problems);
}

/** Asks the API, or the function itself. */
async function ask(options: PlanOptions, what: "plan", body: object): Promise<ApiAnswer["body"]> {
  if (options.function === undefined)
    return accepted(await callAdmin(options, "POST", `/api/admin/${what}`, body));
  const answer = await invokeFunction(options.function, { sekisho: what, author: options.author, ...body });
  return typeof answer === "object" && answer !== null ? { ...answer } : {};
}
