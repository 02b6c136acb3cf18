import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test, { after, before } from "node:test";
import { ROOT } from "../../../infra/build.ts";
import { type Finding, OUR_RULES, openLinter } from "./linter.ts";
import { type Package, readPackage } from "./packaged.ts";
import { MEMBER_FAULTS, OUR_FAULTS, type Path, THEIR_FAULTS } from "./seeded-faults.ts";

/** Warnings that stay, and why. */
const ACCEPTED = [
  ["W3005", "osls writes the order of resources twice; the second time changes nothing"],
] as const;
const ACCEPTED_IN_MEMBERS = [["W1030", "an empty boundary makes no role that would have it"]] as const;
type Accepted = readonly (readonly [ruleId: string, why: string])[];

const member = readFileSync(join(ROOT, "infra/member-account.yml"), "utf8");
const rules = [...readFileSync(OUR_RULES, "utf8").matchAll(/^rule (\w+)/gm)].map(([, name = ""]) => name);

let packaged: Package;
let linter: ReturnType<typeof openLinter>;
/** Rules for the broker's account are none for a member's. */
let plain: ReturnType<typeof openLinter>;
before(async () => {
  packaged = await readPackage();
  linter = openLinter([OUR_RULES]);
  plain = openLinter([]);
});
after(() => {
  linter?.close();
  plain?.close();
});

const told = ({ severity, ruleId, entity, message }: Finding): string =>
  `${severity} ${ruleId} ${entity?.logicalId ?? ""}: ${message}`;
const unexpected = (findings: readonly Finding[], accepted: Accepted = ACCEPTED): string[] =>
  findings.filter(({ ruleId }) => !accepted.some(([known]) => known === ruleId)).map(told);

test("the packaged template has no finding that is not explained", (t) => {
  const { findings, resources } = linter.lint(packaged.text);
  t.diagnostic(`${resources} resources, ${linter.rules} rules, ${rules.length} of them ours`);
  assert.deepEqual(unexpected(findings), []);
  assert.equal(resources, Object.keys(packaged.template.Resources).length);
  assert.ok(linter.rules >= 300 + rules.length);
});

test("what is accepted is still found", () => {
  const found = [...linter.lint(packaged.text).findings, ...plain.lint(member).findings];
  for (const [ruleId, why] of [...ACCEPTED, ...ACCEPTED_IN_MEMBERS])
    assert.ok(
      found.some((one) => one.ruleId === ruleId),
      `${ruleId}: ${why}`,
    );
});

test("the template for a log archive account has no finding", () => {
  const { findings, resources } = plain.lint(readFileSync(join(ROOT, "infra/audit-archive.yml"), "utf8"));
  assert.deepEqual(unexpected(findings, []), []);
  assert.equal(resources, 6);
});

test("the template for member accounts has no finding that is not explained", () => {
  const { findings, resources } = plain.lint(member);
  assert.deepEqual(unexpected(findings, ACCEPTED_IN_MEMBERS), []);
  assert.equal(resources, 4);
});

/** A copy with one thing changed. @param value Nothing, where it is taken out. */
function changed(text: string, path: Path, value: unknown): string {
  const copy = JSON.parse(text) as Record<string, unknown>;
  let at = copy;
  for (const step of path.slice(0, -1)) {
    const next = at[step];
    assert.ok(typeof next === "object" && next !== null, `there is no ${path.join(".")}`);
    at = next as Record<string, unknown>;
  }
  const last = path.at(-1) ?? "";
  if (value === undefined) {
    assert.ok(last in at, `there is no ${path.join(".")}`);
    delete at[last];
  } else at[last] = value;
  return JSON.stringify(copy);
}

for (const [asked, faults] of [
  ["ours", OUR_FAULTS],
  ["all", THEIR_FAULTS],
] as const)
  for (const [what, path, value, ruleId] of faults)
    test(`${what} is told by ${ruleId}`, () => {
      const { findings } = linter.lint(changed(packaged.text, ["Resources", ...path], value), asked);
      const found = findings.filter((one) => one.ruleId === ruleId);
      assert.ok(found.length > 0, unexpected(findings).join("\n") || "nothing was told");
      assert.ok(found.every(({ severity }) => severity === "ERROR" || severity === "FATAL"));
    });

for (const [what, from, to, ruleId] of MEMBER_FAULTS)
  test(`in a member account, ${what} is told by ${ruleId}`, () => {
    assert.ok(member.includes(from));
    const { findings } = plain.lint(member.replace(from, to));
    assert.ok(
      findings.some((one) => one.ruleId === ruleId),
      unexpected(findings).join("\n"),
    );
  });

test("every rule of ours has a fault that it tells", () => {
  const tried = new Set(OUR_FAULTS.map(([, , , ruleId]) => ruleId));
  assert.deepEqual(
    rules.filter((name) => !tried.has(name)),
    [],
  );
  assert.equal(rules.length, 21);
});
