import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { handler } from "../../functions/admin.ts";
import { readEvents } from "../../lib/store/audit-events.ts";
import { ask, close, open, seed, sre, table, tokenOf } from "./administered.ts";

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

interface Listed {
  readonly id: string;
  readonly origin: string;
  readonly version: number;
  readonly owner?: { readonly personId: string };
  readonly forgettable: boolean;
}
const listed = async (token: string) =>
  (await ask("GET /api/admin/origins", token)).body.origins as readonly Listed[];
const forget = (token: string, id: string) =>
  ask("DELETE /api/admin/origins/{origin}", token, undefined, { parameters: { origin: id } });
const idOf = (mark: string) => Buffer.from(mark).toString("base64url");
const editorNamed = (personId: string) =>
  tokenOf({ claims: { groups: ["everybody"] }, subject: personId }, "api", personId);
const everyEditor = rule("editors", "allow", [], {
  when: [{ claim: "groups", equals: "editors" }],
  grant: { broker: ["editor"] },
});
const auditors = rule("auditors", "allow", [], {
  when: [{ claim: "groups", equals: "auditors" }],
  grant: { broker: ["auditor"] },
});

test("a name is forgotten by an administrator, and by the editor with bounds for whom alone it is remembered", async () => {
  const [admin, ana, ben] = [await sre(), await editorNamed("ANA"), await editorNamed("BEN")];
  const [unbounded, auditor] = await Promise.all(
    ["editors", "auditors"].map((group) => tokenOf({ claims: { groups: [group] } }, "api", "ANOTHER")),
  );
  await handler({ sekisho: "apply", objects: [...FILES, everyEditor, auditors], author: "test" });
  const files = [...FILES, everyEditor, auditors];
  const shared = "github.com/acme/team/access";
  assert.equal((await apply(admin, files, shared)).status, 200);
  for (const token of [ana, ben]) assert.equal((await apply(token, files, shared)).status, 200);
  const all = (await listed(admin)).filter(({ origin }) => origin === shared);
  assert.deepEqual(
    all.map(({ id, owner }) => [id, owner?.personId]),
    [
      [idOf(shared), undefined],
      [idOf(`${shared}#ANA`), "ANA"],
      [idOf(`${shared}#BEN`), "BEN"],
    ],
  );
  const rows: readonly (readonly [token: string | undefined, mark: string, status: number])[] = [
    [ana, shared, 403],
    [ana, `${shared}#BEN`, 403],
    [unbounded, shared, 403],
    [unbounded, `${shared}#ANA`, 403],
    [auditor, shared, 403],
    [auditor, `${shared}#ANA`, 403],
    [admin, "github.com/acme/unknown", 404],
    [admin, "__proto__", 404],
    [ana, `${shared}#ANA`, 200],
    [ana, `${shared}#ANA`, 404],
    [admin, `${shared}#BEN`, 200],
    [admin, shared, 200],
    [admin, shared, 404],
  ];
  for (const [token = "", mark, status] of rows) {
    const able = (await listed(token)).find(({ id }) => id === idOf(mark))?.forgettable ?? false;
    assert.equal(able, status === 200, mark);
    assert.equal((await forget(token, idOf(mark))).status, status, `${mark} ${status}`);
  }
  assert.deepEqual(
    (await listed(admin)).filter(({ origin }) => origin === shared),
    [],
  );
});

test("where there are as many names as may be, one that is forgotten makes room for another", async () => {
  const editor = await editorNamed("CHIO");
  await handler({ sekisho: "apply", objects: FILES, author: "test" });
  for (let name = 0; name < 5; name++)
    assert.equal((await apply(editor, FILES, `acme/files-${name}`)).status, 200);
  const refused = await apply(editor, FILES, "acme/sixth");
  assert.match(String((refused.body.about as { hint?: string }).hint), /sekisho origins forget NAME/);
  assert.equal((await forget(editor, idOf("acme/files-3#CHIO"))).status, 200);
  assert.equal((await apply(editor, FILES, "acme/sixth")).status, 200);
});

test("the trail says which name was forgotten, by whom and whose it was", async () => {
  const [admin, editor] = [await sre(), await editorNamed("DAN")];
  await handler({ sekisho: "apply", objects: FILES, author: "test" });
  assert.equal((await apply(editor, FILES, "acme/mine")).status, 200);
  const version = (await listed(admin)).find(({ id }) => id === idOf("acme/mine#DAN"))?.version;
  assert.equal((await forget(admin, idOf("acme/mine#DAN"))).status, 200);
  const events = await readEvents(table(), Date.now() / 1000 - 60, Date.now() / 1000 + 60);
  const mine = events.filter(({ detail }) => (detail as { owner?: string } | undefined)?.owner === "DAN");
  assert.deepEqual(
    mine.map(({ kind, personId, detail }) => [kind, personId, detail]),
    [["config.origin-forgotten", "P", { origin: "acme/mine", version, owner: "DAN" }]],
  );
});
