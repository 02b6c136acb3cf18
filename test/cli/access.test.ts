import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { handler } from "../../functions/admin.ts";
import { newReference } from "../../lib/core/secret.ts";
import { record } from "../../lib/store/audit.ts";
import { putPersonName } from "../../lib/store/people.ts";
import { putSeen } from "../../lib/store/seen.ts";
import { ask, close, open, seed, table, tokenOf } from "../functions/administered.ts";
import { person } from "../rules/things.ts";
import { sekisho, serve } from "./run.ts";

let broker: Awaited<ReturnType<typeof serve>>;
let environment: Record<string, string>;
const now = Math.floor(Date.now() / 1000);
const AUDITORS = {
  kind: "Rule",
  id: "auditors",
  connection: "okta",
  effect: "allow",
  when: [{ claim: "groups", equals: "auditors" }],
  grant: { broker: ["auditor"] },
};
const auditor = () => tokenOf({ claims: { groups: ["auditors"] }, subject: "auditor" });
const run = (...args: string[]) => sekisho(["access", ...args], environment);

before(async () => {
  await open();
  await handler({ sekisho: "apply", objects: [...seed, AUDITORS], author: "ops" });
  const seen = { seenAt: now - 60, expiresAt: now + 6000 };
  for (const [personId, groups] of [
    ["SRE0ZZZZZZZZZZZZZZZZZZZZZZ", ["sre"]],
    ["SRE1ZZZZZZZZZZZZZZZZZZZZZZ", ["sre"]],
    ["DEV0ZZZZZZZZZZZZZZZZZZZZZZ", ["dev"]],
  ] as const)
    await putSeen(table(), {
      personId,
      identity: person({ claims: { groups: [...groups], costCenter: ["1"] } }),
      ...seen,
    });
  const name = { connection: "okta", subject: "s", seenAt: now };
  await putPersonName(
    table(),
    { ...name, personId: "SRE0ZZZZZZZZZZZZZZZZZZZZZZ", name: '=cmd|"calc"' },
    now + 6000,
  );
  const event = { schema: 1, id: newReference(), at: now, kind: "console.opened", actor: "person" } as const;
  await record(
    table(),
    { ...event, personId: "SRE1ZZZZZZZZZZZZZZZZZZZZZZ", accountId: "111111111111", role: "Admin" },
    400,
  );
  broker = await serve(handler);
  environment = { SEKISHO_URL: broker.url, SEKISHO_TOKEN: await auditor() };
});
after(async () => {
  await broker[Symbol.asyncDispose]();
  await close();
});

test("access says who has a role, by which rule in plain words, and when it was last used", async () => {
  const { out, err, code } = await run("--role", "111111111111/Admin");
  assert.equal(code, 0, err);
  const today = new Date(now * 1000).toISOString().slice(0, 10);
  assert.match(out, /^PERSON +CONNECTION +ACCOUNT +ROLE +SEEN +USED +RULES\n/);
  assert.match(out, /=cmd\|"calc" +okta +111111111111 prod +Admin .* sre-prod\n/);
  // Uses are looked for while there is time.
  assert.match(out, new RegExp(`SRE1ZZZZZZZZZZZZZZZZZZZZZZ .* ${today} +(?:${today}|\\?) +sre-prod\n`));
  assert.doesNotMatch(out, /DEV0ZZZZZZZZZZZZZZZZZZZZZZ/);
  assert.match(out, /\n[a-z-]+: People of Okta .* Admin .*\.\n/);
  assert.match(err, /by version 1 of the rules\.\nLooked at all 3 people/);
});

test("access says which rules give a role, and since which version, whether anybody has it or not", async () => {
  const nobody = await run("--role", "111111111111/Admin", "--connection", "entra");
  assert.match(nobody.out, /^\nNo rule gives it\.\n$/);
  const { out } = await run("--role", "111111111111/Admin");
  const today = new Date(now * 1000).toISOString().slice(0, 10);
  const given = new RegExp(
    `\n\nRules that give it:\nsre-prod: People of Okta .*\\. Since version 1, ${today}\\.\n`,
  );
  assert.match(out, given);
  assert.equal(out.split("sre-prod: ").length, 2, "told once");
  const { grants } = JSON.parse((await run("--role", "111111111111/Admin", "--most", "1", "--json")).out);
  assert.deepEqual(
    grants.map(({ id, since }: { id: string; since: { version: number } }) => [id, since.version]),
    [["sre-prod", 1]],
  );
});

test("access --csv holds no formula, and as many cells in every line", async () => {
  const { out } = await run("--account", "111111111111", "--csv", "--all");
  const lines = out.trimEnd().split("\r\n");
  assert.ok(lines.length > 2);
  assert.match(lines[0] ?? "", /^personId,name,connection,accountId,accountName,role,how,rules,/);
  assert.match(out, /SRE0ZZZZZZZZZZZZZZZZZZZZZZ,"'=cmd\|""calc""",okta,111111111111,/);
});

test("access --json is one document of all pages", async () => {
  const { rows, rules, people } = JSON.parse((await run("--most", "2", "--json")).out);
  assert.equal(rows.length, 2);
  const whole = JSON.parse((await run("--all", "--json")).out);
  assert.ok(whole.rows.length > 2 && whole.cursor === undefined && whole.people === 3 && people >= 1);
  assert.ok(rules.length > 0);
});

test("access --person finds whom nobody else is; --unused leaves out what was used", async () => {
  assert.deepEqual(
    [
      ...new Set(
        JSON.parse((await run("--person", "DEV0ZZZZZZZZZZZZZZZZZZZZZZ", "--json")).out).rows.map(
          ({ personId }: { personId: string }) => personId,
        ),
      ),
    ],
    ["DEV0ZZZZZZZZZZZZZZZZZZZZZZ"],
  );
  const { rows } = JSON.parse((await run("--role", "111111111111/Admin", "--unused", "1d", "--json")).out);
  assert.deepEqual(
    rows.map(({ personId }: { personId: string }) => personId),
    ["SRE0ZZZZZZZZZZZZZZZZZZZZZZ"],
  );
});

test("access that finds nobody says so, and an instant before the first version is called that", async () => {
  const { out, err, code } = await run("--at", "2020-01-01");
  assert.deepEqual([code, out], [0, ""], err);
  assert.match(err, /Nobody who signed in has what was asked about\.\n/);
  assert.match(err, /As of 2020-01-01T00:00:00Z, before the first version of the rules\.\n/);
  const known = await run("--role", "111111111111/Admin");
  assert.doesNotMatch(known.err, /Nobody|before the first/);
});

const misuse: readonly [args: string[], sentence: RegExp][] = [
  [["--csv", "--json"], /not both/],
  [["--unused", "soon"], /number of days/],
  [["--at", "yesterday"], /no instant/],
  [["--most", "0"], /whole number/],
];
for (const [args, sentence] of misuse)
  test(`access ${args.join(" ")} is told what is wrong`, async () => {
    const { code, err } = await run(...args);
    assert.equal(code, 2);
    assert.match(err, sentence);
  });

test("access is for administrators and auditors; one look is one event, and a cursor is its question's alone", async () => {
  const get = async (query: string, groups = "auditors") =>
    ask(
      "GET /api/admin/access",
      await tokenOf({ claims: { groups: [groups] }, subject: groups }),
      undefined,
      { query },
    );
  const looks = async () => {
    const { body } = await ask("GET /api/admin/audit/events", environment.SEKISHO_TOKEN, undefined, {
      query: "kind=admin.read&limit=500",
    });
    const events = body.events as { detail: { what: string } }[];
    return events.filter(({ detail }) => detail.what === "access").length;
  };
  assert.deepEqual((await get("", "dev")).body.code, "admin_required");
  const before = await looks();
  const { body } = await get("most=1");
  assert.equal(await looks(), before + 1);
  const cursor = encodeURIComponent(String(body.cursor));
  assert.equal((await get(`most=1&cursor=${cursor}`)).status, 200);
  assert.equal(await looks(), before + 1);
  assert.deepEqual((await get(`most=1&role=Admin&cursor=${cursor}`)).body.code, "request_invalid");
  assert.deepEqual((await get("account=prod")).body.code, "request_invalid");
  assert.deepEqual((await get("nobody=x")).body.code, "request_invalid");
});
