import type { Command } from "commander";
import * as v from "valibot";
import { toInstant } from "../../lib/core/time.ts";
import { type ApiOptions, accepted, callAdmin } from "../api.ts";
import { brokerOption, jsonOption, print, printJson } from "../command.ts";
import { printPlan, readPlan } from "../plan-text.ts";
import { nameOfAuthor, Version } from "../version-text.ts";

interface Options extends ApiOptions {
  readonly json?: boolean;
}

const Scheduled = v.object({
  id: v.string(),
  state: v.string(),
  author: Version.entries.author,
  approver: v.optional(Version.entries.author),
  at: v.number(),
  dueAt: v.number(),
  base: v.number(),
  message: v.optional(v.string()),
  overwrite: v.optional(v.unknown()),
  version: v.optional(v.number()),
  code: v.optional(v.string()),
});
type Scheduled = v.InferOutput<typeof Scheduled>;

/** `sekisho scheduled ...`: what takes effect later, and what became of it. */
export function register(program: Command): void {
  const scheduled = program
    .command("scheduled")
    .description("Configurations that take effect later, and what became of others")
    .addHelpText(
      "after",
      `
\`sekisho apply --at\` and \`sekisho rollback --at\` schedule. Whether it can be published is asked when it is scheduled
and all over again when it is due: by its author's right, tests and invariants at that time, and only where the same
version is still published, unless --overwrite was said. What fails then is told here, with its code.

Examples:
  $ sekisho apply -f config/ --at 2026-12-01T06:00+09:00 --message "From December"
  $ sekisho scheduled
  $ sekisho scheduled show 01K...
  $ sekisho scheduled cancel 01K...`,
    );
  const id = ["<id>", "its id, as `scheduled list` shows it"] as const;
  const options = (command: Command) => command.addOption(brokerOption()).addOption(jsonOption());
  options(
    scheduled
      .command("list", { isDefault: true })
      .description("List what waits, the next first, and then what became of others, the latest first"),
  ).action(list);
  options(
    scheduled
      .command("show")
      .description("Show one, and what it would change now")
      .argument(...id),
  ).action(show);
  options(
    scheduled
      .command("cancel")
      .description("End what waits")
      .argument(...id),
  ).action(cancel);
}

const at = (id: string, verb = ""): string => `/api/admin/scheduled/${encodeURIComponent(id)}${verb}`;
const Page = v.object({ scheduled: v.array(Scheduled), cursor: v.optional(v.string()) });
const waits = ({ state }: Scheduled): boolean => state === "open" || state === "publishing";

async function list(options: Options): Promise<void> {
  const found: Scheduled[] = [];
  let cursor: string | undefined;
  do {
    const query = new URLSearchParams({ most: "100", ...(cursor === undefined ? {} : { cursor }) });
    const page = v.parse(Page, accepted(await callAdmin(options, "GET", `/api/admin/scheduled?${query}`)));
    found.push(...page.scheduled);
    cursor = page.cursor;
  } while (cursor !== undefined);
  const scheduled = [...found.filter(waits).reverse(), ...found.filter((one) => !waits(one))];
  if (options.json) return printJson({ scheduled });
  if (scheduled.length === 0) print("Nothing is scheduled.");
  for (const one of scheduled) print(lineOf(one));
}

function lineOf({ id, state, dueAt, author, version, code, message = "" }: Scheduled): string {
  const end = version === undefined ? code : `version ${version}`;
  const became = end === undefined ? state : `${state} (${end})`;
  return `${id}  ${toInstant(dueAt)}  ${became.padEnd(9)}  ${nameOfAuthor(author)}  ${message}`.trimEnd();
}

async function show(id: string, options: Options): Promise<void> {
  const body = accepted(await callAdmin(options, "GET", at(id)));
  if (options.json) return printJson(body);
  const one = v.parse(Scheduled, body);
  const planned = readPlan(v.parse(v.object({ plan: v.record(v.string(), v.unknown()) }), body).plan);
  print(lineOf(one));
  print(`scheduled ${toInstant(one.at)}, on version ${one.base}`);
  if (one.approver !== undefined) print(`agreed to by ${nameOfAuthor(one.approver)}`);
  if (waits(one) && planned.version !== one.base)
    print(
      one.overwrite === true
        ? `Version ${planned.version} was published since; what it changed is gone over.`
        : `Version ${planned.version} was published since: when it is due it fails (configuration_moved).`,
    );
  printPlan(planned);
}

async function cancel(id: string, options: Options): Promise<void> {
  const body = accepted(await callAdmin(options, "POST", at(id, "/cancel"), {}));
  if (options.json) printJson(body);
  else print(`Cancelled ${id}. Nothing was changed.`);
}
