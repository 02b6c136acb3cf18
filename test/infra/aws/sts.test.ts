import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  CreateSAMLProviderCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { AssumeRoleCommand, AssumeRoleWithSAMLCommand, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { base64, genuine, mint, signResponse, time, writeResponse } from "./assertion.ts";
import {
  administrator,
  allowing,
  clients,
  handClock,
  type Keys,
  makeProvider,
  metadataOf,
  openAws,
  PROD,
  providerArn,
  roleArn,
  trustPolicy,
  variable,
} from "./world.ts";

const provider = makeProvider();

/** The look-alike with the provider and the role Admin in the production account. */
async function federated(t: TestContext, trust = trustPolicy()) {
  const clock = handClock();
  const aws = await openAws(t, clock);
  const { iam, sts } = clients(aws.url, administrator(PROD));
  await iam.send(
    new CreateSAMLProviderCommand({ Name: "sekisho", SAMLMetadataDocument: metadataOf(provider) }),
  );
  await iam.send(
    new CreateRoleCommand({ RoleName: "Admin", AssumeRolePolicyDocument: trust, MaxSessionDuration: 7200 }),
  );
  await iam.send(
    new PutRolePolicyCommand({ RoleName: "Admin", PolicyName: "all", PolicyDocument: allowing("*") }),
  );
  return { aws, clock, iam, sts };
}

const request = (SAMLAssertion: string, more: object = {}) =>
  new AssumeRoleWithSAMLCommand({
    RoleArn: roleArn("Admin"),
    PrincipalArn: providerArn(),
    SAMLAssertion,
    ...more,
  });

const keysOf = (credentials: object | undefined): Keys => {
  const { AccessKeyId, SecretAccessKey, SessionToken } = credentials as Record<string, string>;
  return {
    accessKeyId: AccessKeyId ?? "",
    secretAccessKey: SecretAccessKey ?? "",
    sessionToken: SessionToken ?? "",
  };
};

test("a genuine assertion becomes a session that says what it came from", async (t) => {
  const { aws, clock, sts } = await federated(t);
  const attributes = {
    RoleSessionName: ["sre@example.com"],
    SourceIdentity: ["person-1"],
    "PrincipalTag:costCenter": ["42"],
    TransitiveTagKeys: ["costCenter"],
    SessionDuration: ["7200"],
  };
  const answer = await sts.send(request(mint(clock.at, provider, { attributes })));
  assert.equal(answer.AssumedRoleUser?.Arn, `arn:aws:sts::${PROD}:assumed-role/Admin/sre@example.com`);
  assert.equal(answer.Subject, "person-1");
  assert.equal(answer.SubjectType, "persistent");
  assert.equal(answer.Issuer, provider.entityId);
  assert.equal(answer.Audience, "https://signin.aws.amazon.com/saml");
  assert.equal(answer.SourceIdentity, "person-1");
  const qualifier = createHash("sha1").update(`${provider.entityId}${PROD}/sekisho`).digest("base64");
  assert.equal(answer.NameQualifier, qualifier);
  assert.equal(answer.Credentials?.Expiration?.getTime(), (clock.at + 3600) * 1000);
  const me = await clients(aws.url, keysOf(answer.Credentials)).sts.send(new GetCallerIdentityCommand({}));
  assert.equal(me.Arn, answer.AssumedRoleUser?.Arn);
  assert.equal(me.Account, PROD);
});

test("xmlsec1 agrees that what the tests mint is signed, and what xmlsec1 signs is accepted", async (t) => {
  const { clock, sts } = await federated(t);
  const folder = mkdtempSync(join(tmpdir(), "sekisho-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = (name: string) => join(folder, name);
  const ids = ["--id-attr:ID", "urn:oasis:names:tc:SAML:2.0:assertion:Assertion"];
  const signed = signResponse(writeResponse(genuine(clock.at, provider)), provider);
  writeFileSync(path("key.pem"), provider.privateKey, { mode: 0o600 });
  writeFileSync(
    path("cert.pem"),
    `-----BEGIN CERTIFICATE-----\n${provider.certificate.match(/.{1,64}/g)?.join("\n")}\n-----END CERTIFICATE-----\n`,
  );
  writeFileSync(path("ours.xml"), signed);
  const quiet = { stdio: "pipe" } as const;
  execFileSync(
    "xmlsec1",
    ["--verify", "--pubkey-cert-pem", path("cert.pem"), ...ids, path("ours.xml")],
    quiet,
  );

  const template = signResponse(writeResponse(genuine(clock.at, provider)), provider)
    .replace(/(<ds:DigestValue>)[^<]*/, "$1")
    .replace(/(<ds:SignatureValue>)[^<]*/, "$1");
  writeFileSync(path("template.xml"), template);
  const sign = ["--sign", "--privkey-pem", path("key.pem"), ...ids, "--output", path("theirs.xml")];
  execFileSync("xmlsec1", [...sign, path("template.xml")], quiet);
  const theirs = readFileSync(path("theirs.xml"), "utf8");
  const answer = await sts.send(request(base64(theirs)));
  assert.equal(answer.Subject, "person-1");
});

test("a signature on the response, or on both, is as good as one on the assertion", async (t) => {
  const { clock, sts } = await federated(t);
  const plain = () => writeResponse(genuine(clock.at, provider));
  const outer = signResponse(plain(), provider, { element: "Response" });
  const both = signResponse(signResponse(plain(), provider), provider, { element: "Response" });
  for (const xml of [outer, both]) assert.equal((await sts.send(request(base64(xml)))).Subject, "person-1");
});

test("a session ends at the earliest of request, attribute and SessionNotOnOrAfter", async (t) => {
  const { clock, sts } = await federated(t);
  const ends = async (change: Parameters<typeof mint>[2], DurationSeconds?: number) => {
    const { Credentials } = await sts.send(request(mint(clock.at, provider, change), { DurationSeconds }));
    return (Credentials?.Expiration?.getTime() ?? 0) / 1000 - clock.at;
  };
  const attributes = { RoleSessionName: ["sre"], SessionDuration: ["1200"] };
  assert.equal(await ends({}), 3600);
  assert.equal(await ends({}, 7200), 7200);
  assert.equal(await ends({ attributes }, 7200), 1200);
  assert.equal(await ends({ sessionEnd: ` SessionNotOnOrAfter="${time(clock.at + 1000)}"` }, 7200), 1000);
});

test("an assertion is redeemed once", async (t) => {
  const { clock, sts } = await federated(t);
  const assertion = mint(clock.at, provider);
  await sts.send(request(assertion));
  await assert.rejects(sts.send(request(assertion)), { name: "InvalidIdentityTokenException" });
});

test("a session's credentials end with it", async (t) => {
  const { aws, clock, sts } = await federated(t);
  const { Credentials } = await sts.send(request(mint(clock.at, provider), { DurationSeconds: 900 }));
  const mine = clients(aws.url, keysOf(Credentials)).sts;
  await mine.send(new GetCallerIdentityCommand({}));
  clock.at += 900;
  await assert.rejects(mine.send(new GetCallerIdentityCommand({})), { name: "ExpiredToken" });
});

test("a session policy that denies sts:AssumeRole holds, and one that does not lets the session chain", async (t) => {
  const { aws, clock, iam, sts } = await federated(t);
  const trust = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { AWS: roleArn("Admin") }, Action: ["sts:AssumeRole"] }],
  };
  await iam.send(
    new CreateRoleCommand({ RoleName: "Next", AssumeRolePolicyDocument: JSON.stringify(trust) }),
  );
  const climb = async (Policy?: string) => {
    const { Credentials } = await sts.send(request(mint(clock.at, provider), { Policy }));
    const mine = clients(aws.url, keysOf(Credentials)).sts;
    return mine.send(new AssumeRoleCommand({ RoleArn: roleArn("Next"), RoleSessionName: "climber" }));
  };
  const narrowed = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Action: "*", Resource: "*" },
      { Effect: "Deny", Action: "sts:AssumeRole*", Resource: "*" },
    ],
  });
  assert.match((await climb()).AssumedRoleUser?.Arn ?? "", /assumed-role\/Next\/climber$/);
  await assert.rejects(climb(narrowed), { name: "AccessDenied" });
  await assert.rejects(climb(allowing("s3:GetObject")), { name: "AccessDenied" });
});

test("source identity and transitive tags follow a chain, and a trust that lacks them refuses it", async (t) => {
  const { aws, clock, iam, sts } = await federated(t);
  const principal = { AWS: roleArn("Admin") };
  const trust = (Action: string[]) =>
    JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: principal, Action }] });
  const roles = {
    Bare: trust(["sts:AssumeRole"]),
    Full: trust(["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]),
  };
  for (const [RoleName, AssumeRolePolicyDocument] of Object.entries(roles))
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  const attributes = {
    RoleSessionName: ["sre"],
    SourceIdentity: ["person-1"],
    "PrincipalTag:team": ["a"],
    TransitiveTagKeys: ["team"],
  };
  const { Credentials } = await sts.send(request(mint(clock.at, provider, { attributes })));
  const mine = clients(aws.url, keysOf(Credentials)).sts;
  const climb = (role: string, more: object = {}) =>
    mine.send(new AssumeRoleCommand({ RoleArn: roleArn(role), RoleSessionName: "climber", ...more }));
  await assert.rejects(climb("Bare"), { name: "AccessDenied" });
  assert.equal((await climb("Full")).SourceIdentity, "person-1");
  await assert.rejects(climb("Full", { DurationSeconds: 7200 }), /1 hour session limit/);
});

test("simulate shows that a scoped session is narrower than its role", async (t) => {
  const { aws, clock, iam, sts } = await federated(t);
  const ask = async (accessKeyId: string | undefined, action: string, resource: string, context?: object) => {
    const body = JSON.stringify({ accessKeyId, action, resource, context });
    const response = await fetch(`${aws.url}/_local/simulate`, { method: "POST", body });
    return ((await response.json()) as { decision: string }).decision;
  };
  const Policy = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: "s3:GetObject",
        Resource: `arn:aws:s3:::reports/${variable("aws:PrincipalTag/team")}/*`,
        Condition: { StringEquals: { "aws:RequestedRegion": "eu-west-1" } },
      },
    ],
  });
  const attributes = { RoleSessionName: ["sre"], "PrincipalTag:team": ["blue"] };
  const wide = await sts.send(request(mint(clock.at, provider, { attributes })));
  const narrow = await sts.send(request(mint(clock.at, provider, { attributes }), { Policy }));
  const [all, one] = [wide.Credentials?.AccessKeyId, narrow.Credentials?.AccessKeyId];
  const [ours, theirs] = ["arn:aws:s3:::reports/blue/x", "arn:aws:s3:::reports/red/x"];
  const region = { "aws:RequestedRegion": "eu-west-1" };
  assert.equal(await ask(all, "s3:DeleteObject", theirs), "allowed");
  assert.equal(await ask(one, "s3:GetObject", ours, region), "allowed");
  assert.equal(await ask(one, "s3:GetObject", ours), "denied");
  assert.equal(await ask(one, "s3:GetObject", theirs, region), "denied");
  assert.equal(
    await ask(one, "s3:GetObject", theirs, { ...region, "aws:PrincipalTag/team": "red" }),
    "denied",
  );
  assert.equal(await ask(one, "s3:DeleteObject", ours, region), "denied");
  const PolicyArn = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";
  await iam.send(new AttachRolePolicyCommand({ RoleName: "Admin", PolicyArn }));
  const arns = await sts.send(request(mint(clock.at, provider), { PolicyArns: [{ arn: PolicyArn }] }));
  assert.equal(await ask(arns.Credentials?.AccessKeyId, "s3:GetObject", theirs), "allowed");
  assert.equal(await ask(arns.Credentials?.AccessKeyId, "s3:PutObject", theirs), "denied");
});
