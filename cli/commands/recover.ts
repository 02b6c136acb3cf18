import type { Command } from "commander";
import { functionOption, jsonOption, print, printJson, required } from "../command.ts";
import { invokeFunction } from "../invoke.ts";

interface RecoverOptions {
  readonly function?: string;
  readonly connection?: string;
  readonly subject?: string;
  readonly json?: boolean;
}

/** `sekisho recover`: the way back in, for whoever may invoke the admin function by IAM. */
export function register(program: Command): void {
  program
    .command("recover")
    .description("Make somebody an administrator again, with your own AWS credentials")
    .addOption(functionOption())
    .option("--connection <id>", "the connection they sign in with")
    .option(
      "--subject <subject>",
      "their stable subject at that provider, as `sekisho saml inspect` shows it",
    )
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Adds one rule on top of what is published and writes the event admin.recovered. A deny of broker administration still
counts: when there is one, apply a corrected configuration with \`sekisho apply --function\`.

Example:
  $ sekisho recover --function sekisho-prod-admin --connection okta --subject 00u1a2b3c4d5e6f7g8h9`,
    )
    .action(recover);
}

async function recover(options: RecoverOptions): Promise<void> {
  const name = required(options.function, "--function");
  const connection = required(options.connection, "--connection");
  const subject = required(options.subject, "--subject");
  const answer = await invokeFunction(name, { sekisho: "recover", connection, subject });
  if (options.json) return printJson(answer);
  const rule = typeof answer === "object" && answer !== null && "rule" in answer ? answer.rule : "";
  print(`Rule ${rule} makes them an administrator, within 5 seconds. Remove it once all is in order.`);
}
