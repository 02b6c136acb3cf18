import * as v from "valibot";
import { Impact } from "../lib/core/impact.ts";
import type { Problem } from "../lib/core/problem.ts";
import type { ApiAnswer } from "./api.ts";
import { Change, printChange, Rest } from "./change-text.ts";
import { EXIT, print, Stop } from "./command.ts";
import { lineOf, Version } from "./version-text.ts";

const Drift = v.object({
  since: v.number(),
  rest: v.exactOptional(Rest),
  changes: v.array(v.object({ ...Change.entries, fate: v.picklist(["kept", "undone", "overwritten"]) })),
  versions: v.array(Version),
});
type Drift = v.InferOutput<typeof Drift>;

/** A plan as the broker answers it. */
export interface Planned {
  readonly version: number;
  readonly changes: readonly Change[];
  /** What `changes` leaves out, where it tells not all of them. */
  readonly rest?: Rest;
  readonly problems: readonly Problem[];
  /** Something has no shape, so that the broker tells no change. */
  readonly unreadable?: true;
  readonly drift?: Drift;
  readonly impact?: Impact;
}

const Answered = v.object({
  version: v.number(),
  changes: v.array(Change),
  rest: v.exactOptional(Rest),
  problems: v.array(v.custom<Problem>((one) => typeof one === "object" && one !== null)),
  unreadable: v.exactOptional(v.literal(true)),
  drift: v.exactOptional(Drift),
  impact: v.exactOptional(Impact),
});

/** @throws {Stop} when the answer is no plan: a broker of another age. */
export function readPlan(body: ApiAnswer["body"]): Planned {
  const parsed = v.safeParse(Answered, body);
  if (parsed.success) return parsed.output;
  throw new Stop(EXIT.refused, "The broker did not answer with a plan. Are broker and CLI of one release?");
}

/** Prints what speaks against a plan, what somebody else changed, what would change, what deserves a look, and how much of each. */
export function printPlan(planned: Planned): void {
  const { problems, unreadable } = planned;
  const errors = problems.filter(isError);
  const warnings = problems.filter((one) => !isError(one));
  printProblems(errors);
  if (errors.length > 0) print();
  if (unreadable === true) print("What would change is not known before all of it can be read.");
  else printChanges(planned);
  printProblems(warnings);
  print();
  const found = `${errors.length} errors, ${warnings.length} warnings.`;
  const { added, changed, removed } = countsOf(planned);
  print(
    unreadable === true ? found : `${added} to add, ${changed} to change, ${removed} to remove; ${found}`,
  );
}

function printChanges({ version, changes, rest, drift }: Planned): void {
  if (drift !== undefined && drift.changes.length > 0) printDrift(drift);
  print(version === 0 ? "Nothing is published yet." : `Compared with version ${version}:`);
  for (const change of changes) printChange(change);
  if (changes.length === 0) print("  no changes");
  if (rest?.next !== undefined)
    print(`  ... and more; see the rest with: sekisho plan --changes-from ${rest.next}`);
}

/** How much would change, told one by one or not. */
export function countsOf({ changes, rest }: Planned): Rest["all"] {
  if (rest !== undefined) return rest.all;
  const count = (what: Change["what"]) => changes.filter((one) => one.what === what).length;
  return { added: count("added"), changed: count("changed"), removed: count("removed") };
}

const FATES = {
  kept: "  (your files say the same)",
  undone: "  (applying your files would undo this)",
  overwritten: "  (your files say a third thing)",
} as const;

function printDrift({ since, changes, rest, versions }: Drift): void {
  print(`Changed by hand since these files were applied as version ${since}:`);
  for (const version of versions) print(lineOf(version));
  for (const { fate, ...change } of changes) printChange(change, FATES[fate]);
  if (rest !== undefined)
    print(
      `  ... of ${rest.all.added + rest.all.changed + rest.all.removed}; what would be lost stands first`,
    );
  print();
}

/** Changes of others that applying would take back, as `--overwrite` names them. */
export const takenBack = ({ drift }: Planned): readonly string[] =>
  (drift?.changes ?? []).filter(({ fate }) => fate !== "kept").map(({ kind, id }) => `${kind}/${id}`);

/** Prints problems as `file:line:column`, so that editors can go there. */
export function printProblems(problems: readonly Problem[]): void {
  for (const { severity, kind, id, message, fix, file, line, column } of problems) {
    const place =
      file === undefined ? "" : `${[file, line, column].filter((one) => one !== undefined).join(":")}: `;
    // A thing without a name is told by its place.
    const what = kind === "Configuration" ? "" : `${kind}${id === "" ? "" : ` ${id}`}: `;
    print();
    print(`${place}${severity}: ${what}${message}`);
    print(`    ${fix}`);
  }
}

const isError = ({ severity }: Problem): boolean => severity === "error";

export const hasErrors = (problems: readonly Problem[]): boolean => problems.some(isError);
