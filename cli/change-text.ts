import { Option } from "commander";
import * as v from "valibot";
import { EXIT, print, Stop } from "./command.ts";

const Field = v.object({
  path: v.string(),
  before: v.optional(v.unknown()),
  after: v.optional(v.unknown()),
});
/** One object that differs, as the broker tells it. */
export const Change = v.object({
  what: v.picklist(["added", "changed", "removed"]),
  kind: v.string(),
  id: v.string(),
  fields: v.array(Field),
});
export type Change = v.InferOutput<typeof Change>;

/** What an answer left out of its changes: how many there are in all, and from which one to ask on. */
export const Rest = v.object({
  all: v.object({ added: v.number(), changed: v.number(), removed: v.number() }),
  next: v.exactOptional(v.number()),
});
export type Rest = v.InferOutput<typeof Rest>;

export const changesFromOption = () =>
  new Option(
    "--changes-from <number>",
    "tell changes from this one on, where there are more than one answer holds",
  ).argParser((text) => {
    if (/^\d{1,9}$/.test(text)) return Number(text);
    throw new Stop(EXIT.usage, "--changes-from is a number, as the answer before said it.");
  });

const SIGNS = { added: "+", changed: "~", removed: "-" } as const;
const LONGEST = 80;

/** Prints what becomes of one object. @param more What else there is to say of it. */
export function printChange({ what, kind, id, fields }: Change, more = ""): void {
  print(`  ${SIGNS[what]} ${kind}${id === "" ? "" : ` ${id}`}${more}`);
  for (const { path, before, after } of fields) print(`      ${path}: ${short(before)} -> ${short(after)}`);
}

function short(value: unknown): string {
  if (value === undefined) return "(not set)";
  const text = JSON.stringify(value);
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}...`;
}
