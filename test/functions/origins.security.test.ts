import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { handler } from "../../functions/admin.ts";
import { ask, close, open, seed, sre, tokenOf } from "./administered.ts";

before(open);
after(close);

type Objects = readonly Record<string, unknown>[];
const rule = (id: string, effect: string, accounts: readonly string[], more: object = {}) => ({
  kind: "Rule",
  id,
  connection: "okta",
  effect,
  when: [{ claim: "groups", equals: "everybody" }],
  grant: { roles: ["ReadOnly"], accounts },
  ...more,
});
const FILES: Objects = [
  ...seed,
  rule("sandbox-editors", "allow", [], { grant: { broker: ["editor"], accounts: ["ou:/sandbox/**"] } }),
];
const DENY = rule("emergency", "deny", ["ou:/prod/**"]);
const OWN = rule("own", "allow", ["ou:/sandbox/**"]);

const ORIGIN = "github.com/acme/access";
const apply = (token: string, objects: Objects, origin?: string) =>
  ask("POST /api/admin/apply", token, { objects, ...(origin === undefined ? {} : { origin }) });
const codeOf = ({ body }: Awaited<ReturnType<typeof apply>>) => body.code ?? body.outcome;

const ways: readonly (readonly [how: string, own: Objects])[] = [
  ["applies what is published in their name", []],
  ["publishes a rule of his in their name", [OWN]],
];
for (const [how, own] of ways)
  test(`an editor who ${how} does not make files take back what an administrator did beyond his bounds`, async () => {
    const [admin, editor] = [await sre(), await tokenOf({ claims: { groups: ["everybody"] }, subject: "e" })];
    await handler({ sekisho: "apply", objects: FILES, author: "test" });
    assert.equal((await apply(admin, FILES, ORIGIN)).status, 200);
    assert.equal(codeOf(await apply(admin, [...FILES, DENY])), "published");
    assert.equal((await apply(editor, [...FILES, DENY, ...own], ORIGIN)).status, 200);
    assert.equal(codeOf(await apply(admin, [...FILES, ...own], ORIGIN)), "changed_by_hand");
  });

test("an editor with bounds is compared with what he applied last himself", async () => {
  const editor = await tokenOf({ claims: { groups: ["everybody"] }, subject: "e" });
  const mine = "github.com/acme/sandbox";
  await handler({ sekisho: "apply", objects: FILES, author: "test" });
  assert.equal(codeOf(await apply(editor, [...FILES, OWN], mine)), "published");
  assert.equal(codeOf(await apply(editor, FILES, mine)), "published");
  await handler({ sekisho: "apply", objects: [...FILES, OWN], author: "test" });
  assert.equal(codeOf(await apply(editor, FILES, mine)), "changed_by_hand");
});

test("an editor with bounds takes no name away from others, however many he applies under", async () => {
  const [admin, editor] = [await sre(), await tokenOf({ claims: { groups: ["everybody"] }, subject: "e" })];
  await handler({ sekisho: "apply", objects: FILES, author: "test" });
  const answers: number[] = [];
  for (let name = 0; name < 60; name++) answers.push((await apply(editor, FILES, `files-${name}`)).status);
  assert.ok(answers.includes(400) && answers.includes(200), answers.join());
  assert.equal((await apply(admin, FILES, "another")).status, 200);
});
