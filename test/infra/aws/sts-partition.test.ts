import assert from "node:assert/strict";
import { request as httpRequest } from "node:http";
import test from "node:test";
import { CreateRoleCommand, CreateSAMLProviderCommand } from "@aws-sdk/client-iam";
import { startAws } from "../../../infra/local/aws/server.ts";
import { mint } from "./assertion.ts";
import {
  administrator,
  clients,
  handClock,
  makeProvider,
  metadataOf,
  PROD,
  providerArn,
  roleArn,
  trustPolicy,
} from "./world.ts";

const clock = handClock();
const provider = makeProvider();
const aws = await startAws({ port: 0, host: "127.0.0.1", clock });
test.after(() => aws.stop());

const partitions = [
  ["aws", "eu-west-1", "urn:amazon:webservices", "signin.aws.amazon.com", "sts.eu-west-1.amazonaws.com"],
  [
    "aws-us-gov",
    "us-gov-west-1",
    "urn:amazon:webservices:govcloud",
    "signin.amazonaws-us-gov.com",
    "sts.us-gov-west-1.amazonaws.com",
  ],
  [
    "aws-cn",
    "cn-north-1",
    "urn:amazon:webservices:cn-north-1",
    "signin.amazonaws.cn",
    "sts.cn-north-1.amazonaws.com.cn",
  ],
] as const;
type Row = (typeof partitions)[number];

for (const [partition, region, , signin] of partitions) {
  const { iam } = clients(aws.url, administrator(PROD), region);
  const metadata = metadataOf(provider);
  await iam.send(new CreateSAMLProviderCommand({ Name: "sekisho", SAMLMetadataDocument: metadata }));
  const trust = trustPolicy(
    { StringEquals: { "saml:aud": `https://${signin}/saml` } },
    ["sts:AssumeRoleWithSAML"],
    providerArn(PROD, partition),
  );
  await iam.send(new CreateRoleCommand({ RoleName: "Admin", AssumeRolePolicyDocument: trust }));
}

/** Redeems at a host as the Host header says, with the audience and recipient of a partition. */
function redeem([partition, , audience, signin]: Row, host: string): Promise<string> {
  const pair = `${roleArn("Admin", PROD, partition)},${providerArn(PROD, partition)}`;
  const SAMLAssertion = mint(clock.at, provider, {
    audience: `<saml:AudienceRestriction><saml:Audience>${audience}</saml:Audience></saml:AudienceRestriction>`,
    recipient: ` Recipient="https://${signin}/saml"`,
    destination: "",
    roles: [pair],
  });
  const [RoleArn = "", PrincipalArn = ""] = pair.split(",");
  const call = { Action: "AssumeRoleWithSAML", Version: "2011-06-15", RoleArn, PrincipalArn, SAMLAssertion };
  const body = new URLSearchParams(call).toString();
  const headers = {
    host,
    "content-type": "application/x-www-form-urlencoded",
    "content-length": body.length,
  };
  return new Promise((resolve, reject) => {
    const sent = httpRequest(aws.url, { method: "POST", headers }, (answer) => {
      let text = "";
      answer.on("data", (chunk) => {
        text += chunk;
      });
      answer.on("end", () => resolve(/<(?:Code|Arn)>([^<]*)</.exec(text)?.[1] ?? text));
    });
    sent.on("error", reject).end(body);
  });
}

for (const row of partitions)
  test(`${row[0]} takes its own audience, recipient and regional endpoint`, async () => {
    const arn = `arn:${row[0]}:sts::${PROD}:assumed-role/Admin/sre@example.com`;
    assert.equal(await redeem(row, row[4]), arn);
  });

test("an endpoint of another partition does not know the account, and other hosts of AWS are no endpoints", async () => {
  const [commercial, government, china] = partitions;
  assert.equal(await redeem(commercial, government[4]), "RegionDisabledException");
  assert.equal(await redeem(government, commercial[4]), "RegionDisabledException");
  assert.equal(await redeem(china, "sts.cn-north-1.amazonaws.com"), "RegionDisabledException");
  assert.equal(await redeem(government, "sts.amazonaws.com"), "InvalidIdentityToken");
  assert.equal(await redeem(commercial, "iam.amazonaws.com"), "InvalidIdentityToken");
  assert.match(await redeem(commercial, "sts.amazonaws.com"), /^arn:aws:sts/);
});

test("no partition takes the audience or recipient of another", async () => {
  for (const [own, other] of [
    [0, 1],
    [1, 2],
    [2, 0],
  ] as const) {
    const [partition, region, audience, signin, host] = partitions[own];
    const wrongAudience = [partition, region, partitions[other][2], signin, host] as unknown as Row;
    const wrongSignin = [partition, region, audience, partitions[other][3], host] as unknown as Row;
    assert.equal(await redeem(wrongAudience, host), "InvalidIdentityToken");
    assert.equal(await redeem(wrongSignin, host), "InvalidIdentityToken");
  }
});
