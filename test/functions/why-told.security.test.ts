import assert from "node:assert/strict";
import test, { after, before, describe } from "node:test";
import { handler as credentials } from "../../functions/credentials.ts";
import { readConfig } from "../../lib/core/config.ts";
import type { Identity } from "../../lib/core/identity.ts";
import { systemClock } from "../../lib/core/time.ts";
import { whyAnybody, whyOneself } from "../../lib/flows/why.ts";
import { traceText } from "../../lib/rules/trace-text.ts";
import { readPepper } from "../../lib/store/people.ts";
import { openRules } from "../../lib/store/rules.ts";
import { person } from "../rules/things.ts";
import { eventOf } from "../support/event.ts";
import { close, table } from "./administered.ts";
import { DEV, openWhy, PROD, publish, question, sessionOf } from "./asking-why.ts";

before(openWhy);
after(close);

describe("the page says the same without script", () => {
  const open = async (query: string, cookies: readonly string[] = []) =>
    (await credentials(eventOf({ route: "GET /why", query, cookies }))) as {
      statusCode: number;
      headers: Record<string, string>;
      body: string;
    };
  const session = () => sessionOf(["dev", "<script>"]);

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

describe("a rule in shadow, which gives nothing to anybody yet,", () => {
  const inShadow = {
    kind: "Rule",
    id: "planned",
    connection: "okta",
    effect: "allow",
    when: [{ claim: "groups", equals: "dev" }],
    grant: { roles: ["Support"], accounts: [PROD] },
    shadow: true,
  };
  const ask = async (identity: Partial<Identity>) => {
    await publish("terms", [inShadow]);
    const rules = openRules(table(), systemClock, 0);
    const broker = { clock: systemClock, config: readConfig(process.env), table: table(), rules };
    const asked = { account: "prod", role: "Support" };
    const deciding = { ...broker, pepper: () => readPepper(table()) };
    const { trace: own } = await whyOneself(deciding, person(identity), asked, "127.0.0.1");
    const about = { identity: person(identity), sourceIp: "127.0.0.1" };
    const { trace: all } = await whyAnybody(deciding, about, asked, undefined);
    return { own, all };
  };
  after(() => publish("terms"));

  test("is not told to the people it is planned for, nor is the account", async () => {
    const { own } = await ask(DEV);
    assert.deepEqual([own.rules, own.accountName, own.accountId], [[], undefined, "prod"]);
  });

  test("is told to auditors, and as no miss: to have what it asks for would give nothing", async () => {
    const { all } = await ask({ claims: { groups: [] } });
    assert.deepEqual(
      all.rules.filter(({ effect }) => effect === "allow").map(({ rule, shadow }) => [rule, shadow]),
      [["planned", true]],
    );
    assert.equal(traceText(all, "en", "x").nearest, undefined);
  });
});
