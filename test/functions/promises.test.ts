import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { handler } from "../../functions/admin.ts";
import { ask, close, open, seed, sre } from "./administered.ts";

before(async () => {
  await open();
  const { outcome } = (await handler({ sekisho: "apply", objects: seed, author: "test" })) as {
    outcome?: string;
  };
  assert.equal(outcome, "published");
});
after(close);

const CASE = {
  kind: "Test",
  id: "sre-has-prod",
  who: { connection: "okta", claims: { groups: "sre", costCenter: ["1"] } },
  expect: [{ account: "111111111111", role: "Admin", granted: true }],
};
const FORBIDS = {
  kind: "Invariant",
  id: "google-stays-out",
  never: { connection: "google", accounts: ["ou:/prod/**"], roles: ["Admin"] },
};
const LEAK = {
  kind: "Rule",
  id: "leak",
  connection: ["google", "okta"],
  effect: "allow",
  when: [{ claim: "groups", startsWith: "adm" }],
  grant: { roles: ["Admin"], accounts: ["111111111111"] },
};
type Problems = readonly Record<string, string>[];
const asked = async (route: "plan" | "apply", more: readonly object[]) => {
  const { status, body } = await ask(`POST /api/admin/${route}`, await sre(), {
    objects: [...seed, ...more],
  });
  const problems = (body.problems as Problems).filter(({ severity }) => severity === "error");
  return { status, body, problems };
};

test("tests and invariants that hold say nothing, and are published", async () => {
  const planned = await asked("plan", [CASE, FORBIDS]);
  assert.deepEqual(planned.problems, []);
  const applied = await asked("apply", [CASE, FORBIDS]);
  assert.deepEqual([applied.status, applied.body.outcome], [200, "published"]);
});

test("a red test lets nothing be published, and says what came closest", async () => {
  const red = { ...CASE, expect: [{ account: "222222222222", role: "Deploy", granted: true }] };
  const { problems } = await asked("plan", [red]);
  assert.deepEqual(
    problems.map(({ kind, id }) => `${kind} ${id}`),
    ["Test sre-has-prod"],
  );
  assert.match(
    problems[0]?.message ?? "",
    /Deploy in 222222222222 was expected to be granted: .*second factor/,
  );
  const { status, body } = await asked("apply", [red]);
  assert.deepEqual([status, body.code, body.outcome], [422, "tests_failed", "refused"]);
});

test("a test says which rule gives what it forbids", async () => {
  const red = { ...CASE, expect: [{ account: "111111111111", role: "Admin", granted: false }] };
  assert.match(
    (await asked("plan", [red])).problems[0]?.message ?? "",
    /not to be granted: given by sre-prod/,
  );
});

test("an invariant that fails is told with somebody who breaks it, as a test that is red", async () => {
  const { problems, body } = await asked("plan", [FORBIDS, LEAK]);
  assert.deepEqual(
    problems.map(({ id }) => id),
    ["google-stays-out"],
  );
  assert.match(problems[0]?.message ?? "", /rule leak .*"adm".* Admin in 111111111111/);
  const written = JSON.parse(/As a test: (.*)$/.exec(problems[0]?.fix ?? "")?.[1] ?? "{}");
  const tried = await asked("plan", [written, LEAK]);
  assert.deepEqual(
    tried.problems.map(({ id }) => id),
    ["google-stays-out-broken"],
  );
  assert.equal(body.outcome, undefined);
  assert.equal((await asked("apply", [FORBIDS, LEAK])).body.code, "tests_failed");
});

for (const [what, wrong] of [
  ["says nothing", { ...FORBIDS, never: undefined }],
  // biome-ignore lint/suspicious/noThenProperty: as invariants are written
  ["says two things", { ...FORBIDS, then: [{ mfa: true }] }],
  ["says half", { kind: "Invariant", id: "x", whenever: { accounts: ["ou:/**"], roles: ["*"] } }],
  ["speaks of a role that is not", { ...FORBIDS, never: { ...FORBIDS.never, roles: ["Adnim"] } }],
  ["speaks of a connection that is not", { ...FORBIDS, never: { ...FORBIDS.never, connection: "gogle" } }],
  ["tries somebody of a connection that is not", { ...CASE, who: { connection: "octa" } }],
  [
    "expects an account that is not",
    { ...CASE, expect: [{ account: "999999999999", role: "Admin", granted: true }] },
  ],
] as const)
  test(`what ${what} is refused`, async () => {
    const { problems } = await asked("plan", [JSON.parse(JSON.stringify(wrong))]);
    assert.equal(problems.length, 1, JSON.stringify(problems));
    assert.equal(
      (await asked("apply", [JSON.parse(JSON.stringify(wrong))])).body.code,
      "configuration_invalid",
    );
  });

test("no test and no invariant keeps out whom the operator lets back in", async () => {
  const who = { connection: "entra", subject: "back" };
  const expect = [{ broker: "admin", granted: false }];
  const kept = [...seed, { kind: "Test", id: "somebody-has-nothing", who, expect }];
  const before = await handler({ sekisho: "apply", objects: kept, author: "test" });
  assert.equal((before as { outcome?: string }).outcome, "published", JSON.stringify(before));
  const back = (await handler({ sekisho: "recover", ...who })) as { rule?: string };
  assert.match(String(back.rule), /^recovery-/);
});
