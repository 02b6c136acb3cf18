import { type Command, Option } from "commander";
import { LANGUAGES, type Language } from "../../lib/core/messages/words.ts";
import type { Configuration } from "../../lib/core/objects.ts";
import { parseObjects } from "../../lib/rules/parse.ts";
import { type Names, sentenceOf } from "../../lib/rules/sentence.ts";
import { EXIT, filesOption, jsonOption, print, printJson, required } from "../command.ts";
import { readConfigFiles } from "../config-files.ts";
import { printProblems } from "../plan-text.ts";

interface ListOptions {
  readonly files?: string;
  readonly language: Language;
  readonly json?: boolean;
}

/** `sekisho rules list`: every rule in plain words, for whoever does not read YAML. */
export function registerList(rules: Command): void {
  rules
    .command("list")
    .description("Say every rule of your files in plain words, offline")
    .addOption(filesOption())
    .addOption(new Option("--language <language>", "in which language").choices(LANGUAGES).default("en"))
    .addOption(jsonOption())
    .action(list);
}

function list(options: ListOptions): void {
  const read = readConfigFiles(required(options.files, "-f"));
  const { configuration, problems } = parseObjects(read.objects);
  const told = [...read.problems, ...problems.map(read.locate)];
  if (told.length > 0) {
    printProblems(told);
    process.exitCode = EXIT.refused;
    return;
  }
  const names = namesOf(configuration);
  const said = configuration.rules.map((rule) => ({
    rule: rule.id,
    sentence: sentenceOf(rule, options.language, names),
    ...(rule.owner === undefined ? {} : { owner: rule.owner }),
  }));
  if (options.json) {
    printJson(said);
    return;
  }
  for (const { rule, sentence, owner } of said)
    print(`${rule}: ${sentence}${owner === undefined ? "" : ` [${owner}]`}`);
}

function namesOf({ connections, accounts }: Configuration): Names {
  const titles = new Map(connections.map(({ id, title }) => [id, title ?? id]));
  const named = new Map(accounts.map(({ id, name }) => [id, `${name} (${id})`]));
  return {
    connection: (id) => titles.get(id) ?? id,
    account: (id) => named.get(id) ?? id,
  };
}
