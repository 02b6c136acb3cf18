import assert from "node:assert/strict";
import test, { afterEach, before } from "node:test";
import {
  AssumeRoleWithSAMLCommand,
  type AssumeRoleWithSAMLCommandInput,
  STSClient,
} from "@aws-sdk/client-sts";
import { mockClient } from "aws-sdk-client-mock";
import * as v from "valibot";
import type { IssueRequest } from "../../lib/applications/application.ts";
import { issueCredentials } from "../../lib/applications/aws.ts";
import type { RefusalCode } from "../../lib/core/errors.ts";
import { Scope } from "../../lib/core/role.ts";
import type { Signer } from "../../lib/core/signer.ts";
import { fixedClock } from "../../lib/core/time.ts";
import { verifyResponse } from "../../lib/saml/response.ts";
import { newIssuer } from "../aws/issuer.ts";
import { granted, identity, NOW, placed } from "../aws/role.ts";

const PREFIX = "https://aws.amazon.com/SAML/Attributes/";
const ISSUER = "https://broker.example.com/saml/idp/metadata";
const PERSON = "01HZZZZZZZZZZZZZZZZZZZZZZZ";

let signer: Signer;
before(async () => {
  ({ signer } = await newIssuer());
});
const sts = mockClient(STSClient);
const answer = async ({ DurationSeconds = 0 }: AssumeRoleWithSAMLCommandInput) => ({
  Credentials: {
    AccessKeyId: "ASIA1",
    SecretAccessKey: "s",
    SessionToken: "t",
    Expiration: new Date((NOW + DurationSeconds) * 1000),
  },
  AssumedRoleUser: {
    AssumedRoleId: "AROA1:taro@example.com",
    Arn: "arn:aws:sts::111111111111:assumed-role/sekisho-Admin/taro@example.com",
  },
});
afterEach(() => sts.reset());

const request: IssueRequest = {
  identity,
  personId: PERSON,
  granted,
  placed,
  narrowing: {},
  sessionEndsAt: NOW + 28_800,
  issuerEntityId: ISSUER,
};
const issue = (change: Partial<IssueRequest> = {}) =>
  issueCredentials({ signer, clock: fixedClock(NOW) }, { ...request, ...change });

const asked = (at = 0): Partial<AssumeRoleWithSAMLCommandInput> =>
  sts.commandCalls(AssumeRoleWithSAMLCommand)[at]?.args[0].input ?? {};
const said = async (
  at = 0,
  audience = "urn:amazon:webservices",
  acs = "https://signin.aws.amazon.com/saml",
) =>
  verifyResponse(String(asked(at).SAMLAssertion), {
    entityId: audience,
    acs,
    issuer: ISSUER,
    certificates: [signer.certificate],
    now: NOW,
    solicited: { kind: "unsolicited" },
    maxAssertionAgeSeconds: 300,
  });

const scope = v.parse(Scope, {
  kind: "Scope",
  id: "s3-read",
  parameters: { bucket: "[a-z0-9.-]{3,63}" },
  policy: {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: ["s3:GetObject"], Resource: "arn:aws:s3:::{bucket}/*" }],
  },
  maxSeconds: 1800,
});

test("one issue is one assertion for one role, redeemed at once", async () => {
  sts.on(AssumeRoleWithSAMLCommand).callsFake(answer);
  const issued = await issue({
    granted: { ...granted, tags: { team: "red" } },
    placed: { ...placed, transitiveTags: ["team"] },
  });
  const assertion = await said();
  assert.deepEqual(issued, {
    credentials: { accessKeyId: "ASIA1", secretAccessKey: "s", sessionToken: "t", expiresAt: NOW + 3600 },
    assertionId: assertion.id,
    durationSeconds: 3600,
    sessionName: "taro@example.com",
    sourceIdentity: PERSON,
  });
  assert.equal(assertion.nameId.value, PERSON);
  assert.equal(assertion.sessionEndsAt, NOW + 28_800);
  assert.deepEqual(
    { ...assertion.attributes },
    {
      [`${PREFIX}Role`]: [`${placed.roleArn},${placed.providerArn}`],
      [`${PREFIX}RoleSessionName`]: ["taro@example.com"],
      [`${PREFIX}SessionDuration`]: ["3600"],
      [`${PREFIX}SourceIdentity`]: [PERSON],
      [`${PREFIX}PrincipalTag:team`]: ["red"],
      [`${PREFIX}TransitiveTagKeys`]: ["team"],
    },
  );
  const { SAMLAssertion: _, ...rest } = asked();
  assert.deepEqual(rest, {
    RoleArn: placed.roleArn,
    PrincipalArn: placed.providerArn,
    DurationSeconds: 3600,
  });
});

test("a role without source identity is given none", async () => {
  sts.on(AssumeRoleWithSAMLCommand).callsFake(answer);
  const issued = await issue({ placed: { ...placed, sourceIdentity: false } });
  assert.equal(issued.sourceIdentity, undefined);
  assert.equal((await said()).attributes[`${PREFIX}SourceIdentity`], undefined);
});

test("each partition is told its own audience and recipient", async () => {
  sts.on(AssumeRoleWithSAMLCommand).callsFake(answer);
  await issue({ placed: { ...placed, partition: "aws-cn", region: "cn-north-1" } });
  await said(0, "urn:amazon:webservices:cn-north-1", "https://signin.amazonaws.cn/saml");
  await issue({ placed: { ...placed, partition: "aws-us-gov", region: "us-gov-west-1" } });
  await said(1, "urn:amazon:webservices:govcloud", "https://signin.amazonaws-us-gov.com/saml");
});

test("a scope narrows what the session may do and how long it lasts, and closes the way to further roles", async () => {
  sts.on(AssumeRoleWithSAMLCommand).callsFake(answer);
  await issue({ scope, narrowing: { scope: "s3-read", parameters: { bucket: "acme-logs" } } });
  assert.equal(asked().DurationSeconds, 1800);
  assert.deepEqual(JSON.parse(String(asked().Policy)).Statement, [
    { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::acme-logs/*" },
    { Effect: "Deny", Action: ["sts:AssumeRole*", "sts:AssumeRoot"], Resource: "*" },
  ]);
  await issue({
    scope: { ...scope, allowAssumeRole: true },
    narrowing: { scope: "s3-read", parameters: { bucket: "acme" } },
  });
  assert.equal(JSON.parse(String(asked(1).Policy)).Statement.length, 1);
});

test("an AWS that is busy is asked again with an assertion of its own", async () => {
  sts
    .on(AssumeRoleWithSAMLCommand)
    .rejectsOnce(Object.assign(new Error("slow down"), { name: "ThrottlingException" }))
    .callsFake(answer);
  const { assertionId } = await issue();
  const [first, second] = [await said(0), await said(1)];
  assert.notEqual(first.id, second.id);
  assert.equal(assertionId, second.id);
});

test("an AWS that refuses is not asked again", async () => {
  sts.on(AssumeRoleWithSAMLCommand).rejects(Object.assign(new Error("no"), { name: "AccessDenied" }));
  await assert.rejects(issue(), { code: "aws_trust_refused" });
  assert.equal(sts.calls().length, 1);
});

const policy = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}';
const refused: readonly (readonly [what: string, change: Partial<IssueRequest>, code: RefusalCode])[] = [
  ["a scope that was looked up for nobody", { scope }, "scope_unknown"],
  ["a scope that nobody looked up", { narrowing: { scope: "s3-read" } }, "scope_unknown"],
  ["another scope than was looked up", { scope, narrowing: { scope: "other" } }, "scope_unknown"],
  ["no scope where the rule wants one", { granted: { ...granted, scopes: ["s3-read"] } }, "scope_required"],
  [
    "a scope that the rule does not list",
    {
      scope,
      narrowing: { scope: "s3-read", parameters: { bucket: "acme" } },
      granted: { ...granted, scopes: ["other"] },
    },
    "scope_unknown",
  ],
  ["parameters without a scope", { narrowing: { parameters: { bucket: "a" } } }, "narrowing_invalid"],
  ["a policy that is not JSON", { narrowing: { policy: "{" } }, "policy_invalid"],
  ["a policy too long", { narrowing: { policy: policy.padEnd(2049) } }, "policy_too_large"],
  ["a duration under 15 minutes", { narrowing: { durationSeconds: 600 } }, "session_too_short"],
  ["a sign-in that is over", { sessionEndsAt: NOW - 1 }, "session_too_short"],
  ["tags AWS refuses", { granted: { ...granted, tags: { "a;b": "c" } } }, "session_tags_invalid"],
];
for (const [what, change, code] of refused)
  test(`nothing is signed or asked of AWS for ${what}`, async () => {
    let signed = 0;
    const watched: Signer = { ...signer, sign: async () => new Uint8Array(++signed) };
    const tools = { signer: watched, clock: fixedClock(NOW) };
    await assert.rejects(issueCredentials(tools, { ...request, ...change }), { code });
    assert.equal(signed + sts.calls().length, 0);
  });
