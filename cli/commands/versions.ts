import type { Command } from "commander";
import * as v from "valibot";
import { toInstant } from "../../lib/core/time.ts";
import { type ApiOptions, accepted, callAdmin } from "../api.ts";
import { Change, changesFromOption, printChange, Rest } from "../change-text.ts";
import { brokerOption, EXIT, jsonOption, print, printJson, Stop } from "../command.ts";
import { lineOf, nameOfAuthor, Version } from "../version-text.ts";

interface Options extends ApiOptions {
  readonly json?: boolean;
}
interface ListOptions extends Options {
  readonly most: string;
  readonly all?: boolean;
}

/** `sekisho versions ...`: what was published, by whom, when and why. */
export function register(program: Command): void {
  const versions = program.command("versions").description("What was published, by whom, when and why");
  versions
    .command("list")
    .description("List versions, the latest first")
    .option("--most <count>", "how many", "20")
    .option("--all", "all of them")
    .addOption(brokerOption())
    .addOption(jsonOption())
    .action(list);
  versions
    .command("show")
    .description("Show one version and what it changed")
    .argument("<version>", "its number", numberOf)
    .addOption(brokerOption())
    .addOption(jsonOption())
    .action(show);
  versions
    .command("diff")
    .description("Show what differs from one version to another")
    .argument("<from>", "number of a version", numberOf)
    .argument("[to]", "number of another; what is published where left out", numberOf)
    .addOption(changesFromOption())
    .addOption(brokerOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Examples:
  $ sekisho versions list
  $ sekisho versions show 41
  $ sekisho versions diff 38 41
  $ sekisho rollback 40 --message "41 gave too much"`,
    )
    .action(diff);
}

/** @throws {Stop} where it is not the number of a version. */
export function numberOf(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new Stop(EXIT.usage, `\`${text}\` is not the number of a version. See \`sekisho versions list\`.`);
}

const Page = v.object({ versions: v.array(Version), cursor: v.optional(v.string()) });
/** Most that the broker answers at once. */
const MOST_AT_ONCE = 100;

async function list(options: ListOptions): Promise<void> {
  const most = options.all === true ? Number.POSITIVE_INFINITY : numberOf(options.most);
  const found: Version[] = [];
  let cursor: string | undefined;
  do {
    const query = new URLSearchParams({ most: String(Math.min(MOST_AT_ONCE, most - found.length)) });
    if (cursor !== undefined) query.set("cursor", cursor);
    const body = accepted(await callAdmin(options, "GET", `/api/admin/versions?${query}`));
    const page = v.parse(Page, body);
    found.push(...page.versions);
    cursor = page.cursor;
  } while (cursor !== undefined && found.length < most);
  if (options.json) return printJson({ versions: found });
  if (found.length === 0) print("Nothing is published yet.");
  for (const version of found) print(lineOf(version));
}

const Shown = v.object({ ...Version.entries, differences: v.array(Change), rest: v.exactOptional(Rest) });

async function show(version: number, options: Options): Promise<void> {
  const body = accepted(await callAdmin(options, "GET", `/api/admin/versions/${version}`));
  if (options.json) return printJson(body);
  const told = v.parse(Shown, body);
  const { state, at, author, approver, message, hash, base, rollbackOf } = told;
  const { origin, scheduled, differences, rest } = told;
  print(`Version ${version} (${state}), ${toInstant(at)}`);
  print(`by      ${nameOfAuthor(author)}`);
  if (approver !== undefined) print(`agreed  ${nameOfAuthor(approver)}`);
  if (message !== undefined) print(`why     ${message}`);
  if (origin !== undefined) print(`from    ${origin}`);
  if (rollbackOf !== undefined) print(`back to ${rollbackOf}`);
  if (scheduled !== undefined) print(`was     ${scheduled}, scheduled`);
  print(`hash    ${hash}`);
  printDifferences(differences, rest, base === 0 ? "nothing" : `version ${base}`);
}

const Difference = v.object({
  from: v.number(),
  to: v.number(),
  changes: v.array(Change),
  rest: v.exactOptional(Rest),
});

async function diff(
  from: number,
  to: number | undefined,
  options: Options & { readonly changesFrom?: number },
): Promise<void> {
  const asked = new URLSearchParams({
    ...(to === undefined ? {} : { to: `${to}` }),
    ...(options.changesFrom === undefined ? {} : { changesFrom: `${options.changesFrom}` }),
  });
  const query = asked.size === 0 ? "" : `?${asked}`;
  const body = accepted(await callAdmin(options, "GET", `/api/admin/versions/${from}/diff${query}`));
  if (options.json) return printJson(body);
  const { changes, rest, ...between } = v.parse(Difference, body);
  print(`To version ${between.to}:`);
  printDifferences(changes, rest, `version ${between.from}`);
}

function printDifferences(changes: readonly Change[], rest: Rest | undefined, from: string): void {
  print(`Compared with ${from}:`);
  for (const change of changes) printChange(change);
  if (changes.length === 0) print("  no changes");
  if (rest === undefined) return;
  const { added, changed, removed } = rest.all;
  print(`  in all ${added} added, ${changed} changed, ${removed} removed`);
  if (rest.next !== undefined) print(`  the rest: sekisho versions diff --changes-from ${rest.next}`);
}
