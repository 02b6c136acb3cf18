import { AwsFault, invalidParameter } from "./faults.ts";
import type { IamAction, IamCall } from "./iam-call.ts";
import { changeRole, findRole } from "./iam-roles.ts";
import { managedPolicy } from "./managed-policies.ts";
import { parsePolicy } from "./policy.ts";
import { required } from "./query.ts";
import { awsId } from "./sessions.ts";
import { isoTime } from "./wire.ts";

const INLINE_CHARACTERS = 10_240;
const MANAGED_CHARACTERS = 6144;
const MOST_ATTACHED = 10;

function policyName({ parameters }: IamCall): string {
  const name = required(parameters, "PolicyName");
  if (!/^[\w+=,.@-]{1,128}$/.test(name))
    throw invalidParameter(
      name,
      "policyName",
      "Member must satisfy regular expression pattern: [\\w+=,.@-]+",
    );
  return name;
}

function readDocument(call: IamCall, most: number): string {
  const text = required(call.parameters, "PolicyDocument");
  parsePolicy(text, "identity");
  if (text.replace(/\s/g, "").length > most)
    throw new AwsFault(409, "LimitExceeded", `Cannot exceed quota for PolicySize: ${most}`);
  return text;
}

const noPolicy = (name: string) =>
  new AwsFault(404, "NoSuchEntity", `The role policy with name ${name.slice(0, 128)} cannot be found.`);

/** A managed policy that this account can attach. */
function attachable(call: IamCall): string {
  const arn = required(call.parameters, "PolicyArn");
  const own = arn.startsWith(`arn:${call.partition}:iam::${call.accountId}:policy/`);
  const aws = arn.startsWith(`arn:${call.partition}:iam::aws:policy/`);
  if (!(own || aws) || managedPolicy(call.world.state, arn) === undefined)
    throw new AwsFault(
      404,
      "NoSuchEntity",
      `Policy ${arn.slice(0, 200)} does not exist or is not attachable.`,
    );
  return arn;
}

const put: IamAction = (call) => {
  const name = policyName(call);
  const { policies } = findRole(call);
  changeRole(call, { policies: { ...policies, [name]: readDocument(call, INLINE_CHARACTERS) } });
  return {};
};

const get: IamAction = (call) => {
  const role = findRole(call);
  const name = policyName(call);
  const text = Object.hasOwn(role.policies, name) ? role.policies[name] : undefined;
  if (text === undefined) throw noPolicy(name);
  return { RoleName: role.name, PolicyName: name, PolicyDocument: encodeURIComponent(text) };
};

const remove: IamAction = (call) => {
  const name = policyName(call);
  const { [name]: removed, ...policies } = findRole(call).policies;
  if (removed === undefined) throw noPolicy(name);
  changeRole(call, { policies });
  return {};
};

const attach: IamAction = (call) => {
  const arn = attachable(call);
  const attached = new Set([...findRole(call).attached, arn]);
  if (attached.size > MOST_ATTACHED)
    throw new AwsFault(409, "LimitExceeded", `Cannot exceed quota for PoliciesPerRole: ${MOST_ATTACHED}`);
  changeRole(call, { attached: [...attached] });
  return {};
};

const detach: IamAction = (call) => {
  const arn = required(call.parameters, "PolicyArn");
  const { attached } = findRole(call);
  if (!attached.includes(arn))
    throw new AwsFault(404, "NoSuchEntity", `Policy ${arn.slice(0, 200)} was not found.`);
  changeRole(call, { attached: attached.filter((each) => each !== arn) });
  return {};
};

const createManaged: IamAction = (call) => {
  const name = policyName(call);
  const arn = `arn:${call.partition}:iam::${call.accountId}:policy/${name}`;
  const { state, clock } = call.world;
  if (state.policies.has(arn))
    throw new AwsFault(409, "EntityAlreadyExists", `A policy called ${name} already exists.`);
  const document = readDocument(call, MANAGED_CHARACTERS);
  const policy = { arn, id: awsId("ANPA"), name, document, createdAt: clock.now() };
  state.policies.set(arn, policy);
  return {
    Policy: {
      PolicyName: name,
      PolicyId: policy.id,
      Arn: arn,
      Path: "/",
      DefaultVersionId: "v1",
      CreateDate: isoTime(policy.createdAt),
    },
  };
};

export const IAM_POLICY_ACTIONS: Readonly<Record<string, IamAction>> = {
  PutRolePolicy: put,
  GetRolePolicy: get,
  DeleteRolePolicy: remove,
  ListRolePolicies: (call) => ({ PolicyNames: Object.keys(findRole(call).policies), IsTruncated: false }),
  AttachRolePolicy: attach,
  DetachRolePolicy: detach,
  ListAttachedRolePolicies: (call) => ({
    AttachedPolicies: findRole(call).attached.map((arn) => ({
      PolicyName: arn.split("/").at(-1) ?? "",
      PolicyArn: arn,
    })),
    IsTruncated: false,
  }),
  CreatePolicy: createManaged,
};
