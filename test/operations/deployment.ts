import { readFileSync } from "node:fs";
import { AttachRolePolicyCommand, CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { CreateKeyCommand, KMSClient, PutKeyPolicyCommand } from "@aws-sdk/client-kms";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { parse } from "yaml";
import { accountCredentials, BROKER_ACCOUNT, TABLE } from "../../infra/local/environment.ts";
import type { Stack } from "../../infra/local/stack.ts";
import { isWanted, type Resource, readTemplate, resolve, type Surroundings } from "./template.ts";

/** Values of the deployment's parameters, as `--param` names them. */
export type Parameters = Readonly<Record<string, string>>;
type Outputs = Readonly<Record<string, string>>;

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

interface Service {
  readonly params: { readonly default: Parameters };
  readonly provider: {
    readonly stackParameters: readonly { readonly ParameterKey: string; readonly ParameterValue: string }[];
  };
}

/** Names by which CloudFormation knows the parameters. @throws {Error} of one that the deployment does not have. */
function stackParameters(given: Parameters): [name: string, value: string][] {
  const { params, provider } = parse(read("serverless.yml")) as Service;
  for (const name of Object.keys(given))
    if (!(name in params.default)) throw new Error(`the deployment has no parameter ${name}`);
  return provider.stackParameters.map(({ ParameterKey, ParameterValue }) => {
    const name = /^\$\{param:(\w+)\}$/.exec(ParameterValue)?.[1] ?? "";
    return [ParameterKey, String(given[name] ?? params.default[name] ?? "")];
  });
}

/** The one role that all functions of the local stack share, as they share a process. */
const ROLE = "sekisho-prod-functions";
const ROLE_ARN = `arn:aws:iam::${BROKER_ACCOUNT}:role/${ROLE}`;

/** Everything a deployment changes here: the keys, which exist and who may use them. Deploys again as often as asked. */
export function openDeployment({ urls }: Stack): (given: Parameters) => Promise<Outputs> {
  const template = readTemplate(read("infra/keys.yml"));
  const kms = new KMSClient({
    endpoint: urls.aws,
    region: "us-east-1",
    credentials: accountCredentials(BROKER_ACCOUNT),
  });
  const made = new Map<string, string>();
  return async (given) => {
    const references = new Map([
      ...stackParameters(given),
      ["CredentialsRole.Arn", ROLE_ARN],
      ["SigninRole.Arn", ROLE_ARN],
      ["WorkerRole.Arn", ROLE_ARN],
    ] as [string, string][]);
    const around: Surroundings = { template, accountId: BROKER_ACCOUNT, partition: "aws", references };
    for (const [name, resource] of Object.entries(template.Resources)) {
      // What is left out keeps its key, for whoever still trusts it, and gets another one should it come back.
      if (resource.Type !== "AWS::KMS::Key") continue;
      if (!isWanted(resource, around)) made.delete(name);
      else made.set(name, await deployKey(kms, resolve(resource.Properties, around), made.get(name)));
    }
    for (const [name, id] of made) references.set(name, id);
    const outputs = Object.entries(template.Outputs ?? {})
      .filter(([, output]) => isWanted(output, around))
      .map(([name, { Value }]): [string, string] => [name, String(resolve(Value, around))]);
    return { ...Object.fromEntries(outputs), BrokerUrl: urls.broker, TableName: TABLE };
  };
}

async function deployKey(kms: KMSClient, resolved: unknown, known: string | undefined): Promise<string> {
  const { KeySpec, KeyUsage, KeyPolicy } = resolved as Resource["Properties"];
  const Policy = JSON.stringify(KeyPolicy);
  if (known !== undefined) {
    await kms.send(new PutKeyPolicyCommand({ KeyId: known, Policy }));
    return known;
  }
  const wish = { KeySpec: KeySpec as "RSA_2048", KeyUsage: KeyUsage as "SIGN_VERIFY", Policy };
  const { KeyMetadata } = await kms.send(new CreateKeyCommand(wish));
  return KeyMetadata?.KeyId ?? "";
}

/** Makes the functions' role and works as it from now on: key policies name it, and nobody else but the operator. */
export async function workAsFunctions({ urls }: Stack): Promise<void> {
  const there = { endpoint: urls.aws, region: "us-east-1", credentials: accountCredentials(BROKER_ACCOUNT) };
  await openRole(new IAMClient(there), ROLE, BROKER_ACCOUNT);
  const { Credentials } = await new STSClient(there).send(
    new AssumeRoleCommand({ RoleArn: ROLE_ARN, RoleSessionName: "functions" }),
  );
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: Credentials?.AccessKeyId,
    AWS_SECRET_ACCESS_KEY: Credentials?.SecretAccessKey,
    AWS_SESSION_TOKEN: Credentials?.SessionToken,
  });
}

/** A role for whoever works in an account, with every right there. */
export async function openRole(iam: IAMClient, RoleName: string, trusted: string): Promise<void> {
  const trust = {
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Principal: { AWS: `arn:aws:iam::${trusted}:root` }, Action: "sts:AssumeRole" },
    ],
  };
  await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: JSON.stringify(trust) }));
  const PolicyArn = "arn:aws:iam::aws:policy/AdministratorAccess";
  await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
  iam.destroy();
}
