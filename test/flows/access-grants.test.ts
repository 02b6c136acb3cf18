import assert from "node:assert/strict";
import test, { describe } from "node:test";
import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import type { AccessPage, AccessQuestion } from "../../lib/core/access.ts";
import type { AccessAsked } from "../../lib/flows/access.ts";
import { MOST_RULES } from "../../lib/flows/access-since.ts";
import type { Table } from "../../lib/store/table.ts";
import { ACCOUNTS, NOON, person, role, rule } from "../rules/things.ts";
import { freshTable } from "../store/published.ts";
import { brokerAt, type Published, pagesOf, publishAt, sealed, see } from "./access-things.ts";

const DAY = 86_400;
const PROD_ADMIN = { account: "111111111111", role: "Admin" };
const SRE = rule("sre");
const everywhere = rule("everywhere", { grant: { roles: ["Admin"], accounts: ["ou:/**"] } });

/** A table on which some configurations were published, one a day, the last one yesterday. */
async function published(...versions: readonly Published[]): Promise<Table> {
  const table = await freshTable();
  for (const [index, one] of versions.entries()) await publishAt(table, dayOf(index, versions.length), one);
  await sealed(table, NOON - 200 * DAY, NOON + 300);
  return table;
}
const dayOf = (index: number, count: number): number => NOON - (count - index) * DAY;

async function grants(
  table: Table,
  question: AccessQuestion = PROD_ADMIN,
  more: Partial<AccessAsked> = {},
  hasTime = () => true,
): Promise<NonNullable<AccessPage["grants"]> | undefined> {
  const [page] = await pagesOf(brokerAt(table), question, more, { hasTime });
  return page?.grants;
}
const ids = async (...asked: Parameters<typeof grants>) => (await grants(...asked))?.map(({ id }) => id);

describe("the rules that give a role", () => {
  test("are told whether anybody has it or not, in plain words, with whom to ask and until when", async () => {
    const owned = rule("owned", { owner: "security", until: "2026-12-31" });
    const table = await published({ rules: [owned] });
    assert.deepEqual(await grants(table), [
      {
        id: "owned",
        effect: "allow",
        sentence:
          "Until 2027-01-01T00:00:00Z: People of okta whose groups include sre get Admin in account 111111111111.",
        owner: "security",
        until: Date.parse("2027-01-01T00:00:00Z") / 1000,
        since: { version: 1, at: NOON - DAY },
      },
    ]);
  });

  test("are those that reach it by any selector or by a template, and no others", async () => {
    const captured = rule("captured", {
      when: [{ claim: "groups", template: "aws_{account:digits}_{role:name}" }],
      grant: { roles: ["{role}"], accounts: ["{account}"] },
    });
    const rules = [
      SRE,
      everywhere,
      captured,
      rule("eligible", { effect: "eligible" }),
      rule("deny", { effect: "deny" }),
      rule("shadow", { shadow: true }),
      rule("ended", { until: "2026-11-01" }),
      rule("later", { from: "2026-12-24" }),
      rule("elsewhere", { grant: { roles: ["Admin"], accounts: ["222222222222"] } }),
      rule("other", { grant: { roles: ["ReadOnly"], accounts: ["ou:/**"] } }),
      rule("broker", { grant: { broker: ["admin"] } }),
    ];
    const table = await published({ rules });
    assert.deepEqual(await ids(table), ["captured", "eligible", "everywhere", "sre"]);
    assert.deepEqual(await ids(table, { role: "ReadOnly" }), ["captured", "other"]);
    assert.deepEqual(await ids(table, { account: "broker" }), ["broker"]);
    assert.deepEqual(await ids(table, { account: "broker", role: "auditor" }), []);
    assert.deepEqual(await ids(table, { ...PROD_ADMIN, connection: "entra" }), []);
    const before = { at: Date.parse("2026-12-25T00:00:00Z") / 1000 };
    assert.ok((await ids(table, PROD_ADMIN, before))?.includes("later"));
  });

  test("are not told where a person or a group is asked about, or neither role nor account, or on a later page", async () => {
    const table = await published({ rules: [SRE] });
    for (const question of [{ person: "A", ...PROD_ADMIN }, { group: "sre", ...PROD_ADMIN }, {}])
      assert.equal(await grants(table, question), undefined);
    for (const id of ["A", "B", "C"]) await see(table, id, person({ claims: { groups: ["sre"] } }));
    const pages = await pagesOf(brokerAt(table), PROD_ADMIN, { most: 1 });
    assert.ok(pages.length > 1);
    assert.deepEqual(
      pages.map((one) => one.grants?.length),
      [1, ...pages.slice(1).map(() => undefined)],
    );
  });

  test("are those of the version that is asked about", async () => {
    const table = await published({ rules: [SRE] }, { rules: [everywhere] });
    assert.deepEqual(await ids(table), ["everywhere"]);
    assert.deepEqual(await ids(table, PROD_ADMIN, { at: NOON - 1.5 * DAY }), ["sre"]);
  });
});

describe("since when a rule has given a role", () => {
  const since = async (table: Table, ...asked: [AccessQuestion?, Partial<AccessAsked>?, (() => boolean)?]) =>
    Object.fromEntries(
      ((await grants(table, ...asked)) ?? []).map(({ id, since: { version, atLeast } }) => [
        id,
        atLeast ? `${version} at least` : version,
      ]),
    );
  const other = (id: string) => rule(id, { grant: { roles: ["ReadOnly"], accounts: ["222222222222"] } });

  test("is the first version that had it, whatever else was changed since", async () => {
    const renamed = { ...SRE, description: "on call", owner: "ops" };
    const table = await published(
      { rules: [] },
      { rules: [SRE] },
      { rules: [SRE, other("x")] },
      { rules: [renamed, everywhere] },
    );
    assert.deepEqual(await since(table), { sre: 2, everywhere: 4 });
  });

  test("is the version that changed whom it gives to, or what", async () => {
    const anybody = rule("sre", { when: [] });
    const table = await published({ rules: [anybody] }, { rules: [SRE] }, { rules: [SRE] });
    assert.deepEqual(await since(table), { sre: 2 });
  });

  test("begins anew where the rule was gone in between", async () => {
    const table = await published({ rules: [SRE] }, { rules: [other("x")] }, { rules: [SRE] });
    assert.deepEqual(await since(table), { sre: 3 });
  });

  test("is when its account came to be meant, though the rule was there before", async () => {
    const few = ACCOUNTS.filter(({ id }) => id !== "111111111111");
    const table = await published({ rules: [everywhere], accounts: few }, { rules: [everywhere] });
    assert.deepEqual(await since(table), { everywhere: 2 });
    assert.deepEqual(await since(table, { account: "222222222222" }), { everywhere: 1 });
  });

  test("is when the role came to stand there, though the rule was there before", async () => {
    const table = await published({ rules: [SRE], roles: [role("ReadOnly")] }, { rules: [SRE] });
    assert.deepEqual(await since(table), { sre: 2 });
  });

  test("is told as at least the last version that could be read, where earlier ones were not kept", async () => {
    const table = await published({ rules: [SRE] }, { rules: [SRE] }, { rules: [SRE, everywhere] });
    await table.client.send(
      new UpdateItemCommand({
        TableName: table.name,
        Key: marshall({ pk: "VERSION#1", sk: "VERSION" }),
        UpdateExpression: "SET #source = :none",
        ExpressionAttributeNames: { "#source": "source" },
        ExpressionAttributeValues: marshall({ ":none": [] }),
      }),
    );
    assert.deepEqual(await since(table), { sre: "2 at least", everywhere: 3 });
  });

  test("is told as at least the last version that there was time to read", async () => {
    const table = await published(...Array.from({ length: 9 }, () => ({ rules: [SRE] })));
    assert.deepEqual(await since(table), { sre: 1 });
    assert.deepEqual(await since(table, PROD_ADMIN, {}, () => false), { sre: "6 at least" });
  });

  test("is told as at least the last version before one too large to read", async () => {
    const table = await published({ rules: [SRE] }, { rules: [SRE] }, { rules: [SRE] });
    const grow = async (version: number, rules: number) =>
      table.client.send(
        new UpdateItemCommand({
          TableName: table.name,
          Key: marshall({ pk: `VERSION#${version}`, sk: "VERSION" }),
          UpdateExpression: "SET #counts.#rules = :rules",
          ExpressionAttributeNames: { "#counts": "counts", "#rules": "rules" },
          ExpressionAttributeValues: marshall({ ":rules": rules }),
        }),
      );
    await grow(1, MOST_RULES);
    assert.deepEqual(await since(table), { sre: 1 });
    await grow(1, MOST_RULES + 1);
    assert.deepEqual(await since(table), { sre: "2 at least" });
  });

  test("counts rights on the broker as well", async () => {
    const admins = rule("admins", { grant: { broker: ["admin"] } });
    const table = await published({ rules: [SRE] }, { rules: [SRE, admins] }, { rules: [SRE, admins] });
    assert.deepEqual(await since(table, { account: "broker" }), { admins: 2 });
  });
});
