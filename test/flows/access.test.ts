import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test, { describe } from "node:test";
import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import type { AuditEvent } from "../../lib/core/audit.ts";
import { isRefusal } from "../../lib/core/errors.ts";
import { newReference } from "../../lib/core/secret.ts";
import { record } from "../../lib/store/audit.ts";
import { putPersonName } from "../../lib/store/people.ts";
import type { Table } from "../../lib/store/table.ts";
import { NOON, person, rule } from "../rules/things.ts";
import { freshTable } from "../store/published.ts";
import { brokerAt, pagesOf, publishAt, sealed, see, shortly } from "./access-things.ts";

const DAY = 86_400;
const SRE = rule("sre");
const of = (...groups: string[]) => person({ claims: { groups } });
const many = (count: number) => Array.from({ length: count }, (_, at) => `P${String(at).padStart(3, "0")}`);

async function crowd(
  ids: readonly string[],
  rules = [SRE],
  events: readonly AuditEvent[] = [],
): Promise<Table> {
  const table = await freshTable();
  await publishAt(table, NOON - 9 * DAY, { rules });
  await Promise.all(ids.map((id) => see(table, id, of("sre"))));
  await sealed(table, NOON - 200 * DAY, NOON + 300, events);
  return table;
}
const whoOn = (pages: Parameters<typeof shortly>[0]) => shortly(pages).map((one) => one.split(" ")[0]);

describe("pages", () => {
  test("tell everybody once while others sign in, and those who were there sign in again", async () => {
    const ids = many(30);
    const table = await crowd(ids);
    let round = 0;
    const signIns = async () => {
      round++;
      const fresh = round > 4 ? [] : [`N${round}`, `M${round}`];
      await Promise.all([
        ...fresh.map((id) => see(table, id, of("sre"))),
        ...ids.slice(round, round + 9).map((id) => see(table, id, of("sre", "more"), NOON - 5)),
      ]);
    };
    const pages = await pagesOf(brokerAt(table), { role: "Admin" }, { most: 6 }, { between: signIns });
    const told = whoOn(pages);
    assert.equal(new Set(told).size, told.length, "nobody twice");
    assert.deepEqual(
      ids.filter((id) => !told.includes(id)),
      [],
      "nobody left out",
    );
    assert.ok(pages.length > 4, `${pages.length} pages`);
  });

  test("go on in the middle of what one person has, also when that changed meanwhile", async () => {
    const all = rule("all", { when: [], grant: { roles: ["Admin", "ReadOnly"], accounts: ["ou:/**"] } });
    const table = await crowd(["A"], [all]);
    const pages = await pagesOf(
      brokerAt(table),
      {},
      { most: 3 },
      { between: () => see(table, "A", of("x")) },
    );
    assert.deepEqual(
      pages.map(({ rows }) => rows.length),
      [3, 3, 3, 1],
    );
    assert.equal(new Set(shortly(pages)).size, 10);
  });

  test("end when there is no time left, and the next one goes on", async () => {
    const last = many(900).filter((id) => createHash("sha256").update(id).digest("hex") > "fc");
    const table = await crowd(last);
    const position = { at: NOON, looked: 0, shard: 0xfc };
    const pages = await pagesOf(brokerAt(table), {}, { position }, { hasTime: () => false });
    assert.ok(pages.length > 3, `${pages.length} pages`);
    assert.deepEqual(whoOn(pages).toSorted(), last);
    assert.deepEqual([pages.at(-1)?.looked, pages.at(-1)?.people], [last.length, last.length]);
  });

  test("of somebody who is named hold nobody else, and nobody where they were never seen", async () => {
    const table = await crowd(["A", "B"]);
    assert.deepEqual(whoOn(await pagesOf(brokerAt(table), { person: "A" })), ["A"]);
    const [page] = await pagesOf(brokerAt(table), { person: "C" });
    assert.deepEqual([page?.rows, page?.looked], [[], 0]);
  });
});

test("a row says who, by their name only while that is kept, and by which rule in plain words", async () => {
  const table = await crowd(["A"]);
  const name = { personId: "A", connection: "okta", subject: "s", name: "Ana", seenAt: NOON };
  await putPersonName(table, name, NOON + 60);
  const [page] = await pagesOf(brokerAt(table), {});
  assert.equal(page?.rows[0]?.name, "Ana");
  assert.equal(page?.rows[0]?.accountName, "account 111111111111");
  assert.deepEqual(page?.rules, [
    {
      id: "sre",
      effect: "allow",
      sentence: "People of okta whose groups include sre get Admin in account 111111111111.",
    },
  ]);
  await putPersonName(table, name, NOON - 1);
  const [later] = await pagesOf(brokerAt(table), {});
  assert.equal(later?.rows[0]?.name, undefined);
});

test("whom the deployment itself lets administer stands among those who do, by no rule", async () => {
  const table = await crowd(["A"]);
  const broker = brokerAt(table, NOON, { firstAdmin: { connection: "okta", subject: "00u1" } });
  assert.deepEqual(shortly(await pagesOf(broker, { account: "broker" })), ["A broker/admin given"]);
});

test("a rule in shadow gives nothing, and is not said to", async () => {
  const admin = { grant: { broker: ["admin"] } };
  const shadowed = rule("shadowed", { ...admin, shadow: true });
  const table = await crowd(["A"], [rule("admins", admin), shadowed, rule("roles", { shadow: true })]);
  assert.deepEqual(shortly(await pagesOf(brokerAt(table), { person: "A" })), ["A broker/admin given admins"]);
});

describe("at an instant", () => {
  const DEV = rule("dev", { when: [{ claim: "groups", equals: "dev" }] });

  test("the rules that were published then are asked, and those who came later are marked", async () => {
    const table = await freshTable();
    await publishAt(table, NOON - 30 * DAY, { rules: [SRE] });
    await see(table, "S", of("sre"), NOON - 25 * DAY);
    await see(table, "D", of("dev"), NOON - 5 * DAY);
    const then = shortly(await pagesOf(brokerAt(table, NOON - 20 * DAY), {}));
    await publishAt(table, NOON - 10 * DAY, { rules: [DEV] });
    const pages = await pagesOf(brokerAt(table), {}, { at: NOON - 20 * DAY });
    assert.deepEqual(shortly(pages), then);
    assert.deepEqual(shortly(pages), ["S 111111111111/Admin given sre"]);
    assert.equal(pages[0]?.version, 1);
    const now = await pagesOf(brokerAt(table), {}, { at: NOON - 10 * DAY });
    assert.deepEqual(shortly(now), ["D 111111111111/Admin given dev"]);
    assert.deepEqual([now[0]?.version, now.flatMap(({ rows }) => rows)[0]?.seenLater], [2, true]);
  });

  test("a rule that had ended is none, and one that had not is one", async () => {
    const table = await freshTable();
    await publishAt(table, NOON - 30 * DAY, { rules: [rule("sre", { until: "2026-11-12" })] });
    await see(table, "S", of("sre"), NOON - 25 * DAY);
    const held = async (days: number) =>
      shortly(await pagesOf(brokerAt(table), { person: "S" }, { at: NOON - days * DAY })).length;
    assert.deepEqual([await held(11), await held(9), await held(0)], [1, 0, 0]);
  });

  test("of the future, the rules of today are asked about that day", async () => {
    const table = await crowd(["A"], [rule("sre", { until: "2026-12-01" })]);
    const held = async (days: number) =>
      shortly(await pagesOf(brokerAt(table), { person: "A" }, { at: NOON + days * DAY })).length;
    assert.deepEqual([await held(1), await held(30)], [1, 0]);
  });

  test("before the first version nobody could reach anything", async () => {
    const table = await crowd(["A"]);
    const [page] = await pagesOf(brokerAt(table), { person: "A" }, { at: NOON - 400 * DAY });
    assert.deepEqual([page?.version, page?.rows], [0, []]);
  });

  test("what was not kept is said to be gone, and never told as nothing", async () => {
    const table = await freshTable();
    await publishAt(table, NOON - 30 * DAY, { rules: [SRE] });
    await table.client.send(
      new UpdateItemCommand({
        TableName: table.name,
        Key: marshall({ pk: "VERSION#1", sk: "VERSION" }),
        UpdateExpression: "SET #source = :none",
        ExpressionAttributeNames: { "#source": "source" },
        ExpressionAttributeValues: marshall({ ":none": [] }),
      }),
    );
    await publishAt(table, NOON - 10 * DAY, { rules: [DEV] });
    await assert.rejects(pagesOf(brokerAt(table), {}, { at: NOON - 20 * DAY }), (thrown) =>
      isRefusal(thrown, "version_unknown"),
    );
  });
});

const use = (personId: string, at: number, more: Partial<AuditEvent> = {}): AuditEvent => ({
  schema: 1,
  id: newReference(at),
  at,
  kind: "credentials.issued",
  actor: "person",
  personId,
  accountId: "111111111111",
  role: "Admin",
  ...more,
});

describe("the last use", () => {
  const EVENTS = [
    use("A", NOON - 3 * DAY),
    use("A", NOON - 2 * DAY, { kind: "console.opened" }),
    use("B", NOON - DAY, { role: "ReadOnly" }),
    use("B", NOON - DAY, { kind: "credentials.refused" }),
    use("C", NOON - 100 * DAY),
  ];
  const rowOf = async (table: Table, person: string, at?: number) =>
    (await pagesOf(brokerAt(table), { person }, at === undefined ? {} : { at }))[0]?.rows[0];

  test("is the latest of that role in that account, up to the instant asked about", async () => {
    const table = await crowd(["A", "B", "C"], [SRE], EVENTS);
    assert.equal((await rowOf(table, "A"))?.lastUsedAt, NOON - 2 * DAY);
    assert.equal((await rowOf(table, "A", NOON - 2 * DAY - 1))?.lastUsedAt, NOON - 3 * DAY);
    for (const person of ["B", "C"]) {
      const row = await rowOf(table, person);
      assert.deepEqual([row?.lastUsedAt, row?.unusedSince], [undefined, NOON - 90 * DAY]);
    }
  });

  test("is found before it is sealed, and nothing is called unused since before the trail is known", async () => {
    const table = await freshTable();
    await publishAt(table, NOON - 9 * DAY, { rules: [SRE] });
    for (const id of ["A", "B"]) await see(table, id, of("sre"));
    await sealed(table, NOON - 5 * DAY, NOON - 600);
    await record(table, use("A", NOON - 60), 400);
    assert.equal((await rowOf(table, "A"))?.lastUsedAt, NOON - 60);
    assert.equal((await rowOf(table, "B"))?.unusedSince, NOON - 5 * DAY);
  });

  test("makes what is unused for some days: given, and not used since", async () => {
    const asked = rule("asked", {
      effect: "eligible",
      grant: { roles: ["ReadOnly"], accounts: ["111111111111"] },
    });
    const table = await crowd(["A", "B"], [SRE, asked], [use("A", NOON - 5 * DAY)]);
    const unused = async (unusedDays: number) =>
      shortly(await pagesOf(brokerAt(table), {}, { unusedDays })).toSorted();
    assert.deepEqual(await unused(6), ["B 111111111111/Admin given sre"]);
    assert.deepEqual(await unused(4), ["A 111111111111/Admin given sre", "B 111111111111/Admin given sre"]);
  });
});
