import assert from "node:assert/strict";
import test, { describe } from "node:test";
import { GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { isRefusal } from "../../lib/core/errors.ts";
import type { CompiledRule, Head } from "../../lib/core/rule-set.ts";
import { DEFAULT_SETTINGS } from "../../lib/core/settings.ts";
import { bucketId } from "../../lib/store/buckets.ts";
import { type Edition, publishEdition } from "../../lib/store/publish.ts";
import { openRules, readHead } from "../../lib/store/rules.ts";
import { listVersions } from "../../lib/store/version-records.ts";
import { LEASE_SECONDS } from "../../lib/store/versions.ts";
import { clockAt, compiled, counting, edition, freshTable, publish, START, seen } from "./published.ts";

describe("publishing", () => {
  test("before anything was published there is version 0 and an empty world", async () => {
    const reader = openRules(await freshTable(), clockAt(START));
    assert.equal((await reader.head()).version, 0);
    const world = await reader.world();
    assert.deepEqual([world.version, world.connections.size, world.settings], [0, 0, DEFAULT_SETTINGS]);
    assert.deepEqual(await reader.rules(["a"], await reader.head()), []);
  });

  test("what was published is what a reader finds, changed and removed rules included", async () => {
    const table = await freshTable();
    assert.equal(await publish(table, START, "a1", "b1"), 1);
    assert.deepEqual(await seen(table, START), { version: 1, rules: "a1,b1" });
    await publish(table, START + 10, "a1", "a2", "c1");
    assert.deepEqual(await seen(table, START), { version: 2, rules: "a1,a2,c1" });
    const world = await openRules(table, clockAt(START)).world();
    assert.deepEqual(
      [...world.roles.keys()],
      ["111111111111/Admin"],
      "a role without its account is not there",
    );
  });

  test("what HEAD says of values that many rules share is what readers see", async () => {
    const table = await freshTable();
    const lengths = { okta: { groups: { starts: [], ends: [3], both: { "all-employees": ["site"] } } } };
    await publishEdition(table, await readHead(table), { ...edition("a1"), lengths }, START);
    assert.deepEqual((await readHead(table)).lengths, lengths);
  });

  test("a reader of the version before still finds all of it", async () => {
    const table = await freshTable();
    await publish(table, START, "a1", "b1");
    const reader = openRules(table, clockAt(START));
    const head = await reader.head();
    await publish(table, START + 1, "a2");
    const rules = await reader.rules(["a", "b"], head);
    assert.deepEqual(
      rules.map(({ id }) => id),
      ["a1", "b1"],
    );
  });

  test("only buckets that changed are written", async () => {
    const table = await freshTable();
    const many = Array.from({ length: 20 }, (_, i) => String.fromCharCode(97 + i));
    await publish(table, START, ...many);
    const before = counting(table);
    await publishEdition(before.table, await readHead(table), edition(...many, "a2"), START + 1);
    const [latest] = (await listVersions(table, { most: 1 })).versions;
    assert.equal(latest?.counts.bucketsWritten, 1);
    const writes = before.sent.filter((one) => one !== "BatchGetItemCommand" && one !== "GetItemCommand");
    assert.ok(writes.length <= 11, `${writes.length} writes`);
  });

  test("generations end by age, and an emptied bucket is let go", async () => {
    const table = await freshTable();
    for (let i = 0; i < 6; i++) await publish(table, START + i, `a${i}`);
    await publish(table, START + 2000, "a9");
    await publish(table, START + 4000, "b1");
    assert.deepEqual(await seen(table, START + 4000), { version: 8, rules: "b1" });
    const { Item } = await table.client.send(
      new GetItemCommand({
        TableName: table.name,
        Key: {
          pk: { S: `BUCKET#${bucketId("a")}` },
          sk: { S: "BUCKET" },
        },
      }),
    );
    assert.equal(Item?.generations?.L?.length, 2, "the emptied generation and the one before");
    assert.ok(Item?.ttl?.N, "sweeps itself");
  });

  test("big buckets are paged out and come back whole", async () => {
    const table = await freshTable();
    const noise = (i: number) =>
      Buffer.from(Array.from({ length: 300 }, (_, j) => (i * 7919 + j * j * 104_729) % 251)).toString(
        "base64",
      );
    const big: CompiledRule[] = Array.from({ length: 900 }, (_, i) => ({
      ...compiled(`a${String(i).padStart(4, "0")}`),
      when: [{ claim: "groups", equals: noise(i) + i }],
    }));
    const whole: Edition = { ...edition("a"), buckets: new Map([["a", big]]) };
    await publishEdition(table, await readHead(table), whole, START);
    const reader = openRules(table, clockAt(START));
    assert.deepEqual(await reader.rules(["a"], await reader.head()), big);
  });
});

describe("publishing that is cut off", () => {
  test("at every write leaves readers whole, and the next publisher continues", async () => {
    const rehearsal = await freshTable();
    await publish(rehearsal, START, "a1", "b1");
    const whole = counting(rehearsal);
    await publishEdition(whole.table, await readHead(rehearsal), edition("a2", "c1"), START + 1);
    const writes = whole.sent.filter((one) => one === "PutItemCommand" || one === "UpdateItemCommand").length;
    // The filter is one of them.
    assert.ok(writes >= 14, `${writes} writes to be cut off at`);
    const outcomes: number[] = [];
    for (let killAt = 1; killAt <= writes; killAt++) outcomes.push(await cutOffAt(killAt));
    assert.ok(outcomes.includes(1) && outcomes.includes(2), "some cuts came before the flip, some after");
    assert.deepEqual(outcomes, [...outcomes].sort(), "the flip is one point in the order of writes");
  });

  async function cutOffAt(killAt: number): Promise<number> {
    const table = await freshTable();
    await publish(table, START, "a1", "b1");
    const cut = counting(table, killAt);
    await publishEdition(cut.table, await readHead(table), edition("a2", "c1"), START + 1).catch(() => {});
    const now = await seen(table, START + 1);
    const rules = now.version === 1 ? "a1,b1" : "a2,c1";
    assert.equal(now.rules, rules, `cut off at write ${killAt}`);
    await publish(table, START + 1 + LEASE_SECONDS, "a3", "b1", "d1");
    assert.equal((await seen(table, START + 100)).rules, "a3,b1,d1", `after a cut at write ${killAt}`);
    return now.version;
  }

  test("is told as aborted, and its number is never used again", async () => {
    const table = await freshTable();
    await publish(table, START, "a1");
    await publishEdition(
      counting(table, 7).table,
      await readHead(table),
      edition("a2", "c1"),
      START + 1,
    ).catch(() => {});
    assert.equal(await publish(table, START + 100, "a3"), 3);
    assert.deepEqual((await readHead(table)).aborted, [2]);
    const states = (await listVersions(table, { most: 10 })).versions.map(({ version, state }) => [
      version,
      state,
    ]);
    assert.deepEqual(
      states.filter(([version]) => version !== 2),
      [
        [3, "published"],
        [1, "published"],
      ],
    );
  });
});

describe("two publishers", () => {
  const codeOf = (thrown: unknown) => (isRefusal(thrown) ? thrown.code : String(thrown));

  test("at once: exactly one wins", async () => {
    const table = await freshTable();
    await publish(table, START, "a1");
    const base = await readHead(table);
    const outcomes = await Promise.allSettled(
      ["x1", "y1", "z1"].map((id) => publishEdition(table, base, edition(id), START + 1)),
    );
    const won = outcomes.flatMap((one, index) =>
      one.status === "fulfilled" ? ["x1", "y1", "z1"][index] : [],
    );
    assert.equal(won.length, 1);
    assert.equal((await seen(table, START + 1)).rules, won[0]);
    for (const one of outcomes)
      if (one.status === "rejected")
        assert.match(codeOf(one.reason), /^(?:publish_in_progress|configuration_moved)$/);
  });

  test("one that planned on an older version is refused", async () => {
    const table = await freshTable();
    const base: Head = await readHead(table);
    await publish(table, START, "a1");
    await assert.rejects(publishEdition(table, base, edition("b1"), START + 1), {
      code: "configuration_moved",
    });
  });

  test("one that slept through its lease can neither flip nor leave anything that is seen", async () => {
    const table = await freshTable();
    await publish(table, START, "a1");
    const base = await readHead(table);
    let wake = () => {};
    const asleep = new Promise<void>((resume) => {
      wake = resume;
    });
    let writes = 0;
    const client = new Proxy(table.client, {
      get(target, name) {
        if (name !== "send") return Reflect.get(target, name);
        return async (command: Parameters<typeof target.send>[0]) => {
          if (command instanceof PutItemCommand && ++writes === 1) await asleep;
          return target.send(command);
        };
      },
    });
    const sleeper = publishEdition({ client, name: table.name }, base, edition("a2", "x1"), START + 1);
    const refused = assert.rejects(sleeper, { code: "configuration_moved" });
    while (writes === 0) await new Promise(setImmediate);
    await publish(table, START + 1 + LEASE_SECONDS, "a3");
    wake();
    await refused;
    assert.deepEqual(await seen(table, START + 100), { version: 3, rules: "a3" });
    await publish(table, START + 200, "a3", "x2");
    assert.equal((await seen(table, START + 200)).rules, "a3,x2");
  });
});
