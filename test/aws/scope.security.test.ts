import assert from "node:assert/strict";
import test from "node:test";
import * as v from "valibot";
import { fillScope, rulePolicyProblems, scopeProblems } from "../../lib/aws/scope.ts";
import type { RefusalCode } from "../../lib/core/errors.ts";
import { Scope } from "../../lib/core/role.ts";

/** One of IAM's own variables, as policies write it. */
const variable = (name: string): string => `$${`{${name}}`}`;

const written = {
  kind: "Scope",
  id: "s3-read",
  parameters: { bucket: "[a-z0-9.-]{3,63}", prefix: "[\\w/]{1,40}" },
  policy: {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "Read",
        Effect: "Allow",
        Action: ["s3:GetObject"],
        Resource: ["arn:aws:s3:::{bucket}/*", "arn:aws:s3:::{bucket}"],
        Condition: { StringLike: { "s3:prefix": ["{prefix}/*", `${variable("aws:PrincipalTag/team")}/*`] } },
      },
    ],
  },
};
const scope = v.parse(Scope, written);
const given = { bucket: "acme-logs", prefix: "2026/11" };

test("parameters take their place in resources and conditions, and IAM's own variables stay", () => {
  const { policy } = fillScope(scope, given);
  assert.deepEqual(policy, {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "Read",
        Effect: "Allow",
        Action: ["s3:GetObject"],
        Resource: ["arn:aws:s3:::acme-logs/*", "arn:aws:s3:::acme-logs"],
        Condition: { StringLike: { "s3:prefix": ["2026/11/*", `${variable("aws:PrincipalTag/team")}/*`] } },
      },
    ],
  });
});

const values: readonly (readonly [what: string, parameters: Record<string, string>])[] = [
  ["that is missing", { bucket: "acme-logs" }],
  ["of a name the scope does not have", { ...given, other: "x" }],
  ["of the name __proto__", JSON.parse('{"bucket":"acme-logs","prefix":"a","__proto__":"x"}')],
  ["with a star", { ...given, bucket: "acme*" }],
  ["with a question mark", { ...given, bucket: "acme?" }],
  ["with a policy variable", { ...given, bucket: variable("aws:username") }],
  ["with another placeholder", { ...given, prefix: "{bucket}" }],
  ["that is empty", { ...given, bucket: "" }],
  ["that is too short", { ...given, bucket: "ab" }],
  ["that matches in part", { ...given, bucket: "acme-logs/secret" }],
  ["with a line end after a match", { ...given, bucket: "acme-logs\n" }],
  ["with a quote", { ...given, bucket: 'acme"],"Action":"s3:' }],
  ["with a control character", { ...given, prefix: "a\u0000" }],
  ["in letters that look alike", { ...given, bucket: "асме" }],
  ["longer than 256 characters", { ...given, prefix: "a".repeat(257) }],
];
for (const [what, parameters] of values)
  test(`a value ${what} is refused`, () =>
    assert.throws(() => fillScope(scope, parameters), { code: "scope_parameter_invalid" }));

test("even where the pattern takes anything, what IAM reads as more than itself is refused", () => {
  const open = v.parse(Scope, { ...written, parameters: { bucket: ".*", prefix: ".*" } });
  for (const bucket of ["*", "a?", "$", "{x}", "}"])
    assert.throws(() => fillScope(open, { bucket, prefix: "a" }), { code: "scope_parameter_invalid" });
});

const [statement] = written.policy.Statement;
const scopes: readonly (readonly [what: string, change: Record<string, unknown>, code: RefusalCode])[] = [
  ["in an action", { Action: ["s3:{bucket}"] }, "scope_invalid"],
  ["in the effect", { Effect: "{bucket}" }, "scope_invalid"],
  ["in the key of a condition", { Condition: { StringLike: { "{bucket}": "x" } } }, "scope_invalid"],
  ["in a condition operator", { Condition: { "{bucket}": { a: "x" } } }, "scope_invalid"],
  ["in the name of an element", { "{bucket}": "x" }, "scope_invalid"],
  ["that it does not declare", { Resource: "arn:aws:s3:::{other}" }, "scope_invalid"],
];
for (const [what, change, code] of scopes)
  test(`a scope with a placeholder ${what} fills nothing`, () => {
    const changed = v.parse(Scope, {
      ...written,
      policy: { Version: "2012-10-17", Statement: [{ ...statement, ...change }] },
    });
    assert.throws(() => fillScope(changed, given), { code });
  });

test("a scope whose pattern cannot be read fills nothing", () => {
  const broken = v.parse(Scope, { ...written, parameters: { bucket: "(?<=a)b", prefix: ".*" } });
  assert.throws(() => fillScope(broken, given), { code: "scope_invalid" });
});

test("who publishes a scope or a rule is told what would refuse every session", () => {
  assert.deepEqual(scopeProblems(scope), []);
  assert.match(
    scopeProblems({ ...scope, parameters: { ...scope.parameters, prefix: "(?=a)" } })[0] ?? "",
    /pattern of `prefix`/,
  );
  assert.match(scopeProblems({ ...scope, parameters: {} })[0] ?? "", /is no parameter/);
  const odd = { Version: "2012-10-17" as const, Statement: [{ Effect: "Allow", Action: "s3" }] };
  assert.match(scopeProblems({ ...scope, policy: odd })[0] ?? "", /scope's session policy/);
  assert.deepEqual(
    rulePolicyProblems({ ...odd, Statement: [{ Effect: "Deny", Action: "s3:*", Resource: "*" }] }),
    [],
  );
  assert.match(rulePolicyProblems(odd)[0] ?? "", /rule's session policy/);
});
