import { assumeRole, callerArn } from "./assume-role.ts";
import { assumeRoleWithSaml } from "./assume-role-with-saml.ts";
import { AwsFault } from "./faults.ts";
import type { Parameters } from "./query.ts";
import type { Caller } from "./sigv4.ts";
import type { AwsRequest, World } from "./wire.ts";
import type { XmlFields } from "./xml.ts";

/** Operations of STS that carry no signature. */
export const UNSIGNED_ACTIONS: readonly string[] = ["AssumeRoleWithSAML"];

const identify = (caller: Caller): XmlFields => ({
  Arn: callerArn(caller),
  UserId:
    caller.kind === "session"
      ? `${caller.session.roleId}:${caller.session.sessionName}`
      : `AIDALOCAL${caller.accountId}`,
  Account: caller.accountId,
});

/** One call of STS. `caller` is undefined for unsigned operations alone. */
export function callSts(
  action: string,
  request: AwsRequest,
  parameters: Parameters,
  caller: Caller | undefined,
  world: World,
): XmlFields {
  if (action === "AssumeRoleWithSAML") return assumeRoleWithSaml(request, parameters, world);
  if (caller !== undefined && action === "GetCallerIdentity") return identify(caller);
  if (caller !== undefined && action === "AssumeRole") return assumeRole(caller, parameters, world);
  throw new AwsFault(
    400,
    "InvalidAction",
    `Could not find operation ${action.slice(0, 80)} for version 2011-06-15`,
  );
}
