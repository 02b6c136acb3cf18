import * as v from "valibot";
import { print } from "./command.ts";

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

const SIGNS = { added: "+", changed: "~", removed: "-" } as const;
const LONGEST = 80;

/** Prints what becomes of one object. @param more What else there is to say of it. */
export function printChange({ what, kind, id, fields }: Change, more = ""): void {
  print(`  ${SIGNS[what]} ${kind} ${id}${more}`);
  for (const { path, before, after } of fields) print(`      ${path}: ${short(before)} -> ${short(after)}`);
}

function short(value: unknown): string {
  if (value === undefined) return "(not set)";
  const text = JSON.stringify(value);
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}...`;
}
