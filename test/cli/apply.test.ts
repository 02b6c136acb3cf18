import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { handler } from "../../functions/admin.ts";
import { fingerprint, newSecret } from "../../lib/core/secret.ts";
import { putGrant } from "../../lib/store/grants.ts";
import { person } from "../rules/things.ts";
import { startDynamo } from "../support/dynamodb.ts";
import { folder, sekisho, serve } from "./run.ts";
import { ACCOUNTS, RULES } from "./small.ts";

let dynamo: Awaited<ReturnType<typeof startDynamo>>;
let broker: Awaited<ReturnType<typeof serve>>;
let environment: Record<string, string>;
const print = console.log;

const CONNECTION = `kind: Connection
id: okta
protocol: saml
metadata: { file: metadata/okta.xml }
subject: nameId
claims: { groups: groups }
`;
const FILES = {
  "connections.yaml": CONNECTION,
  "metadata/okta.xml": "<EntityDescriptor/>",
  "accounts.yml": ACCOUNTS,
  "rules/admin.yaml": RULES,
  "README.md": "not read",
};

before(async () => {
  dynamo = await startDynamo();
  Object.assign(process.env, {
    SEKISHO_URL: "https://broker.example.com",
    SEKISHO_TABLE: dynamo.table.name,
    AWS_REGION: "us-east-1",
    AWS_ENDPOINT_URL_DYNAMODB: dynamo.endpoint,
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
  });
  console.log = () => {};
  broker = await serve(handler);
  const token = `sk_${newSecret()}`;
  const now = Math.floor(Date.now() / 1000);
  await putGrant(dynamo.table, {
    schema: 1,
    id: fingerprint(token),
    kind: "token",
    purpose: "api",
    personId: "P",
    identity: person({ claims: { groups: ["sre"] } }),
    issuedAt: now,
    expiresAt: now + 600,
  });
  environment = { SEKISHO_URL: broker.url, SEKISHO_TOKEN: token };
  const objects = [
    {
      kind: "Connection",
      id: "okta",
      protocol: "saml",
      metadata: { xml: "<EntityDescriptor/>" },
      subject: "nameId",
      claims: { groups: "groups" },
    },
    { kind: "Account", id: "111111111111", name: "prod", path: "/prod" },
    {
      kind: "Rule",
      id: "administrators",
      connection: "okta",
      effect: "allow",
      when: [{ claim: "groups", equals: "sre" }],
      grant: { broker: ["admin"] },
    },
  ];
  await handler({ sekisho: "apply", author: "first", objects });
});
after(async () => {
  console.log = print;
  await broker[Symbol.asyncDispose]();
  await dynamo.stop();
});

test("plan shows what would change, and changes nothing", async () => {
  using files = folder(FILES);
  const ran = await sekisho(["plan", "-f", files.path], environment);
  assert.equal(ran.code, 0, ran.err);
  assert.match(ran.out, /Compared with version 1:\n {2}\+ Role Admin\n/);
  assert.match(ran.out, /1 to add, 0 to change, 0 to remove; 0 errors, 0 warnings\./);
  const json = JSON.parse((await sekisho(["plan", "-f", files.path, "--json"], environment)).out);
  assert.deepEqual(json, {
    version: 1,
    changes: [{ what: "added", kind: "Role", id: "Admin", fields: [] }],
    problems: [],
    impact: { replayed: 0, administrators: { before: 0, after: 0 }, moves: [], flags: [], many: 25 },
  });
  const silent = await sekisho(["plan", "-f", files.path, "--json", "--no-preview"], environment);
  assert.equal(JSON.parse(silent.out).impact, undefined);
  const table = await sekisho(["plan", "-f", files.path, "--format", "csv"], environment);
  assert.match(table.out, /^"person","name","connection"/);
});

test("apply where nobody can be asked needs --yes, and then publishes what was shown", async () => {
  using files = folder(FILES);
  const asked = await sekisho(["apply", "-f", files.path], environment);
  assert.equal(asked.code, 2);
  assert.match(asked.err, /Add --yes/);
  const done = await sekisho(["apply", "-f", files.path, "--yes", "--message", "roles"], environment);
  assert.equal(done.code, 0, done.err);
  assert.match(done.out, /Published version 2\./);
  const again = await sekisho(["apply", "-f", files.path, "--yes", "--json"], environment);
  assert.deepEqual(JSON.parse(again.out), { outcome: "unchanged", version: 2 });
});

test("a change that locks its author out is refused with what to do", async () => {
  using files = folder({ ...FILES, "rules/admin.yaml": RULES.replace("equals: sre", "equals: nobody") });
  const ran = await sekisho(["apply", "-f", files.path, "--yes"], environment);
  assert.equal(ran.code, 1);
  assert.match(ran.out, /no longer be an administrator/);
  assert.match(ran.out, /let another administrator publish this/);
});

test("a mistake is told with file, line and what to do", async () => {
  using files = folder({
    ...FILES,
    "rules/admin.yaml": RULES.replace("connection: okta", "connection: octa"),
  });
  const ran = await sekisho(["plan", "-f", files.path], environment);
  assert.equal(ran.code, 1, ran.err);
  assert.match(ran.out, /rules\/admin\.yaml:3:1: error: Rule administrators: There is no connection `octa`/);
  assert.match(ran.out, /Did you mean `okta`\?/);
});

test("errors come before the plan, and of what cannot be read no removal is told", async () => {
  using dangling = folder({ "a.yaml": RULES.replace("connection: okta", "connection: octa") });
  const meant = await sekisho(["plan", "-f", dangling.path], environment);
  assert.ok(
    meant.out.indexOf("There is no connection `octa`") < meant.out.indexOf("Compared with"),
    meant.out,
  );
  assert.match(meant.out, / {2}- Account 111111111111\n/);
  using wrong = folder({ "a.yaml": RULES.replace("effect: allow", "effect: alow") });
  const unread = await sekisho(["plan", "-f", wrong.path], environment);
  assert.equal(unread.code, 1, unread.err);
  assert.match(
    unread.out,
    /^\n\S+a\.yaml:4:1: error: Rule administrators: `effect` is not what it should be/,
  );
  assert.match(
    unread.out,
    /\nWhat would change is not known before all of it can be read\.\n\n1 errors, 0 warnings\.\n$/,
  );
  assert.doesNotMatch(unread.out, /remove|Compared/);
  const json = JSON.parse((await sekisho(["plan", "-f", wrong.path, "--json"], environment)).out);
  assert.deepEqual([json.unreadable, json.changes], [true, []]);
});

test("a thing without its name is told by its place", async () => {
  using files = folder({ ...FILES, "accounts.yml": ACCOUNTS.replace("name: Admin", "id: Admin") });
  const ran = await sekisho(["plan", "-f", files.path], environment);
  assert.equal(ran.code, 1, ran.err);
  assert.match(ran.out, /accounts\.yml:6:1: error: Role: `name` is missing\.\n/);
  assert.match(
    ran.out,
    /accounts\.yml:7:1: error: Role: `id` is not a field of a Role here\.\n {4}Did you mean `name`\?/,
  );
  assert.doesNotMatch(ran.out, /undefined|Role :/);
});

for (const [what, text] of [
  ["empty", ""],
  ["comments alone", "# kind: Rule\n"],
  ["documents of nothing", "---\n---\n"],
  ["null", "null\n"],
] as const)
  test(`a file that holds no object (${what}) removes nothing, and it is said how everything would be`, async () => {
    using files = folder({ "a.yaml": text });
    for (const path of [files.path, `${files.path}/a.yaml`]) {
      const ran = await sekisho(["plan", "-f", path], environment);
      assert.deepEqual([ran.code, ran.out], [2, ""]);
      assert.match(ran.err, /There is no object in .*If that is meant, write .*`kind: Settings`\./);
    }
  });

test("an object that says nothing is how everything is removed", async () => {
  using files = folder({ "a.yaml": "kind: Settings\n" });
  const ran = await sekisho(["plan", "-f", files.path], environment);
  assert.match(ran.out, /1 to add, 0 to change, [1-9]\d* to remove; 1 errors/);
  assert.match(ran.out, /no longer be an administrator/);
});

const misuse: readonly [
  what: string,
  args: string[],
  environment: () => Record<string, string>,
  sentence: RegExp,
][] = [
  ["no folder named", ["plan"], () => environment, /-f is missing/],
  [
    "a folder that is not there",
    ["plan", "-f", "/nonexistent"],
    () => environment,
    /There is no \/nonexistent/,
  ],
  ["no token", ["plan", "-f", "infra/local/seed"], () => ({ SEKISHO_URL: broker.url }), /sekisho login/],
  [
    "no broker",
    ["plan", "-f", "infra/local/seed"],
    () => ({ SEKISHO_TOKEN: "x" }),
    /--broker or SEKISHO_URL/,
  ],
  [
    "a broker by plain http",
    ["plan", "-f", "infra/local/seed"],
    () => ({ ...environment, SEKISHO_URL: "http://broker.example.com" }),
    /https/,
  ],
  ["an unknown option", ["plan", "--force"], () => environment, /unknown option/],
];
for (const [what, args, from, sentence] of misuse)
  test(`${what} ends with 2 and a sentence`, async () => {
    const ran = await sekisho(args, from());
    assert.equal(ran.code, 2, ran.out);
    assert.match(ran.err, sentence);
  });

test("a token that is not accepted, and a broker that is not there, end with 1", async () => {
  using files = folder(FILES);
  const refused = await sekisho(["plan", "-f", files.path], {
    ...environment,
    SEKISHO_TOKEN: `sk_${newSecret()}`,
  });
  assert.equal(refused.code, 1);
  assert.match(refused.err, /token_invalid/);
  const gone = await sekisho(["plan", "-f", files.path], {
    ...environment,
    SEKISHO_URL: "http://127.0.0.1:9",
  });
  assert.equal(gone.code, 1);
  assert.match(gone.err, /cannot be reached/);
});

test("text of others cannot steer the terminal", async () => {
  using files = folder({ ...FILES, "x.yaml": 'kind: Rule\nid: "\\e]0;owned\\a"\n' });
  const ran = await sekisho(["plan", "-f", files.path], environment);
  assert.equal(ran.code, 1);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  assert.doesNotMatch(ran.out, /[\u0007\u001b]/);
});
