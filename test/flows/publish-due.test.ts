import assert from "node:assert/strict";
import test, { describe } from "node:test";
import { ScanCommand } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import type { AuditEvent } from "../../lib/core/audit.ts";
import { readConfig } from "../../lib/core/config.ts";
import type { Epoch } from "../../lib/core/time.ts";
import type { Planning } from "../../lib/flows/plan.ts";
import { type Ended, HELD_SECONDS, publishDue } from "../../lib/flows/publish-due.ts";
import { publishRules } from "../../lib/flows/publish-rules.ts";
import { readHead } from "../../lib/store/rules.ts";
import { changeScheduled, dueScheduled, readScheduled } from "../../lib/store/scheduled.ts";
import type { Table } from "../../lib/store/table.ts";
import { readVersion } from "../../lib/store/version-records.ts";
import { person } from "../rules/things.ts";
import { clockAt, counting, freshTable, START } from "../store/published.ts";

const DUE = START + 600;
const config = readConfig({ SEKISHO_URL: "https://broker.example.com", SEKISHO_TABLE: "sekisho" });
const brokerAt = (table: Table, now: Epoch): Planning => ({
  table,
  clock: clockAt(now),
  config,
  pepper: async () => "pepper",
});

const okta = {
  kind: "Connection",
  id: "okta",
  protocol: "saml",
  title: "Okta",
  metadata: { url: "https://idp.example.com/metadata" },
  subject: "userId",
  claims: { groups: "groups" },
};
const rule = (id: string) => ({
  kind: "Rule",
  id,
  connection: "okta",
  effect: "allow",
  when: [{ claim: "groups", equals: "sre" }],
  grant: { broker: ["admin"] },
});
const ana = {
  actor: "person",
  name: "Ana",
  personId: "ANA",
  identity: person({ claims: { groups: ["sre"] } }),
  reach: "everything",
} as const;

async function round(table: Table, now: Epoch): Promise<Ended[]> {
  const ended: Ended[] = [];
  for await (const one of publishDue(brokerAt(table, now))) ended.push(one);
  return ended;
}

/** A fresh table with one version, and one more that is due. */
async function waiting(ids: readonly string[] = ["new"]): Promise<{ table: Table; scheduled: string[] }> {
  const table = await freshTable();
  const first = {
    objects: [okta, rule("a")],
    author: { actor: "operator", name: "first" },
    reference: "R0",
  } as const;
  assert.equal((await publishRules(brokerAt(table, START), first)).outcome, "published");
  const scheduled: string[] = [];
  for (const [at, id] of ids.entries()) {
    const outcome = await publishRules(brokerAt(table, START), {
      objects: [okta, rule("a"), rule(id)],
      author: ana,
      reference: `01M8FPHN67AT57BFYH4XJRR76${at}`,
      dueAt: DUE + at,
      ...(ids.length > 1 ? { overwrite: true } : {}),
    });
    assert.ok(outcome.outcome === "scheduled", outcome.outcome);
    scheduled.push(outcome.scheduled);
  }
  return { table, scheduled };
}

async function trailOf(table: Table): Promise<readonly Partial<AuditEvent>[]> {
  const { Items = [] } = await table.client.send(new ScanCommand({ TableName: table.name }));
  return Items.map((item) => unmarshall(item)).filter(({ pk }) => String(pk).startsWith("AUDIT#"));
}

/** Versions that everybody saw, whose content this was. */
async function published(table: Table, id: string): Promise<number[]> {
  const found: number[] = [];
  const { version } = await readHead(table);
  for (let at = 1; at <= version; at++) {
    const read = await readVersion(table, at);
    if (read?.version.state === "published" && read.version.scheduled === id) found.push(at);
  }
  return found;
}

describe("a round that is killed", () => {
  test("at any write leaves what is due to be published once by a later one", async (t) => {
    let writes = 0;
    let cutShort = 0;
    for (let killAt = 1; ; killAt++) {
      const { table, scheduled } = await waiting();
      const [id = ""] = scheduled;
      const killed = counting(table, killAt);
      await round(killed.table, DUE).catch(() => []);
      const sent = killed.sent.filter((one) => one === "PutItemCommand" || one === "UpdateItemCommand");
      const before = (await readHead(table)).version;
      if (before === 1) cutShort++;
      if (sent.length < killAt) {
        writes = sent.length;
        break;
      }
      for (const later of [HELD_SECONDS, 2 * HELD_SECONDS]) await round(table, DUE + later);
      assert.deepEqual(
        await published(table, id),
        [(await readHead(table)).version],
        `killed at write ${killAt}`,
      );
      const one = await readScheduled(table, id);
      assert.deepEqual(
        [one?.verdict, one?.version],
        ["published", (await readHead(table)).version],
        `${killAt}`,
      );
      const events = await trailOf(table);
      assert.ok(
        events.some(({ kind, version }) => kind === "config.published" && version === one?.version),
        `killed at write ${killAt}: no version is in force without its event`,
      );
      assert.ok(!events.some(({ kind }) => kind === "config.schedule-failed"), `killed at write ${killAt}`);
    }
    t.diagnostic(`${writes} writes, ${cutShort} of them before anybody saw anything`);
    assert.ok(writes >= 8 && cutShort >= 5 && cutShort < writes, `${writes} ${cutShort}`);
  });

  test("while it holds one leaves it to nobody else until its time is over", async () => {
    const { table, scheduled } = await waiting();
    const [due] = (await dueScheduled(table, DUE)).due;
    assert.ok(due);
    const heldUntil = DUE + HELD_SECONDS;
    assert.ok(await changeScheduled(table, due, { verdict: "publishing", heldUntil }));
    assert.deepEqual(await round(table, heldUntil - 1), []);
    const [ended] = await round(table, heldUntil);
    assert.deepEqual([ended?.id, ended?.end], [scheduled[0], "published"]);
  });
});

test("two rounds at once publish once", async () => {
  const { table, scheduled } = await waiting();
  const rounds = await Promise.all([1, 2, 3, 4].map(() => round(table, DUE)));
  assert.deepEqual(
    rounds.flat().map(({ end }) => end),
    ["published"],
  );
  assert.equal((await published(table, scheduled[0] ?? "")).length, 1);
});

test("a round whose hold somebody took over publishes nothing", async () => {
  const { table, scheduled } = await waiting();
  let writes = 0;
  const slow: Table = {
    name: table.name,
    client: new Proxy(table.client, {
      get(target, name) {
        if (name !== "send") return Reflect.get(target, name);
        return async (command: Parameters<typeof target.send>[0]) => {
          const answer = await target.send(command);
          // After the first write, which takes it, another round comes by when the hold is over.
          if (command.constructor.name === "PutItemCommand" && ++writes === 1) {
            const [held] = (await dueScheduled(table, DUE + HELD_SECONDS)).due;
            assert.ok(held);
            await changeScheduled(table, held, { verdict: "publishing", heldUntil: DUE + 2 * HELD_SECONDS });
          }
          return answer;
        };
      },
    }),
  };
  const [ended] = await round(slow, DUE);
  assert.equal(ended?.end, "put off");
  assert.equal((await readHead(table)).version, 1);
  const [later] = await round(table, DUE + 3 * HELD_SECONDS);
  assert.equal(later?.end, "published");
  assert.equal((await published(table, scheduled[0] ?? "")).length, 1);
});

test("what is due is published in order of time, and the last one stands", async () => {
  const { table, scheduled } = await waiting(["b", "c", "d"]);
  const ended = await round(table, DUE + 10);
  assert.deepEqual(
    ended.map(({ id, end }) => [id, end]),
    scheduled.map((id) => [id, "published"]),
  );
  const { version } = await readHead(table);
  assert.deepEqual(await published(table, scheduled[2] ?? ""), [version]);
});

test("what passes by itself is tried again by the next round: somebody who is publishing just now", async () => {
  const { table, scheduled } = await waiting();
  const { claimVersion, releaseClaim } = await import("../../lib/store/versions.ts");
  const claim = await claimVersion(table, await readHead(table), DUE);
  const [ended] = await round(table, DUE);
  assert.ok(ended?.end === "put off" && ended.code === "publish_in_progress", JSON.stringify(ended));
  assert.equal((await readScheduled(table, scheduled[0] ?? ""))?.verdict, "open");
  await releaseClaim(table, claim);
  assert.equal((await round(table, DUE + 60))[0]?.end, "published");
});
