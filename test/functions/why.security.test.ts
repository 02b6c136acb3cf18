import assert from "node:assert/strict";
import test, { after, before, describe } from "node:test";
import { ScanCommand } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import { handler as admin } from "../../functions/admin.ts";
import { handler as credentials } from "../../functions/credentials.ts";
import { readConfig } from "../../lib/core/config.ts";
import type { Identity } from "../../lib/core/identity.ts";
import { fingerprint, newSecret } from "../../lib/core/secret.ts";
import { systemClock } from "../../lib/core/time.ts";
import { personNamed, whyOneself } from "../../lib/flows/why.ts";
import { traceText } from "../../lib/rules/trace-text.ts";
import { readPepper } from "../../lib/store/people.ts";
import { openRules } from "../../lib/store/rules.ts";
import { putSeen } from "../../lib/store/seen.ts";
import { openSession } from "../../lib/store/sessions.ts";
import { person } from "../rules/things.ts";
import { eventOf } from "../support/event.ts";
import { type Answer, ask, close, open, seed, sre, table, tokenOf } from "./administered.ts";
import { assertDescribed } from "./described.ts";

const PROD = "111111111111";
const right = (id: string, group: string, grant: object, more: object = {}) => ({
  kind: "Rule",
  id,
  connection: "okta",
  effect: "allow",
  when: [{ claim: "groups", equals: group }],
  grant,
  ...more,
});
const OBJECTS = [
  ...seed,
  right("auditors", "auditors", { broker: ["auditor"] }),
  right("editors", "editors", { broker: ["editor"] }),
];
const publish = (explain: string) =>
  admin({
    sekisho: "apply",
    objects: OBJECTS.map((one) => (one.kind === "Settings" ? { ...one, explain } : one)),
    author: "test",
  });

const now = () => Math.floor(Date.now() / 1000);
const DEV = { subject: "dev", claims: { groups: ["dev"] }, mfa: "no" as const };
let dev = "";

before(async () => {
  await open();
  assert.equal(((await publish("terms")) as { outcome: string }).outcome, "published");
  dev = await personNamed({ pepper: () => readPepper(table()) }, "okta", "dev");
  await putSeen(table(), { personId: dev, identity: person(DEV), seenAt: now(), expiresAt: now() + 600 });
});
after(close);

/** Asks about oneself. */
async function own(
  query: string,
  who: { readonly token?: string; readonly cookies?: readonly string[] },
): Promise<Answer> {
  const headers = who.token === undefined ? {} : { authorization: `Bearer ${who.token}` };
  const more = who.cookies === undefined ? {} : { cookies: who.cookies };
  const reply = await credentials(eventOf({ route: "GET /api/why", query, headers, ...more }));
  const { statusCode = 0, body = "{}" } = reply as { statusCode?: number; body?: string };
  const answer = { status: statusCode, body: JSON.parse(body) };
  assertDescribed("GET /api/why", undefined, answer);
  return answer;
}
const question = (account: string, role: string, more = "") => `account=${account}&role=${role}${more}`;
const audit = (query: string, token: string) => ask("GET /api/admin/why", token, undefined, { query });
type Event = { kind: string; detail?: Record<string, unknown> };
const everyEvent = async (): Promise<Event[]> => {
  const { Items = [] } = await table().client.send(new ScanCommand({ TableName: table().name }));
  return Items.map((item) => unmarshall(item)).filter(({ pk }) => String(pk).startsWith("AUDIT#")) as Event[];
};
type Text = { headline: string; nearest?: string; next: string[] };
const textOf = ({ body }: Answer): Text => body.text as Text;
const rulesOf = ({ body }: Answer): string[] => (body.rules as { rule: string }[]).map(({ rule }) => rule);
const as = (identity: Partial<Identity>) => tokenOf({ mfa: "no", ...identity });
const devToken = () => as(DEV);

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
    const secret = newSecret();
    await openSession(table(), {
      schema: 1,
      id: fingerprint(secret),
      personId: dev,
      identity: person(DEV),
      openedAt: now(),
      expiresAt: now() + 600,
    });
    const answer = await own(question("prod", "Admin"), { cookies: [`__Host-session=${secret}`] });
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

describe("the page says the same without script", () => {
  const open = async (query: string, cookies: readonly string[] = []) =>
    (await credentials(eventOf({ route: "GET /why", query, cookies }))) as {
      statusCode: number;
      headers: Record<string, string>;
      body: string;
    };
  const session = async (): Promise<string> => {
    const secret = newSecret();
    await openSession(table(), {
      schema: 1,
      id: fingerprint(secret),
      personId: dev,
      identity: person({ ...DEV, claims: { groups: ["dev", "<script>"] } }),
      openedAt: now(),
      expiresAt: now() + 600,
    });
    return `__Host-session=${secret}`;
  };

  test("in both languages", async () => {
    const english = await open(question("staging", "Deploy"), [await session()]);
    assert.equal(english.statusCode, 200);
    assert.match(english.body, /<h1>Deploy @ staging \(222222222222\): not granted\.<\/h1>/);
    assert.match(english.body, /a second factor away/);
    assert.doesNotMatch(english.body, /<script>/);
    const japanese = await open(question("staging", "Deploy", "&lang=ja"), [await session()]);
    assert.match(japanese.body, /<html lang="ja">/);
    assert.match(japanese.body, /二要素認証でサインインし直してください。/);
  });

  test("and whoever is not signed in signs in and comes back to it", async () => {
    const { statusCode, headers } = await open(question("staging", "Deploy"));
    assert.equal(statusCode, 302);
    assert.equal(headers.location, "/signin?to=%2Fwhy%3Faccount%3Dstaging%26role%3DDeploy");
  });

  test("and a refusal of a role leads to it", async () => {
    const reply = await credentials(
      eventOf({ route: "GET /credentials", query: question(PROD, "Admin"), cookies: [await session()] }),
    );
    const { body = "" } = reply as { body?: string };
    assert.match(body, /href="\/why\?account=111111111111&(?:amp;)?role=Admin"/);
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

describe("settings say how much people are told", () => {
  /** Past the container's cache of what was published. */
  const told = async (explain: string, account: string, identity: Partial<Identity> = DEV) => {
    await publish(explain);
    const config = readConfig(process.env);
    const rules = openRules(table(), systemClock, 0);
    const broker = { clock: systemClock, config, table: table(), rules, pepper: () => readPepper(table()) };
    const { trace } = await whyOneself(broker, person(identity), { account, role: "Admin" }, "127.0.0.1");
    return trace;
  };
  after(() => publish("terms"));

  test("`terms` tells every term of a rule of theirs", async () => {
    const [rule] = (await told("terms", "prod")).rules;
    assert.deepEqual(
      rule?.terms.map(({ text, truth }) => [text, truth]),
      [["groups equals sre", "false"]],
    );
  });

  test("`named` tells the rule and the kind of thing, and no value", async () => {
    const trace = await told("named", "prod");
    assert.deepEqual(
      trace.rules.map(({ rule, terms, missing }) => ({ rule, terms, missing })),
      [{ rule: "sre-prod", terms: [], missing: [{ remedy: "claim", claim: "groups" }] }],
    );
    assert.equal(traceText(trace, "en", "x").nearest, "Nearest is rule sre-prod: a value of `groups` away.");
  });

  test("`off` tells nothing of rules that do nothing, and of the others that they do", async () => {
    const trace = await told("off", "prod");
    assert.deepEqual([trace.rules, trace.accountName, trace.accountId], [[], undefined, "prod"]);
    const has = await told("off", "sandbox", { claims: { groups: ["sre"] } });
    assert.deepEqual(
      has.rules.map(({ rule, does, terms }) => [rule, does, terms]),
      [["sre-elsewhere", "gives", []]],
    );
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
