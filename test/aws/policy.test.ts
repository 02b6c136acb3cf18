import assert from "node:assert/strict";
import test from "node:test";
import { type SessionPolicyInput, sessionPolicy } from "../../lib/aws/policy.ts";
import type { RefusalCode } from "../../lib/core/errors.ts";
import type { Doc } from "./iam.ts";

const doc = (...Statement: Record<string, unknown>[]): Doc => ({ Version: "2012-10-17", Statement });
const allow = (Action: unknown, Resource: unknown = "*", more: object = {}) => ({
  Effect: "Allow",
  Action,
  Resource,
  ...more,
});
/** One of IAM's own variables, as policies write it. */
const variable = (name: string): string => `$${`{${name}}`}`;
const READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess";
const ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess";
const s3 = doc(allow("s3:GetObject"));
type Parts = Partial<
  Record<"caller" | "scope" | "rule", { policy?: unknown; policyArns?: readonly string[] }>
>;
const make = (parts: Parts, more: Partial<SessionPolicyInput> = {}) => {
  const sources = (["caller", "scope", "rule"] as const).map((origin) => ({ origin, ...parts[origin] }));
  const { policy, policyArns } = sessionPolicy({ sources, chaining: "allowed", ...more });
  return {
    ...(policyArns === undefined ? {} : { policyArns }),
    ...(policy === undefined ? {} : { statements: (JSON.parse(policy) as Doc).Statement }),
  };
};

test("nobody narrows: the session has no policy", () => assert.deepEqual(make({}), {}));

test("one source alone is written as it is, without names", () => {
  const policy = doc({ Sid: "Read", ...allow(["s3:GetObject"], ["arn:aws:s3:::a/*"]) });
  assert.deepEqual(make({ rule: { policy } }), { statements: [allow("s3:GetObject", "arn:aws:s3:::a/*")] });
});

test("the caller's Allow stands, and what the rule does not allow is denied", () => {
  const made = make({
    caller: { policy: doc(allow("s3:*")) },
    rule: {
      policy: doc(allow("s3:Get*", "arn:aws:s3:::a/*"), { ...allow("s3:GetBucketAcl"), Effect: "Deny" }),
    },
  });
  assert.deepEqual(made.statements, [
    allow("s3:*"),
    { Effect: "Deny", NotAction: "s3:Get*", Resource: "*" },
    { Effect: "Deny", Action: "s3:Get*", NotResource: "arn:aws:s3:::a/*" },
    { Effect: "Deny", Action: "s3:GetBucketAcl", Resource: "*" },
  ]);
});

test("the scope's Allow stands before the rule's", () => {
  const made = make({
    scope: { policy: doc(allow("s3:GetObject")) },
    rule: { policy: doc(allow("s3:*")) },
  });
  assert.deepEqual(made.statements, [
    allow("s3:GetObject"),
    { Effect: "Deny", NotAction: "s3:*", Resource: "*" },
  ]);
});

test("managed policies, which cannot be read here, are where the Allows come from", () => {
  const made = make({ caller: { policy: doc(allow("s3:GetObject")) }, rule: { policyArns: [READ_ONLY] } });
  assert.deepEqual(made, {
    policyArns: [READ_ONLY],
    statements: [{ Effect: "Deny", NotAction: "s3:GetObject", Resource: "*" }],
  });
});

test("the same managed policies twice are the same once", () => {
  const made = make({ caller: { policyArns: [ADMIN, READ_ONLY] }, rule: { policyArns: [READ_ONLY, ADMIN] } });
  assert.deepEqual(made, { policyArns: [ADMIN, READ_ONLY] });
});

test("what the caller would allow beside the rule's managed policies falls away", () => {
  const made = make({ caller: { policyArns: [ADMIN], policy: s3 }, rule: { policyArns: [ADMIN] } });
  assert.deepEqual(made, { policyArns: [ADMIN] });
});

test("a session that may take on no further role says so although nobody else narrows", () => {
  const made = make({}, { chaining: "denied" });
  assert.deepEqual(made.statements, [
    allow("*"),
    { Effect: "Deny", Action: ["sts:AssumeRole*", "sts:AssumeRoot"], Resource: "*" },
  ]);
});

test("a session bound to addresses denies every other, but for calls a service makes on its behalf", () => {
  const made = make({}, { sourceIp: ["192.0.2.0/24", "2001:db8::/32"] });
  assert.deepEqual(made.statements?.[1], {
    Effect: "Deny",
    Action: "*",
    Resource: "*",
    Condition: {
      NotIpAddress: { "aws:SourceIp": ["192.0.2.0/24", "2001:db8::/32"] },
      BoolIfExists: { "aws:ViaAWSService": "false" },
    },
  });
});

const refused: readonly (readonly [what: string, parts: Parts, code: RefusalCode])[] = [
  [
    "other managed policies on both sides",
    { caller: { policyArns: [ADMIN] }, rule: { policyArns: [READ_ONLY] } },
    "policy_not_combinable",
  ],
  [
    "fewer managed policies than the rule's",
    { caller: { policyArns: [ADMIN] }, rule: { policyArns: [ADMIN, READ_ONLY] } },
    "policy_not_combinable",
  ],
  [
    "variables on both sides",
    {
      caller: { policy: doc(allow("s3:*", `arn:aws:s3:::${variable("aws:username")}/*`)) },
      rule: { policy: doc(allow("s3:*", `arn:aws:s3:::${variable("aws:userid")}/*`)) },
    },
    "policy_not_combinable",
  ],
  [
    "conditions without exact opposites on both sides",
    {
      caller: {
        policy: doc(allow("s3:*", "*", { Condition: { NumericLessThan: { "s3:max-keys": "10" } } })),
      },
      rule: { policy: doc(allow("s3:*", "*", { Condition: { NumericLessThan: { "s3:max-keys": "20" } } })) },
    },
    "policy_not_combinable",
  ],
  ["a Version of old", { caller: { policy: { ...s3, Version: "2008-10-17" } } }, "policy_invalid"],
  ["no Version", { caller: { policy: { Statement: s3.Statement } } }, "policy_invalid"],
  ["no Statement", { caller: { policy: { Version: "2012-10-17" } } }, "policy_invalid"],
  ["a list for a document", { caller: { policy: [s3] } }, "policy_invalid"],
  ["text for a document", { caller: { policy: "{}" } }, "policy_invalid"],
  ["a Principal", { caller: { policy: doc({ ...allow("s3:*"), Principal: "*" }) } }, "policy_invalid"],
  [
    "an Effect in another case",
    { caller: { policy: doc({ ...allow("s3:*"), Effect: "allow" }) } },
    "policy_invalid",
  ],
  [
    "Action and NotAction",
    { caller: { policy: doc({ ...allow("s3:*"), NotAction: "s3:*" }) } },
    "policy_invalid",
  ],
  [
    "neither Action nor NotAction",
    { caller: { policy: doc({ Effect: "Allow", Resource: "*" }) } },
    "policy_invalid",
  ],
  ["no Resource", { caller: { policy: doc({ Effect: "Allow", Action: "s3:*" }) } }, "policy_invalid"],
  ["an empty Action", { caller: { policy: doc(allow([])) } }, "policy_invalid"],
  ["an action without a service", { caller: { policy: doc(allow("GetObject")) } }, "policy_invalid"],
  ["a resource that is no ARN", { caller: { policy: doc(allow("s3:*", "bucket")) } }, "policy_invalid"],
  ["an object for an action", { caller: { policy: doc(allow({ a: 1 })) } }, "policy_invalid"],
  [
    "characters STS does not take",
    { caller: { policy: doc(allow("s3:*", "arn:aws:s3:::日本")) } },
    "policy_invalid",
  ],
  [
    "one condition key in two spellings",
    {
      caller: {
        policy: doc(
          allow("s3:*", "*", { Condition: { StringEquals: { "aws:userid": "a", "AWS:UserId": "b" } } }),
        ),
      },
    },
    "policy_invalid",
  ],
  [
    "an empty condition",
    { caller: { policy: doc(allow("s3:*", "*", { Condition: { StringEquals: { "aws:userid": [] } } })) } },
    "policy_invalid",
  ],
  [
    "what is no ARN of a managed policy",
    { caller: { policyArns: ["arn:aws:iam::aws:role/x"] } },
    "policy_invalid",
  ],
  [
    "eleven managed policies",
    { caller: { policyArns: Array.from({ length: 11 }, (_, at) => `${ADMIN}${at}`) } },
    "policy_invalid",
  ],
  [
    "more than 2,048 characters",
    { caller: { policy: doc(allow("s3:*", `arn:aws:s3:::${"a".repeat(2000)}`)) } },
    "policy_too_large",
  ],
  [
    "more than 2,048 characters once put together",
    {
      caller: { policy: doc(allow("s3:*", `arn:aws:s3:::${"a".repeat(1000)}`)) },
      rule: { policy: doc(allow("s3:*", `arn:aws:s3:::${"b".repeat(1000)}`)) },
    },
    "policy_too_large",
  ],
  [
    "a rule's policy of a hundred thousand actions",
    {
      rule: { policy: doc(allow(Array.from({ length: 100_000 }, (_, at) => `s3:Get${at}`))) },
      caller: { policy: s3 },
    },
    "policy_too_large",
  ],
];
for (const [what, parts, code] of refused)
  test(`a session with ${what} is not issued`, () => assert.throws(() => make(parts), { code }));

for (const range of [
  "10.0.0.0/33",
  "10.0.0",
  "::1/129",
  "fe80::1%eth0",
  "10.0.0.0/8/8",
  "host",
  "",
  "10.0.0.1/",
  "10.0.0.1/-1",
])
  test(`\`${range}\` is no address to bind a session to`, () =>
    assert.throws(() => make({}, { sourceIp: [range] }), { code: "narrowing_invalid" }));
test("a session bound to no address at all is not issued", () =>
  assert.throws(() => make({}, { sourceIp: [] }), { code: "narrowing_invalid" }));

test("a refusal says whose policy it is and quotes nothing of it", () => {
  assert.throws(
    () => make({ rule: { policy: doc(allow("s3:*", "bucket-of-a-secret-project")) } }),
    (thrown: Error & { about?: { hint?: string } }) =>
      /rule/.test(thrown.about?.hint ?? "") && !/secret/.test(JSON.stringify(thrown)),
  );
});
