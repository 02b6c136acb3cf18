import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import type { PlacedRole } from "../../lib/core/role.ts";
import type { Rule } from "../../lib/core/rule.ts";
import { compileRule } from "../../lib/rules/compile.ts";
import { fileGrants, grantKeys, selectorsOf } from "../../lib/rules/granting.ts";
import { selects } from "../../lib/rules/selectors.ts";
import { deniedBy, grantedBy } from "../../lib/rules/targets.ts";
import * as arbitrary from "./arbitrary.ts";
import { account, rule } from "./things.ts";

const found = (filed: ReturnType<typeof fileGrants>, one: Parameters<typeof grantKeys>[0], role: string) => [
  ...new Set(
    grantKeys(one, role, filed.pieces).flatMap((key) => (filed.buckets.get(key) ?? []).map(({ id }) => id)),
  ),
];

const concerned = (rules: readonly Rule[], placed: PlacedRole): string[] =>
  rules.map(compileRule).flatMap((one) => {
    const given = () => grantedBy(one, arbitrary.WORLD).some((each) => each.placed === placed);
    return (one.effect === "deny" ? deniedBy(one, placed, arbitrary.WORLD) : given()) ? [one.id] : [];
  });

test("every rule that gives or takes a role is found by asking for that role", () => {
  fc.assert(
    fc.property(arbitrary.rules, (rules) => {
      const filed = fileGrants(rules);
      for (const placed of arbitrary.WORLD.roles.values()) {
        const one = arbitrary.WORLD.accounts.get(placed.accountId);
        assert.ok(one);
        const ids = found(filed, one, placed.name);
        assert.deepEqual(
          concerned(rules, placed).filter((id) => !ids.includes(id)),
          [],
        );
      }
    }),
  );
});

test("the selectors of an account are those that mean it", () => {
  const word = fc.constantFrom("prod", "core", "eu", "prod-eu");
  const path = fc.array(word, { maxLength: 3 }).map((steps) => `/${steps.join("/")}`);
  const unit = fc.tuple(path, fc.boolean()).map(([one, below]) => {
    if (!below) return `ou:${one}`;
    return one === "/" ? "ou:/**" : `ou:${one}/**`;
  });
  fc.assert(
    fc.property(path, unit, (place, selector) => {
      const one = account("111111111111", { path: place, tags: { env: "a=b" } });
      assert.equal(selectorsOf(one).includes(selector), selects(selector, one), `${place} ${selector}`);
    }),
  );
  assert.ok(selectorsOf(account("111111111111", { tags: { env: "a=b" } })).includes("tag:env=a=b"));
});

const ACCOUNT = account("111111111111", { path: "/prod", tags: {} });
const ids = (count: number) => Array.from({ length: count }, (_, at) => String(100_000_000_000 + at));

test("a question looks at the rules of its role, and not at those of others", () => {
  const others = ids(300).map((id, at) => rule(`o${at}`, { grant: { roles: ["Admin"], accounts: [id] } }));
  const filed = fileGrants([rule("mine"), rule("deny", DENY_ALL), ...others]);
  assert.deepEqual(found(filed, ACCOUNT, "Admin").sort(), ["deny", "mine"]);
  assert.deepEqual(found(filed, ACCOUNT, "ReadOnly"), ["deny"]);
});
const DENY_ALL = { effect: "deny", connection: "*", grant: { roles: ["*"], accounts: ["ou:/**"] } };

test("a rule of thousands of pairs is filed under few of them, and found by all", () => {
  const roles = Array.from({ length: 100 }, (_, at) => `Role${at}`);
  for (const [accounts, names, most] of [
    [ids(1000), ["Admin"], 1],
    [ids(60), roles, 60],
    [ids(1000), roles, 1],
  ] as const) {
    const filed = fileGrants([rule("wide", { grant: { roles: names, accounts } })]);
    assert.ok(filed.buckets.size <= most, `${filed.buckets.size}`);
    const last = account(accounts.at(-1) ?? "");
    assert.deepEqual(found(filed, last, names.at(-1) ?? ""), ["wide"]);
  }
});

test("a pair that very many rules share is spread, and its question finds all of them", () => {
  const many = Array.from({ length: 2000 }, (_, at) => rule(`r${at}`));
  const filed = fileGrants(many);
  assert.equal(found(filed, ACCOUNT, "Admin").length, 2000);
  assert.ok(Math.max(...[...filed.buckets.values()].map(({ length }) => length)) < 512);
  const more = fileGrants([...many, rule("new")]);
  const changed = [...more.buckets].filter(([key, rules]) => filed.buckets.get(key)?.length !== rules.length);
  assert.equal(changed.length, 1);
});

test("the same rules make the same buckets in whatever order they come", () => {
  const some = [rule("a"), rule("b", DENY_ALL), rule("c", { owner: "ops" })];
  assert.deepEqual(fileGrants(some.toReversed()), fileGrants(some));
  assert.equal([...fileGrants(some).buckets.values()].flat().find(({ id }) => id === "c")?.owner, "ops");
});
