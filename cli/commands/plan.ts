import { type Command, Option } from "commander";
import { joinImpacts } from "../../lib/core/impact.ts";
import { LANGUAGES, type Language } from "../../lib/core/messages/words.ts";
import type { Problem } from "../../lib/core/problem.ts";
import { type ApiAnswer, accepted, callAdmin } from "../api.ts";
import { changesFromOption } from "../change-text.ts";
import {
  brokerOption,
  EXIT,
  filesOption,
  functionOption,
  jsonOption,
  printJson,
  required,
  Stop,
  say,
} from "../command.ts";
import { type ConfigFiles, readConfigFiles } from "../config-files.ts";
import { packObjects, type Sending } from "../drafts.ts";
import { impactCsv } from "../impact-csv.ts";
import { printImpact } from "../impact-text.ts";
import { invokeFunction } from "../invoke.ts";
import { persist } from "../persist.ts";
import { hasErrors, type Planned, printPlan, printProblems, readPlan } from "../plan-text.ts";
import { progressOption } from "../progress.ts";

export interface PlanOptions extends Sending {
  readonly files?: string;
  readonly origin?: string;
  readonly json?: boolean;
  /** Whether to ask who gains and who loses. */
  readonly preview?: boolean;
  /** Number of the first change to tell. */
  readonly changesFrom?: number;
  /** When it shall take effect: a time that cannot be waited for is refused instead of planned for. */
  readonly at?: string;
}

interface ShowOptions extends PlanOptions {
  readonly format: "text" | "json" | "csv";
  readonly language: Language;
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
    .option("--no-preview", "do not ask who would gain and who would lose")
    .addOption(changesFromOption())
    .addOption(progressOption())
    .addOption(
      new Option("--format <format>", "how to print it; csv is who gains and who loses, a row for each right")
        .choices(["text", "json", "csv"])
        .default("text"),
    )
    .addOption(
      new Option("--language <language>", "in which language to say what it means to people")
        .choices(LANGUAGES)
        .default("en"),
    )
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
A large configuration is sent in parts first. What was sent is not sent again within a day, so that a command that was
cut goes on where it was. Where there are more changes than one answer holds (1,000), the rest is told from --changes-from.
Everybody who signed in lately is replayed by both versions: who would gain and who would lose which roles.
Exits 0 when this could be applied, 1 when something speaks against it, 2 when asked wrongly.

Examples:
  $ sekisho plan -f config/
  $ sekisho plan -f config/ --origin github.com/acme/access   # three-way: files, published, last applied
  $ sekisho plan -f config/ --format csv > who.csv
  $ sekisho plan -f config/ --json | jq '.changes[] | select(.what == "removed")'`,
    )
    .action(plan);
}

async function plan(options: ShowOptions): Promise<void> {
  const read = readConfigFiles(required(options.files, "-f"));
  const format = options.json ? "json" : options.format;
  if (format === "csv" && options.preview === false)
    throw new Stop(EXIT.usage, "--format csv is who gains and who loses; leave --no-preview out.");
  const planned = await askPlan(options, read);
  if (format === "json") printJson(planned);
  else if (format === "csv") printCsv(planned);
  else printPlanned(planned, options.language);
  if (hasErrors(planned.problems)) process.exitCode = EXIT.refused;
}

function printCsv(planned: Planned | Unread): void {
  if ("impact" in planned && planned.impact !== undefined) process.stdout.write(impactCsv(planned.impact));
  else printProblems(planned.problems);
}

/** A plan with the places in the author's files; without the broker when the files cannot even be read. */
export async function askPlan(options: PlanOptions, read: ConfigFiles): Promise<Planned | Unread> {
  if (read.problems.length > 0) return { problems: read.problems };
  const body = {
    ...(options.origin === undefined ? {} : { origin: options.origin }),
    ...(options.at === undefined ? {} : { at: options.at }),
    ...(options.changesFrom === undefined ? {} : { changesFrom: options.changesFrom }),
    ...(await packObjects(options, read.objects)),
  };
  const planned = options.preview === true ? await previewed(options, body) : await askOnce(options, body);
  return { ...planned, problems: planned.problems.map(read.locate) };
}

const askOnce = async (options: PlanOptions, body: object): Promise<Planned> =>
  readPlan(await ask(options, "plan", body));

const previewed = (options: PlanOptions, body: object): Promise<Planned> =>
  askOn((cursor) => askOnce(options, { ...body, preview: cursor === undefined ? {} : { cursor } }));

/** Asks on where an answer ended, until everybody was replayed. @throws {Stop} where another version was published meanwhile. */
export async function askOn(askFrom: (cursor?: string) => Promise<Planned>): Promise<Planned> {
  let planned = await askFrom();
  for (let cursor = planned.impact?.cursor; cursor !== undefined; cursor = planned.impact?.cursor) {
    const { impact, version } = planned;
    if (impact === undefined) break;
    say(`Replayed ${impact.replayed}${impact.of === undefined ? "" : ` of about ${impact.of}`} people...`);
    const later = await askFrom(cursor);
    if (later.version !== version || later.impact === undefined)
      throw new Stop(EXIT.refused, "Somebody published another version meanwhile. Run it again.");
    planned = { ...planned, impact: joinImpacts(impact, later.impact) };
  }
  return planned;
}

/** Files that could not be read; nobody was asked. */
export interface Unread {
  readonly problems: readonly Problem[];
}

export function printPlanned(planned: Planned | Unread, language: Language = "en"): void {
  if ("changes" in planned) printPlan(planned);
  else printProblems(planned.problems);
  if ("impact" in planned && planned.impact !== undefined) printImpact(planned.impact, language);
}

/** Asks the API, or the function itself. */
async function ask(options: PlanOptions, what: "plan", body: object): Promise<ApiAnswer["body"]> {
  if (options.function === undefined)
    return accepted(await persist(() => callAdmin(options, "POST", `/api/admin/${what}`, body)));
  const answer = await invokeFunction(options.function, { sekisho: what, author: options.author, ...body });
  return typeof answer === "object" && answer !== null ? { ...answer } : {};
}
