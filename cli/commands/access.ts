import { type Command, Option } from "commander";
import * as v from "valibot";
import { LANGUAGES } from "../../lib/core/messages/words.ts";
import { systemClock, toInstant } from "../../lib/core/time.ts";
import { csvHeader, csvRow, Page, printGrants, printHeader, printRow } from "../access-text.ts";
import { type ApiOptions, accepted, callAdmin } from "../api.ts";
import { brokerOption, EXIT, jsonOption, print, printJson, Stop, say } from "../command.ts";
import { instantOf } from "../instant.ts";

interface Options extends ApiOptions {
  readonly person?: string;
  readonly connection?: string;
  readonly group?: string;
  readonly account?: string;
  readonly role?: string;
  readonly at?: string;
  readonly unused?: string;
  readonly language: string;
  readonly most: string;
  readonly all?: boolean;
  readonly csv?: boolean;
  readonly json?: boolean;
}

/** `sekisho access`: who can reach what, now and then, and who does not use it. */
export function register(program: Command): void {
  program
    .command("access")
    .description("Show who can reach what, by which rules, and when it was last used")
    .option("--person <id>", "a person's id, or connection/subject")
    .option("--connection <id>", "people of a connection")
    .option("--group <name>", "people whose groups include this one")
    .option("--account <id>", "an account, twelve digits; `broker` for rights on the broker itself")
    .option("--role <name>", "a role: 111111111111/Admin, or Admin in every account")
    .option("--at <when>", "then instead of now: 2026-11-22, 2026-11-22T09:41:00Z, or 30d back")
    .option("--unused <days>", "only what is held and was not used for so long: 90d")
    .option("--most <count>", "stop after so many rows", "100")
    .option("--all", "all of them")
    .option("--csv", "print CSV")
    .addOption(jsonOption())
    .addOption(new Option("--language <language>", "of the rules").choices(LANGUAGES).default("en"))
    .addOption(brokerOption())
    .addHelpText(
      "after",
      `
Examples:
  $ sekisho access --role 111111111111/Admin              # who administers production, by which rules, and since when
  $ sekisho access --person okta/00u1                     # what somebody can reach
  $ sekisho access --account 111111111111 --at 2026-10-01 # who could reach it then
  $ sekisho access --unused 90d --all --csv > review.csv  # what nobody would miss
  $ sekisho access --account broker                       # who administers the broker`,
    )
    .action(access);
}

async function access(options: Options): Promise<void> {
  if (options.csv && options.json) throw new Stop(EXIT.usage, "--csv or --json, not both.");
  const most = options.all ? Number.POSITIVE_INFINITY : countOf(options.most);
  if (options.json) return json(options, most);
  if (options.csv) process.stdout.write(csvHeader());
  const rules = new Map<string, string>();
  let giving: Pick<Page, "grants" | "moreGrants"> = {};
  const told = await eachPage(options, most, (page) => {
    if (page.grants !== undefined) giving = page;
    if (options.csv) for (const row of page.rows) process.stdout.write(csvRow(row, page));
    else table(page, rules);
  });
  if (!options.csv) printRules(rules, giving);
  told();
}

/** Rules that stand in rows, and those that give what was asked about; each once. */
function printRules(
  rules: ReadonlyMap<string, string>,
  { grants, moreGrants = 0 }: Pick<Page, "grants" | "moreGrants">,
) {
  const giving = new Set(grants?.map(({ id }) => id));
  const others = [...rules].filter(([id]) => !giving.has(id));
  if (others.length > 0) print();
  for (const [id, sentence] of others) print(`${id}: ${sentence}`);
  if (grants === undefined) return;
  print();
  printGrants(grants, moreGrants);
}

function table({ rows, rules }: Page, told: Map<string, string>): void {
  if (rows.length > 0 && told.size === 0) printHeader();
  for (const row of rows) printRow(row);
  for (const { id, sentence } of rules) told.set(id, sentence);
}

async function json(options: Options, most: number): Promise<void> {
  const rows: Page["rows"] = [];
  const rules = new Map<string, Page["rules"][number]>();
  let last: Page | undefined;
  let giving: Pick<Page, "grants" | "moreGrants"> = {};
  const told = await eachPage(options, most, (page) => {
    const { grants, moreGrants } = page;
    if (grants !== undefined) giving = { grants, moreGrants };
    rows.push(...page.rows);
    for (const rule of page.rules) rules.set(rule.id, rule);
    last = page;
  });
  const { version, at, looked, people, cursor } = last ?? {};
  const more = cursor === undefined ? {} : { cursor };
  printJson({ version, at, rows, rules: [...rules.values()], ...giving, looked, people, ...more });
  told();
}

/** Most rows the broker answers at once. */
const MOST_AT_ONCE = 500;

/** Reads page after page until there are enough rows. @returns Says on the side what they are of. */
async function eachPage(options: Options, most: number, see: (page: Page) => void): Promise<() => void> {
  const search = searchOf(options);
  const versions = new Set<number>();
  let left = most;
  let found = 0;
  for (;;) {
    search.set("most", String(Math.min(MOST_AT_ONCE, left)));
    const answer = await callAdmin(options, "GET", `/api/admin/access?${search}`);
    const page = v.parse(Page, accepted(answer));
    see(page);
    versions.add(page.version);
    left -= page.rows.length;
    found += page.rows.length;
    const { cursor } = page;
    if (cursor === undefined || left <= 0) return () => summary(page, versions, found);
    say(`Looked at ${page.looked} of about ${page.people} people ...`);
    search.set("cursor", cursor);
  }
}

function summary({ at, looked, people, cursor, rows }: Page, versions: ReadonlySet<number>, found: number) {
  if (found === 0 && cursor === undefined) say("Nobody who signed in has what was asked about.");
  if (versions.size === 1 && versions.has(0))
    say(`As of ${toInstant(at)}, before the first version of the rules.`);
  else say(`As of ${toInstant(at)}, by version ${[...versions].join(" and ")} of the rules.`);
  if (versions.size > 1) say("The rules were published anew while this was read.");
  if (rows.some(({ seenLater }) => seenLater))
    say("* signed in later, so that their claims may have been others then.");
  if (cursor === undefined)
    say(`Looked at ${looked === 1 ? "one person" : `all ${looked} people`} of the last sign-ins.`);
  else say(`There may be more: ${looked} of about ${people} people were looked at. --all goes on.`);
}

function searchOf(options: Options): URLSearchParams {
  const { person, connection, group, at, unused, language } = options;
  const [role, account = options.account] = placeIn(options.role);
  const asked = { person, connection, group, account, role, language };
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(asked)) if (value !== undefined) search.set(name, value);
  if (at !== undefined) search.set("at", toInstant(instantOf(at, systemClock.now())));
  if (unused !== undefined) search.set("unused", daysOf(unused));
  return search;
}

/** Takes `111111111111/Admin` apart. */
function placeIn(role: string | undefined): readonly [role: string | undefined, account?: string] {
  const slash = role?.indexOf("/") ?? -1;
  if (role === undefined || slash < 0) return [role];
  return [role.slice(slash + 1), role.slice(0, slash)];
}

function daysOf(text: string): string {
  const days = /^([1-9]\d{0,3})d?$/.exec(text)?.[1];
  if (days === undefined) throw new Stop(EXIT.usage, "--unused is a number of days, such as 90d.");
  return days;
}

function countOf(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new Stop(EXIT.usage, "--most is a whole number from 1 on.");
}
