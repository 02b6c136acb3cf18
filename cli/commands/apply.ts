import { createInterface } from "node:readline/promises";
import type { Command } from "commander";
import { type ApiAnswer, callAdmin, packObjects, refusalOf } from "../api.ts";
import {
  brokerOption,
  EXIT,
  filesOption,
  functionOption,
  jsonOption,
  print,
  printJson,
  required,
  Stop,
  say,
} from "../command.ts";
import { readConfigFiles } from "../config-files.ts";
import { invokeFunction } from "../invoke.ts";
import { hasErrors, type Planned } from "../plan-text.ts";
import { askPlan, authorOption, type PlanOptions, printPlanned } from "./plan.ts";

interface ApplyOptions extends PlanOptions {
  readonly yes?: boolean;
  readonly message?: string;
}

/** `sekisho apply -f DIR`: publishes a whole configuration as one version. */
export function register(program: Command): void {
  program
    .command("apply")
    .description("Publish YAML files as the whole configuration: what is not in them is removed")
    .addOption(filesOption())
    .option("--yes", "do not ask")
    .option("--message <text>", "why, for whoever reads the versions later")
    .addOption(brokerOption())
    .addOption(functionOption())
    .addOption(authorOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Shows the plan and asks. Where nobody can be asked (CI) it needs --yes. What is published is what was shown: when
somebody else published in the meantime, nothing happens.
Exits 0 when published or nothing changed, 1 when refused, 2 when asked wrongly.

Examples:
  $ sekisho apply -f config/ --message "SRE may read production"
  $ sekisho apply -f config/ --yes
  $ sekisho apply -f config/ --function sekisho-prod-admin   # the very first time, or past a broken configuration`,
    )
    .action(apply);
}

async function apply(options: ApplyOptions): Promise<void> {
  const read = readConfigFiles(required(options.files, "-f"));
  const planned = await askPlan(options, read);
  if (!options.json) printPlanned(planned);
  if (!("changes" in planned) || hasErrors(planned.problems)) {
    if (options.json) printJson({ outcome: "refused", ...planned });
    process.exitCode = EXIT.refused;
    return;
  }
  if (planned.changes.length === 0) return tell(options, { outcome: "unchanged", version: planned.version });
  if (!options.yes && !(await agreed(planned))) throw new Stop(EXIT.refused, "Nothing was changed.");
  say("Publishing...");
  tell(options, await publish(options, planned, packObjects(read.objects)));
}

/** @throws {Stop} where nobody can be asked. */
async function agreed(planned: Planned): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new Stop(EXIT.usage, "Nobody can be asked here. Add --yes to apply what the plan shows.");
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const changes = planned.changes.length === 1 ? "this change" : `these ${planned.changes.length} changes`;
  const answer = await lines.question(`Publish ${changes}? Type yes: `);
  lines.close();
  return answer.trim() === "yes";
}

async function publish(
  options: ApplyOptions,
  { version }: Planned,
  objects: object,
): Promise<ApiAnswer["body"]> {
  const message = options.message === undefined ? {} : { message: options.message };
  if (options.function !== undefined) {
    const payload = { sekisho: "apply", author: options.author, ifVersion: version, ...message, ...objects };
    const answer = await invokeFunction(options.function, payload);
    return typeof answer === "object" && answer !== null ? { ...answer } : {};
  }
  const body = { ifVersion: version, ...message, ...objects };
  const answer = await callAdmin(options, "POST", "/api/admin/apply", body);
  if (answer.status !== 200) throw new Stop(EXIT.refused, refusalOf(answer.body, answer.status));
  return answer.body;
}

function tell(options: ApplyOptions, body: ApiAnswer["body"]): void {
  const done = body.outcome === "published" || body.outcome === "unchanged";
  if (options.json) printJson(body);
  else if (body.outcome === "published")
    print(`Published version ${body.published}. It is in force within 5 seconds.`);
  else if (body.outcome === "unchanged") print(`Nothing to change: version ${body.version} says the same.`);
  if (!done) throw new Stop(EXIT.refused, refusalOf(body, 0));
}
