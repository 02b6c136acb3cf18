import { type Command, Option } from "commander";
import { brokerOption, jsonOption } from "../command.ts";
import type { FilterOptions } from "./audit-query.ts";

/** `sekisho audit ...`: what happened, and whether anybody has touched the record of it. */
export function register(program: Command): void {
  const audit = program.command("audit").description("Ask, follow, export and verify the audit trail");

  filtered(audit.command("query").description("Show events, newest first"))
    .addOption(jsonOption())
    .option("--limit <n>", "stop after so many events; 0 for all", "100")
    .addHelpText(
      "after",
      `
Examples:
  $ sekisho audit query --reference 01K...                 what became of what somebody was shown
  $ sekisho audit query --person okta/00u1 --since 7d      what somebody did this week
  $ sekisho audit query --access-key ASIA...               who was given a key that CloudTrail shows
  $ sekisho audit query --account 111111111111 --role Admin --outcome refused --json`,
    )
    .action(async (options: FilterOptions) => (await import("./audit-query.ts")).query(options));

  filtered(audit.command("tail").description("Follow events as they come; Ctrl-C ends it"))
    .addOption(jsonOption())
    .option("--every <seconds>", "how often to ask, 2 at least", "5")
    .action(async (options: FilterOptions) => (await import("./audit-query.ts")).tail(options));

  audit
    .command("export")
    .description("Write what is sealed to a file: events, their chains and signed digests")
    .addOption(brokerOption())
    .requiredOption("-o, --out <file>", "the file to write")
    .addOption(
      new Option(
        "--format <format>",
        "sealed: what `verify` reads; ocsf: OCSF 1.5 Authentication and Authorize Session",
      )
        .choices(["sealed", "ocsf"])
        .default("sealed"),
    )
    .option("--since <when>", "from an instant, or so long ago (7d, 12h, 30m)")
    .option("--until <when>", "up to there")
    .option("--names", "with the names of people, of those whose record is still there (ocsf)")
    .option("--resume", "go on where an export to this file was cut off")
    .action(async (options) => (await import("./audit-export.ts")).exportTrail(options));

  audit
    .command("verify")
    .description("Check an export, or a folder of slices out of an archive, offline")
    .argument("<path>", "an export, format sealed, or a folder of slices")
    .option(
      "--key <pem...>",
      "public keys of the audit key, one or several: PEM, the base 64 of `aws kms get-public-key`, or its SHA-256",
    )
    .option("--anchor <hash...>", "hash of a digest that was kept elsewhere: it must be in the chain")
    .addOption(jsonOption())
    .action(async (path: string, options) => (await import("./audit-verify.ts")).verifyExport(path, options));
}

const filtered = (command: Command): Command =>
  command
    .addOption(brokerOption())
    .option("--person <id>", "a person's id, or connection/subject")
    .option("--account <id>", "an account, twelve digits")
    .option("--role <name>", "a role")
    .option("--rule <id>", "a rule that gave or refused")
    .option("--connection <id>", "a connection")
    .option("--address <ip>", "a source address")
    .option("--access-key <id>", "an access key that was issued")
    .option("--kind <kind>", "a kind of event, as docs/audit.md lists them")
    .addOption(new Option("--outcome <outcome>", "how it ended").choices(["done", "refused"]))
    .option("--reference <id>", "one request, by what the person was shown")
    .option("--since <when>", "from an instant (2026-11-22T09:41:00Z), or so long ago (7d, 12h, 30m)")
    .option("--until <when>", "up to there")
    .option("--names", "with the names of people, of those whose record is still there");
