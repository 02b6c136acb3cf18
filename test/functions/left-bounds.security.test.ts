import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { handler } from "../../functions/admin.ts";
import { ask, close, open, seed, sre, tokenOf } from "./administered.ts";

type Objects = readonly Record<string, unknown>[];
const rule = (id: string, group: string, grant: object) => ({
  kind: "Rule",
  id,
  connection: "okta",
  effect: "allow",
  when: [{ claim: "groups", equals: group }],
  grant,
});
const sandbox = seed.find((one) => one.kind === "Account" && String(one.path).startsWith("/sandbox"));
const account = String(sandbox?.id);
const BASE: Objects = [
  ...seed,
  // Another stays, so that the unit does not come to mean nothing.
  { ...sandbox, id: "999999999999", name: "Stays" },
  rule("sandbox-editors", "sandbox-editors", { broker: ["editor"], accounts: ["ou:/sandbox/**"] }),
];
const WRITTEN = [...BASE, rule("by-id", "team", { roles: ["ReadOnly"], accounts: [account] })];
const moved = (objects: Objects, path = "/prod"): Objects =>
  objects.map((one) => (one.kind === "Account" && one.id === account ? { ...one, path } : one));

const editor = () => tokenOf({ claims: { groups: ["sandbox-editors"] } });
const apply = (token: string, objects: Objects) => ask("POST /api/admin/apply", token, { objects });
const gives = async () => {
  const who = { connection: "okta", claims: { groups: ["team"] } };
  const { body } = await ask("POST /api/admin/explain", await sre(), who);
  return (body.roles as { accountId: string; rules: string[] }[]).some(
    ({ accountId, rules }) => accountId === account && rules.includes("by-id"),
  );
};
const warned = (problems: unknown) =>
  (problems as { id: string; severity: string; message: string }[]).filter(({ message }) =>
    message.includes("leaves the bounds"),
  );

before(async () => {
  await open();
  const done = (await handler({ sekisho: "apply", objects: BASE, author: "test" })) as { outcome: string };
  assert.equal(done.outcome, "published");
  assert.equal((await apply(await editor(), WRITTEN)).body.outcome, "published");
});
after(close);

test("a rule stands when its account leaves the bounds of whoever wrote it, and whoever moves it is told", async () => {
  const planned = await ask("POST /api/admin/plan", await sre(), { objects: moved(WRITTEN) });
  assert.deepEqual(
    warned(planned.body.problems).map(({ id, severity }) => [id, severity]),
    [["by-id", "warning"]],
  );
  const within = await ask("POST /api/admin/plan", await sre(), { objects: moved(WRITTEN, "/sandbox/deep") });
  assert.deepEqual(warned(within.body.problems), [], "it is still within them");
  const { body } = await apply(await sre(), moved(WRITTEN));
  assert.equal(body.outcome, "published", JSON.stringify(body));
  assert.equal(warned(body.problems).length, 1);
  assert.equal(await gives(), true);
});

test("from then on they can neither change it nor take it away, and an administrator can", async () => {
  const changed = [...moved(BASE), rule("by-id", "others", { roles: ["ReadOnly"], accounts: [account] })];
  for (const objects of [changed, moved(BASE)]) {
    const { status, body } = await apply(await editor(), objects);
    assert.deepEqual([status, body.code], [403, "right_exceeded"]);
  }
  assert.equal((await apply(await sre(), moved(BASE))).body.outcome, "published");
  assert.equal(await gives(), false);
});
