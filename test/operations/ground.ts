import { readFileSync } from "node:fs";
import { AttachRolePolicyCommand, CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { ACCOUNTS, MANAGEMENT_ACCOUNT } from "../../infra/local/aws/accounts.ts";
import { accountCredentials, BROKER_ACCOUNT, TABLE } from "../../infra/local/environment.ts";
import { openFunctions } from "../../infra/local/functions.ts";
import { readDeployment } from "../../infra/local/routes.ts";
import { type Stack, startStack } from "../../infra/local/stack.ts";

/** Name of the stack, and what the names of its functions begin with. */
export const STACK = "sekisho-prod";

/** A broker as right after its deployment, on the local stack. */
export interface Ground {
  readonly stack: Stack;
  /** What CloudFormation says of the stack. */
  readonly outputs: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** The keys of the template, both places of each purpose: which of them are there is decided by a parameter. */
const KEY_OUTPUTS = ["IssuerAwsKeyId", "SpSignKeyId", "SpDecryptKeyId"].flatMap((name) => [name, `${name}B`]);

/** What the stack is made to say. */
export const OUTPUTS: readonly string[] = [...KEY_OUTPUTS, "BrokerUrl", "TableName"];

const ROOT = new URL("../../", import.meta.url);

/**
 * @param options.firstAdmin The parameter of that name.
 */
export async function openGround(options: { readonly firstAdmin: object }): Promise<Ground> {
  const deployment = readDeployment(readFileSync(new URL("serverless.yml", ROOT), "utf8"));
  const stack = await startStack({
    port: 0,
    fill: false,
    report: () => {},
    open: () => {
      Object.assign(process.env, {
        SEKISHO_FIRST_ADMIN: JSON.stringify(options.firstAdmin),
        // As on Lambda: secrets lie in Secrets Manager and nowhere else.
        AWS_LAMBDA_FUNCTION_NAME: `${STACK}-any`,
      });
      const functions = openFunctions(deployment, (name) => new URL(`functions/${name}.ts`, ROOT));
      // The functions are called as the stack names them, by whoever invokes them directly.
      const own = (name: string): string =>
        name.startsWith(`${STACK}-`) ? name.slice(STACK.length + 1) : name;
      const invoke = (name: string, event: unknown, id?: string) => functions.invoke(own(name), event, id);
      return { deployment, functions: { ...functions, invoke } };
    },
  });
  await Promise.all(ACCOUNTS.map(({ id }) => openAccount(stack.urls.aws, id)));
  return {
    stack,
    outputs: { ...(await makeKeys(stack.urls.aws)), BrokerUrl: stack.url, TableName: TABLE },
    stop: () => stack.stop(),
  };
}

async function makeKeys(endpoint: string): Promise<Record<string, string>> {
  const kms = new KMSClient({
    endpoint,
    region: "us-east-1",
    credentials: accountCredentials(BROKER_ACCOUNT),
  });
  const make = async (output: string): Promise<[string, string]> => {
    const { KeyMetadata } = await kms.send(
      new CreateKeyCommand({
        KeySpec: "RSA_2048",
        KeyUsage: output.startsWith("SpDecrypt") ? "ENCRYPT_DECRYPT" : "SIGN_VERIFY",
      }),
    );
    return [output, KeyMetadata?.KeyId ?? ""];
  };
  const made = Object.fromEntries(await Promise.all(KEY_OUTPUTS.map(make)));
  kms.destroy();
  return made;
}

/** What Organizations leaves in every account it makes: a role for whoever works in the management account. */
async function openAccount(endpoint: string, accountId: string): Promise<void> {
  if (accountId === MANAGEMENT_ACCOUNT) return;
  const iam = new IAMClient({ endpoint, region: "us-east-1", credentials: accountCredentials(accountId) });
  const trust = {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${MANAGEMENT_ACCOUNT}:root` },
        Action: "sts:AssumeRole",
      },
    ],
  };
  await iam.send(
    new CreateRoleCommand({
      RoleName: "OrganizationAccountAccessRole",
      AssumeRolePolicyDocument: JSON.stringify(trust),
    }),
  );
  await iam.send(
    new AttachRolePolicyCommand({
      RoleName: "OrganizationAccountAccessRole",
      PolicyArn: "arn:aws:iam::aws:policy/AdministratorAccess",
    }),
  );
  iam.destroy();
}
