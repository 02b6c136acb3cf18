import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import type { AccessQuestion } from "../../lib/core/access.ts";
import type { Identity } from "../../lib/core/identity.ts";
import type { Rule } from "../../lib/core/rule.ts";
import { personId } from "../../lib/core/secret.ts";
import { decideIn } from "../../lib/flows/decide.ts";
import { compileRule } from "../../lib/rules/compile.ts";
import { CONNECTIONS, identity, rules, WORLD } from "../rules/arbitrary.ts";
import { NOON, rule } from "../rules/things.ts";
import { freshTable } from "../store/published.ts";
import { brokerAt, pagesOf, publishAt, see, shortly } from "./access-things.ts";

const people = fc
  .array(fc.tuple(identity, fc.constantFrom(NOON - 60, NOON - 4000)), { minLength: 30, maxLength: 40 })
  .map((seen) => Object.fromEntries(seen.map((one, at) => [personId("pepper", "okta", String(at)), one])));
/** Besides whatever rules there are, some that many people meet. */
const COMMON = [
  rule("common", {
    when: [],
    connection: ["okta", "entra"],
    grant: { roles: ["ReadOnly"], accounts: ["ou:/**"] },
  }),
  rule("common-asked", {
    effect: "eligible",
    when: [{ claim: "groups", startsWith: "a" }],
    connection: ["okta", "ci"],
    grant: { roles: ["Admin"], accounts: ["ou:/prod/**"] },
  }),
  rule("common-admin", { when: [{ claim: "groups", equals: "ab" }], grant: { broker: ["admin"] } }),
  rule("common-deny", {
    effect: "deny",
    when: [{ claim: "groups", equals: "b" }],
    connection: "*",
    grant: { roles: ["*"], accounts: ["111111111111"] },
  }),
];
const question: fc.Arbitrary<AccessQuestion> = fc.record(
  {
    account: fc.constantFrom("111111111111", "broker", "555555555555"),
    role: fc.constantFrom("Admin", "ReadOnly", "admin"),
    group: fc.constantFrom("a", "ab"),
    connection: fc.constantFrom("okta", "entra"),
  },
  { requiredKeys: [] },
);

/** Everybody by every rule, and only then what is asked for. */
function bruteForce(
  all: readonly Rule[],
  seen: Readonly<Record<string, readonly [Identity, number]>>,
  asked: AccessQuestion,
): string[] {
  const compiled = all.map(compileRule);
  return Object.entries(seen).flatMap(([personId, [who, seenAt]]) => {
    const { authenticatedAt } = who;
    const again =
      authenticatedAt === undefined ? who : { ...who, authenticatedAt: authenticatedAt + NOON - seenAt };
    const { roles, eligible, broker, reasons } = decideIn(again, compiled, WORLD, { now: NOON }, undefined);
    const held = reasons.filter(({ effect, truth }) => effect === "allow" && truth === "true");
    const admins = held
      .map(({ rule }) => rule)
      .filter((id) => all.find((one) => one.id === id)?.grant.broker !== undefined);
    const rows = [
      ...roles.map((one) => ({ ...one, how: "given" })),
      ...eligible.map((one) => ({ ...one, how: "eligible" })),
      ...broker.map((right) => ({ accountId: "broker", role: right, how: "given", rules: admins })),
    ];
    return rows
      .filter(
        ({ accountId, role }) =>
          (asked.account ?? accountId) === accountId &&
          (asked.role ?? role) === role &&
          (asked.connection ?? who.connection) === who.connection &&
          (asked.group === undefined || (who.claims.groups ?? []).includes(asked.group)),
      )
      .map((one) => [personId, `${one.accountId}/${one.role}`, one.how, ...one.rules].join(" "));
  });
}

test("who can reach what is what deciding about everybody by every rule says, on pages of any size", async () => {
  let found = 0;
  await fc.assert(
    fc.asyncProperty(
      rules,
      people,
      question,
      fc.integer({ min: 1, max: 9 }),
      async (some, seen, asked, most) => {
        const table = await freshTable();
        const all = [...some, ...COMMON];
        await publishAt(table, NOON - 9000, {
          rules: all,
          connections: CONNECTIONS,
          settings: { networks: { lab: ["192.0.2.0/25"] } },
        });
        await Promise.all(Object.entries(seen).map(([id, [who, at]]) => see(table, id, who, at)));
        for (const [about, size] of [
          [asked, most],
          [{}, 200],
          [{ account: "111111111111", role: "Admin" }, 200],
        ] as const) {
          const pages = await pagesOf(brokerAt(table), about, { most: size });
          assert.ok(pages.every(({ rows }) => rows.length <= size));
          assert.equal(pages.at(-1)?.looked, Object.keys(seen).length);
          const told = shortly(pages);
          found += told.length;
          assert.deepEqual(told.toSorted(), bruteForce(all, seen, about).toSorted());
        }
      },
    ),
    { numRuns: 4, endOnFailure: true },
  );
  assert.ok(found > 100, `${found} rows are too few to tell anything`);
});
