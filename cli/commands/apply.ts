import type { Command } from "commander";
import { type ApiAnswer, callAdmin, refusalOf } from "../api.ts";
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
import { readConfigFiles } from "../config-files.ts";
import { packObjects } from "../drafts.ts";
import { invokeFunction } from "../invoke.ts";
import { hasErrors, type Planned, takenBack } from "../plan-text.ts";
import { progressOption } from "../progress.ts";
import { agreed, tellOutcome, tellRefused } from "../publishing.ts";
import { atOption, dueIn, refuseUnscheduling } from "../when.ts";
import { askPlan, authorOption, originOption, type PlanOptions, printPlanned } from "./plan.ts";

interface ApplyOptions extends PlanOptions {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly message?: string;
  /** True where no object was named. */
  readonly overwrite?: true | readonly string[];
}

/** `sekisho apply -f DIR`: publishes a whole configuration as one version. */
export function register(program: Command): void {
  program
    .command("apply")
    .description("Publish YAML files as the whole configuration: what is not in them is removed")
    .addOption(filesOption())
    .option("--yes", "do not ask")
    .option("--message <text>", "why, for whoever reads the versions later")
    .addOption(originOption())
    .option("--overwrite [objects...]", "take back what was changed by hand: all of it, or these (Kind/id)")
    .addOption(atOption())
    .option("--dry-run", "show the plan and change nothing, as `sekisho plan` does")
    .addOption(progressOption())
    .addOption(brokerOption())
    .addOption(functionOption())
    .addOption(authorOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Shows the plan and asks. Where nobody can be asked (CI) it needs --yes. What is published is what was shown: when
somebody else published in the meantime, nothing happens.
With --origin, what somebody changed by hand since these files were applied last is not taken back unless --overwrite
says so. Safe to run again after a cut: what was sent is not sent again within a day, and what was published is not
published twice. A large configuration is sent in parts; nobody sees any of it before it is published.
With --at it is kept, and published by itself when the time comes: at least a minute and at most 90 days ahead. Everything
is asked again then. Where another version was published in between it fails, unless --overwrite says to go over it; see
\`sekisho scheduled\`.
More than 200,000 objects take --function: the API answers within 29 seconds, the function itself has 15 minutes.
Exits 0 when published or nothing changed, 1 when refused, 2 when asked wrongly.

Examples:
  $ sekisho apply -f config/ --message "SRE may read production"
  $ sekisho apply -f config/ --yes --origin github.com/acme/access
  $ sekisho apply -f config/ --origin github.com/acme/access --overwrite Rule/sre-prod
  $ sekisho apply -f config/ --at 2026-12-01T06:00+09:00
  $ sekisho apply -f config/ --function sekisho-prod-admin   # the very first time, or past a broken configuration`,
    )
    .action(apply);
}

async function apply(options: ApplyOptions): Promise<void> {
  const due = dueIn(options);
  const read = readConfigFiles(required(options.files, "-f"));
  // Whoever is asked sees who gains and who loses; a pipeline has planned before.
  const planned = await askPlan({ ...options, preview: options.yes !== true && !options.json }, read);
  if (!options.json) printPlanned(planned);
  if (options.dryRun === true) return tellPlanned(options, planned);
  if (!("changes" in planned) || hasErrors(planned.problems)) return tellRefused(options, planned);
  // Files with a name are sent even so: the broker remembers that they say what is published.
  if (planned.changes.length === 0 && options.origin === undefined)
    return tellOutcome(options, { outcome: "unchanged", version: planned.version });
  refuseTakingBack(options, planned);
  const silent = options.yes === true || planned.changes.length === 0;
  if (!silent && !(await agreed(planned, due))) throw new Stop(EXIT.refused, "Nothing was changed.");
  await refuseUnscheduling(options);
  say(due === undefined ? "Publishing..." : "Scheduling...");
  tellOutcome(options, await publish(options, planned, await packObjects(options, read.objects), due));
}

/** Ends a command that only planned. */
function tellPlanned({ json }: ApplyOptions, planned: Pick<Planned, "problems">): void {
  if (json) printJson(planned);
  if (hasErrors(planned.problems)) process.exitCode = EXIT.refused;
}

/** @throws {Stop} naming what somebody else changed and nobody said to overwrite. */
function refuseTakingBack({ overwrite, json }: ApplyOptions, planned: Planned): void {
  const named = overwrite === undefined || overwrite === true ? [] : overwrite;
  const left = overwrite === true ? [] : takenBack(planned).filter((one) => !named.includes(one));
  if (left.length === 0) return;
  if (json) printJson({ outcome: "refused", code: "changed_by_hand", ...planned });
  throw new Stop(
    EXIT.refused,
    `Changed by hand since these files were applied: ${left.join(", ")}. Take the changes over into the files ` +
      "(`sekisho export` shows them), or add --overwrite. Nothing was changed.",
  );
}

async function publish(
  options: ApplyOptions,
  { version }: Planned,
  objects: object,
  due: string | undefined,
): Promise<ApiAnswer["body"]> {
  const wish = {
    ifVersion: version,
    ...(due === undefined ? {} : { at: due }),
    ...(options.message === undefined ? {} : { message: options.message }),
    ...(options.origin === undefined ? {} : { origin: options.origin }),
    ...(options.overwrite === undefined ? {} : { overwrite: options.overwrite }),
  };
  if (options.function !== undefined) {
    const payload = { sekisho: "apply", author: options.author, ...wish, ...objects };
    const answer = await invokeFunction(options.function, payload);
    return typeof answer === "object" && answer !== null ? { ...answer } : {};
  }
  const body = { ...wish, ...objects };
  const answer = await callAdmin(options, "POST", "/api/admin/apply", body);
  if (answer.status !== 200) throw new Stop(EXIT.refused, refusalOf(answer.body, answer.status));
  return answer.body;
}
