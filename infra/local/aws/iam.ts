import { AwsFault } from "./faults.ts";
import type { IamAction } from "./iam-call.ts";
import { IAM_POLICY_ACTIONS } from "./iam-policies.ts";
import { IAM_PROVIDER_ACTIONS } from "./iam-providers.ts";
import { IAM_ROLE_ACTIONS } from "./iam-roles.ts";
import { partitionOfRegion } from "./partition.ts";
import type { Parameters } from "./query.ts";
import type { Signed } from "./sigv4.ts";
import type { World } from "./wire.ts";
import type { XmlFields } from "./xml.ts";

const ACTIONS: Readonly<Record<string, IamAction>> = {
  ...IAM_PROVIDER_ACTIONS,
  ...IAM_ROLE_ACTIONS,
  ...IAM_POLICY_ACTIONS,
};

/** Each account sees its own IAM alone. */
export function callIam(action: string, parameters: Parameters, signed: Signed, world: World): XmlFields {
  const run = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
  if (run === undefined)
    throw new AwsFault(
      400,
      "InvalidAction",
      `Could not find operation ${action.slice(0, 80)} for version 2010-05-08`,
    );
  const partition = partitionOfRegion(signed.region)?.id;
  if (partition === undefined)
    throw new AwsFault(403, "SignatureDoesNotMatch", "Credential should be scoped to a valid region.");
  return run({ world, accountId: signed.caller.accountId, partition, parameters });
}
