/** infra/member-account.yml becomes an account of the strict AWS look-alike, and assertions of ours are redeemed there. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test, { after, before } from "node:test";
import { CreateRoleCommand, CreateSAMLProviderCommand, IAMClient } from "@aws-sdk/client-iam";
import { ROOT } from "../../../infra/build.ts";
import { type LocalAws, startAws } from "../../../infra/local/aws/server.ts";
import { accountCredentials } from "../../../infra/local/environment.ts";
import { sitesOf } from "../../../lib/aws/partition.ts";
import { assumeRoleWithSaml } from "../../../lib/aws/sts.ts";
import { isRefusal } from "../../../lib/core/errors.ts";
import type { Partition, PlacedRole } from "../../../lib/core/role.ts";
import { systemClock } from "../../../lib/core/time.ts";
import { type AssertionInput, mintAssertion } from "../../../lib/saml/assertion.ts";
import { idpMetadata } from "../../../lib/saml/metadata.ts";
import { newIssuer, type TestIssuer } from "../../aws/issuer.ts";
import { placed } from "../../aws/role.ts";
import { holds, parseTemplate, resolve, type Stack } from "./cloudformation.ts";

const ACCOUNT = "111111111111";
const MISTAKEN = "222222222222";
const BROKER = "https://sekisho.example.com";
const PARTITIONS: readonly [Partition, region: string][] = [
  ["aws", "eu-west-1"],
  ["aws-us-gov", "us-gov-west-1"],
  ["aws-cn", "cn-north-1"],
];
const template = parseTemplate(readFileSync(join(ROOT, "infra/member-account.yml"), "utf8"));
const resources = template.Resources as Readonly<
  Record<string, { Type: string; Condition?: string; Properties: Record<string, unknown> }>
>;
const roles = Object.entries(resources).filter(([, { Type }]) => Type === "AWS::IAM::Role");

let aws: LocalAws;
let issuer: TestIssuer;
let stranger: TestIssuer;
before(async () => {
  aws = await startAws({ port: 0, host: "127.0.0.1", clock: systemClock });
  process.env.AWS_ENDPOINT_URL_STS = aws.url;
  [issuer, stranger] = await Promise.all([newIssuer(), newIssuer()]);
  for (const [partition, region] of PARTITIONS) await deploy(stackOf(partition, await metadataOf(1)), region);
});
after(() => aws.stop());

const metadataOf = async (certificates: number, url = BROKER): Promise<string> =>
  idpMetadata({
    entityId: `${url}/saml/idp/metadata`,
    certificates: Array.from({ length: certificates }, (_, at) =>
      at === 0 ? issuer.record.certificate : stranger.record.certificate,
    ),
    ssoUrl: `${url}/saml/idp/sso`,
  });

const LONGEST_PARAMETER = 4096;
const arn = (partition: string, rest: string, account = ACCOUNT) =>
  `arn:${partition}:iam::${account}:${rest}`;

function stackOf(partition: string, metadata: string, account = ACCOUNT): Stack {
  const parameters = template.Parameters as Record<string, { Default?: unknown }>;
  const standard = Object.entries(parameters).map(([name, { Default }]) => [name, String(Default ?? "")]);
  return {
    refs: {
      ...Object.fromEntries(standard),
      BrokerUrl: BROKER,
      Metadata: metadata.slice(0, LONGEST_PARAMETER),
      MetadataContinued: metadata.slice(LONGEST_PARAMETER),
      DeploymentRoleArn: arn(partition, "role/deployment", account),
      PermissionsBoundaryArn: arn(partition, "policy/boundary", account),
      Provider: arn(partition, "saml-provider/sekisho", account),
      "AWS::Partition": partition,
      "AWS::AccountId": account,
    },
  };
}

/** Makes what the template says, as CloudFormation would. */
async function deploy(stack: Stack, region: string): Promise<void> {
  const iam = new IAMClient({
    endpoint: aws.url,
    region,
    credentials: accountCredentials(stack.refs["AWS::AccountId"] ?? ""),
  });
  const made = (name: string) =>
    resolve(template, resources[name]?.Properties, stack) as Record<string, string>;
  const { Name, SamlMetadataDocument } = made("Provider");
  const { SAMLProviderArn } = await iam.send(
    new CreateSAMLProviderCommand({ Name, SAMLMetadataDocument: SamlMetadataDocument }),
  );
  assert.equal(SAMLProviderArn, stack.refs.Provider);
  for (const [name, { Condition }] of roles) {
    assert.ok(Condition === undefined || holds(template, Condition, stack));
    const { RoleName, MaxSessionDuration, AssumeRolePolicyDocument } = made(name);
    await iam.send(
      new CreateRoleCommand({
        RoleName,
        MaxSessionDuration: Number(MaxSessionDuration),
        AssumeRolePolicyDocument: JSON.stringify(AssumeRolePolicyDocument),
      }),
    );
  }
  iam.destroy();
}

interface Change {
  readonly input?: Partial<AssertionInput>;
  readonly signer?: TestIssuer;
  readonly account?: string;
}
/** One assertion as `lib/applications/aws.ts` has it made, with one thing changed, brought to STS. */
async function redeem(
  partition: Partition,
  region: string,
  role: string,
  { input, signer = issuer, account = ACCOUNT }: Change = {},
) {
  const now = systemClock.now();
  const { audience, recipient } = sitesOf(partition);
  const place: PlacedRole = {
    ...placed,
    partition,
    region,
    roleArn: arn(partition, `role/sekisho-${role}`, account),
    providerArn: arn(partition, "saml-provider/sekisho", account),
  };
  const named = (name: string, ...values: string[]) =>
    [`https://aws.amazon.com/SAML/Attributes/${name}`, values] as const;
  const assertion: AssertionInput = {
    issuer: `${BROKER}/saml/idp/metadata`,
    audience,
    recipient,
    nameId: "01HZZZZZZZZZZZZZZZZZZZZZZZ",
    issuedAt: now,
    redeemBefore: now + 120,
    authenticatedAt: now,
    sessionEndsAt: now + 3600,
    attributes: [
      named("Role", `${place.roleArn},${place.providerArn}`),
      named("RoleSessionName", "taro@example.com"),
      named("SourceIdentity", "01HZZZZZZZZZZZZZZZZZZZZZZZ"),
      named("PrincipalTag:team", "red"),
    ],
    ...input,
  };
  const { response } = await mintAssertion(assertion, signer.signer);
  return assumeRoleWithSaml({
    placed: place,
    response,
    durationSeconds: 3600,
    sessionName: "taro@example.com",
    now,
  });
}

for (const [partition, region] of PARTITIONS)
  for (const [role] of roles)
    test(`${role} of a member account in ${partition} takes an assertion of ours`, async () => {
      assert.match((await redeem(partition, region, role)).accessKeyId, /^ASIA/);
    });

const AUD = "https://eu-west-1.signin.aws.amazon.com/saml";
const refused: readonly [what: string, change: () => Change, code: string][] = [
  ["for another sign-in address of AWS", () => ({ input: { recipient: AUD } }), "aws_trust_refused"],
  [
    "of another broker",
    () => ({ input: { issuer: "https://other.example.com/saml/idp/metadata" } }),
    "aws_provider_outdated",
  ],
  ["signed by another key", () => ({ signer: stranger }), "aws_provider_outdated"],
];
for (const [what, change, code] of refused)
  test(`an assertion ${what} opens no role`, async () => {
    for (const [role] of roles) {
      const thrown = await redeem("aws", "eu-west-1", role, change()).catch((error: unknown) => error);
      assert.ok(isRefusal(thrown) && thrown.code === code, String(thrown));
    }
  });

test("a provider that was given another broker's metadata by mistake opens no role", async () => {
  const url = "https://staging.example.com";
  await deploy(stackOf("aws", await metadataOf(1, url), MISTAKEN), "eu-west-1");
  for (const [role] of roles) {
    const change = { account: MISTAKEN, input: { issuer: `${url}/saml/idp/metadata` } };
    const thrown = await redeem("aws", "eu-west-1", role, change).catch((error: unknown) => error);
    assert.ok(isRefusal(thrown, "aws_trust_refused"), String(thrown));
  }
});

test("the broker's metadata fits into the parameters, three keys and a long name included", async (t) => {
  const long = `https://${"sekisho.".repeat(8)}platform.example-company.com`;
  for (const certificates of [1, 2, 3]) {
    const { length } = await metadataOf(certificates, long);
    t.diagnostic(`${certificates} certificates: ${length} characters`);
    assert.ok(length <= LONGEST_PARAMETER * (certificates < 3 ? 1 : 2));
  }
  const told = [
    ...(/some ([\d,]+) with one certificate, ([\d,]+) with two and ([\d,]+) with three/.exec(
      readFileSync(new URL("../../../infra/member-account.yml", import.meta.url), "utf8"),
    ) ?? []),
  ].slice(1);
  assert.equal(told.length, 3);
  for (const [index, number] of told.entries()) {
    const { length } = await metadataOf(index + 1);
    const said = Number(number.replace(",", ""));
    assert.ok(Math.abs(said - length) < 150, `${length} are told as ${said}`);
  }
  const whole = await metadataOf(3, long);
  assert.match(whole, /^<\?xml [^\n]*\?>\n[\x20-\x7e]+$/, "ASCII, and a line break that may be lost");
  const { Properties } = resources.Provider ?? {};
  const { SamlMetadataDocument } = resolve(template, Properties, stackOf("aws", whole)) as Record<
    string,
    string
  >;
  assert.equal(SamlMetadataDocument, whole);
});

test("without a boundary or a deployment role, the roles that need them are not made", () => {
  const { refs } = stackOf("aws", "");
  const bare: Stack = { refs: { ...refs, DeploymentRoleArn: "", PermissionsBoundaryArn: "" } };
  const made = roles.filter(
    ([, { Condition }]) => Condition === undefined || holds(template, Condition, bare),
  );
  assert.deepEqual(
    made.map(([name]) => name),
    ["ReadOnly"],
  );
});
