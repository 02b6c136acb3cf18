import type { Problem } from "../lib/core/problem.ts";
import type { ApiAnswer } from "./api.ts";
import { EXIT, print, Stop } from "./command.ts";

interface Field {
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
}
interface Change {
  readonly what: "added" | "changed" | "removed";
  readonly kind: string;
  readonly id: string;
  readonly fields: readonly Field[];
}

/** A plan as the broker answers it. */
export interface Planned {
  readonly version: number;
  readonly changes: readonly Change[];
  readonly problems: readonly Problem[];
}

/** @throws {Stop} when the answer is no plan: a broker of another age. */
export function readPlan(body: ApiAnswer["body"]): Planned {
  const { version, changes, problems } = body as Partial<Planned>;
  if (typeof version !== "number" || !Array.isArray(changes) || !Array.isArray(problems))
    throw new Stop(EXIT.refused, "The broker did not answer with a plan. Are broker and CLI of one release?");
  return { version, changes, problems };
}

const SIGNS = { added: "+", changed: "~", removed: "-" } as const;
const LONGEST = 80;

/** Prints what would change, then what speaks against it, then how much of each. */
export function printPlan({ version, changes, problems }: Planned): void {
  print(version === 0 ? "Nothing is published yet." : `Compared with version ${version}:`);
  for (const change of changes) printChange(change);
  if (changes.length === 0) print("  no changes");
  printProblems(problems);
  const count = (what: Change["what"]) => changes.filter((one) => one.what === what).length;
  const weigh = (severity: Problem["severity"]) => problems.filter((one) => one.severity === severity).length;
  print();
  print(
    `${count("added")} to add, ${count("changed")} to change, ${count("removed")} to remove; ` +
      `${weigh("error")} errors, ${weigh("warning")} warnings.`,
  );
}

function printChange({ what, kind, id, fields }: Change): void {
  print(`  ${SIGNS[what]} ${kind} ${id}`);
  for (const { path, before, after } of fields) print(`      ${path}: ${short(before)} -> ${short(after)}`);
}

function short(value: unknown): string {
  if (value === undefined) return "(not set)";
  const text = JSON.stringify(value);
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}...`;
}

/** Prints problems as `file:line:column`, so that editors can go there. */
export function printProblems(problems: readonly Problem[]): void {
  for (const { severity, kind, id, message, fix, file, line, column } of problems) {
    const place =
      file === undefined ? "" : `${[file, line, column].filter((one) => one !== undefined).join(":")}: `;
    const what = kind === "Configuration" ? "" : `${kind} ${id}: `;
    print();
    print(`${place}${severity}: ${what}${message}`);
    print(`    ${fix}`);
  }
}

export const hasErrors = (problems: readonly Problem[]): boolean =>
  problems.some(({ severity }) => severity === "error");
