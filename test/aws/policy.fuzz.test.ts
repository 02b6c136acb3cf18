import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { type PolicySource, type SessionPolicy, sessionPolicy } from "../../lib/aws/policy.ts";
import { isRefusal } from "../../lib/core/errors.ts";
import { allowed, type Doc, type Want } from "./iam.ts";

const RUNS = Number(process.env.FUZZ_RUNS ?? 700);

const ACTIONS = [
  "s3:GetObject",
  "s3:PutObject",
  "s3:ListBucket",
  "iam:GetRole",
  "sts:AssumeRole",
  "ec2:RunInstances",
];
const RESOURCES = [
  "arn:aws:s3:::a",
  "arn:aws:s3:::a/x",
  "arn:aws:s3:::a/x/y",
  "arn:aws:s3:::b/x",
  "arn:aws:iam::111111111111:role/r",
  "*",
];

const actionPattern = fc.constantFrom(
  ...ACTIONS,
  "*",
  "s3:*",
  "s3:Get*",
  "S3:PUT*",
  "s3:?etObject",
  "iam:*",
  "*:Get*",
  "sts:*",
);
const resourcePattern = fc.constantFrom(
  ...RESOURCES.slice(0, 5),
  "*",
  "arn:aws:s3:::a*",
  "arn:aws:s3:::a/*",
  "arn:aws:s3:::?/x",
  "arn:aws:iam::*:role/*",
);
const few = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: 1, maxLength: 3 });

const keyed = (key: string, ...values: string[]) =>
  few(fc.constantFrom(...values)).map((v) => [key, v] as const);
const stringKey = fc.oneof(
  keyed("aws:RequestedRegion", "eu-west-1", "us-east-1", "eu-*", "EU-WEST-1"),
  keyed("aws:PrincipalTag/team", "red", "blue", "r*"),
  keyed("s3:prefix", "x", "x/*"),
  keyed("ec2:ResourceTag/env", "prod", "dev"),
);
const setKey = keyed("aws:TagKeys", "team", "env", "t*");
const strings = [
  "StringEquals",
  "StringNotEquals",
  "StringLike",
  "StringNotLike",
  "StringEqualsIgnoreCase",
  "StringNotEqualsIgnoreCase",
];
const condition = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(fc.constantFrom(...strings, ...strings.map((name) => `${name}IfExists`)), stringKey),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(
      fc
        .constantFrom("ForAllValues:", "ForAnyValue:")
        .chain((set) => fc.constantFrom(...strings.map((name) => set + name))),
      setKey,
    ),
  },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...strings), setKey) },
  {
    weight: 2,
    arbitrary: fc.tuple(
      fc.constantFrom("IpAddress", "NotIpAddress", "IpAddressIfExists"),
      keyed("aws:SourceIp", "10.0.0.0/8", "10.1.0.0/16", "192.0.2.1"),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(
      fc.constantFrom("Bool", "BoolIfExists"),
      fc.tuple(
        fc.constantFrom("aws:SecureTransport", "aws:MultiFactorAuthPresent"),
        fc.constantFrom(["true"], ["false"]),
      ),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(
      fc.constant("Null"),
      fc.tuple(fc.constantFrom("aws:PrincipalTag/team", "aws:TagKeys"), fc.constantFrom(["true"], ["false"])),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(
      fc.constantFrom("DateLessThan", "DateGreaterThan", "DateLessThanEquals", "DateGreaterThanEquals"),
      fc.constant(["aws:CurrentTime", ["2026-06-01T00:00:00Z"]] as const),
    ),
  },
);
const conditions = fc.array(condition, { maxLength: 2 }).map((all) => {
  const block: Record<string, Record<string, readonly string[]>> = {};
  for (const [operator, [key, values]] of all) block[operator] = { ...block[operator], [key]: values };
  return block;
});

const statement = (effects: readonly string[]) =>
  fc
    .record({
      effect: fc.constantFrom(...effects),
      not: fc.constantFrom("", "", "", "Not"),
      actions: few(actionPattern),
      notResource: fc.constantFrom("", "", "", "Not"),
      resources: few(resourcePattern),
      when: fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: conditions }),
    })
    .map(({ effect, not, actions, notResource, resources, when }) => ({
      Effect: effect,
      [`${not}Action`]: actions,
      [`${notResource}Resource`]: resources,
      ...(Object.keys(when).length > 0 ? { Condition: when } : {}),
    }));
const document = fc
  .array(statement(["Allow", "Allow", "Deny"]), { minLength: 1, maxLength: 3 })
  .map((Statement): Doc => ({ Version: "2012-10-17", Statement }));

/** Managed policies are known to AWS, and here to the judge alone. */
const MANAGED = ["arn:aws:iam::aws:policy/One", "arn:aws:iam::aws:policy/Two"];
const managed = fc.tuple(document, document);
const source = fc.record({
  policy: fc.option(document, { nil: undefined, freq: 3 }),
  arns: fc.subarray(MANAGED).chain((arns) => fc.constantFrom(arns, [], [])),
});
type Source = typeof source extends fc.Arbitrary<infer T> ? T : never;

const context = fc.record(
  {
    "aws:RequestedRegion": fc.constantFrom("eu-west-1", "us-east-1", "EU-west-1"),
    "aws:PrincipalTag/team": fc.constantFrom("red", "blue"),
    "s3:prefix": fc.constantFrom("x", "x/y", "z"),
    "ec2:ResourceTag/env": fc.constantFrom("prod", "dev"),
    "aws:TagKeys": fc.subarray(["team", "env", "other"]),
    "aws:SourceIp": fc.constantFrom("10.0.0.1", "10.1.2.3", "192.0.2.1", "203.0.113.9"),
    "aws:SecureTransport": fc.constantFrom("true", "false"),
    "aws:MultiFactorAuthPresent": fc.constantFrom("true", "false"),
    "aws:CurrentTime": fc.constantFrom(
      "2026-05-01T00:00:00Z",
      "2026-06-01T00:00:00Z",
      "2026-07-01T00:00:00Z",
    ),
    "aws:ViaAWSService": fc.constantFrom("true", "false"),
  },
  { requiredKeys: ["aws:CurrentTime", "aws:SecureTransport"] },
);
const wants = fc.array(
  fc.record({ action: fc.constantFrom(...ACTIONS), resource: fc.constantFrom(...RESOURCES), context }),
  { minLength: 20, maxLength: 40 },
) as fc.Arbitrary<Want[]>;

const isPresent = ({ policy, arns }: Source): boolean => policy !== undefined || arns.length > 0;
const toSource = (origin: PolicySource["origin"], { policy, arns }: Source): PolicySource => ({
  origin,
  ...(policy === undefined ? {} : { policy }),
  policyArns: arns,
});

/** What STS would enforce beside the role's own policies. */
const enforced = ({ policy, policyArns = [] }: SessionPolicy, known: readonly Doc[]): Doc[] => [
  ...(policy === undefined ? [] : [JSON.parse(policy) as Doc]),
  ...policyArns.map((arn) => known[MANAGED.indexOf(arn)] as Doc),
];

const docsOf = ({ policy, arns }: Source, known: readonly Doc[]): Doc[] => [
  ...(policy === undefined ? [] : [policy]),
  ...arns.map((arn) => known[MANAGED.indexOf(arn)] as Doc),
];

const onlyFrom = (ranges: readonly string[]): Doc => ({
  Version: "2012-10-17",
  Statement: [
    { Effect: "Allow", Action: "*", Resource: "*", Condition: { IpAddress: { "aws:SourceIp": ranges } } },
  ],
});

interface Extra {
  readonly chaining: "allowed" | "denied";
  readonly sourceIp: readonly string[] | undefined;
}
const extras: fc.Arbitrary<Extra> = fc.record({
  chaining: fc.constantFrom("allowed" as const, "denied" as const),
  sourceIp: fc.option(fc.constantFrom(["10.0.0.0/8"], ["192.0.2.1", "10.1.0.0/16"]), {
    nil: undefined,
    freq: 4,
  }),
});

/** What the session must allow: that, and nothing else. */
function meant(sources: readonly (readonly Doc[])[], { chaining, sourceIp }: Extra, want: Want): boolean {
  const bySources = sources.every((docs) => allowed(docs, want));
  const byChaining = chaining === "allowed" || !want.action.startsWith("sts:AssumeRole");
  const fromHere =
    sourceIp === undefined ||
    want.context["aws:ViaAWSService"] === "true" ||
    allowed([onlyFrom(sourceIp)], want);
  return bySources && byChaining && fromHere;
}

/** @returns undefined when the combination is refused for a reason that there is. */
function combine(sources: readonly PolicySource[], { chaining, sourceIp }: Extra): SessionPolicy | undefined {
  try {
    return sessionPolicy({ sources, chaining, ...(sourceIp === undefined ? {} : { sourceIp }) });
  } catch (thrown) {
    if (isRefusal(thrown, "policy_not_combinable") || isRefusal(thrown, "policy_too_large")) return undefined;
    throw thrown;
  }
}

test("a session allows what every source allows and nothing else, whatever is combined", (t) => {
  let combined = 0;
  let refused = 0;
  fc.assert(
    fc.property(
      source,
      source,
      source,
      managed,
      extras,
      wants,
      (caller, scope, rule, known, extra, asked) => {
        const present = [caller, scope, rule].filter(isPresent);
        const result = combine(
          [toSource("caller", caller), toSource("scope", scope), toSource("rule", rule)],
          extra,
        );
        if (result === undefined) {
          refused++;
          return;
        }
        if (present.length > 1) combined++;
        const session = enforced(result, known);
        const sources = present.map((one) => docsOf(one, known));
        for (const want of asked) {
          const may = session.length === 0 || allowed(session, want);
          assert.equal(may, meant(sources, extra, want), JSON.stringify({ want, session, sources }));
        }
      },
    ),
    { numRuns: RUNS },
  );
  t.diagnostic(`${combined} of ${RUNS} combined several sources, ${refused} were refused`);
  assert.ok(combined > RUNS / 10, `only ${combined} of ${RUNS} combined several sources`);
});
