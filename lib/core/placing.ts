import type { Account, PlacedRole, Role } from "./role.ts";

/** The IAM name of a role: its `roleName`, else the name people use. */
export const iamNameOf = (role: Pick<Role, "name" | "roleName">): string => role.roleName ?? role.name;

/** One role in one account: what issuing needs. */
export function placeRole(role: Role, account: Account): PlacedRole {
  const iam = `arn:${account.partition}:iam::${account.id}`;
  return {
    accountId: account.id,
    accountName: account.name,
    accountPath: account.path,
    accountTags: account.tags,
    partition: account.partition,
    region: account.region,
    name: role.name,
    roleArn: `${iam}:role${role.path}${iamNameOf(role)}`,
    providerArn: `${iam}:saml-provider/${account.samlProvider}`,
    maxSessionSeconds: role.maxSessionSeconds,
    sourceIdentity: role.sourceIdentity,
    transitiveTags: role.transitiveTags,
  };
}
