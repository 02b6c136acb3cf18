import * as v from "valibot";
import { toInstant } from "../lib/core/time.ts";

const Somebody = v.object({
  actor: v.string(),
  name: v.optional(v.string()),
  personId: v.optional(v.string()),
  connection: v.optional(v.string()),
});

/** One version, as the broker tells it. */
export const Version = v.object({
  version: v.number(),
  state: v.string(),
  at: v.number(),
  author: Somebody,
  /** Whoever agreed, where it took two people. */
  approver: v.optional(Somebody),
  message: v.optional(v.string()),
  hash: v.string(),
  base: v.number(),
  changes: v.object({ added: v.number(), changed: v.number(), removed: v.number() }),
  rollbackOf: v.optional(v.number()),
  origin: v.optional(v.string()),
  scheduled: v.optional(v.string()),
});
export type Version = v.InferOutput<typeof Version>;

/** Whoever published: by name where it is kept, by id where it was erased. */
export function nameOfAuthor({ actor, name, personId, connection }: Version["author"]): string {
  const called = name ?? personId ?? "somebody";
  const at = connection === undefined ? "" : ` (${connection})`;
  return actor === "operator" ? `${called}, an operator` : `${called}${at}`;
}

/** One line of a list of versions. */
export function lineOf(told: Version): string {
  const { version, state, at, author, approver, changes, message, rollbackOf } = told;
  const counts = `+${changes.added} ~${changes.changed} -${changes.removed}`;
  const what = state === "published" ? counts : state;
  const back = rollbackOf === undefined ? "" : ` [back to ${rollbackOf}]`;
  const why = message === undefined ? "" : `  ${message}`;
  const agreed = approver === undefined ? "" : `, agreed by ${nameOfAuthor(approver)}`;
  return `${String(version).padStart(5)}  ${toInstant(at)}  ${what.padEnd(12)}  ${nameOfAuthor(author)}${agreed}${back}${why}`;
}
