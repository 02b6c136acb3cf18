import assert from "node:assert/strict";
import test, { after, before, describe } from "node:test";
import { ScanCommand } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import type { Identity } from "../../lib/core/identity.ts";
import { ask, close, sre, table, tokenOf } from "./administered.ts";
import {
  as,
  DEV,
  developer,
  devToken,
  openWhy,
  own,
  PROD,
  question,
  rulesOf,
  sessionOf,
  type Text,
  textOf,
} from "./asking-why.ts";

let dev = "";
before(async () => {
  await openWhy();
  dev = await developer();
});
after(close);

const audit = (query: string, token: string) => ask("GET /api/admin/why", token, undefined, { query });
type Event = { kind: string; detail?: Record<string, unknown> };
const everyEvent = async (): Promise<Event[]> => {
  const { Items = [] } = await table().client.send(new ScanCommand({ TableName: table().name }));
  return Items.map((item) => unmarshall(item)).filter(({ pk }) => String(pk).startsWith("AUDIT#")) as Event[];
};
describe("a person asks about themselves", () => {
  test("with a token, and hears what is missing least and what to do", async () => {
    const answer = await own(question("222222222222", "Deploy"), { token: await devToken() });
    assert.equal(answer.status, 200);
    assert.equal(answer.body.outcome, "not_granted");
    assert.deepEqual(
      textOf(answer).nearest,
      "Nearest is rule dev-deploys-with-second-factor: a second factor away.",
    );
    assert.deepEqual(textOf(answer).next, ["Sign in again with a second factor."]);
  });

  test("in Japanese", async () => {
    const answer = await own(question("222222222222", "Deploy", "&lang=ja"), { token: await devToken() });
    assert.equal(
      textOf(answer).nearest,
      "最も近いルールは dev-deploys-with-second-factor: あとは二要素認証だけです。",
    );
    assert.deepEqual(textOf(answer).next, ["二要素認証でサインインし直してください。"]);
  });

  test("with the browser's session", async () => {
    const answer = await own(question("prod", "Admin"), { cookies: [await sessionOf(["dev"])] });
    assert.equal(answer.body.accountId, PROD);
    assert.equal(textOf(answer).nearest, "Nearest is rule sre-prod: one group away: `sre`.");
  });

  test("and why they have what they have", async () => {
    const token = await as({ claims: { groups: ["sre"] } });
    const answer = await own(question(PROD, "ReadOnly"), { token });
    assert.equal(answer.body.outcome, "not_granted"); // whose cost center goes into a tag is not known
    const { body } = await own(question("333333333333", "Admin"), { token });
    assert.equal(body.outcome, "granted");
    assert.deepEqual(
      (body.rules as { rule: string; does: string; leads: boolean }[]).map(({ rule, does, leads }) => [
        rule,
        does,
        leads,
      ]),
      [["sre-elsewhere", "gives", true]],
    );
  });
});

test("whoever shows nothing is asked to sign in, and a token for credentials explains nothing", async () => {
  assert.equal((await own(question(PROD, "Admin"), {})).body.code, "session_required");
  const token = await tokenOf(DEV, "credentials");
  assert.equal((await own(question(PROD, "Admin"), { token })).body.code, "token_wrong_purpose");
  assert.equal((await own(question(PROD, "Admin"), { token: "sk_nothing" })).status, 401);
});

test("somebody else cannot be asked about in one's own name", async () => {
  const more = `&person=${dev}&connection=okta&subject=dev`;
  const { body } = await own(question("222222222222", "Deploy", more), {
    token: await as({ subject: "other", claims: {} }),
  });
  assert.deepEqual(
    (body.claims as { name: string; values: string[] }[]).find(({ name }) => name === "groups")?.values,
    [],
  );
});

describe("an account that gives nothing to people of a connection looks like one that is not there", () => {
  const strangers: readonly [what: string, account: string, role: string][] = [
    ["an id that nobody has", "999999999999", "Admin"],
    ["an account whose role people of another connection have", PROD, "Support"],
    ["a role that no account has", PROD, "Nothing"],
    ["a name that nobody has", "nowhere", "Admin"],
    ["an account where a deny alone is theirs", PROD, "Analyst"],
    ["an account where a rule in shadow alone is theirs", "333333333333", "Deploy"],
  ];
  const hidden = async (account: string, role: string, identity: Partial<Identity> = DEV) => {
    const answer = await own(question(account, role), { token: await as(identity) });
    const { accountId, role: named, text, at: _, ...rest } = answer.body;
    assert.deepEqual([accountId, named], [account, role]);
    const { headline } = text as Text;
    assert.equal(headline, `${role} @ ${account}: not granted.`);
    return rest;
  };
  for (const [what, account, role] of strangers)
    test(what, async () => {
      assert.deepEqual(await hidden(account, role), await hidden("888888888888", "Any"));
    });
});

describe("an auditor asks about anybody", () => {
  const auditor = () => as({ claims: { groups: ["auditors"] } });
  test("by id, and as their provider knows them", async () => {
    const byId = await audit(question("222222222222", "Deploy", `&person=${dev}`), await auditor());
    const byName = await audit(
      question("222222222222", "Deploy", "&connection=okta&subject=dev"),
      await auditor(),
    );
    assert.equal(byId.status, 200);
    assert.equal(byId.body.personId, dev);
    assert.deepEqual({ ...byName.body, at: 0 }, { ...byId.body, at: 0 });
  });

  test("and is told everything, whatever people are told", async () => {
    const answer = await audit(question("prod", "Admin", `&person=${dev}`), await auditor());
    assert.equal(textOf(answer).nearest, "Nearest is rule sre-prod: one group away: `sre`.");
    assert.deepEqual(rulesOf(answer), ["sre-prod", "interns-stay-out-of-prod"]);
  });

  test("and is told which account is not there, and which connection gives it", async () => {
    const none = await audit(question("999999999999", "Admin", `&person=${dev}`), await auditor());
    assert.equal(none.body.obstacle, "account_unknown");
    const other = await audit(question(PROD, "Support", `&person=${dev}`), await auditor());
    assert.deepEqual(other.body.elsewhere, ["google"]);
  });

  test("and every question is written down with whom it was about", async () => {
    const looks = async () =>
      (await everyEvent()).filter(({ kind, detail }) => kind === "admin.read" && detail?.person === dev)
        .length;
    const before = await looks();
    await audit(question("prod", "Admin", `&person=${dev}`), await auditor());
    assert.equal(await looks(), before + 1);
  });

  test("who did not come lately is not found", async () => {
    const answer = await audit(question(PROD, "Admin", "&connection=okta&subject=nobody"), await auditor());
    assert.deepEqual([answer.status, answer.body.code], [404, "person_unknown"]);
  });

  const askers: readonly [what: string, token: () => Promise<string>, status: number][] = [
    ["an administrator", sre, 200],
    ["an auditor", auditor, 200],
    ["an editor", () => as({ claims: { groups: ["editors"] } }), 403],
    ["a person", devToken, 403],
    [
      "the auditors' group of another connection",
      () => as({ connection: "entra", claims: { groups: ["auditors"] } }),
      403,
    ],
  ];
  for (const [what, token, status] of askers)
    test(`${what}: ${status}`, async () => {
      assert.equal((await audit(question(PROD, "Admin", `&person=${dev}`), await token())).status, status);
    });

  const odd: readonly [what: string, query: string][] = [
    ["a connection without a subject", "&connection=okta"],
    ["an id and a name together", `&person=${"0".repeat(26)}&connection=okta&subject=dev`],
    ["an id that is none", "&person=../x"],
    ["no instant", "&at=noon"],
  ];
  for (const [what, query] of odd)
    test(`${what} is refused`, async () => {
      assert.equal(
        (await audit(question(PROD, "Admin", query), await auditor())).body.code,
        "request_invalid",
      );
    });
});
