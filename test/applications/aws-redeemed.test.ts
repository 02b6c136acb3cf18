/** Our assertions at the strict AWS look-alike, which shares no code with what writes them. */
import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { CreateRoleCommand, CreateSAMLProviderCommand, IAMClient } from "@aws-sdk/client-iam";
import { type LocalAws, startAws } from "../../infra/local/aws/server.ts";
import { accountCredentials } from "../../infra/local/environment.ts";
import type { IssueRequest } from "../../lib/applications/application.ts";
import { issueCredentials } from "../../lib/applications/aws.ts";
import { isRefusal, type RefusalCode } from "../../lib/core/errors.ts";
import { fixedClock, systemClock } from "../../lib/core/time.ts";
import { idpMetadata } from "../../lib/saml/metadata.ts";
import { newIssuer, type TestIssuer } from "../aws/issuer.ts";
import { granted, identity, placed } from "../aws/role.ts";

const ACCOUNT = "111111111111";
const ISSUER = "https://broker.example.com/saml/idp/metadata";
const FULL = ["sts:AssumeRoleWithSAML", "sts:TagSession", "sts:SetSourceIdentity"];
const without = (action: string) => FULL.filter((one) => one !== action);

let aws: LocalAws;
let issuer: TestIssuer;
let stranger: TestIssuer;

/** A role by its name, and what its trust policy says. */
const ROLES: readonly (readonly [
  name: string,
  actions: readonly string[],
  aud?: string | undefined,
  provider?: string,
])[] = [
  ["Full", FULL],
  ["NoTags", without("sts:TagSession")],
  ["NoSource", without("sts:SetSourceIdentity")],
  ["OtherAud", FULL, "https://signin.amazonaws.cn/saml"],
  ["OtherProvider", FULL, undefined, "other"],
];

before(async () => {
  aws = await startAws({ port: 0, host: "127.0.0.1", clock: systemClock });
  process.env.AWS_ENDPOINT_URL_STS = aws.url;
  [issuer, stranger] = await Promise.all([newIssuer(), newIssuer()]);
  const iam = new IAMClient({
    endpoint: aws.url,
    region: "us-east-1",
    credentials: accountCredentials(ACCOUNT),
  });
  const SAMLMetadataDocument = await idpMetadata({
    entityId: ISSUER,
    certificates: [issuer.record.certificate],
    ssoUrl: "https://broker.example.com/saml/idp/sso",
  });
  await iam.send(new CreateSAMLProviderCommand({ Name: "sekisho", SAMLMetadataDocument }));
  for (const [RoleName, Action, aud = "https://signin.aws.amazon.com/saml", provider = "sekisho"] of ROLES)
    await iam.send(
      new CreateRoleCommand({
        RoleName,
        MaxSessionDuration: 3600,
        AssumeRolePolicyDocument: JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { Federated: `arn:aws:iam::${ACCOUNT}:saml-provider/${provider}` },
              Action,
              Condition: { StringEquals: { "SAML:aud": aud } },
            },
          ],
        }),
      }),
    );
  iam.destroy();
});
after(() => aws.stop());

interface Case {
  readonly role?: string;
  readonly change?: Partial<IssueRequest>;
  readonly late?: number;
  readonly key?: "ours" | "stranger's";
  readonly provider?: string;
}
const issue = ({ role = "Full", change = {}, late = 0, key = "ours", provider = "sekisho" }: Case) => {
  const now = systemClock.now();
  const { signer } = key === "ours" ? issuer : stranger;
  return issueCredentials(
    { signer, clock: fixedClock(now - late) },
    {
      identity,
      personId: "01HZZZZZZZZZZZZZZZZZZZZZZZ",
      granted: { ...granted, tags: { team: "red", costCenter: "1 234" } },
      placed: {
        ...placed,
        maxSessionSeconds: 3600,
        transitiveTags: ["team"],
        roleArn: `arn:aws:iam::${ACCOUNT}:role/${role}`,
        providerArn: `arn:aws:iam::${ACCOUNT}:saml-provider/${provider}`,
      },
      narrowing: {},
      sessionEndsAt: now + 28_800,
      issuerEntityId: ISSUER,
      ...change,
    },
  );
};

test("an assertion with tags, source identity and a duration is redeemed", async () => {
  const { credentials, durationSeconds } = await issue({});
  assert.match(credentials.accessKeyId, /^ASIA/);
  assert.equal(durationSeconds, 3600);
  assert.ok(Math.abs(credentials.expiresAt - systemClock.now() - 3600) <= 5);
});

test("a session ends with the sign-in, to the second that is left", async () => {
  const { credentials } = await issue({ change: { sessionEndsAt: systemClock.now() + 1200 } });
  assert.ok(credentials.expiresAt <= systemClock.now() + 1200);
});

const refused: readonly (readonly [what: string, change: Case, code: RefusalCode])[] = [
  ["a role that does not allow tags", { role: "NoTags" }, "aws_trust_lacks_tag_session"],
  ["a role that does not allow a source identity", { role: "NoSource" }, "aws_trust_lacks_source_identity"],
  ["a role that wants another recipient", { role: "OtherAud" }, "aws_trust_refused"],
  ["a role that trusts another provider", { role: "OtherProvider" }, "aws_trust_refused"],
  ["a role that is not there", { role: "Nobody" }, "aws_trust_refused"],
  ["an account without the provider", { provider: "none" }, "aws_provider_missing"],
  ["a key the account does not know", { key: "stranger's" }, "aws_provider_outdated"],
  ["another issuer", { change: { issuerEntityId: "https://other.example.com" } }, "aws_provider_outdated"],
  ["a broker whose clock is ten minutes slow", { late: 600 }, "aws_assertion_expired"],
];
for (const [what, change, code] of refused)
  test(`${what} is a sentence that says what to change`, async () => {
    const refusal = await issue(change).catch((thrown: unknown) => thrown);
    assert.ok(isRefusal(refusal, code), String(refusal));
    assert.match(refusal.about.hint ?? "", /111111111111/);
  });

test("a duration above the role's own maximum is a sentence that says what to change", async () => {
  const roleArn = `arn:aws:iam::${ACCOUNT}:role/Full`;
  const change = {
    placed: { ...placed, roleArn, maxSessionSeconds: 7200 },
    granted: { ...granted, sessionSeconds: 7200 },
  };
  await assert.rejects(issue({ change }), { code: "aws_duration_too_long" });
});

test("a role that takes no source identity works without one", async () => {
  const roleArn = `arn:aws:iam::${ACCOUNT}:role/NoSource`;
  const issued = await issue({
    change: { placed: { ...placed, roleArn, sourceIdentity: false, maxSessionSeconds: 3600 } },
  });
  assert.equal(issued.sourceIdentity, undefined);
});
