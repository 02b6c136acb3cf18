import type { Command } from "commander";
import { accepted, callAdmin } from "../api.ts";
import { brokerOption, EXIT, functionOption, jsonOption, Stop, say } from "../command.ts";
import { invokeFunction } from "../invoke.ts";
import { hasErrors, printPlan, readPlan } from "../plan-text.ts";
import { agreed, type Publishing, tellOutcome, tellRefused } from "../publishing.ts";
import { atOption, dueIn, type Later, refuseUnscheduling } from "../when.ts";
import { authorOption } from "./plan.ts";
import { numberOf } from "./versions.ts";

interface Options extends Publishing, Pick<Later, "at"> {
  readonly message?: string;
}

/** `sekisho rollback V`: publishes what an earlier version said as a new one. */
export function register(program: Command): void {
  program
    .command("rollback")
    .description("Publish what an earlier version said again, as a new version")
    .argument("<version>", "number of the version to go back to", numberOf)
    .option("--yes", "do not ask")
    .option("--message <text>", "why, for whoever reads the versions later")
    .addOption(atOption())
    .addOption(brokerOption())
    .addOption(functionOption())
    .addOption(authorOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Shows what would change and asks. What is published is what was shown, or nothing. Files that are applied by name
afterwards are compared with what they said before: they do not take the rollback back unseen.

With --at it goes back later, by itself, unless another version is published by then; see \`sekisho scheduled\`.

Examples:
  $ sekisho rollback 40 --message "41 gave too much"
  $ sekisho rollback 40 --at 2026-12-01T06:00+09:00`,
    )
    .action(rollback);
}

async function rollback(to: number, options: Options): Promise<void> {
  const due = dueIn(options);
  return options.function === undefined
    ? askAndRollBack(to, options, due)
    : rollBackDirectly(to, options, options.function);
}

async function askAndRollBack(to: number, options: Options, due: string | undefined): Promise<void> {
  const version = `/api/admin/versions/${to}`;
  const planned = readPlan(accepted(await callAdmin(options, "POST", `${version}/plan`, {})));
  if (!options.json) printPlan(planned);
  if (hasErrors(planned.problems)) return tellRefused(options, planned);
  if (planned.changes.length === 0)
    return tellOutcome(options, { outcome: "unchanged", version: planned.version });
  if (!options.yes && !(await agreed(planned, due))) throw new Stop(EXIT.refused, "Nothing was changed.");
  await refuseUnscheduling(options);
  say(due === undefined ? "Publishing..." : "Scheduling...");
  const at = due === undefined ? {} : { at: due };
  const body = { ifVersion: planned.version, ...at, ...messageOf(options) };
  tellOutcome(options, accepted(await callAdmin(options, "POST", `${version}/rollback`, body)));
}

/** An operator who is past the rules is past the plan as well: this is the way back in. */
async function rollBackDirectly(to: number, options: Options, name: string): Promise<void> {
  if (!options.yes) throw new Stop(EXIT.usage, "With --function nothing is shown before: add --yes.");
  const payload = { sekisho: "rollback", to, author: options.author, ...messageOf(options) };
  const answer = await invokeFunction(name, payload);
  tellOutcome(options, typeof answer === "object" && answer !== null ? { ...answer } : {});
}

const messageOf = ({ message }: Options) => (message === undefined ? {} : { message });
