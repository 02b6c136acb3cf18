import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { handler } from "../../functions/admin.ts";
import type { Identity } from "../../lib/core/identity.ts";
import { personId } from "../../lib/core/secret.ts";
import { systemClock } from "../../lib/core/time.ts";
import { readPepper } from "../../lib/store/people.ts";
import { putSeen } from "../../lib/store/seen.ts";
import { person } from "../rules/things.ts";
import { ask, close, open, seed, sre, table, tokenOf } from "./administered.ts";

const EDITORS = {
  kind: "Rule",
  id: "editors",
  connection: "okta",
  effect: "allow",
  when: [{ claim: "groups", equals: "editors" }],
  grant: { broker: ["editor"] },
};
const AUDITORS = {
  ...EDITORS,
  id: "auditors",
  when: [{ claim: "groups", equals: "auditors" }],
  grant: { broker: ["auditor"] },
};
const GIVES = {
  kind: "Rule",
  id: "half",
  connection: "okta",
  effect: "allow",
  when: [{ claim: "groups", equals: "half" }],
  grant: { roles: ["ReadOnly"], accounts: ["111111111111"] },
};
const objects = [...seed, EDITORS, AUDITORS, GIVES];
const HAS = { account: "111111111111", role: "ReadOnly", granted: true };
const NONE = { accounts: ["ou:/**"], roles: ["*"], granted: false };
const of = (who: string, ...expect: readonly object[]) => ({
  kind: "Test",
  id: "somebody",
  who: { person: `okta/${who}` },
  expect,
});

before(async () => {
  await open();
  await handler({ sekisho: "apply", objects, author: "test" });
});
after(close);

/** Remembers somebody as one who signed in an hour ago. */
async function came(subject: string, identity: Partial<Identity>, forSeconds = 1000): Promise<void> {
  const now = systemClock.now();
  const id = personId(await readPepper(table()), "okta", subject);
  await putSeen(table(), {
    personId: id,
    identity: person({ subject, ...identity }),
    seenAt: now - 3600,
    expiresAt: now + forSeconds,
  });
}

interface Told {
  readonly severity: string;
  readonly kind: string;
  readonly message: string;
}
async function asked(route: "plan" | "apply", more: readonly object[], token?: string) {
  const all = { objects: [...objects, ...more] };
  const { status, body } = await ask(`POST /api/admin/${route}`, token ?? (await sre()), all);
  const told = (body.problems as readonly Told[]).filter(({ kind }) => kind === "Test");
  return { status, body, told: told.map(({ severity, message }) => `${severity} ${message}`) };
}
/** Besides that what they wish for is beyond them. */
const warned = ({ told }: Awaited<ReturnType<typeof asked>>) =>
  told.filter((one) => !/does not change Test objects|[Aa]uditor/.test(one));
const somebody = (group: string) => tokenOf({ claims: { groups: [group] }, subject: group });

test("a broker that never saw anybody takes no test of a person", async () => {
  const { status, body, told } = await asked("apply", [of("ana", NONE)]);
  assert.deepEqual([status, body.code], [422, "tests_failed"]);
  assert.match(told.join(), /^error This person did not sign in here within the last 90 days/);
});

test("a person is tried as they came, by plan and by apply", async () => {
  await came("ana", { claims: { groups: ["half"] } });
  await came("ben", { claims: { groups: ["others"] } });
  for (const route of ["plan", "apply"] as const) {
    assert.match(
      (await asked(route, [of("ben", HAS)])).told.join(),
      /half would have, but wants groups equals half/,
    );
    assert.match((await asked(route, [of("ana", NONE)])).told.join(), /not to be granted: given by half/);
  }
  assert.deepEqual((await asked("plan", [of("ana", HAS)])).told, []);
  assert.equal((await asked("apply", [of("ana", HAS)])).body.outcome, "published");
  await handler({ sekisho: "apply", objects, author: "test" });
});

test("somebody who did not come lately makes a test red", async () => {
  await came("gone", { claims: { groups: ["half"] } }, -1);
  assert.equal((await asked("apply", [of("gone", HAS)])).body.code, "tests_failed");
});

test("whoever may not ask about others learns nothing of them by a test of their own", async () => {
  await came("ana", { claims: { groups: ["half"] } });
  const answers: string[] = [];
  for (const group of ["editors", "auditors"])
    for (const one of [of("ana", HAS), of("ana", NONE), of("nobody", HAS)])
      answers.push(...warned(await asked("plan", [one], await somebody(group))));
  assert.equal(answers.length, 6);
  assert.deepEqual([...new Set(answers)].length, 1, "all the same");
  assert.match(answers[0] ?? "", /^warning .*only administrators may ask of others/);
});

test("a test that is published is tried whoever plans, and one that was changed is not", async () => {
  await came("ana", { claims: { groups: ["half"] } });
  await handler({ sekisho: "apply", objects: [...objects, of("ana", HAS)], author: "test" });
  const token = await somebody("editors");
  const without = { ...GIVES, when: [{ claim: "groups", equals: "nobody" }] };
  const all = [...objects.filter((one) => one !== GIVES), without];
  const { body } = await ask("POST /api/admin/apply", token, { objects: [...all, of("ana", HAS)] });
  assert.deepEqual([body.code, (body.problems as Told[]).length > 0], ["tests_failed", true]);
  const changed = await asked("plan", [of("ana", NONE)], token);
  assert.match(warned(changed).join(), /^warning .*only administrators/);
  await handler({ sekisho: "apply", objects, author: "test" });
});
