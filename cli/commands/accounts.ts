import { readFileSync, writeFileSync } from "node:fs";
import type { Command } from "commander";
import * as v from "valibot";
import { Account } from "../../lib/core/role.ts";
import type { ApiOptions } from "../api.ts";
import {
  brokerOption,
  EXIT,
  filesOption,
  jsonOption,
  print,
  printJson,
  required,
  Stop,
  say,
} from "../command.ts";
import { readConfigFiles } from "../config-files.ts";
import { type Metadata, publishedMetadata, readMetadata, short } from "../published.ts";

interface TemplateOptions extends ApiOptions {
  readonly template?: string;
  readonly out?: string;
}
interface CheckOptions extends ApiOptions {
  readonly files?: string;
  readonly role: string;
  readonly json?: boolean;
}

/** What an account's SAML provider holds, beside what the broker publishes. */
interface Finding {
  readonly accountId: string;
  readonly name: string;
  readonly state: "ok" | "behind" | "ahead" | "other" | "missing" | "unseen";
  readonly says: string;
}

/** `sekisho accounts ...`: the accounts that trust the broker, and what they hold of its keys. */
export function register(program: Command): void {
  const accounts = program
    .command("accounts")
    .description("Let accounts trust the broker, and see that they do");
  accounts
    .command("template")
    .description("Write a CloudFormation template of a member account with the broker's metadata inside")
    .option("--template <file>", "another template than ours, with one AWS::IAM::SAMLProvider")
    .option("--out <file>", "where to write it; printed otherwise")
    .addOption(brokerOption())
    .addHelpText(
      "after",
      `
Write it again whenever keys of issuer-aws are published or retired, and update stacks and stack sets with it.

Example:
  $ sekisho accounts template --out member-account.yml`,
    )
    .action(template);
  accounts
    .command("check")
    .description("Compare what each account's SAML provider holds with what the broker publishes")
    .addOption(filesOption())
    .option(
      "--role <name>",
      "role to assume in each account, with your own AWS credentials",
      "OrganizationAccountAccessRole",
    )
    .addOption(brokerOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
The accounts are those of the configuration. The role needs iam:GetSAMLProvider.
  ok       holds what the broker publishes, no more and no less
  behind   lacks a certificate: after it is activated, sign-ins to this account fail
  ahead    holds one that the broker does not publish any more: update it
  other    holds another identity provider
  missing  has no such SAML provider
  unseen   could not be looked at
Exits 0 when every account is ok, 1 otherwise.

Example:
  $ sekisho accounts check -f config/ --role SecurityAudit && sekisho keys rotate issuer-aws --activate --function NAME`,
    )
    .action(check);
}

async function template(options: TemplateOptions): Promise<void> {
  const [{ withMetadata }, { xml, entityId, fingerprints }] = await Promise.all([
    import("../member-template.ts"),
    publishedMetadata(options),
  ]);
  const written = withMetadata(readTemplate(options.template), xml, new URL(entityId).origin);
  if (options.out === undefined) process.stdout.write(written);
  else writeFileSync(options.out, written);
  say(
    `With ${fingerprints.length === 1 ? "the certificate" : "the certificates"} ${fingerprints.map(short).join(", ")}.`,
  );
}

/** Our template, where the whole command line is one file (`infra/build-cli.ts`). */
declare const MEMBER_TEMPLATE: string | undefined;

function readTemplate(file: string | undefined): string {
  if (file === undefined && typeof MEMBER_TEMPLATE === "string") return MEMBER_TEMPLATE;
  const path = file ?? new URL("../../infra/member-account.yml", import.meta.url).pathname;
  try {
    return readFileSync(path, "utf8");
  } catch {
    throw new Stop(EXIT.usage, `There is no template ${path}. Name one with --template.`);
  }
}

async function check(options: CheckOptions): Promise<void> {
  const accounts = configuredAccounts(required(options.files, "-f"));
  const published = await publishedMetadata(options);
  const found: Finding[] = [];
  for (const group of inGroups(accounts, AT_ONCE))
    found.push(...(await Promise.all(group.map((account) => look(account, published, options.role)))));
  if (options.json) printJson(found);
  else
    for (const { state, accountId, name, says } of found)
      print(`${state.padEnd(8)} ${accountId}  ${name}: ${says}`);
  const wrong = found.filter(({ state }) => state !== "ok").length;
  if (wrong === 0) return;
  process.exitCode = EXIT.refused;
  say(
    `${wrong} of ${found.length} accounts ${wrong === 1 ? "does" : "do"} not hold what the broker publishes.`,
  );
}

/** IAM and STS allow a few dozen calls a second. */
const AT_ONCE = 10;

const inGroups = <T>(all: readonly T[], size: number): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, at) => all.slice(at * size, (at + 1) * size));

function configuredAccounts(path: string): readonly Account[] {
  const { objects, problems } = readConfigFiles(path);
  const [problem] = problems;
  if (problem !== undefined) throw new Stop(EXIT.refused, `${problem.file}: ${problem.message}`);
  const accounts = objects.flatMap((object) => {
    const read = v.safeParse(Account, object);
    return read.success ? [read.output] : [];
  });
  if (accounts.length === 0) throw new Stop(EXIT.usage, `${path} has no Account.`);
  return accounts;
}

async function look(account: Account, published: Metadata, role: string): Promise<Finding> {
  const { id: accountId, name, samlProvider, partition } = account;
  const finding = (state: Finding["state"], says: string): Finding => ({ accountId, name, state, says });
  try {
    const { readSamlProvider } = await import("../../lib/aws/iam.ts");
    const xml = await readSamlProvider({ accountId, partition, name: samlProvider }, role);
    return xml === undefined
      ? finding("missing", `there is no SAML provider ${samlProvider}`)
      : finding(...compare(readMetadata(xml), published));
  } catch (thrown) {
    return finding("unseen", thrown instanceof Error ? thrown.message : String(thrown));
  }
}

function compare(held: Metadata | undefined, published: Metadata): [Finding["state"], string] {
  if (held?.entityId !== published.entityId)
    return ["other", `holds ${held?.entityId ?? "no metadata of ours"}`];
  const lacks = published.fingerprints.filter((one) => !held.fingerprints.includes(one));
  if (lacks.length > 0) return ["behind", `lacks ${lacks.map(short).join(", ")}`];
  const more = held.fingerprints.filter((one) => !published.fingerprints.includes(one));
  if (more.length > 0) return ["ahead", `holds ${more.map(short).join(", ")} that is published no more`];
  return ["ok", `holds ${published.fingerprints.map(short).join(", ")}`];
}
