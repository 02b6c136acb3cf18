import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";
import { type Parts, ROLE_PAIR } from "./assertion.ts";
import { assertRefused, DENIED, openFederation } from "./redeem.ts";
import { PROD, providerArn, roleArn } from "./world.ts";

const { assertion, redeem } = await openFederation();

type Row = readonly [what: string, change: Partial<Parts>, message: string | RegExp];

const named = (...names: string[]) => ({ attributes: { RoleSessionName: names } });
const beside = (more: Record<string, readonly string[]>) => ({
  attributes: { RoleSessionName: ["sre"], ...more },
});
const tags = (...pairs: [string, string][]) =>
  beside(Object.fromEntries(pairs.map(([key, value]) => [`PrincipalTag:${key}`, [value]])));
const many = (count: number, value: (at: number) => string) =>
  tags(...Array.from({ length: count }, (_, at): [string, string] => [`k${at}`, value(at)]));
const more = (name: string, value: string) => ({
  more: `<saml:Attribute${name}><saml:AttributeValue>${value}</saml:AttributeValue></saml:Attribute>`,
});

const PAIR = "Role in AuthnResponse must be a role ARN, a comma and a provider ARN";
const NAME = "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}";
const SOURCE = "Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64}";
const AWS = "https://aws.amazon.com/SAML/Attributes";

const invalid: readonly Row[] = [
  ["without a Role", { roles: [] }, "Role is required in AuthnResponse"],
  ["with the pair the other way round", { roles: [`${providerArn()},${roleArn("Admin")}`] }, PAIR],
  ["with a space in the pair", { roles: [`${roleArn("Admin")}, ${providerArn()}`] }, PAIR],
  ["with half a pair", { roles: [roleArn("Admin")] }, PAIR],
  ["with a good pair and a bad one", { roles: [ROLE_PAIR, "Admin"] }, PAIR],
  ["without a RoleSessionName", { attributes: {} }, "RoleSessionName is required in AuthnResponse"],
  ["with a space in RoleSessionName", named("a b"), NAME],
  ["with a line break after RoleSessionName", named("sre&#10;"), NAME],
  ["with one letter of RoleSessionName", named("a"), NAME],
  ["with 65 letters of RoleSessionName", named("a".repeat(65)), NAME],
  ["with two RoleSessionNames", named("sre", "root"), /exactly one value/],
  ["with RoleSessionName in the wrong case", beside({ Rolesessionname: ["sre"] }), /no attribute/],
  ["with an attribute twice", more(` Name="${AWS}/RoleSessionName"`, "root"), /name of another/],
  ["with an attribute that has no name", more("", "x"), /no name/],
  ["with elements in a value", more(' Name="x"', "<b/>"), /holds elements/],
  ["for 899 seconds", beside({ SessionDuration: ["899"] }), /SessionDuration/],
  ["for 43201 seconds", beside({ SessionDuration: ["43201"] }), /SessionDuration/],
  ["for some seconds", beside({ SessionDuration: ["3600s"] }), /SessionDuration/],
  ["with a space in SourceIdentity", beside({ SourceIdentity: ["a b"] }), SOURCE],
  ["with a SourceIdentity of AWS's own", beside({ SourceIdentity: ["aws:root"] }), SOURCE],
  ["with two source identities", beside({ SourceIdentity: ["a1", "b2"] }), /exactly one value/],
  ["with 51 tags", many(51, () => "v"), /at most 50/],
  ["with a tag key of 129 letters", tags(["k".repeat(129), "v"]), /tag key/],
  ["with a tag key of AWS's own", tags(["aws:x", "v"]), /tag key/],
  ["with a tag without a key", tags(["", "v"]), /tag key/],
  ["with a tag value of 257 letters", tags(["k", "v".repeat(257)]), /tag value/],
  ["with an empty tag value", tags(["k", ""]), /tag value/],
  ["with strange characters in a tag", tags(["k", "a;b"]), /tag value/],
  ["with tag keys alike but for case", tags(["team", "a"], ["Team", "b"]), /case insensitive/],
  ["with two values of one tag", beside({ "PrincipalTag:team": ["a", "b"] }), /exactly one value/],
  ["with a transitive key that is no tag", beside({ TransitiveTagKeys: ["team"] }), /transitive tag key/],
];
for (const [what, change, message] of invalid)
  test(`an assertion ${what} is refused`, async () => {
    const answer = await redeem({ SAMLAssertion: assertion(change) });
    assertRefused(answer, 400, "InvalidIdentityToken", message);
  });

const elsewhere: readonly (readonly [what: string, role: string])[] = [
  ["another role", `${roleArn("Reader")},${providerArn()}`],
  ["the role by another provider", `${roleArn("Admin")},arn:aws:iam::${PROD}:saml-provider/other`],
  ["the role of another account", `${roleArn("Admin", "222222222222")},${providerArn("222222222222")}`],
  ["a role whose name holds the pair", `${ROLE_PAIR},${providerArn()}`],
];
for (const [what, role] of elsewhere)
  test(`an assertion for ${what} is denied`, async () => {
    const answer = await redeem({ SAMLAssertion: assertion({ roles: [role] }) });
    assertRefused(answer, 403, "AccessDenied", DENIED);
  });

test("tags that do not pack are refused", async () => {
  const change = many(50, (at) => createHash("sha512").update(`${at}`).digest("base64").slice(0, 80));
  const answer = await redeem({ SAMLAssertion: assertion(change) });
  assertRefused(answer, 400, "PackedPolicyTooLarge", /^Packed size of session tags consumes \d+% of/);
});

test("fifty plain tags are accepted", async () => {
  const answer = await redeem({ SAMLAssertion: assertion(many(50, () => "platform")) });
  assert.equal(answer.status, 200, answer.message);
});

test("an assertion with several pairs is redeemed by any of its own", async () => {
  const roles = [`${roleArn("Reader")},${providerArn()}`, ROLE_PAIR];
  assert.equal((await redeem({ SAMLAssertion: assertion({ roles }) })).status, 200);
});
