import assert from "node:assert/strict";
import test from "node:test";
import { folder, sekisho } from "./run.ts";

const CONFIG = `kind: Connection
id: okta
protocol: saml
metadata: { url: "https://okta.example.com/metadata" }
claims: { groups: groups }
---
kind: Account
id: "111111111111"
name: prod
---
kind: Role
name: Admin
accounts: ["111111111111"]
---
kind: Rule
id: sre
connection: okta
effect: allow
when: [{ claim: groups, equals: sre }, { mfa: true }]
grant: { roles: [Admin], accounts: ["111111111111"] }
---
kind: Rule
id: no-contractors
connection: "*"
effect: deny
when: [{ claim: groups, equals: contractor }]
grant: { roles: ["*"], accounts: ["ou:/**"] }
`;

async function explain(...args: string[]) {
  using files = folder({
    "all.yaml": CONFIG,
    "who.json": JSON.stringify({
      verdict: "accepted",
      identity: { subject: "00u1", claims: { groups: ["sre"] } },
    }),
  });
  const ran = await sekisho([
    "rules",
    "explain",
    "-f",
    `${files.path}/all.yaml`,
    ...args.map((one) => one.replace("WHO", `${files.path}/who.json`)),
  ]);
  return ran;
}
const SRE = ["--connection", "okta", "--claims", '{"groups":["sre"]}'];

test("a decision is explained offline, rule by rule and condition by condition", async () => {
  const ran = await explain(...SRE, "--mfa", "yes");
  assert.equal(ran.code, 0, ran.err);
  assert.match(ran.out, /Roles:\n {2}111111111111 Admin {2}by sre {2}\(3600 s\)/);
  assert.match(ran.out, /sre: allows\n {6}yes groups equals sre\n {6}yes second factor/);
});

test("the JSON is the decision itself", async () => {
  const { out } = await explain(...SRE, "--mfa", "no", "--json");
  const decision = JSON.parse(out);
  assert.deepEqual(decision.roles, []);
  assert.deepEqual(decision.reasons[0].conditions.at(-1), { condition: "second factor", truth: "false" });
});

test("what `saml inspect` printed can be asked about", async () => {
  const ran = await explain(
    "--connection",
    "okta",
    "--claims",
    "WHO",
    "--mfa",
    "yes",
    "--account",
    "111111111111",
    "--role",
    "Admin",
  );
  assert.equal(ran.code, 0, ran.err);
  assert.match(ran.out, /Admin in 111111111111: given/);
});

test("groups that are not known: the deny cannot be ruled out, and a test of rules fails", async () => {
  const ran = await explain(
    "--connection",
    "okta",
    "--unknown",
    "groups",
    "--mfa",
    "yes",
    "--account",
    "111111111111",
    "--role",
    "Admin",
  );
  assert.equal(ran.code, 1);
  assert.match(ran.out, /no-contractors: denies: it cannot be ruled out/);
});

const misuse: readonly [what: string, args: string[]][] = [
  ["no connection", ["--claims", "{}"]],
  ["an unknown connection", ["--connection", "entra", "--claims", "{}"]],
  ["claims that are no JSON", ["--connection", "okta", "--claims", "{groups"]],
  ["claims that are no claims", ["--connection", "okta", "--claims", '{"groups": 7}']],
  ["a file that is not there", ["--connection", "okta", "--claims", "nowhere.json"]],
  ["half a question", [...SRE, "--role", "Admin"]],
  ["a time that is none", [...SRE, "--at", "noon"]],
];
for (const [what, args] of misuse)
  test(`${what} ends with 2`, async () => {
    const ran = await explain(...args);
    assert.equal(ran.code, 2, ran.out);
    assert.notEqual(ran.err, "");
  });

test("every rule is said in plain words, in English and in Japanese", async () => {
  using files = folder({ "all.yaml": CONFIG.replace("id: sre\n", "id: sre\nowner: platform\n") });
  const list = (...more: string[]) => sekisho(["rules", "list", "-f", files.path, ...more]);
  const [english, japanese] = await Promise.all([list(), list("--language", "ja")]);
  assert.match(
    english.out,
    /^sre: People of okta whose groups include sre and who used a second factor get Admin in prod \(111111111111\)\. \[platform\]$/m,
  );
  assert.match(
    english.out,
    /^no-contractors: People of every connection whose groups include contractor never get any role in every account\.$/m,
  );
  assert.match(japanese.out, /^sre: oktaの利用者のうち.*二要素認証を済ませた人は、.*Admin を使える。/m);
});

test("roles that could be asked for, and a rule that has ended, are explained", async () => {
  const more = CONFIG.replace("effect: allow", "effect: eligible").replace(
    "id: sre\n",
    "id: sre\nuntil: 2026-11-30\n",
  );
  using files = folder({ "all.yaml": more });
  const ask = (at: string) =>
    sekisho(["rules", "explain", "-f", files.path, ...SRE, "--mfa", "yes", "--at", at]);
  const [before, after] = await Promise.all([ask("2026-11-22T09:41:00Z"), ask("2026-12-01T00:00:00Z")]);
  assert.match(before.out, /No role is given\.\nCould ask for:\n {2}111111111111 Admin {2}by sre/);
  assert.match(before.out, /sre: lets them ask/);
  assert.match(after.out, /sre: does not hold\n {6}no {2}until 2026-12-01T00:00:00Z/);
});
