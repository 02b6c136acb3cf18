import assert from "node:assert/strict";
import test, { afterEach } from "node:test";
import { AssumeRoleWithSAMLCommand, STSClient, STSServiceException } from "@aws-sdk/client-sts";
import { mockClient } from "aws-sdk-client-mock";
import type { Assumption } from "../../lib/aws/assumption.ts";
import { assumeRoleWithSaml } from "../../lib/aws/sts.ts";
import { isRefusal, type RefusalCode } from "../../lib/core/errors.ts";
import { placed } from "./role.ts";

const sts = mockClient(STSClient);
afterEach(() => sts.reset());

const NOW = Date.parse("2026-11-22T09:00:00Z") / 1000;
const assumption: Assumption = {
  placed,
  response: "PHNhbWw+",
  durationSeconds: 3600,
  sessionName: "taro@example.com",
  now: NOW,
};
const genuine = {
  Credentials: {
    AccessKeyId: "ASIA1",
    SecretAccessKey: "s",
    SessionToken: "t",
    Expiration: new Date((NOW + 3600) * 1000),
  },
  AssumedRoleUser: {
    AssumedRoleId: "AROA1:taro@example.com",
    Arn: `arn:aws:sts::111111111111:assumed-role/${placed.roleArn.split("/").at(-1)}/taro@example.com`,
  },
};

test("an assertion is redeemed for one role, for what was asked and no more", async () => {
  sts.on(AssumeRoleWithSAMLCommand).resolves(genuine);
  const policyArns = ["arn:aws:iam::aws:policy/ReadOnlyAccess"];
  const credentials = await assumeRoleWithSaml({ ...assumption, policy: "{}", policyArns });
  assert.deepEqual(credentials, {
    accessKeyId: "ASIA1",
    secretAccessKey: "s",
    sessionToken: "t",
    expiresAt: NOW + 3600,
  });
  assert.deepEqual(sts.calls()[0]?.args[0].input, {
    RoleArn: placed.roleArn,
    PrincipalArn: placed.providerArn,
    SAMLAssertion: "PHNhbWw+",
    DurationSeconds: 3600,
    Policy: "{}",
    PolicyArns: [{ arn: policyArns[0] }],
  });
});

const fault = (name: string, message: string, httpStatusCode: number) =>
  new STSServiceException({
    name,
    message,
    $fault: "client",
    $metadata: { httpStatusCode, requestId: "r-1" },
  });

const answers: readonly (readonly [what: string, fault: Error, code: RefusalCode, hint: RegExp])[] = [
  [
    "a trust policy without sts:TagSession",
    fault("AccessDenied", "User is not authorized to perform: sts:TagSession on resource", 403),
    "aws_trust_lacks_tag_session",
    /Allow sts:TagSession/,
  ],
  [
    "a trust policy without sts:SetSourceIdentity",
    fault("AccessDenied", "Not authorized to perform sts:SetSourceIdentity", 403),
    "aws_trust_lacks_source_identity",
    /sourceIdentity: false/,
  ],
  [
    "a role that does not trust the broker",
    fault("AccessDenied", "Not authorized to perform sts:AssumeRoleWithSAML", 403),
    "aws_trust_refused",
    /SAML:aud https:\/\/signin\.aws\.amazon\.com\/saml/,
  ],
  [
    "a provider that is not there",
    fault("InvalidIdentityTokenException", "Specified provider doesn't exist", 400),
    "aws_provider_missing",
    /saml-provider\/sekisho in account 111111111111/,
  ],
  [
    "a provider with another issuer",
    fault(
      "InvalidIdentityTokenException",
      "Issuer not present in specified provider (Service: AWSOpenIdDiscoveryService)",
      400,
    ),
    "aws_provider_outdated",
    /Update the metadata/,
  ],
  [
    "a provider with another key",
    fault("InvalidIdentityTokenException", "Response signature invalid", 400),
    "aws_provider_outdated",
    /\/saml\/idp\/metadata/,
  ],
  [
    "an audience AWS does not take",
    fault("InvalidIdentityTokenException", "Response does not contain the required audience.", 400),
    "aws_claim_refused",
    /request id/,
  ],
  [
    "a claim AWS does not take",
    fault("IDPRejectedClaimException", "no", 403),
    "aws_claim_refused",
    /assertion/,
  ],
  [
    "an assertion too old",
    fault("ExpiredTokenException", "Token must be redeemed within 5 minutes of issuance", 400),
    "aws_assertion_expired",
    /clock/,
  ],
  [
    "policy and tags too large once packed",
    fault("PackedPolicyTooLargeException", "Packed size 120%", 400),
    "policy_too_large",
    /fewer/,
  ],
  [
    "a policy it cannot read",
    fault("MalformedPolicyDocumentException", "bad", 400),
    "aws_policy_malformed",
    /session policy/,
  ],
  [
    "a region that is off",
    fault("RegionDisabledException", "off", 403),
    "aws_region_disabled",
    /Activate STS for eu-west-1/,
  ],
  [
    "a duration above the role's",
    fault(
      "ValidationError",
      "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
      400,
    ),
    "aws_duration_too_long",
    /3600 seconds .* MaxSessionDuration/,
  ],
  [
    "an ARN of nothing",
    fault("ValidationError", "Request ARN is invalid", 400),
    "aws_trust_refused",
    /exist/,
  ],
  ["too many requests", fault("ThrottlingException", "Rate exceeded", 400), "aws_throttled", /throttling/],
  ["429", fault("Whatever", "no", 429), "aws_throttled", /throttling/],
  ["a fault of its own", fault("InternalFailure", "oops", 500), "aws_unreachable", /did not answer/],
  [
    "silence",
    Object.assign(new Error("socket hang up"), { name: "TimeoutError" }),
    "aws_unreachable",
    /did not answer/,
  ],
  ["something new", fault("BrandNewException", "?", 400), "aws_refused", /BrandNew/],
];
for (const [what, thrown, code, hint] of answers)
  test(`STS answering ${what} becomes a sentence with account and role`, async () => {
    sts.on(AssumeRoleWithSAMLCommand).rejects(thrown);
    const refusal = await assumeRoleWithSaml(assumption).catch((caught: unknown) => caught);
    assert.ok(isRefusal(refusal, code), String(refusal));
    assert.match(refusal.about.hint ?? "", hint);
    assert.match(refusal.about.hint ?? "", /111111111111/);
    assert.deepEqual([refusal.about.accountId, refusal.about.role], ["111111111111", "Admin"]);
  });

test("nothing of AWS's own message, which may name people, is passed on or logged", async () => {
  sts.on(AssumeRoleWithSAMLCommand).rejects(fault("AccessDenied", "taro@example.com may not", 403));
  const refusal = await assumeRoleWithSaml(assumption).catch((caught: unknown) => caught);
  assert.ok(isRefusal(refusal));
  const cause = refusal.cause as Error;
  const said = JSON.stringify([refusal.message, refusal.about, refusal.detail, cause.message, cause.stack]);
  assert.doesNotMatch(said, /taro/);
  assert.equal(refusal.detail.requestId, "r-1");
});

test("an answer without credentials is no answer", async () => {
  sts.on(AssumeRoleWithSAMLCommand).resolves({ Credentials: undefined });
  await assert.rejects(assumeRoleWithSaml(assumption), { code: "aws_unreachable" });
});

const lies: readonly (readonly [what: string, answer: object])[] = [
  [
    "another role",
    { AssumedRoleUser: { Arn: "arn:aws:sts::111111111111:assumed-role/Other/taro@example.com" } },
  ],
  [
    "another account",
    { AssumedRoleUser: { Arn: genuine.AssumedRoleUser.Arn.replace("111111111111", "222222222222") } },
  ],
  ["somebody else", { AssumedRoleUser: { Arn: genuine.AssumedRoleUser.Arn.replace("taro", "hanako") } }],
  ["nobody", { AssumedRoleUser: undefined }],
  ["the past", { Credentials: { ...genuine.Credentials, Expiration: new Date(NOW * 1000) } }],
  ["far longer", { Credentials: { ...genuine.Credentials, Expiration: new Date((NOW + 43_200) * 1000) } }],
];
for (const [what, answer] of lies)
  test(`credentials for ${what} are not handed out, and their key is told to the trail`, async () => {
    sts.on(AssumeRoleWithSAMLCommand).resolves({ ...genuine, ...answer });
    const refusal = await assumeRoleWithSaml(assumption).catch((caught: unknown) => caught);
    assert.ok(isRefusal(refusal, "aws_answer_wrong"), String(refusal));
    assert.equal(refusal.detail.accessKeyId, "ASIA1");
  });

test("an answer that nobody can read is no refusal of AWS's", async () => {
  sts
    .on(AssumeRoleWithSAMLCommand)
    .rejects(Object.assign(new SyntaxError("unexpected"), { $metadata: { httpStatusCode: 200 } }));
  await assert.rejects(assumeRoleWithSaml(assumption), { code: "aws_unreachable" });
});

for (const [region, host] of [
  ["eu-central-1", "sts.eu-central-1.amazonaws.com"],
  ["us-east-1", "sts.us-east-1.amazonaws.com"],
  ["cn-north-1", "sts.cn-north-1.amazonaws.com.cn"],
  ["us-gov-west-1", "sts.us-gov-west-1.amazonaws.com"],
] as const)
  test(`an account in ${region} is asked for at ${host}`, async () => {
    sts.on(AssumeRoleWithSAMLCommand).resolves(genuine);
    await assumeRoleWithSaml({ ...assumption, placed: { ...placed, region } });
    const [call] = sts.calls();
    assert.ok(call?.thisValue instanceof STSClient);
    const { config } = call.thisValue;
    const Region = await config.region();
    const { url } = config.endpointProvider({ Region, UseDualStack: false, UseFIPS: false });
    assert.deepEqual([Region, url.host], [region, host]);
  });
