import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { handler } from "../../functions/admin.ts";
import { MOST_OBJECTS } from "../../lib/core/limits.ts";
import { EMPTY_HEAD } from "../../lib/core/rule-set.ts";
import { prepare } from "../../lib/flows/plan.ts";
import { ask, close, open, seed, tokenOf } from "./administered.ts";

before(open);
after(close);

const editors = {
  kind: "Rule",
  id: "sandbox-editors",
  connection: "okta",
  effect: "allow",
  when: [{ claim: "groups", equals: "sandbox-editors" }],
  grant: { broker: ["editor"], accounts: ["ou:/sandbox/**"] },
};

test("an editor who files as many rules under an administrator's subject as there may be does not keep them from coming back", async () => {
  const subject = "00uadministrator";
  const crowd = Array.from({ length: 1024 }, (_, at) => ({
    kind: "Rule",
    id: `crowd-${at}`,
    connection: "okta",
    effect: "allow",
    when: [{ claim: "subject", equals: subject }],
    grant: { roles: ["ReadOnly"], accounts: ["ou:/sandbox/**"] },
  }));
  const done = (await handler({ sekisho: "apply", objects: [...seed, editors], author: "test" })) as {
    outcome: string;
  };
  assert.equal(done.outcome, "published", JSON.stringify(done));
  const editor = await tokenOf({ claims: { groups: ["sandbox-editors"] }, subject: "editor" });
  const { status, body } = await ask("POST /api/admin/apply", editor, {
    objects: [...seed, editors, ...crowd],
  });
  assert.deepEqual([status, body.outcome], [200, "published"], JSON.stringify(body.problems));
  const back = (await handler({ sekisho: "recover", connection: "okta", subject })) as { rule?: string };
  assert.match(String(back.rule), /^recovery-/);
  const asked = await ask("GET /api/admin/connections", await tokenOf({ claims: { groups: [] }, subject }));
  assert.equal(asked.status, 200, JSON.stringify(asked.body));
});

test("a configuration as large as there may be leaves room for the way back in", async () => {
  const account = (at: number) => ({ kind: "Account", id: String(100_000_000_000 + at), name: `a${at}` });
  const objects = Array.from({ length: MOST_OBJECTS + 1 }, (_, at) => account(at));
  const broker = { clock: { now: () => 0 }, config: { envSecrets: "refused" } } as never;
  const author = { actor: "operator", name: "recovery" } as const;
  const { problems } = await prepare(broker, EMPTY_HEAD, { objects, author, promises: "not asked" });
  assert.deepEqual(
    problems.filter(({ severity }) => severity === "error"),
    [],
  );
});
