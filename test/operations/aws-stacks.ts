import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  CreateSAMLProviderCommand,
  GetRoleCommand,
  GetSAMLProviderCommand,
  IAMClient,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateSAMLProviderCommand,
} from "@aws-sdk/client-iam";
import { ListAccountsForParentCommand, OrganizationsClient } from "@aws-sdk/client-organizations";
import { accountCredentials } from "../../infra/local/environment.ts";
import { isWanted, type Resource, readTemplate, resolve, type Surroundings } from "./template.ts";

/** Makes or changes what a member account's template describes, as CloudFormation would. */
export async function deployStack(text: string, accountId: string, iam: IAMClient): Promise<void> {
  const template = readTemplate(text);
  const references = new Map<string, string>();
  const around: Surroundings = { template, accountId, partition: "aws", references };
  for (const [name, resource] of Object.entries(template.Resources)) {
    if (!isWanted(resource, around)) continue;
    const make = MAKERS[resource.Type];
    if (make === undefined) throw new Error(`aws: ${resource.Type} cannot be made here`);
    const properties = resolve(resource.Properties, around) as Resource["Properties"];
    references.set(name, await make(iam, properties, accountId));
  }
}

type Make = (iam: IAMClient, properties: Resource["Properties"], accountId: string) => Promise<string>;

const isMissing = (thrown: unknown): undefined => {
  if (thrown instanceof Error && thrown.name === "NoSuchEntityException") return undefined;
  throw thrown;
};

const makeProvider: Make = async (iam, { Name, SamlMetadataDocument }, accountId) => {
  const SAMLProviderArn = `arn:aws:iam::${accountId}:saml-provider/${Name}`;
  const metadata = { SAMLMetadataDocument: String(SamlMetadataDocument) };
  const found = await iam.send(new GetSAMLProviderCommand({ SAMLProviderArn })).catch(isMissing);
  if (found === undefined) await iam.send(new CreateSAMLProviderCommand({ Name: String(Name), ...metadata }));
  else await iam.send(new UpdateSAMLProviderCommand({ SAMLProviderArn, ...metadata }));
  return SAMLProviderArn;
};

const makeRole: Make = async (iam, properties) => {
  const RoleName = String(properties.RoleName);
  const trust = JSON.stringify(properties.AssumeRolePolicyDocument);
  const found = await iam.send(new GetRoleCommand({ RoleName })).catch(isMissing);
  if (found === undefined)
    await iam.send(
      new CreateRoleCommand({
        RoleName,
        AssumeRolePolicyDocument: trust,
        MaxSessionDuration: Number(properties.MaxSessionDuration),
      }),
    );
  else await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: trust }));
  for (const PolicyArn of (properties.ManagedPolicyArns ?? []) as string[])
    await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
  for (const one of (properties.Policies ?? []) as { PolicyName: string; PolicyDocument: object }[])
    await iam.send(
      new PutRolePolicyCommand({
        RoleName,
        PolicyName: one.PolicyName,
        PolicyDocument: JSON.stringify(one.PolicyDocument),
      }),
    );
  return RoleName;
};

const MAKERS: Readonly<Record<string, Make>> = {
  "AWS::IAM::SAMLProvider": makeProvider,
  "AWS::IAM::Role": makeRole,
};

/** A stack set: its template and the organizational units it is rolled out to. */
interface StackSet {
  readonly template: string;
  readonly units: readonly string[];
}

const fileOf = (name: string): string => join(process.env.AWS_LOOK_ALIKE_STATE ?? "", `${name}.json`);

export const saveStackSet = (name: string, set: StackSet): void =>
  writeFileSync(fileOf(name), JSON.stringify(set));

/** @throws {Error} when there is no such stack set. */
export const readStackSet = (name: string): StackSet =>
  JSON.parse(readFileSync(fileOf(name), "utf8")) as StackSet;

/** Rolls a stack set out to every account of its units. */
export async function rollOut({ template, units }: StackSet): Promise<void> {
  const organizations = new OrganizationsClient({});
  for (const ParentId of units) {
    const { Accounts = [] } = await organizations.send(new ListAccountsForParentCommand({ ParentId }));
    for (const { Id = "" } of Accounts)
      await deployStack(template, Id, new IAMClient({ credentials: accountCredentials(Id) }));
  }
}
