import { type Command, Option } from "commander";
import { KEY_PURPOSES, type KeyPurpose, type KeyRecord } from "../../lib/core/signer.ts";
import { toInstant } from "../../lib/core/time.ts";
import { EXIT, print, Stop } from "../command.ts";
import { invokeFunction } from "../invoke.ts";
import type { Desired } from "./keys-plan.ts";

interface FunctionOption {
  readonly function: string;
}
type InitOptions = FunctionOption & {
  readonly issuerAws: string;
  readonly spSign: string;
  readonly spDecrypt: string;
};

/** `sekisho keys ...`: certificates over the KMS keys, with the operator's own AWS credentials (decision 13). */
export function register(program: Command): void {
  const keys = program
    .command("keys")
    .description("Certify the broker's KMS keys and tell it which to use, with your own AWS credentials");
  const to = () => new Option("--function <name>", "name or ARN of the admin function").makeOptionMandatory();

  keys
    .command("init")
    .description("Make the certificates over the three KMS keys and hand them over; safe to run again")
    .requiredOption(
      "--issuer-aws <key>",
      "KMS key that signs the assertions AWS trusts (RSA_2048, SIGN_VERIFY)",
    )
    .requiredOption("--sp-sign <key>", "KMS key that signs requests to providers (RSA_2048, SIGN_VERIFY)")
    .requiredOption(
      "--sp-decrypt <key>",
      "KMS key that opens encrypted assertions (RSA_2048, ENCRYPT_DECRYPT)",
    )
    .addOption(to())
    .action(init);
  keys.command("list").description("Show the keys the broker knows").addOption(to()).action(list);
  keys
    .command("rotate")
    .description("Publish a next key (--key), or start to use the one that was published (--activate)")
    .addArgument(keys.createArgument("<purpose>").choices(KEY_PURPOSES))
    .option("--key <key>", "KMS key to publish as next")
    .option("--activate", "use the next key from now on; the present one is retired and stays published")
    .addOption(to())
    .action(rotate);
  keys
    .command("retire")
    .description("Stop publishing a key that is retired, or a next one that will not be used")
    .addArgument(keys.createArgument("<purpose>").choices(KEY_PURPOSES))
    .argument("<key>", "its KMS key id")
    .addOption(to())
    .action(retire);
}

async function init(options: InitOptions): Promise<void> {
  const { certifyAll, planInit } = await import("./keys-plan.ts");
  const [known, made] = await Promise.all([
    readKnown(options.function),
    certifyAll({
      "issuer-aws": options.issuerAws,
      "sp-sign": options.spSign,
      "sp-decrypt": options.spDecrypt,
    }),
  ]);
  await carryOut(options.function, planInit(known, made));
}

async function list(options: FunctionOption): Promise<void> {
  const known = await readKnown(options.function);
  if (known.length === 0) print("The broker has no keys yet: run `sekisho keys init`.");
  for (const record of known) print(lineOf(record.state, record));
}

async function rotate(
  purpose: KeyPurpose,
  options: FunctionOption & { readonly key?: string; readonly activate?: boolean },
): Promise<void> {
  const { certifyNext, planActivate, planNext } = await import("./keys-plan.ts");
  if ((options.key === undefined) === (options.activate === undefined))
    throw new Stop(EXIT.usage, "Say either --key KEY, to publish it as next, or --activate, to use it.");
  const known = await readKnown(options.function);
  const steps =
    options.key === undefined
      ? planActivate(known, purpose)
      : planNext(known, await certifyNext(known, purpose, options.key));
  await carryOut(options.function, steps);
  if (options.key !== undefined && purpose === "issuer-aws")
    print("Give every account the new /saml/idp/metadata before you run --activate.");
}

async function retire(purpose: KeyPurpose, keyId: string, options: FunctionOption): Promise<void> {
  const { planRetire } = await import("./keys-plan.ts");
  const record = planRetire(await readKnown(options.function), purpose, keyId);
  await invokeFunction(options.function, { sekisho: "drop-keys", keys: [{ purpose, keyId: record.keyId }] });
  print(lineOf("gone", record));
}

async function readKnown(name: string): Promise<readonly KeyRecord[]> {
  const { readRecords } = await import("./keys-plan.ts");
  return readRecords(await invokeFunction(name, { sekisho: "list-keys" }));
}

/** Writes what changes and prints every line, so that a second run shows that there is nothing left to do. */
async function carryOut(name: string, steps: readonly Desired[]): Promise<void> {
  const changed = steps.filter(({ change }) => change !== "unchanged").map(({ record }) => record);
  if (changed.length > 0) await invokeFunction(name, { sekisho: "put-keys", keys: changed });
  for (const { change, record } of steps) print(lineOf(change, record));
}

const lineOf = (what: string, { purpose, keyId, createdAt }: KeyRecord): string =>
  `${what.padEnd(10)} ${purpose.padEnd(11)} ${keyId}  key made ${toInstant(createdAt)}`;
