/**
 * `aws`, as far as the pages of the operations call it: each command is translated to the SDK and goes to the
 * look-alike. A command, an option or a value that no page writes is refused.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { IAMClient } from "@aws-sdk/client-iam";
import { GetPublicKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import {
  CreateSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { deployStack, readStackSet, rollOut, saveStackSet } from "./aws-stacks.ts";

type Options = Readonly<Record<string, string>>;
type Command = (options: Options) => Promise<string> | string;

/** Reads `--name value` pairs; the names must be those of the command. */
function readOptions(words: readonly string[]): Options {
  const options: Record<string, string> = {};
  for (let at = 0; at < words.length; at += 2) {
    const name = /^--([a-z-]+)$/.exec(words[at] ?? "")?.[1];
    const value = words[at + 1];
    if (name === undefined || value === undefined)
      throw new Error(`aws: cannot read ${words.slice(at).join(" ")}`);
    options[name] = value;
  }
  return options;
}

const asked = (options: Options, expected: Options): void => {
  for (const [name, value] of Object.entries(expected))
    if (options[name] !== value) throw new Error(`aws: --${name} ${options[name]} is not known here`);
};

const account = async (): Promise<string> =>
  (await new STSClient({}).send(new GetCallerIdentityCommand({}))).Account ?? "";

const nameOf = (options: Options): string => options["stack-set-name"] ?? "";

/** @throws {Error} of a body that is no file, as the pages always name one. */
function contentOf(value: string | undefined): string {
  const file = /^file:\/\/(.+)$/.exec(value ?? "")?.[1];
  if (file === undefined) throw new Error(`aws: ${value} should name a file`);
  return readFileSync(file, "utf8");
}

/** What AWS would know: the stack and its outputs, and lines of logs by function. */
const known = (name: "stack" | "log"): string =>
  readFileSync(join(process.env.AWS_LOOK_ALIKE_STATE ?? "", name), "utf8");

interface StackSaid {
  readonly name: string;
  readonly outputs: Readonly<Record<string, string>>;
}

const COMMANDS: Readonly<Record<string, Command>> = {
  "sts get-caller-identity": async (options) => {
    asked(options, { query: "Arn", output: "text" });
    const { Arn = "" } = await new STSClient({}).send(new GetCallerIdentityCommand({}));
    return Arn;
  },
  "cloudformation deploy": async (options) => {
    asked(options, { capabilities: "CAPABILITY_NAMED_IAM" });
    const template = readFileSync(options["template-file"] ?? "", "utf8");
    await deployStack(template, await account(), new IAMClient({}));
    return `Successfully created/updated stack - ${options["stack-name"]}`;
  },
  "cloudformation create-stack-set": (options) => {
    asked(options, {
      capabilities: "CAPABILITY_NAMED_IAM",
      "permission-model": "SERVICE_MANAGED",
      "auto-deployment": "Enabled=true,RetainStacksOnAccountRemoval=false",
    });
    saveStackSet(nameOf(options), { template: contentOf(options["template-body"]), units: [] });
    return "{}";
  },
  "cloudformation create-stack-instances": async (options) => {
    const [, units = ""] = /^OrganizationalUnitIds=(.+)$/.exec(options["deployment-targets"] ?? "") ?? [];
    const set = { ...readStackSet(nameOf(options)), units: units.split(",") };
    saveStackSet(nameOf(options), set);
    await rollOut(set);
    return "{}";
  },
  "cloudformation update-stack-set": async (options) => {
    asked(options, { capabilities: "CAPABILITY_NAMED_IAM" });
    const set = { ...readStackSet(nameOf(options)), template: contentOf(options["template-body"]) };
    saveStackSet(nameOf(options), set);
    await rollOut(set);
    return "{}";
  },
  "secretsmanager create-secret": async (options) => {
    asked(options, { query: "ARN", output: "text" });
    const { ARN = "" } = await new SecretsManagerClient({}).send(
      new CreateSecretCommand({ Name: options.name, SecretString: contentOf(options["secret-string"]) }),
    );
    return ARN;
  },
  "secretsmanager put-secret-value": async (options) => {
    asked(options, { query: "VersionId", output: "text" });
    const { VersionId = "" } = await new SecretsManagerClient({}).send(
      new PutSecretValueCommand({
        SecretId: options["secret-id"],
        SecretString: contentOf(options["secret-string"]),
      }),
    );
    return VersionId;
  },
  "kms get-public-key": async (options) => {
    asked(options, { query: "PublicKey", output: "text" });
    const { PublicKey } = await new KMSClient({}).send(new GetPublicKeyCommand({ KeyId: options["key-id"] }));
    return Buffer.from(PublicKey ?? []).toString("base64");
  },
  "logs filter-log-events": (options) => {
    asked(options, { query: "events[].message", output: "text" });
    const group = options["log-group-name"]?.replace("/aws/lambda/", "");
    const [, reference] = /^\{ \$\.reference = "(\w+)" \}$/.exec(options["filter-pattern"] ?? "") ?? [];
    if (reference === undefined) throw new Error("aws: that pattern is not known here");
    return known("log")
      .split("\n")
      .map((line) => line.split("\t"))
      .filter(([name, line = ""]) => name === group && line.includes(`"reference":"${reference}"`))
      .map(([, line]) => line)
      .join("\n");
  },
  "cloudformation describe-stacks": (options) => {
    asked(options, { query: "Stacks[0].Outputs[].join('=', [OutputKey, OutputValue])", output: "text" });
    const said = JSON.parse(known("stack")) as StackSaid;
    if (options["stack-name"] !== said.name) throw new Error("aws: there is no stack of that name");
    return Object.entries(said.outputs)
      .map(([name, value]) => `${name}=${value}`)
      .join("\t");
  },
};

const [service = "", operation = "", ...rest] = process.argv.slice(2);
try {
  const command = COMMANDS[`${service} ${operation}`];
  if (command === undefined) throw new Error(`aws: ${service} ${operation} is not known here`);
  console.log(await command(readOptions(rest)));
} catch (thrown) {
  console.error(thrown instanceof Error ? thrown.message : thrown);
  process.exitCode = 254;
}
