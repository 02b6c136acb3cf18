/**
 * A program as anybody writes it: the stock SDK, nothing configured but the standard variables. It asks AWS who it is
 * and prints the answer.
 */
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

const sts = new STSClient({});
const credentials = await sts.config.credentials();
const { Arn, Account } = await sts.send(new GetCallerIdentityCommand({}));
console.log(
  JSON.stringify({
    arn: Arn,
    account: Account,
    accessKeyId: credentials.accessKeyId,
    expiration: credentials.expiration,
  }),
);
