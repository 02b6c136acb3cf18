import assert from "node:assert/strict";
import test from "node:test";
import { lintPolicies } from "../../lib/flows/lint-policies.ts";
import { parseObjects } from "../../lib/rules/parse.ts";

const problemsOf = (...objects: object[]) => {
  const { configuration, positions, problems } = parseObjects(objects);
  assert.deepEqual(problems, []);
  return lintPolicies(configuration, positions);
};
const statement = (change: object) => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: ["s3:GetObject"], Resource: "arn:aws:s3:::{bucket}/*", ...change }],
});
const scope = (policy: object, parameters: object = { bucket: "[a-z0-9.-]{3,63}" }) => ({
  kind: "Scope",
  id: "s3-read",
  parameters,
  policy,
});

test("a scope that can be filled is published", () => assert.deepEqual(problemsOf(scope(statement({}))), []));

const broken: readonly [what: string, object: object][] = [
  ["with a pattern that is none", scope(statement({}), { bucket: "[a-z" })],
  ["with a placeholder nobody declared", scope(statement({ Resource: "arn:aws:s3:::{other}/*" }))],
  ["with a placeholder in its actions", scope(statement({ Action: ["s3:{bucket}"] }))],
  ["without an effect", scope(statement({ Effect: "Perhaps" }))],
];
for (const [what, object] of broken)
  test(`a scope ${what} is refused when it is planned`, () => {
    const [problem] = problemsOf(object);
    assert.equal(problem?.kind, "Scope");
    assert.equal(problem?.id, "s3-read");
    assert.equal(problem?.index, 0);
    assert.ok((problem?.message.length ?? 0) > 10);
  });

test("a rule whose session policy is none is refused when it is planned", () => {
  const grant = { roles: ["Admin"], accounts: ["111111111111"], policy: statement({ Effect: "Perhaps" }) };
  const rule = { kind: "Rule", id: "r", connection: "okta", effect: "allow", when: [{ mfa: true }], grant };
  assert.deepEqual(
    problemsOf(rule).map(({ kind, id, path }) => ({ kind, id, path })),
    [{ kind: "Rule", id: "r", path: ["grant", "policy"] }],
  );
});
