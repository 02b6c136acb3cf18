import { AssumeRoleWithSAMLCommand, STSClient } from "@aws-sdk/client-sts";
import { Refusal } from "../core/errors.ts";
import type { Credentials } from "../core/issue.ts";
import { fromDate } from "../core/time.ts";
import type { Assumption } from "./assumption.ts";
import { stsRefusal } from "./sts-refusal.ts";

const clients = new Map<string, STSClient>();

/** One client per region: GovCloud and China have no global STS, and a regional one is nearer and stays up alone. */
function sts(region: string): STSClient {
  const known = clients.get(region);
  if (known !== undefined) return known;
  const client = new STSClient({
    region,
    // An assertion is good once: who tries again mints again.
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 1000, requestTimeout: 3000 },
  });
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
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = answer.Credentials ?? {};
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration)
    throw new Refusal("aws_unreachable", { sts: "an answer without credentials" });
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    expiresAt: fromDate(Expiration),
  };
}
