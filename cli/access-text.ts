import * as v from "valibot";
import { csvLine } from "../lib/core/csv.ts";
import { toInstant } from "../lib/core/time.ts";
import { plain, print } from "./command.ts";

const Row = v.object({
  personId: v.string(),
  name: v.optional(v.string()),
  connection: v.string(),
  accountId: v.string(),
  accountName: v.optional(v.string()),
  role: v.string(),
  how: v.string(),
  rules: v.array(v.string()),
  seenAt: v.number(),
  seenLater: v.optional(v.boolean()),
  lastUsedAt: v.optional(v.number()),
  unusedSince: v.optional(v.number()),
});
export type Row = v.InferOutput<typeof Row>;

const Told = v.object({ id: v.string(), effect: v.string(), sentence: v.string() });
const Grant = v.object({
  ...Told.entries,
  owner: v.optional(v.string()),
  until: v.optional(v.number()),
  since: v.object({ version: v.number(), at: v.number(), atLeast: v.optional(v.boolean()) }),
});

/** One page, as the broker tells it. */
export const Page = v.object({
  version: v.number(),
  at: v.number(),
  rows: v.array(Row),
  rules: v.array(Told),
  grants: v.optional(v.array(Grant)),
  moreGrants: v.optional(v.number()),
  looked: v.number(),
  people: v.number(),
  cursor: v.optional(v.string()),
});
export type Page = v.InferOutput<typeof Page>;

/** A day is enough to say when somebody came or used something. */
const day = (at: number): string => toInstant(at).slice(0, 10);

function used({ how, lastUsedAt, unusedSince }: Row): string {
  if (lastUsedAt !== undefined) return day(lastUsedAt);
  if (unusedSince !== undefined) return `not since ${day(unusedSince)}`;
  return how === "given" ? "?" : "-";
}

const COLUMNS: readonly (readonly [title: string, width: number, of: (row: Row) => string])[] = [
  ["PERSON", 28, ({ name, personId }) => name ?? personId],
  ["CONNECTION", 12, ({ connection }) => connection],
  ["ACCOUNT", 26, ({ accountId, accountName }) => [accountId, accountName].filter(Boolean).join(" ")],
  ["ROLE", 20, ({ role, how }) => (how === "eligible" ? `${role} (may ask)` : role)],
  ["SEEN", 11, ({ seenAt, seenLater }) => `${day(seenAt)}${seenLater === true ? "*" : ""}`],
  ["USED", 20, used],
  ["RULES", 0, ({ rules }) => rules.join(" ")],
];

export const printHeader = (): void => print(COLUMNS.map(([title, width]) => title.padEnd(width)).join("  "));

export const printRow = (row: Row): void =>
  print(COLUMNS.map(([, width, of]) => plain(of(row)).padEnd(width)).join("  "));

/** Rules that give what was asked about, whoever has it. */
export function printGrants(grants: NonNullable<Page["grants"]>, more: number): void {
  print(grants.length === 0 ? "No rule gives it." : "Rules that give it:");
  for (const { id, sentence, owner, since } of grants) {
    const asks = owner === undefined ? "" : ` Owner: ${owner}.`;
    const least = since.atLeast === true ? "at least " : "";
    const when = since.at === 0 ? "" : `, ${day(since.at)}`;
    print(plain(`${id}: ${sentence}${asks} Since ${least}version ${since.version}${when}.`));
  }
  if (more > 0) print(`${more} more give it.`);
}

const CSV = [
  "personId",
  "name",
  "connection",
  "accountId",
  "accountName",
  "role",
  "how",
  "rules",
  "seenAt",
  "seenLater",
  "lastUsedAt",
  "unusedSince",
  "at",
  "version",
] as const;

export const csvHeader = (): string => csvLine(CSV);

/** One row for a spreadsheet: instants in words, and nothing that is run when the file is opened. */
export function csvRow(row: Row, { at, version }: Pick<Page, "at" | "version">): string {
  const cells = {
    ...row,
    rules: row.rules.join(" "),
    seenAt: toInstant(row.seenAt),
    seenLater: row.seenLater === true ? "yes" : "",
    lastUsedAt: row.lastUsedAt === undefined ? "" : toInstant(Math.floor(row.lastUsedAt)),
    unusedSince: row.unusedSince === undefined ? "" : toInstant(Math.floor(row.unusedSince)),
    at: toInstant(at),
    version,
  };
  return csvLine(
    CSV.map((column) => {
      const cell = cells[column];
      return typeof cell === "string" ? plain(cell) : cell;
    }),
  );
}
