import { createInterface } from "node:readline/promises";
import { toInstant } from "../lib/core/time.ts";
import { type ApiAnswer, refusalOf } from "./api.ts";
import { EXIT, print, printJson, Stop } from "./command.ts";
import { countsOf, type Planned } from "./plan-text.ts";

/** Options of every command that publishes. */
export interface Publishing {
  readonly broker?: string;
  readonly function?: string;
  readonly author: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** Asks whether what was shown is meant. @param due When, where that is not at once. @throws {Stop} where nobody can be asked. */
export async function agreed(planned: Planned, due?: string): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new Stop(EXIT.usage, "Nobody can be asked here. Add --yes to apply what the plan shows.");
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const { added, changed, removed } = countsOf(planned);
  const count = added + changed + removed;
  const changes = count === 1 ? "this change" : `these ${count} changes`;
  const answer = await lines.question(
    `Publish ${changes}${due === undefined ? "" : ` at ${due}`}? Type yes: `,
  );
  lines.close();
  return answer.trim() === "yes";
}

/** Says what became of it. @throws {Stop} where nothing was published and something should have been. */
export function tellOutcome({ json }: Pick<Publishing, "json">, body: ApiAnswer["body"]): void {
  const done = ["published", "unchanged", "proposed", "scheduled"].includes(String(body.outcome));
  if (json) printJson(body);
  else if (body.outcome === "published")
    print(`Published version ${body.published}. It is in force within 5 seconds.`);
  else if (body.outcome === "proposed")
    print(
      `This takes two people. Somebody else ${typeof body.dueAt === "number" ? "schedules" : "publishes"} it with: sekisho proposals approve ${body.proposal}`,
    );
  else if (body.outcome === "scheduled")
    print(
      `Scheduled as ${body.scheduled}: it is published at ${toInstant(Number(body.dueAt))}, unless something speaks against it then. End it with: sekisho scheduled cancel ${body.scheduled}`,
    );
  else if (body.outcome === "unchanged") print(`Nothing to change: version ${body.version} says the same.`);
  if (!done) throw new Stop(EXIT.refused, refusalOf(body, 0));
}

/** Ends a command whose plan was shown and has errors. */
export function tellRefused({ json }: Pick<Publishing, "json">, planned: object): void {
  if (json) printJson({ outcome: "refused", ...planned });
  process.exitCode = EXIT.refused;
}
