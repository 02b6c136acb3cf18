import { writeFileSync } from "node:fs";
import type { Command } from "commander";
import type { ApiOptions } from "../api.ts";
import { brokerOption, say } from "../command.ts";
import { publishedMetadata, short } from "../published.ts";

interface MetadataOptions extends ApiOptions {
  readonly out?: string;
}

/** `sekisho metadata`: what IAM is given, so that an account trusts the broker. */
export function register(program: Command): void {
  program
    .command("metadata")
    .description("Print the broker's metadata as AWS's identity provider; it is public, no token is needed")
    .option("--out <file>", "write it there instead")
    .addOption(brokerOption())
    .addHelpText(
      "after",
      `
It lists every certificate of issuer-aws, the next one included once it is published. Their fingerprints (SHA-256, its
first 16 digits) are told on the side. Exits 1 when the broker cannot be reached or has no keys yet.

Examples:
  $ sekisho metadata --out sekisho.xml
  $ sekisho metadata --broker https://broker.example.com | grep -c X509Certificate`,
    )
    .action(metadata);
}

async function metadata(options: MetadataOptions): Promise<void> {
  const { xml, entityId, fingerprints } = await publishedMetadata(options);
  if (options.out === undefined) process.stdout.write(xml);
  else writeFileSync(options.out, xml);
  say(`${entityId}: certificates ${fingerprints.map(short).join(", ")}`);
}
