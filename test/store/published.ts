import assert from "node:assert/strict";
import { after, before } from "node:test";
import {
  CreateTableCommand,
  PutItemCommand,
  UpdateItemCommand,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import type { CompiledRule } from "../../lib/core/rule-set.ts";
import { DEFAULT_SETTINGS } from "../../lib/core/settings.ts";
import type { Epoch } from "../../lib/core/time.ts";
import { type Edition, publishEdition } from "../../lib/store/publish.ts";
import { openRules, readHead } from "../../lib/store/rules.ts";
import type { Table } from "../../lib/store/table.ts";
import { account, connection, role } from "../rules/things.ts";
import { startDynamo } from "../support/dynamodb.ts";

export const START = 1_795_000_000;
let dynamo: Awaited<ReturnType<typeof startDynamo>>;
before(async () => {
  dynamo = await startDynamo();
});
after(() => dynamo.stop());

export const compiled = (id: string): CompiledRule => ({
  id,
  effect: "allow",
  connections: ["okta"],
  when: [],
  grant: { broker: ["admin"] },
  priority: 0,
});

/** Every rule under the anchor of its first letter. */
export function edition(...ids: string[]): Edition {
  const buckets = new Map<string, CompiledRule[]>();
  for (const id of ids) buckets.set(id.slice(0, 1), [...(buckets.get(id.slice(0, 1)) ?? []), compiled(id)]);
  return {
    buckets,
    lengths: { okta: { groups: { starts: [2], ends: [] } } },
    snapshot: {
      settings: { ...DEFAULT_SETTINGS, organization: ids.join(",") },
      connections: [connection("okta")],
      scopes: [],
      accounts: [account("111111111111")],
      roles: [{ role: role("Admin"), accounts: ["111111111111", "999999999999"] }],
    },
    source: ids.map((id) => JSON.stringify({ kind: "Rule", id })),
    hash: ids.join(","),
    facts: {
      by: { actor: "operator", name: "tester" },
      counts: { rules: ids.length },
      changes: { added: ids.length, changed: 0, removed: 0 },
    },
  };
}

/** Empties the table by taking another one: each story starts with nothing published. */
let tables = 0;
export async function freshTable(): Promise<Table> {
  const name = `table-${++tables}`;
  await dynamo.table.client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: ["pk", "sk"].map((one) => ({ AttributeName: one, AttributeType: "S" as const })),
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
    }),
  );
  await waitUntilTableExists(
    { client: dynamo.table.client, maxWaitTime: 10, minDelay: 1, maxDelay: 1 },
    { TableName: name },
  );
  return { client: dynamo.table.client, name };
}

export const clockAt = (at: Epoch) => ({ now: () => at });
export const publish = async (table: Table, now: Epoch, ...ids: string[]) =>
  publishEdition(table, await readHead(table), edition(...ids), now);
/** What a container that starts now sees. */
export async function seen(
  table: Table,
  now: Epoch,
  letters = "abcdxyz",
): Promise<{ version: number; rules: string }> {
  const reader = openRules(table, clockAt(now));
  const head = await reader.head();
  const rules = await reader.rules([...letters], head);
  const world = await reader.world(head);
  const ids = rules
    .map(({ id }) => id)
    .sort()
    .join(",");
  assert.equal(world.settings.organization, ids, "rules and world are of one version");
  return { version: head.version, rules: ids };
}

/** A table whose every command is counted, and that fails as the process would at the one numbered. */
export function counting(table: Table, killAt = Number.POSITIVE_INFINITY) {
  const sent: string[] = [];
  const client = new Proxy(table.client, {
    get(target, name) {
      if (name !== "send") return Reflect.get(target, name);
      return async (command: Parameters<typeof target.send>[0]) => {
        const isWrite = command instanceof PutItemCommand || command instanceof UpdateItemCommand;
        sent.push(command.constructor.name);
        const writes = sent.filter((one) => one === "PutItemCommand" || one === "UpdateItemCommand").length;
        if (isWrite && writes >= killAt) throw new Error("killed");
        return target.send(command);
      };
    },
  });
  return { table: { client, name: table.name }, sent };
}
