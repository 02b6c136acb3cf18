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
