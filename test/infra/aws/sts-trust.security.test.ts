import assert from "node:assert/strict";
import test from "node:test";
import { UpdateAssumeRolePolicyCommand } from "@aws-sdk/client-iam";
import { openFederation } from "./redeem.ts";
import { PROD, trustPolicy, variable } from "./world.ts";

const { assertion, iam, provider, redeem } = await openFederation();

const full = {
  attributes: {
    RoleSessionName: ["sre"],
    SourceIdentity: ["person-1"],
    "PrincipalTag:team": ["blue"],
    TransitiveTagKeys: ["team"],
  },
};
const ASSUME = "sts:AssumeRoleWithSAML";
const [TAG, SOURCE] = ["sts:TagSession", "sts:SetSourceIdentity"];
const when = (operator: string, condition: object) => trustPolicy({ [operator]: condition });
const equals = (condition: object) => when("StringEquals", condition);
const other = `arn:aws:iam::${PROD}:saml-provider/other`;
const aud = "https://signin.aws.amazon.com/saml";

const trusts: readonly (readonly [what: string, trust: string, denied?: string])[] = [
  ["allows all three actions", trustPolicy()],
  ["does not allow the tags", trustPolicy(undefined, [ASSUME, SOURCE]), TAG],
  ["does not allow the source identity", trustPolicy(undefined, [ASSUME, TAG]), SOURCE],
  ["allows only what comes with it", trustPolicy(undefined, [TAG, SOURCE]), ASSUME],
  ["trusts another provider", trustPolicy(undefined, undefined, other), ASSUME],
  ["wants the Audience in saml:aud", equals({ "saml:aud": "urn:amazon:webservices" }), ASSUME],
  ["names the issuer", equals({ "saml:aud": aud, "saml:iss": provider.entityId })],
  ["names another issuer", equals({ "saml:aud": aud, "saml:iss": "https://other" }), ASSUME],
  ["names the subject", when("StringLike", { "saml:sub": "person-*" })],
  ["names another subject", equals({ "saml:sub": "person-2" }), ASSUME],
  ["names the subject in the wrong case", equals({ "saml:sub": "Person-1" }), ASSUME],
  ["names the subject in any case", when("StringEqualsIgnoreCase", { "saml:sub": "Person-1" })],
  ["wants a persistent subject", equals({ "saml:sub_type": "persistent" })],
  ["wants a transient subject", equals({ "saml:sub_type": "transient" }), ASSUME],
  ["names the provider by saml:doc", equals({ "saml:doc": `${PROD}/sekisho` })],
  ["wants the tag", equals({ "aws:RequestTag/team": "blue" })],
  ["wants another tag", equals({ "aws:RequestTag/team": "red" }), ASSUME],
  ["wants the tag to be the subject", equals({ "sts:SourceIdentity": variable("saml:sub") })],
  ["wants a variable nobody fills", equals({ "saml:sub": variable("saml:mail") }), ASSUME],
  ["limits the tag keys", when("ForAllValues:StringEquals", { "aws:TagKeys": ["team", "cost"] })],
  ["limits the tag keys to others", when("ForAllValues:StringEquals", { "aws:TagKeys": ["cost"] }), ASSUME],
  ["wants the transitive key", when("ForAnyValue:StringEquals", { "sts:TransitiveTagKeys": "team" })],
  ["wants the source identity", when("StringLike", { "sts:SourceIdentity": "person-?" })],
  ["wants another source identity", equals({ "sts:SourceIdentity": "root" }), ASSUME],
  ["wants the session name", equals({ "sts:RoleSessionName": "sre" })],
  ["wants any session name but this", when("StringNotEquals", { "sts:RoleSessionName": "sre" }), ASSUME],
  ["wants a key nobody sends", equals({ "saml:mail": "a@example.com" }), ASSUME],
  ["wants it only if it is sent", when("StringEqualsIfExists", { "saml:mail": "a@example.com" })],
  ["wants a key absent that is there", when("Null", { "sts:SourceIdentity": "true" }), ASSUME],
  ["wants a network that is this one", when("IpAddress", { "aws:SourceIp": "127.0.0.0/8" })],
  ["wants another network", when("IpAddress", { "aws:SourceIp": "10.0.0.0/8" }), ASSUME],
];
for (const [what, trust, denied] of trusts)
  test(`a trust policy that ${what} ${denied ? `denies ${denied}` : "lets in"}`, async () => {
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: "Admin", PolicyDocument: trust }));
    const answer = await redeem({ SAMLAssertion: assertion(full) });
    const message = `Not authorized to perform ${denied}`;
    const refused = { status: 403, code: "AccessDenied", message };
    assert.deepEqual(answer, denied ? refused : { status: 200, code: "", message: "" });
  });

test("a deny in a trust policy wins over its allow", async () => {
  const trust = JSON.parse(trustPolicy());
  const [allow] = trust.Statement;
  const Condition = { StringEquals: { "saml:sub": "person-1" } };
  trust.Statement.push({ ...allow, Effect: "Deny", Condition });
  const PolicyDocument = JSON.stringify(trust);
  await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: "Admin", PolicyDocument }));
  assert.equal((await redeem({ SAMLAssertion: assertion() })).code, "AccessDenied");
});
