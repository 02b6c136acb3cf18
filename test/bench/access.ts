import { deserialize, serialize } from "node:v8";
import { marshall } from "@aws-sdk/util-dynamodb";
import type { Identity } from "../../lib/core/identity.ts";
import type { CompiledRule } from "../../lib/core/rule-set.ts";
import { personId } from "../../lib/core/secret.ts";
import { DEFAULT_SETTINGS } from "../../lib/core/settings.ts";
import { fixedClock, startBudget } from "../../lib/core/time.ts";
import { placedRoleKey, type World } from "../../lib/core/world.ts";
import { accessPage } from "../../lib/flows/access.ts";
import type { Deciding } from "../../lib/flows/broker.ts";
import { compileRules } from "../../lib/rules/compile.ts";
import { fileGrants } from "../../lib/rules/granting.ts";
import { SEEN_SHARDS } from "../../lib/store/seen.ts";
import type { Table } from "../../lib/store/table.ts";
import { account, connection, NOON, rule } from "../rules/things.ts";

/**
 * The time to the first page of who can reach what, by hand: `node test/bench/access.ts [people] [rules]`. A table in
 * memory stands in for DynamoDB: an answer takes some milliseconds, as one over a network does.
 */
const [people = 100_000, count = 1_000_000] = process.argv.slice(2).map(Number);
const ROUND_MILLISECONDS = 4;
const ACCOUNTS = 200;
const ROLES = 25;

const accounts = Array.from({ length: ACCOUNTS }, (_, at) => account(String(100_000_000_000 + at)));
const okta = connection("okta");
const roles = accounts.flatMap(({ id, name }) =>
  Array.from({ length: ROLES }, (_, at) => ({
    accountId: id,
    accountName: name,
    accountPath: "/",
    accountTags: {},
    partition: "aws" as const,
    region: "us-east-1",
    name: `Role${at}`,
    roleArn: "",
    providerArn: "",
    maxSessionSeconds: 3600,
    sourceIdentity: true,
    transitiveTags: [],
  })),
);
const world: World = {
  version: 1,
  settings: DEFAULT_SETTINGS,
  connections: new Map([[okta.id, okta]]),
  scopes: new Map(),
  accounts: new Map(accounts.map((one) => [one.id, one])),
  roles: new Map(roles.map((one) => [placedRoleKey(one.accountId, one.name), one])),
};

/** Groups `g0` and on; each rule gives one of them one role, and everybody is in thirty. Ten people are in `rare`. */
const GROUPS = Math.max(1, Math.floor(count / 5));
const rules = [
  rule("wide", {
    when: [{ claim: "groups", equals: "all" }],
    grant: { roles: ["Role0"], accounts: ["100000000000"] },
  }),
  rule("rare", {
    when: [{ claim: "groups", equals: "rare" }],
    grant: { roles: ["Role1"], accounts: ["100000000001"] },
  }),
];
for (let at = rules.length; at < count; at++)
  rules.push({
    ...(rules[0] ?? rule("r")),
    id: `r${at}`,
    when: [{ claim: "groups", equals: `g${at % GROUPS}` }],
    grant: {
      roles: [`Role${2 + (at % (ROLES - 2))}`],
      accounts: [String(100_000_000_000 + (Math.floor(at / ROLES) % ACCOUNTS))],
    },
  });
const say = (text: string) => console.log(`${text}, ${Math.round(process.memoryUsage.rss() / 1e6)} MB`);
say(`${rules.length} rules`);
const { buckets, lengths } = compileRules(rules, [okta]);
const grants = fileGrants(rules);
say(`${buckets.size} buckets, ${grants.buckets.size} by what they give`);

const shards = new Map(SEEN_SHARDS.map((shard) => [shard, [] as { sk: string; at: number }[]]));
const { createHash } = process.getBuiltinModule("node:crypto");
for (let at = 0; at < people; at++) {
  const sk = personId("pepper", "okta", String(at));
  shards.get(createHash("sha256").update(sk).digest("hex").slice(0, 2))?.push({ sk, at });
}
for (const shard of shards.values()) shard.sort((one, other) => (one.sk < other.sk ? -1 : 1));

const every = Math.floor(people / 10);
const identityOf = (at: number): Identity => ({
  connection: "okta",
  kind: "person",
  subject: String(at),
  name: `Person ${at}`,
  claims: {
    groups: [
      "all",
      ...(at % every === every - 1 ? ["rare"] : []),
      ...Array.from({ length: 29 }, (_, one) => `g${(at * 29 + one * 7919) % GROUPS}`),
    ],
  },
  unknown: [],
  amr: [],
  mfa: "yes",
  notes: [],
});

const pause = () => new Promise((resume) => setTimeout(resume, ROUND_MILLISECONDS));
let reads = 0;
interface Sent {
  readonly input: {
    readonly Limit?: number;
    readonly ExclusiveStartKey?: { readonly sk: { readonly S: string } };
    readonly ExpressionAttributeValues?: Readonly<Record<string, { readonly S: string }>>;
  };
}
/** Answers what a page asks: shards of people, and nothing of names and of the trail. */
async function send({ input }: Sent): Promise<object> {
  reads++;
  await pause();
  const [name, shard = ""] = (input.ExpressionAttributeValues?.[":pk"]?.S ?? "").split("#");
  if (name !== "SEEN") return { Items: [] };
  const all = shards.get(shard) ?? [];
  const after = input.ExclusiveStartKey?.sk.S ?? "";
  const from = after === "" ? 0 : all.findIndex(({ sk }) => sk > after);
  const page = from < 0 ? [] : all.slice(from, from + (input.Limit ?? 250));
  const Items = page.map(({ sk, at }) =>
    marshall({
      pk: `SEEN#${shard}`,
      sk,
      schema: 1,
      personId: sk,
      identity: identityOf(at),
      seenAt: NOON,
      expiresAt: NOON + 1e6,
    }),
  );
  const last = page.at(-1);
  const more = last !== undefined && all.at(-1) !== last;
  return { Items, ...(more ? { LastEvaluatedKey: marshall({ sk: last.sk }) } : {}) };
}
const table = { name: "memory", client: { send } } as unknown as Table;

/** A reader that was just opened: what it has not read yet takes a round, and is unpacked as items are. */
function openReader(): Deciding["rules"] {
  const shelf = new Map<string, readonly CompiledRule[]>();
  const head = {
    version: 1,
    hash: "",
    lengths,
    granting: grants.pieces,
    snapshot: [],
    source: [],
    aborted: [],
    publishedAt: 0,
  };
  return {
    head: async () => head,
    world: async () => world,
    rules: async (keys) => {
      const missing = keys.filter((key) => !shelf.has(key));
      if (missing.length > 0) await pause();
      reads += Math.ceil(missing.length / 100);
      for (const key of missing)
        shelf.set(key, deserialize(serialize(buckets.get(key) ?? grants.buckets.get(key) ?? [])));
      return [...new Map(keys.flatMap((key) => shelf.get(key) ?? []).map((one) => [one.id, one])).values()];
    },
  };
}

for (const [what, question] of [
  ["a role that everybody has", { account: "100000000000", role: "Role0" }],
  ["a role that ten people have", { account: "100000000001", role: "Role1" }],
  ["an account", { account: "100000000002" }],
  ["a role in every account", { role: "Role5" }],
  ["a person", { person: shards.get("00")?.[0]?.sk ?? "" }],
  ["a group", { group: "g7" }],
  ["everybody and everything", {}],
] as const) {
  const clock = fixedClock(NOON);
  const broker = {
    table,
    clock,
    config: {},
    rules: openReader(),
    pepper: async () => "",
  } as unknown as Deciding;
  reads = 0;
  const began = performance.now();
  const left = startBudget(1100);
  const leftForUses = startBudget(1700);
  const page = await accessPage(
    broker,
    { question, most: 100, language: "en" },
    () => left() > 0,
    () => leftForUses() > 0,
  );
  const milliseconds = Math.round(performance.now() - began);
  say(
    `${what}: ${milliseconds} ms, ${page.rows.length} rows, ${page.looked} of about ${page.people} people, ${reads} reads`,
  );
}
