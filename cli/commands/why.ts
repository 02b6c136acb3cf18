import { type Command, Option } from "commander";
import * as v from "valibot";
import { type ApiOptions, accepted, callAdmin } from "../api.ts";
import { brokerOption, EXIT, jsonOption, print, printJson, Stop } from "../command.ts";

interface Options extends ApiOptions {
  readonly as?: string;
  readonly json?: boolean;
  readonly language: string;
}

/** `sekisho why`: why somebody has a role, or has not. */
export function register(program: Command): void {
  program
    .command("why")
    .description("Say why you have a role in an account or have not, what is missing least, and what to do")
    .argument("<account/role>", "the account by id or name, and the role")
    .option("--as <person>", "ask about somebody else: a person's id, or connection/subject")
    .addOption(new Option("--language <language>", "of the answer").choices(["en", "ja"]).default("en"))
    .addOption(brokerOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Examples:
  $ sekisho why prod/Admin
  $ sekisho why 111111111111/ReadOnly --language ja
  $ sekisho why prod/Admin --as okta/mika@example.com`,
    )
    .action(why);
}

const Text = v.object({
  headline: v.string(),
  nearest: v.optional(v.string()),
  next: v.array(v.string()),
  rules: v.array(
    v.object({
      title: v.string(),
      terms: v.array(v.object({ truth: v.picklist(["true", "false", "unknown"]), text: v.string() })),
    }),
  ),
  claims: v.array(v.string()),
});
const Told = v.object({ outcome: v.string(), text: Text });

/** Ends with 0 where the role is given, and with 1 where it is not. */
async function why(place: string, options: Options): Promise<void> {
  const asked = new URLSearchParams({ ...placeOf(place), lang: options.language, ...whomOf(options) });
  const path = options.as === undefined ? "/api/why" : "/api/admin/why";
  const body = accepted(await callAdmin(options, "GET", `${path}?${asked}`));
  const { outcome, text } = v.parse(Told, body);
  if (options.json === true) printJson(body);
  else printText(text);
  process.exitCode = outcome === "granted" ? EXIT.ok : EXIT.refused;
}

/** A name of an account may hold a slash; a role's does not. */
function placeOf(place: string): { account: string; role: string } {
  const at = place.lastIndexOf("/");
  const [account, role] = [place.slice(0, at), place.slice(at + 1)];
  if (at > 0 && role !== "") return { account, role };
  throw new Stop(EXIT.usage, `Write an account and a role, as in prod/Admin, instead of \`${place}\`.`);
}

function whomOf({ as }: Options): Record<string, string> {
  if (as === undefined) return {};
  if (/^[0-9A-Z]{26}$/.test(as)) return { person: as };
  const at = as.indexOf("/");
  if (at > 0) return { connection: as.slice(0, at), subject: as.slice(at + 1) };
  throw new Stop(EXIT.usage, `\`${as}\` is neither a person's id nor connection/subject.`);
}

const MARKS = { true: "+", false: "-", unknown: "?" } as const;

function printText({ headline, nearest, next, rules, claims }: v.InferOutput<typeof Text>): void {
  print(headline);
  if (nearest !== undefined) print(nearest);
  for (const step of next) print(`> ${step}`);
  for (const { title, terms } of rules) {
    print();
    print(title);
    for (const { truth, text } of terms) print(`  ${MARKS[truth]} ${text}`);
  }
  print();
  for (const claim of claims) print(claim);
}
