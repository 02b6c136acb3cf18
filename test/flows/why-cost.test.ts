import assert from "node:assert/strict";
import test from "node:test";
import { readConfig } from "../../lib/core/config.ts";
import { whyOneself } from "../../lib/flows/why.ts";
import { compileRules } from "../../lib/rules/compile.ts";
import { fileGrants } from "../../lib/rules/granting.ts";
import { publishEdition } from "../../lib/store/publish.ts";
import { openRules, readHead } from "../../lib/store/rules.ts";
import type { Table } from "../../lib/store/table.ts";
import { account, connection, person, role, rule } from "../rules/things.ts";
import { clockAt, edition, freshTable, START } from "../store/published.ts";

const ACCOUNTS = Array.from({ length: 200 }, (_, at) =>
  account(String(100_000_000_000 + at), { path: "/prod" }),
);
const ids = ACCOUNTS.map(({ id }) => id);

/** Rules of which three could give the role that is asked about, whatever their number. */
const rulesOf = (count: number) => [
  rule("one", {
    when: [{ claim: "groups", equals: "aws-prod" }],
    grant: { roles: ["Admin"], accounts: ["ou:/prod/**"] },
  }),
  rule("two", {
    when: [{ claim: "groups", equals: "x" }, { mfa: false }],
    grant: { roles: ["Admin"], accounts: [ids[0]] },
  }),
  rule("three", {
    effect: "deny",
    connection: "*",
    grant: { roles: ["*"], accounts: ["ou:/**"] },
    when: [{ claim: "groups", equals: "interns" }],
  }),
  ...Array.from({ length: count - 3 }, (_, at) =>
    rule(`r${at}`, {
      when: [{ claim: "groups", equals: `g${at % 40}` }],
      grant: { roles: ["ReadOnly"], accounts: [ids[at % ids.length]] },
    }),
  ),
];

async function published(count: number): Promise<Table> {
  const table = await freshTable();
  const rules = rulesOf(count);
  const compiled = compileRules(rules, [connection("okta")]);
  const grants = fileGrants(rules);
  const whole = edition("a");
  await publishEdition(
    table,
    await readHead(table),
    {
      ...whole,
      buckets: new Map([...compiled.buckets, ...grants.buckets]),
      lengths: compiled.lengths,
      granting: grants.pieces,
      snapshot: {
        ...whole.snapshot,
        accounts: ACCOUNTS,
        roles: ["Admin", "ReadOnly"].map((name) => ({ role: role(name), accounts: ids })),
      },
    },
    START,
  );
  return table;
}

/** What a container that has read nothing asks of the table for one question, and what it is told. */
async function asked(table: Table, role = "Admin") {
  const sent: { name: string; keys: number }[] = [];
  const send = table.client.send.bind(table.client);
  const client = Object.assign(Object.create(table.client), {
    send: (command: { input: { RequestItems?: Record<string, { Keys: unknown[] }> } }) => {
      const keys = Object.values(command.input.RequestItems ?? {}).flatMap(({ Keys }) => Keys).length;
      sent.push({ name: command.constructor.name, keys });
      return send(command as never);
    },
  });
  const listened = { ...table, client };
  const clock = clockAt(START + 60);
  const config = readConfig({ SEKISHO_URL: "https://broker.example.com", SEKISHO_TABLE: table.name });
  const broker = {
    clock,
    config,
    table: listened,
    rules: openRules(listened, clock),
    pepper: async () => "",
  };
  const { trace } = await whyOneself(broker, person(), { account: ids[0] ?? "", role }, "192.0.2.1");
  return { sent, rules: trace.rules.map((one) => one.rule), nearest: trace.rules[0]?.missing.length };
}

test("a question costs the same reads at 100 rules and at 10,000, and considers the same ones", async (t) => {
  const few = await asked(await published(100));
  const many = await asked(await published(10_000));
  t.diagnostic(few.sent.map(({ name, keys }) => `${name} ${keys}`).join(", "));
  assert.deepEqual(many, few);
  assert.deepEqual(few.rules, ["one", "two"]);
  const names = few.sent.map(({ name }) => name);
  assert.deepEqual(names.toSorted(), ["BatchGetItemCommand", "BatchGetItemCommand", "GetItemCommand"]);
});

test("a question about a role that no rule gives costs the same reads: that an answer comes sooner must not tell", async () => {
  const table = await published(100);
  const none = await asked(table, "Nobody");
  assert.deepEqual(none.sent, (await asked(table)).sent);
});
