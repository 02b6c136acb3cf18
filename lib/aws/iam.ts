import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { Partition } from "../core/role.ts";
import { systemClock } from "../core/time.ts";
import { post } from "./http.ts";
import { sitesOf } from "./partition.ts";
import { type SigningCredentials, signRequest } from "./sigv4.ts";

/** The SAML provider of one account. */
export interface ProviderPlace {
  readonly accountId: string;
  readonly partition: Partition;
  /** Name of the SAML provider there. */
  readonly name: string;
}

/** IAM has one endpoint for each partition, and signatures name its home. */
const IAM: Readonly<Record<Partition, readonly [region: string, host: string]>> = {
  aws: ["us-east-1", "iam"],
  "aws-us-gov": ["us-gov-west-1", "iam.us-gov"],
  "aws-cn": ["cn-north-1", "iam.cn-north-1"],
};

/**
 * Reads the metadata that an account's SAML provider holds, with the operator's own AWS credentials.
 *
 * @param roleName Role to assume in the account; the credentials as they are where it is their own account.
 * @returns The document, or undefined when the account has no provider of that name.
 * @throws {Error} in AWS's words, when it cannot be read.
 * @see https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetSAMLProvider.html
 */
export async function readSamlProvider(place: ProviderPlace, roleName: string): Promise<string | undefined> {
  const { accountId, partition, name } = place;
  const [region, host] = IAM[partition];
  const credentials = await credentialsIn(place, roleName);
  const endpoint = process.env.AWS_ENDPOINT_URL_IAM ?? process.env.AWS_ENDPOINT_URL;
  const url = new URL("/", endpoint ?? `https://${host}.${sitesOf(partition).suffix}`);
  const body = new URLSearchParams({
    Action: "GetSAMLProvider",
    Version: "2010-05-08",
    SAMLProviderArn: `arn:${partition}:iam::${accountId}:saml-provider/${name}`,
  }).toString();
  const headers = signRequest(
    {
      method: "POST",
      url,
      headers: { "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
      body,
      region,
      service: "iam",
      at: systemClock.now(),
    },
    credentials,
  );
  const answer = await post({ url, headers, body, timeoutMilliseconds: 20_000, maxBytes: 12_000_000 });
  if (answer.status === 200) return textOf(answer.body, "SAMLMetadataDocument") ?? "";
  const code = textOf(answer.body, "Code") ?? `status ${answer.status}`;
  if (code === "NoSuchEntity") return undefined;
  throw new Error(`${code}: ${textOf(answer.body, "Message") ?? "IAM said no more"}`);
}

/** The operator's account, asked once. */
let own: Promise<string | undefined> | undefined;

async function credentialsIn(
  { accountId, partition }: ProviderPlace,
  roleName: string,
): Promise<SigningCredentials> {
  const client = new STSClient({});
  own ??= client.send(new GetCallerIdentityCommand({})).then(({ Account }) => Account);
  if ((await own) === accountId) return client.config.credentials();
  const { Credentials: given } = await client.send(
    new AssumeRoleCommand({
      RoleArn: `arn:${partition}:iam::${accountId}:role/${roleName}`,
      RoleSessionName: "sekisho-accounts-check",
      DurationSeconds: 900,
    }),
  );
  if (!given?.AccessKeyId || !given.SecretAccessKey) throw new Error("STS answered without credentials");
  return {
    accessKeyId: given.AccessKeyId,
    secretAccessKey: given.SecretAccessKey,
    sessionToken: given.SessionToken,
  };
}

const NAMED: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** Text of the first element of a name in an answer of IAM's. */
function textOf(xml: string, name: string): string | undefined {
  const escaped = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
  return escaped?.replace(
    /&(?:#x([0-9a-fA-F]+)|#(\d+)|(\w+));/g,
    (entity, hex?: string, decimal?: string, word = "") => {
      if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
      return decimal === undefined ? (NAMED[word] ?? entity) : String.fromCodePoint(Number(decimal));
    },
  );
}
