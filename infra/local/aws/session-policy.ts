import { deflateRawSync } from "node:zlib";
import { AwsFault, invalidParameter, malformedPolicy } from "./faults.ts";
import { managedPolicy } from "./managed-policies.ts";
import { parsePolicy } from "./policy.ts";
import { members, type Parameters } from "./query.ts";
import type { State } from "./state.ts";

/** Characters of policy and policy ARNs together. */
const MOST_CHARACTERS = 2048;
const MOST_ARNS = 10;

/**
 * Bytes that policy, ARNs and tags may take compressed. AWS's own packing is not documented; people meet its
 * end with policies near 2,048 characters, and so does this.
 */
const PACKED_BYTES = 1024;

export interface SessionPolicy {
  readonly policy?: string;
  readonly policyArns: readonly string[];
}

function checkPolicy(policy: string): void {
  if (policy.length === 0 || policy.length > MOST_CHARACTERS)
    throw invalidParameter(policy, "policy", "Member must have length less than or equal to 2048");
  if (!/^[\t\n\r\x20-\xff]+$/.test(policy))
    throw invalidParameter(
      policy,
      "policy",
      "Member must satisfy regular expression pattern: [\\u0009\\u000A\\u000D\\u0020-\\u00FF]+",
    );
  parsePolicy(policy, "identity");
}

function checkArns(state: State, arns: readonly string[], accountId: string): void {
  if (arns.length > MOST_ARNS)
    throw invalidParameter(
      String(arns.length),
      "policyArns",
      "Member must have length less than or equal to 10",
    );
  for (const arn of arns) {
    const owner = /^arn:aws[\w-]*:iam::(aws|\d{12}):policy\/[\x21-\x7e]+$/.exec(arn)?.[1];
    if (owner === undefined || arn.length > 2048)
      throw new AwsFault(400, "ValidationError", `ARN ${arn.slice(0, 200)} is not valid.`);
    if (owner !== "aws" && owner !== accountId)
      throw malformedPolicy("A session policy must lie in the account of the role");
    if (managedPolicy(state, arn) === undefined)
      throw malformedPolicy(`Policy ${arn.slice(0, 200)} does not exist`);
  }
}

/** @throws {AwsFault} ValidationError, MalformedPolicyDocument, PackedPolicyTooLarge. */
export function readSessionPolicy(parameters: Parameters, state: State, accountId: string): SessionPolicy {
  const policy = parameters.get("Policy");
  const policyArns = members(parameters, "PolicyArns", ".arn");
  if (policy !== undefined) checkPolicy(policy);
  checkArns(state, policyArns, accountId);
  if ((policy ?? "").length + policyArns.join("").length > MOST_CHARACTERS)
    throw new AwsFault(
      400,
      "PackedPolicyTooLarge",
      "The inline policy and the managed policy ARNs together exceed 2048 characters",
    );
  return { ...(policy === undefined ? {} : { policy }), policyArns };
}

/**
 * How much of its room a session's policy and tags take, in per cent.
 *
 * @throws {AwsFault} PackedPolicyTooLarge above 100.
 */
export function packedSize(policy: SessionPolicy, tags: Readonly<Record<string, string>>): number {
  const parts = [policy.policy ?? "", ...policy.policyArns, ...Object.entries(tags).flat()];
  const text = parts.filter(Boolean).join("\n");
  if (text === "") return 0;
  const percent = Math.ceil((100 * deflateRawSync(text, { level: 9 }).length) / PACKED_BYTES);
  const what =
    policy.policy === undefined && policy.policyArns.length === 0 ? "size of session tags" : "policy";
  if (percent > 100)
    throw new AwsFault(
      400,
      "PackedPolicyTooLarge",
      `Packed ${what} consumes ${percent}% of allotted space, please use smaller policy.`,
    );
  return percent;
}
