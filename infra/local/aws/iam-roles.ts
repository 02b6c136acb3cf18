import { AwsFault, invalidParameter } from "./faults.ts";
import type { IamAction, IamCall } from "./iam-call.ts";
import { parsePolicy } from "./policy.ts";
import { required, wholeNumber } from "./query.ts";
import { awsId } from "./sessions.ts";
import type { IamRole } from "./state.ts";
import { isoTime } from "./wire.ts";
import type { XmlFields } from "./xml.ts";

/** Characters of a trust policy besides white space. */
const TRUST_CHARACTERS = 2048;
const DEFAULT_SESSION_SECONDS = 3600;

export const rolesOf = (call: IamCall): readonly IamRole[] =>
  [...call.world.state.roles.values()].filter(({ arn }) =>
    arn.startsWith(`arn:${call.partition}:iam::${call.accountId}:`),
  );

/** The role that `RoleName` names in the caller's account, ignoring case as IAM does. */
export function findRole(call: IamCall): IamRole {
  const name = required(call.parameters, "RoleName");
  const role = rolesOf(call).find((each) => each.name.toLowerCase() === name.toLowerCase());
  if (!role)
    throw new AwsFault(404, "NoSuchEntity", `The role with name ${name.slice(0, 128)} cannot be found.`);
  return role;
}

export function changeRole(call: IamCall, change: Partial<IamRole>): void {
  const role = findRole(call);
  call.world.state.roles.set(role.arn, { ...role, ...change });
}

/** @throws {AwsFault} MalformedPolicyDocument, LimitExceeded. */
function readTrust(text: string): string {
  parsePolicy(text, "trust");
  if (text.replace(/\s/g, "").length > TRUST_CHARACTERS)
    throw new AwsFault(409, "LimitExceeded", `Cannot exceed quota for ACLSizePerRole: ${TRUST_CHARACTERS}`);
  return text;
}

const readMaximum = ({ parameters }: IamCall): number | undefined =>
  wholeNumber(parameters, "MaxSessionDuration", 3600, 43_200);

const describe = (role: IamRole): XmlFields => ({
  Path: role.path,
  RoleName: role.name,
  RoleId: role.id,
  Arn: role.arn,
  CreateDate: isoTime(role.createdAt),
  AssumeRolePolicyDocument: encodeURIComponent(role.trust),
  Description: role.description || undefined,
  MaxSessionDuration: role.maxSessionSeconds,
});

const create: IamAction = (call) => {
  const name = required(call.parameters, "RoleName");
  if (!/^[\w+=,.@-]{1,64}$/.test(name))
    throw invalidParameter(name, "roleName", "Member must satisfy regular expression pattern: [\\w+=,.@-]+");
  const path = call.parameters.get("Path") ?? "/";
  if (path.length > 512 || !/^\/(?:[\x21-\x7e]+\/)?$/.test(path))
    throw invalidParameter(path, "path", "Member must begin and end with /");
  const trust = readTrust(required(call.parameters, "AssumeRolePolicyDocument"));
  if (rolesOf(call).some((role) => role.name.toLowerCase() === name.toLowerCase()))
    throw new AwsFault(409, "EntityAlreadyExists", `Role with name ${name} already exists.`);
  const role: IamRole = {
    arn: `arn:${call.partition}:iam::${call.accountId}:role${path}${name}`,
    accountId: call.accountId,
    name,
    path,
    id: awsId("AROA"),
    description: call.parameters.get("Description") ?? "",
    trust,
    maxSessionSeconds: readMaximum(call) ?? DEFAULT_SESSION_SECONDS,
    policies: {},
    attached: [],
    createdAt: call.world.clock.now(),
  };
  call.world.state.roles.set(role.arn, role);
  return { Role: describe(role) };
};

const remove: IamAction = (call) => {
  const role = findRole(call);
  if (role.attached.length > 0 || Object.keys(role.policies).length > 0)
    throw new AwsFault(409, "DeleteConflict", "Cannot delete entity, must detach all policies first.");
  call.world.state.roles.delete(role.arn);
  return {};
};

export const IAM_ROLE_ACTIONS: Readonly<Record<string, IamAction>> = {
  CreateRole: create,
  GetRole: (call) => ({ Role: describe(findRole(call)) }),
  ListRoles: (call) => ({
    Roles: rolesOf(call)
      .filter((role) => role.path.startsWith(call.parameters.get("PathPrefix") ?? "/"))
      .map(describe),
    IsTruncated: false,
  }),
  UpdateRole: (call) => {
    const maxSessionSeconds = readMaximum(call);
    const description = call.parameters.get("Description");
    changeRole(call, {
      ...(maxSessionSeconds === undefined ? {} : { maxSessionSeconds }),
      ...(description === undefined ? {} : { description }),
    });
    return {};
  },
  UpdateAssumeRolePolicy: (call) => {
    changeRole(call, { trust: readTrust(required(call.parameters, "PolicyDocument")) });
    return {};
  },
  DeleteRole: remove,
};
