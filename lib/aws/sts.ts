import {
  AssumeRoleWithSAMLCommand,
  type AssumeRoleWithSAMLCommandOutput,
  STSClient,
} from "@aws-sdk/client-sts";
import { endWithRequest } from "../core/deadline.ts";
import { Refusal } from "../core/errors.ts";
import type { Credentials } from "../core/issue.ts";
import { ONE_TRY } from "../core/limits.ts";
import { fromDate } from "../core/time.ts";
import type { Assumption } from "./assumption.ts";
import { stsRefusal } from "./sts-refusal.ts";

const clients = new Map<string, STSClient>();

/**
 * One client per region: GovCloud and China have no global STS, and a regional one is nearer and stays up alone. Where it
 * is down nobody is taken elsewhere: trust policies may name the region, and sessions of another may be switched off.
 * An assertion is good once: who tries again mints again.
 */
function sts(region: string): STSClient {
  const known = clients.get(region);
  if (known !== undefined) return known;
  const client = endWithRequest(new STSClient({ region, ...ONE_TRY }));
  clients.set(region, client);
  return client;
}

/**
 * Redeems one assertion at the regional STS endpoint of the account. The request is not signed: the assertion is what
 * opens, and the broker needs no AWS credentials of its own.
 *
 * @throws {Refusal} one of `aws_*`, with a hint that names the account, the role and what to change.
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html
 */
export async function assumeRoleWithSaml(assumption: Assumption): Promise<Credentials> {
  const { placed, response, durationSeconds, policy, policyArns } = assumption;
  const command = new AssumeRoleWithSAMLCommand({
    RoleArn: placed.roleArn,
    PrincipalArn: placed.providerArn,
    SAMLAssertion: response,
    DurationSeconds: durationSeconds,
    ...(policy === undefined ? {} : { Policy: policy }),
    ...(policyArns === undefined ? {} : { PolicyArns: policyArns.map((arn) => ({ arn })) }),
  });
  const answer = await sts(placed.region)
    .send(command)
    .catch((cause: unknown) => {
      throw stsRefusal(cause, assumption);
    });
  return checked(answer, assumption);
}

/** Clocks may differ by this much, in seconds, before an expiry looks like another session's. */
const CLOCKS_DIFFER_SECONDS = 900;

/** What STS answered, if it is what was asked for. */
function checked(answer: AssumeRoleWithSAMLCommandOutput, assumption: Assumption): Credentials {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = answer.Credentials ?? {};
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration)
    throw new Refusal("aws_unreachable", { sts: "an answer without credentials" });
  const expiresAt = fromDate(Expiration);
  const { now, durationSeconds, placed } = assumption;
  const wrong =
    answer.AssumedRoleUser?.Arn !== sessionArn(assumption)
      ? "other session"
      : expiresAt <= now
        ? "expired"
        : expiresAt > now + durationSeconds + CLOCKS_DIFFER_SECONDS
          ? "too long"
          : undefined;
  if (wrong !== undefined) {
    const about = { accountId: placed.accountId, role: placed.name };
    throw new Refusal("aws_answer_wrong", { wrong, accessKeyId: AccessKeyId }, { about });
  }
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    expiresAt,
  };
}

/** STS leaves the path of a role out. */
function sessionArn({ placed: { accountId, roleArn }, sessionName }: Assumption): string {
  const [, partition] = roleArn.split(":");
  return `arn:${partition}:sts::${accountId}:assumed-role/${roleArn.split("/").at(-1)}/${sessionName}`;
}
