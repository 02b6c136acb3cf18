import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test from "node:test";
import { assertRefused, DENIED, type Form, openFederation } from "./redeem.ts";
import { BROKER, PROD, providerArn, roleArn } from "./world.ts";

const { assertion, aws, redeem } = await openFederation();

type Row = readonly [what: string, form: Form, message: string | RegExp];

const statement = { Effect: "Allow", Action: "s3:GetObject", Resource: "*" };
const policy = (more: object = {}, whole: object = {}) => ({
  Policy: JSON.stringify({ Version: "2012-10-17", Statement: [{ ...statement, ...more }], ...whole }),
});
const arns = (...list: string[]): Form =>
  Object.fromEntries(list.map((arn, at) => [`PolicyArns.member.${at + 1}.arn`, arn]));
const READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess";

const invalid: readonly Row[] = [
  ["without an assertion", { SAMLAssertion: "" }, /sAMLAssertion/],
  ["with three characters of assertion", { SAMLAssertion: "PGE" }, /sAMLAssertion/],
  ["with 100,004 characters of assertion", { SAMLAssertion: "A".repeat(100_004) }, /100000/],
  ["for a short role ARN", { RoleArn: "arn:aws:iam::1:role" }, /roleArn/],
  ["for a role ARN of 2,049 characters", { RoleArn: roleArn("a".repeat(2018)) }, /roleArn/],
  ["for something that is no role", { RoleArn: `arn:aws:iam::${PROD}:user/Admin` }, "Request ARN is invalid"],
  ["by a principal that is no provider", { PrincipalArn: roleArn("Admin") }, "Request ARN is invalid"],
  ["across partitions", { RoleArn: roleArn("Admin", PROD, "aws-cn") }, "Request ARN is invalid"],
  [
    "in no partition",
    { RoleArn: roleArn("Admin", PROD, "aws-x"), PrincipalArn: providerArn(PROD, "aws-x") },
    "Request ARN is invalid",
  ],
  ["for 899 seconds", { DurationSeconds: "899" }, /greater than or equal to 900/],
  ["for 43201 seconds", { DurationSeconds: "43201" }, /less than or equal to 43200/],
  [
    "for longer than the role allows",
    { DurationSeconds: "3601" },
    "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
  ],
  ["with 2,049 characters of policy", { Policy: policy().Policy.padEnd(2049) }, /2048/],
  ["with a policy in Japanese", policy({ Sid: "関所" }), /regular expression/],
  ["with eleven policy ARNs", arns(...Array(11).fill(READ_ONLY)), /policyArns/],
  ["with a policy ARN that is none", arns("ReadOnlyAccess"), /not valid/],
  ["with a parameter AWS does not have", { SourceIdentity: "root" }, /not a parameter/],
  ["with a token size out of bounds", { MinimumSessionTokenSize: "4097" }, /4096/],
];
for (const [what, form, message] of invalid)
  test(`a request ${what} is not valid`, async () => {
    const answer = await redeem({ SAMLAssertion: assertion(), ...form });
    assertRefused(answer, 400, "ValidationError", message);
  });

const malformed: readonly Row[] = [
  ["that is no JSON", { Policy: "{" }, "This policy contains invalid Json"],
  ["that is a list", { Policy: "[]" }, "Syntax errors in policy."],
  ["without statements", policy({}, { Statement: undefined }), "Missing required field Statement"],
  ["with an empty list of them", policy({}, { Statement: [] }), "Missing required field Statement"],
  ["of another version", policy({}, { Version: "2020-01-01" }), "Syntax errors in policy."],
  ["with an unknown field", policy({}, { Comment: "x" }), "Syntax errors in policy."],
  ["that names a principal", policy({ Principal: "*" }), "Policy document should not specify a principal."],
  ["without an action", policy({ Action: undefined }), "Policy statement must contain actions."],
  ["with both kinds of action", policy({ NotAction: "s3:*" }), "Policy statement must contain actions."],
  ["without a resource", policy({ Resource: undefined }), "Policy statement must contain resources."],
  [
    "whose resource is no ARN",
    policy({ Resource: "bucket" }),
    'Resource bucket must be in ARN format or "*".',
  ],
  ["whose action names no service", policy({ Action: "GetObject" }), /prefaced by a vendor/],
  ["whose effect is in the wrong case", policy({ Effect: "allow" }), "Missing required field Effect"],
  ["with an unknown operator", policy({ Condition: { StringIs: { "a:b": "c" } } }), /Invalid Condition type/],
  ["with a condition key of no service", policy({ Condition: { Bool: { x: "true" } } }), /prefaced by/],
  ["with a strange Sid", policy({ Sid: "a b" }), "Statement IDs (SID) must be alpha-numeric."],
];
for (const [what, form, message] of malformed)
  test(`a session policy ${what} is malformed`, async () => {
    const answer = await redeem({ SAMLAssertion: assertion(), ...form });
    assertRefused(answer, 400, "MalformedPolicyDocument", message);
  });

for (const [what, arn] of [
  ["that does not exist", "arn:aws:iam::aws:policy/NoSuch"],
  ["of another account", `arn:aws:iam::${BROKER}:policy/x`],
] as const)
  test(`a policy ARN ${what} is refused`, async () => {
    const answer = await redeem({ SAMLAssertion: assertion(), ...arns(arn) });
    assertRefused(answer, 400, "MalformedPolicyDocument", /./);
  });

test("a policy too dense to pack is refused", async () => {
  const hash = (at: number) => createHash("sha512").update(`${at}`).digest("base64url");
  const Resource = `arn:aws:s3:::${Array.from({ length: 22 }, (_, at) => hash(at)).join("")}`;
  const answer = await redeem({ SAMLAssertion: assertion(), ...policy({ Resource }) });
  assertRefused(answer, 400, "PackedPolicyTooLarge", /^Packed policy consumes \d+% of allotted space/);
});

test("policy and ARNs together are at most 2,048 characters", async () => {
  const form = { Policy: policy().Policy.padEnd(2000), ...arns(READ_ONLY, READ_ONLY) };
  const answer = await redeem({ SAMLAssertion: assertion(), ...form });
  assertRefused(answer, 400, "PackedPolicyTooLarge", /2048/);
});

const notToken: readonly Row[] = [
  ["is no base64", { SAMLAssertion: "<Response/>" }, "Invalid base64 SAMLResponse"],
  ["has line breaks", { SAMLAssertion: "PFJl\nc3Bv" }, "Invalid base64 SAMLResponse"],
  ["is no UTF-8", { SAMLAssertion: "/////w==" }, "Invalid base64 SAMLResponse"],
];
for (const [what, form, message] of notToken)
  test(`an assertion that ${what} is refused`, async () => {
    assertRefused(await redeem(form), 400, "InvalidIdentityToken", message);
  });

test("a provider that does not exist is named so", async () => {
  const PrincipalArn = `arn:aws:iam::${PROD}:saml-provider/none`;
  const answer = await redeem({ SAMLAssertion: assertion(), PrincipalArn });
  assertRefused(answer, 400, "InvalidIdentityToken", "Specified provider doesn't exist");
});

for (const name of ["AWSReservedSSO_Admin_0123456789abcdef", "Nobody"])
  test(`the role ${name} cannot be assumed`, async () => {
    const RoleArn = roleArn(name);
    const SAMLAssertion = assertion({ roles: [`${RoleArn},${providerArn()}`] });
    assertRefused(await redeem({ SAMLAssertion, RoleArn }), 403, "AccessDenied", DENIED);
  });

test("an assertion is spent by a refusal of its role too", async () => {
  const SAMLAssertion = assertion();
  assert.equal((await redeem({ SAMLAssertion, DurationSeconds: "7200" })).code, "ValidationError");
  assertRefused(await redeem({ SAMLAssertion }), 400, "InvalidIdentityToken", /redeemed already/);
});

test("a parameter given twice, a number that is none and an unknown operation are refused", async () => {
  const post = async (body: string) => {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const response = await fetch(aws.url, { method: "POST", body, headers });
    return [response.status, /<Code>(.*)<\/Code>/.exec(await response.text())?.[1]];
  };
  assert.deepEqual(await post("Action=AssumeRoleWithSAML&Action=x&Version=2011-06-15"), [
    400,
    "MalformedQueryString",
  ]);
  assert.deepEqual(await post("Action=AssumeRoleWithSAML&Version=2011-06-15&x=%ff"), [
    400,
    "MalformedQueryString",
  ]);
  assert.deepEqual(await post("Action=Fly&Version=2011-06-15"), [403, "MissingAuthenticationToken"]);
  assert.deepEqual(await post("Action=AssumeRoleWithSAML&Version=2000-01-01"), [400, "InvalidAction"]);
  assert.deepEqual(await post(""), [400, "InvalidAction"]);
  const answer = await redeem({ SAMLAssertion: assertion(), DurationSeconds: "long" });
  assertRefused(answer, 400, "MalformedInput", /number/);
});
