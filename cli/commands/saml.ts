import type { Command } from "commander";

/** What `sekisho saml inspect` was asked. */
export interface InspectOptions {
  readonly connection: string;
  readonly response: string;
  readonly at?: string;
  readonly inResponseTo?: string;
  readonly unsolicited?: boolean;
  readonly decryptionKey?: string;
  readonly url?: string;
}

/** Exit status for a command line or a file that makes no sense. */
const MISUSE = 2;

/** `sekisho saml ...`: look at a provider's answers offline. */
export function register(program: Command): void {
  const saml = program.command("saml").description("Look at SAML answers offline");
  saml.exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : MISUSE));
  saml
    .command("inspect")
    .description("Judge one response as the broker would, and say whom it proves or why it is refused")
    .requiredOption("--connection <file>", "YAML of the connection (protocol: saml)")
    .requiredOption("--response <file>", "the response: XML, or base64 as the browser posted it")
    .option("--at <time>", "the instant to judge at, e.g. 2026-11-22T09:41:00Z (default: now)")
    .option("--in-response-to <id>", "ID of the request it must answer (default: the one it names)")
    .option("--unsolicited", "judge it as a tile's: nobody asked for it")
    .option("--decryption-key <file>", "PEM of the private key for encrypted assertions")
    .option("--url <origin>", "the broker's origin, where the connection gives no entityId and acs")
    .action(async (options: InspectOptions) => {
      const { inspect } = await import("./saml-inspect.ts");
      const { status, output, complaint } = await inspect(options);
      if (complaint !== undefined) console.error(complaint);
      if (output !== undefined) console.log(JSON.stringify(output, null, 2));
      process.exitCode = status;
    });
}
